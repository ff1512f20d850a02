"""What should stand in a folder and was not shown: asked for one by one, before anything is believed gone.

The same guards as for a room's calendar (`absences`); here nothing is ours, so there is no stamp to search for.
"""

from collections.abc import Iterable, Sequence

from booking.connectors.port import EventKind, RemoteEvent, RemoteRef, Rights, Snapshot
from booking.domain.intervals import Interval
from booking.domain.states import FolderState
from booking.store.models import ExternalEvent
from booking.store.queries.folders import FolderRow
from booking.sync import calls
from booking.sync.absences import Absences, Expected, not_shown, too_many
from booking.sync.engine import Engine


def expected(stored: Iterable[ExternalEvent], window: Interval) -> list[Expected]:
    """Return what a look at a window should show. A narrower window never asks about what lies outside."""
    return [
        Expected(RemoteRef(each.remote_id, each.remote_etag), each.uid, each.when, original=each.original_start)
        for each in stored
        if each.when.overlaps(window)
    ]


def ask(
    engine: Engine,
    folder: FolderRow,
    snapshot: Snapshot,
    awaited: Sequence[Expected],
    *,
    mailbox: str,
    believing: bool,
) -> Absences:
    """Ask for what was not shown.

    Args:
        engine: of this reader.
        folder: which folder it is.
        snapshot: what was shown.
        awaited: what should have been shown.
        mailbox: whose folder it is; empty for a public one.
        believing: whether staff have said that it is all true: then the guard stands aside.

    Raises:
        NotNow, ConnectorError: the server could not be asked; then nothing is known.
    """
    missing = not_shown(snapshot, awaited)
    if not missing:
        return Absences()
    found: list[RemoteEvent] = []
    vanished: dict[str, str] = {}
    known = len({each.uid for each in awaited})
    for each in missing:
        event = _look_for(engine, folder, each, mailbox)
        if event is None:
            vanished[each.ref.id] = each.uid
        else:
            found.append(event)
        gone = len(set(vanished.values()))
        frozen = folder.state is FolderState.FROZEN and gone > 0
        if not believing and (frozen or too_many(gone, known)):
            ids = frozenset(each.ref.id for each in missing) - {event.ref.id for event in found}
            return Absences(tuple(found), too_many=len({each.uid for each in missing}), missing=ids)
    if not vanished:
        return Absences(tuple(found))
    rights = _rights(engine, folder, mailbox)
    if not rights.read:  # "not found" then only means "not for your eyes"
        return Absences(tuple(found), uncertain=True, why=rights.missing)
    return Absences(tuple(found), frozenset(vanished))


def _look_for(engine: Engine, folder: FolderRow, each: Expected, mailbox: str) -> RemoteEvent | None:
    event = calls.ask(engine, folder.connection_id, "get", lambda line: line.get(mailbox, each.ref))
    return None if event is not None and each.original and event.kind is EventKind.MASTER else event


def _rights(engine: Engine, folder: FolderRow, mailbox: str) -> Rights:
    if folder.is_own:
        return calls.ask(engine, folder.connection_id, "probe", lambda line: line.probe(mailbox))
    return calls.ask(
        engine,
        folder.connection_id,
        "folder_rights",
        lambda line: line.folder_rights(folder.remote_id, mailbox=mailbox),
    )
