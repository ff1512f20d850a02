"""One ticked folder rehearsed, or the account's own calendar: what it would block and free, never kept."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from booking.connectors.port import ConnectorError
from booking.domain.states import FolderState
from booking.store import queries
from booking.store.database import Session
from booking.store.models import ExternalEvent
from booking.store.queries.folders import FolderRow
from booking.sync import contrasting, folder_reading, rehearsal
from booking.sync.calls import NotNow
from booking.sync.engine import Engine
from booking.sync.findings import MOST_LINES, Finding, Kind, SpaceRehearsal, added
from booking.sync.folder_reading import FolderReading

#: Where a folder has no space of its own.
_OWN = "the account's own calendar"
_PUBLIC = "public folder"


def folder(engine: Engine, row: FolderRow) -> SpaceRehearsal:
    """Return what reading a folder would do now. What stands in the way of it is said, and remembered nowhere."""
    name = row.name or _OWN
    blank = SpaceRehearsal(
        link_id=-row.id,  # of no pairing
        space_id=row.space_id or 0,
        space_name=f"{name}, for {row.space_name}" if row.space_name else name,
        space_slug=row.space_slug,
        location_name=row.location_name,
        zone=row.zone,
        mailbox=row.mailbox or (_OWN if row.is_own else _PUBLIC),
    )
    try:
        seen = folder_reading.look(engine.looking(), row)
    except (ConnectorError, NotNow) as failure:
        return rehearsal.unread(blank, str(failure))
    return rehearsal.undone(lambda session: _taken_in(session, seen, blank, now=engine.now()))


def _taken_in(session: Session, seen: FolderReading, blank: SpaceRehearsal, *, now: datetime) -> SpaceRehearsal:
    before = queries.folder_events.kept(session, seen.folder.id)
    stood = {space_id: contrasting.events(rows) for space_id, rows in _by_space(before).items()}
    folder_reading.rehearse(session, seen, now=now)
    session.flush()
    after = _by_space(queries.folder_events.kept(session, seen.folder.id))
    found = [
        finding
        for space_id in sorted({*stood, *after})
        for each in contrasting.of_events(stood.get(space_id, {}), contrasting.events(after.get(space_id, ())))
        for finding in _told(session, space_id, each, named=seen.folder.is_own, now=now)
    ]
    listed = sorted(found, key=lambda each: (each.when.start, each.kind))
    return replace(
        blank,
        findings=tuple(listed[:MOST_LINES]),
        counts=added({each.kind: 1} for each in listed),
        items=len(seen.shown),
        warnings=tuple(_warnings(seen)),
    )


def _by_space(rows: Sequence[ExternalEvent]) -> dict[int, list[ExternalEvent]]:
    found: dict[int, list[ExternalEvent]] = {}
    for row in rows:
        found.setdefault(row.space_id, []).append(row)
    return found


def _told(session: Session, space_id: int, finding: Finding, *, named: bool, now: datetime) -> Iterator[Finding]:
    """Yield a line about a space: what it would take from a booking is a conflict, one for each."""
    space = queries.places.space(session, space_id) if named else None
    words = f"{space.name}: {finding.words}" if space else finding.words
    if finding.kind in {Kind.BLOCK, Kind.CHANGE}:
        held = [each for each in queries.external.holding(session, space_id, during=finding.when) if each.ends_at > now]
        for each in held:
            yield replace(
                finding, kind=Kind.CONFLICT, when=each.when, words=f"{words} A booking stands there.",
                ref=each.booking.ref,
            )  # fmt: skip
        if held:
            return
    yield replace(finding, words=words)


def _warnings(seen: FolderReading) -> Iterator[str]:
    absent = seen.absent
    if absent.too_many:
        yield f"{absent.too_many} entries seem to have vanished from it at once. It would be frozen and nothing freed."
    if absent.uncertain:
        yield f"Entries were not found, but that says nothing: {absent.why} Nothing would be freed."
    if seen.folder.state is FolderState.FROZEN:
        yield "It is frozen: staff have to say first whether what vanished is truly gone."
    if seen.unmatched:
        number = len(seen.unmatched)
        yield f"{'One event is' if number == 1 else f'{number} events are'} about no space of ours."
