"""What should be in a calendar and was not shown: asked for one by one, before anything is believed gone.

A listing can be empty or half because it was cut off, because rights were lost, or because the server had a bad
moment. Unknown is not free.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.connectors.port import Definite, EventKind, Kind, RemoteEvent, RemoteRef, Snapshot, Stamp
from booking.domain.intervals import Interval
from booking.domain.states import LinkState, PushState
from booking.store import queries
from booking.store.database import Session
from booking.store.queries.links import LinkRow
from booking.sync import calls, judging
from booking.sync.engine import Engine

#: More than so many at once, or more than half of at least `_MANY`: staff are asked.
_MOST_AT_ONCE = 10
_MANY = 8
#: Shorter ones, and those at its edges, are shown or not as each server likes.
_INSTANT = timedelta(seconds=1)
_STANDING = frozenset({PushState.CLEAN, PushState.WRITTEN, PushState.DIRTY, PushState.CONFLICT})


@dataclass(frozen=True, slots=True)
class Expected:
    """Something that a look at a window should show. `uid` is counted by the guard: a series counts once."""

    ref: RemoteRef
    uid: str
    when: Interval
    stamp: Stamp | None = None
    original: str = ""


@dataclass(frozen=True, slots=True)
class Absences:
    """What asking brought. `found` turned up elsewhere; `vanished` is certainly not there."""

    found: tuple[RemoteEvent, ...] = ()
    vanished: frozenset[str] = frozenset()
    uncertain: bool = False
    why: str = ""  # the right that was not shown
    too_many: int = 0
    missing: frozenset[str] = frozenset()  # all ids that were not shown, where staff are asked


def expected(session: Session, link: LinkRow, window: Interval, *, install_id: str, now: datetime) -> list[Expected]:
    """Return what should stand in a window and is not over. A narrower window never asks about what lies outside."""
    outside = [
        Expected(RemoteRef(each.remote_id, each.remote_etag), each.uid, each.when, original=each.original_start)
        for each in queries.external.expected(session, link.id, during=window, now=now)
    ]
    rows = queries.push.on_link(session, link.id, keys=(), during=window)
    ours = [
        Expected(
            RemoteRef(row.remote_id, row.remote_etag, row.remote_uid),
            row.remote_uid or key,
            row.sent_when,
            stamp=Stamp(install_id, key, row.generation, row.acked_version, row.remote_uid),
        )
        for key, row in rows.items()
        if row.remote_id
        and row.state in _STANDING
        and row.want_present
        and row.sent_when
        and row.sent_when.overlaps(window)
        and row.sent_when.end > now
        and row.occurrence.ends_at > now
    ]
    return outside + ours


def ask(engine: Engine, link: LinkRow, snapshot: Snapshot, awaited: Sequence[Expected], *, believing: bool) -> Absences:
    """Ask for what was not shown.

    Args:
        engine: of this reader.
        link: whose calendar it is.
        snapshot: what was shown.
        awaited: what should have been shown.
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
        events = _look_for(engine, link, each)
        found += events
        if not events:
            vanished[each.ref.id] = each.uid
        gone = len(set(vanished.values()))
        frozen = link.state is LinkState.FROZEN and gone > 0
        if not believing and (frozen or too_many(gone, known)):
            ids = frozenset(each.ref.id for each in missing) - {event.ref.id for event in found}
            return Absences(tuple(found), too_many=len({each.uid for each in missing}), missing=ids)
    if not vanished:
        return Absences(tuple(found))
    rights = calls.ask(engine, link.connection_id, "probe", lambda line: line.probe(link.mailbox))
    if not rights.read:  # "not found" then only means "not for your eyes"
        return Absences(tuple(found), uncertain=True, why=rights.missing)
    return Absences(tuple(found), frozenset(vanished))


def require_whole(snapshot: Snapshot, absent: Absences) -> None:
    """Refuse a listing that left out what certainly stands in its window: it may have left out more.

    Raises:
        Definite: it did; what stands there is not known, and unknown is not free.
    """
    shown = {event.ref.id for event in snapshot.events}
    left_out = [
        event
        for event in absent.found
        if event.ref.id not in shown
        and event.kind is not EventKind.MASTER  # of a series its dates are shown
        and snapshot.window.covers(event.when)
        and event.when.length > _INSTANT
    ]
    if left_out:
        words = f"The server left out {len(left_out)} of the entries that stand in this calendar. Nothing was freed."
        raise Definite(Kind.TRANSIENT, words)


def too_many(gone: int, known: int) -> bool:
    """Tell whether so much of what is known would vanish at once that staff must say whether it is true."""
    return gone > _MOST_AT_ONCE or (known >= _MANY and gone * 2 > known)


def not_shown(snapshot: Snapshot, awaited: Sequence[Expected]) -> list[Expected]:
    """Return what a listing should have shown and did not, each item once."""
    ids = {event.ref.id for event in snapshot.events}
    marks = {event.stamp.mark for event in snapshot.events if event.stamp and not judging.is_copy(event)}
    awaited_ids = {each.ref.id for each in awaited if not each.original}
    keys = {
        (event.ref.uid, event.original_start.isoformat() if event.original_start else "")
        for event in snapshot.events
        if event.ref.id not in awaited_ids  # that one is there itself; another with its UID may not be
    }
    pieces: dict[str, Expected] = {}
    for each in awaited:
        shown = each.ref.id in ids or (each.stamp.mark in marks if each.stamp else (each.uid, each.original) in keys)
        if not shown:
            pieces.setdefault(each.ref.id, each)
    return list(pieces.values())


def _look_for(engine: Engine, link: LinkRow, each: Expected) -> tuple[RemoteEvent, ...]:
    event = calls.ask(engine, link.connection_id, "get", lambda line: line.get(link.mailbox, each.ref))
    if event is not None and not (each.original and event.kind is EventKind.MASTER):
        return (event,)
    stamp = each.stamp
    if stamp is None:
        return ()
    # An id changes when an item is moved to another folder and back.
    found = calls.ask(engine, link.connection_id, "find", lambda line: tuple(line.find(link.mailbox, stamp, each.when)))
    return tuple(event for event in found if not judging.is_copy(event))
