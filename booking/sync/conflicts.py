"""Conflicts: two things that want one room at one time, or an edit that could not be followed. Staff see them.

What is kept of both sides is their times, where theirs stands and whether it is private; never a title.
"""

from datetime import datetime
from enum import StrEnum

from booking.connectors.port import RemoteEvent
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink, Conflict, Occurrence


class Quarrel(StrEnum):
    """What a conflict is about; stands in the database."""

    BLOCKED = "blocked"  # the calendar was taken before we could write
    OVERLAP = "overlap"  # somebody else's entry over a confirmed booking
    EDITED = "edited"  # our entry was changed in a way we do not follow
    DELETED = "deleted"  # our entry was deleted and the profile asks
    COPIED = "copied"
    WRONG_ROOM = "wrong_room"
    PING_PONG = "ping_pong"  # put back too often
    RESTORED = "restored"
    UNREMOVABLE = "unremovable"
    NOT_EXCLUSIVE = "not_exclusive"  # somebody else's entry in a room into which we alone may write


class Choice(StrEnum):
    """What staff, or the profile in their place, chose; stands in the database."""

    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"
    MOVE = "move"


#: As much of a UID as tables keep.
LONGEST_UID = 300
#: Settle themselves when the overlap is gone. There is one at most for each booking's date.
ABOUT_TIME = frozenset({Quarrel.BLOCKED.value, Quarrel.OVERLAP.value})
#: Settle themselves when both sides agree about our own entry; one at most, too.
ABOUT_OUR_ENTRY = frozenset({Quarrel.EDITED.value, Quarrel.DELETED.value, Quarrel.PING_PONG.value})
#: Settle themselves when the entry is gone that should not be there.
ABOUT_ANOTHER = frozenset(
    {Quarrel.COPIED.value, Quarrel.WRONG_ROOM.value, Quarrel.UNREMOVABLE.value, Quarrel.NOT_EXCLUSIVE.value}
)


def flag(
    session: Session,
    link: CalendarLink,
    kind: Quarrel,
    *,
    occurrence: Occurrence | None,
    event: RemoteEvent | None = None,
    uid: str = "",
    detail: str,
    now: datetime,
) -> Conflict | None:
    """Show staff a conflict, and return it; one that is shown already is brought up to date.

    `detail` holds no title. None when staff have said that both may stay, and neither time changed since.
    """
    uid = (uid or (event.ref.uid if event else ""))[:LONGEST_UID]  # one from outside may bear one of any length
    known = _known(session, link, kind, occurrence, uid)
    if known is None:
        if event is not None and accepts(session, link, occurrence, event, {Choice.BOTH}):
            return None
        known = Conflict(link_id=link.id, occurrence_id=occurrence.id if occurrence else None, found_at=now)
        session.add(known)
    known.kind, known.detail, known.external_uid = kind.value, detail, uid
    if _differs(known, occurrence, event):
        _fill(known, occurrence, event)
        known.decision = known.decided_by = known.answer = ""  # what was decided was about other times
        known.tried_at = None
    if event is not None:
        known.remote_etag = event.ref.etag
    session.flush()
    return known


def _known(
    session: Session, link: CalendarLink, kind: Quarrel, occurrence: Occurrence | None, uid: str
) -> Conflict | None:
    occurrence_id = occurrence.id if occurrence else None
    for one_of_these in (ABOUT_TIME, ABOUT_OUR_ENTRY) if occurrence_id is not None else ():
        if kind.value in one_of_these:
            return queries.conflicts.open_about(session, link.id, occurrence_id=occurrence_id, kinds=one_of_these)
    return queries.conflicts.open_about(
        session, link.id, occurrence_id=occurrence_id, kinds=frozenset({kind.value}), uid=uid
    )


def _differs(conflict: Conflict, occurrence: Occurrence | None, event: RemoteEvent | None) -> bool:
    ours = (conflict.ours_starts_at, conflict.ours_ends_at)
    theirs = (conflict.theirs_starts_at, conflict.theirs_ends_at)
    now_ours = (occurrence.starts_at, occurrence.ends_at) if occurrence else (None, None)
    now_theirs = (event.when.start, event.when.end) if event else (None, None)
    remote_id = event.ref.id if event else ""
    return (ours, theirs, conflict.remote_id or "") != (now_ours, now_theirs, remote_id)


def _fill(conflict: Conflict, occurrence: Occurrence | None, event: RemoteEvent | None) -> None:
    conflict.ours_starts_at = occurrence.starts_at if occurrence else None
    conflict.ours_ends_at = occurrence.ends_at if occurrence else None
    conflict.theirs_starts_at = event.when.start if event else None
    conflict.theirs_ends_at = event.when.end if event else None
    conflict.theirs_private = event is not None and event.private
    conflict.remote_id = event.ref.id if event else ""
    conflict.remote_etag = event.ref.etag if event else ""


def accepts(
    session: Session,
    link: CalendarLink,
    occurrence: Occurrence | None,
    event: RemoteEvent,
    choices: set[Choice],
) -> bool:
    """Tell whether it was decided so about just these two, as they stand now: no time of either has changed."""
    decided = queries.conflicts.decided(
        session, link.id, occurrence_id=occurrence.id if occurrence else None, choices=[each.value for each in choices]
    )
    uid = event.ref.uid[:LONGEST_UID]
    return any(
        (each.external_uid == uid if uid else each.remote_id == event.ref.id)
        and (each.theirs_starts_at, each.theirs_ends_at) == (event.when.start, event.when.end)
        and (
            occurrence is None or (each.ours_starts_at, each.ours_ends_at) == (occurrence.starts_at, occurrence.ends_at)
        )
        for each in decided
    )


def settle(session: Session, link: CalendarLink, occurrence: Occurrence, *, now: datetime) -> None:
    """Close every conflict about an occurrence's own entry on a link: both sides agree again."""
    for each in queries.external.open_conflicts(session, link.id):
        if each.occurrence_id == occurrence.id and each.kind in ABOUT_OUR_ENTRY:
            each.resolved_at = now


def lose(session: Session, link: CalendarLink, *, present: frozenset[str], looked_at: bool, now: datetime) -> None:
    """Close the conflicts about entries that should not be there and that a whole look did not show any more."""
    if not looked_at:
        return
    for each in queries.external.open_conflicts(session, link.id):
        if each.kind in ABOUT_ANOTHER and each.remote_id and each.remote_id not in present:
            each.resolved_at = now
