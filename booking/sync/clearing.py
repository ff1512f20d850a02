"""Having their server let go of what stands in the way of ours: an invitation is declined, an entry of ours deleted.

Nothing else of anybody's is ever touched. What was decided is an open conflict until the calendar shows it; each
try is noted before it is made, so that a lost answer is waited for and not asked for twice at once.
"""

import logging
from datetime import datetime

from booking.connectors.port import Ambiguous, ConnectorError, Definite, EventKind, Kind, RemoteEvent, RemoteRef, Stamp
from booking.domain.intervals import Interval
from booking.services import profiles
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.conflicts import ConflictRow
from booking.store.queries.links import LinkRow
from booking.sync import calls, pull, stops, strays
from booking.sync.calls import NotNow
from booking.sync.conflicts import ABOUT_TIME, Choice
from booking.sync.engine import Engine

log = logging.getLogger(__name__)

#: To the organiser of an invitation. It names nobody.
DECLINED = "The room is booked at that time. Please choose another time or another room."
NOT_INVITED = (
    "Nobody invited the room to that entry, so nobody can be told no: its owner has to move it. This conflict closes "
    "by itself when they have."
)
IN_USE = "That entry is the one of another booking of ours, so it is not deleted."
_LATER = "Their server could not be asked just now; it is tried again by itself."
_UNANSWERED = "Their server gave no clear answer; the next look at the calendar shows what came of it."
_UNDER_WAY = "Their server is being asked; the next look at the calendar shows what came of it."
_STOPPED = "Nothing is written to this calendar at present; it is done as soon as that is allowed again."


def go_on(engine: Engine) -> int:
    """Go on with whatever was decided and is not done; return how many there were."""
    with reading() as session:
        due = queries.conflicts.to_clear(session, choice=Choice.OURS.value, tried_before=_asked_long_ago(engine))
    for conflict_id in due:
        clear(engine, conflict_id)
    return len(due)


def clear(engine: Engine, conflict_id: int) -> str:
    """Try once to have it done, look at the calendar, and say in words how it went. Never raises for their server."""
    with reading() as session:
        row = queries.conflicts.row(session, conflict_id)
        link = queries.links.row(session, row.link_id) if row else None
        if row is None or link is None or row.resolved_at is not None or row.decision != Choice.OURS.value:
            return ""
        model = queries.links.model(session, link.id)
        allowed = model is not None and stops.may_write(session, model)
        allowed = allowed and profiles.effective(session, link.space_id).writes
        install_id = queries.connections.install_id(session)
    if not _is_ours_to_try(engine, conflict_id):
        return _UNDER_WAY
    if not allowed:
        return _STOPPED
    try:
        words = _cleared(engine, row, link, install_id)
        _look(engine, row)
    except (ConnectorError, NotNow) as failure:
        log.info("conflict %s on link %s stays for now: %s", row.id, link.id, failure)
        return _UNANSWERED if isinstance(failure, Ambiguous) else _LATER
    return words


def _cleared(engine: Engine, row: ConflictRow, link: LinkRow, install_id: str) -> str:
    ref = RemoteRef(row.remote_id, row.remote_etag, row.external_uid)
    event = calls.ask(engine, link.connection_id, "get", lambda line: line.get(link.mailbox, ref))
    if event is not None and event.stamp is not None and event.stamp.install_id == install_id:
        return _delete(engine, row, link, event, event.stamp)
    if event is None:
        return _gone(engine, row)
    if row.kind not in ABOUT_TIME:
        return _final(row, "That entry does not bear our mark any more, so it is not ours to delete.")
    if event.when != row.theirs.when:
        return "Their entry was moved meanwhile; what follows from that shows in a moment."
    return _decline(engine, row, link, event)


def _gone(engine: Engine, row: ConflictRow) -> str:
    """Say that it is not there any more; about time, the look that follows closes the conflict."""
    if row.kind not in ABOUT_TIME:
        _close(row.id, now=engine.now())
    return "Their entry is not in the calendar any more."


def _decline(engine: Engine, row: ConflictRow, link: LinkRow, event: RemoteEvent) -> str:
    try:
        calls.ask(engine, link.connection_id, "decline", lambda line: line.decline(link.mailbox, event.ref, DECLINED))
    except Definite as failure:
        if failure.kind is Kind.PERMANENT:
            return _final(row, NOT_INVITED)
        if failure.kind in {Kind.NOT_FOUND, Kind.CONFLICT}:
            return "Their entry was changed meanwhile; what follows from that shows in a moment."
        raise
    return "Their invitation was declined, and its organiser is told."


def _delete(engine: Engine, row: ConflictRow, link: LinkRow, event: RemoteEvent, stamp: Stamp) -> str:
    """Delete what bears our own stamp: never the entry that a booking of ours counts on."""
    with reading() as session:
        if queries.conflicts.is_an_entry_of_ours(session, link.id, event.ref.id):
            return _final(row, IN_USE)
    refs: tuple[RemoteRef, ...] = (event.ref,)
    if event.kind is not EventKind.SINGLE:  # one date of a series that was made of our entry: the whole of it goes
        near = event.when
        found = calls.ask(engine, link.connection_id, "find", lambda line: tuple(line.find(link.mailbox, stamp, near)))
        refs = tuple(each.ref for each in found) or refs
    if strays.remove(engine, link, refs) < len(refs):
        return _LATER
    if row.kind not in ABOUT_TIME:
        _close(row.id, now=engine.now())
    return "The entry was deleted."


def _look(engine: Engine, row: ConflictRow) -> None:
    """Read that time now: what is over closes by itself."""
    sides = [each for each in (row.theirs.when, row.ours.when if row.ours else None) if each is not None]
    if sides:
        pull.read_part(engine, row.link_id, Interval(min(s.start for s in sides), max(s.end for s in sides)))


# ------------------------------------------------------------------------------------------ what is noted


def _is_ours_to_try(engine: Engine, conflict_id: int) -> bool:
    """Note the try, unless somebody is at it: asked by two at once, their server would tell its organiser twice."""
    with transaction() as session:
        return queries.conflicts.take(session, conflict_id, tried_before=_asked_long_ago(engine), now=engine.now())


def _asked_long_ago(engine: Engine) -> datetime:
    return engine.now() - engine.timing.deadline - engine.timing.settle


def _final(row: ConflictRow, words: str) -> str:
    """Note that asking again would change nothing."""
    with transaction() as session:
        conflict = queries.conflicts.for_change(session, row.id)
        if conflict is not None and conflict.decision == Choice.OURS.value:
            conflict.answer = words
    return words


def _close(conflict_id: int, *, now: datetime) -> None:
    with transaction() as session:
        conflict = queries.conflicts.for_change(session, conflict_id)
        if conflict is not None and conflict.resolved_at is None:
            conflict.resolved_at = now
