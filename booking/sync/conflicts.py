"""Conflicts: two things that want one room at one time, or an edit that could not be followed. Staff see them."""

from datetime import datetime
from enum import StrEnum

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


#: As much of a UID as tables keep.
LONGEST_UID = 300
#: Settle themselves when the overlap is gone.
ABOUT_TIME = frozenset({Quarrel.BLOCKED.value, Quarrel.OVERLAP.value})


def flag(
    session: Session,
    link: CalendarLink,
    kind: Quarrel,
    *,
    occurrence: Occurrence | None,
    uid: str = "",
    detail: str,
    now: datetime,
) -> None:
    """Show staff a conflict; one that is shown already stays as it is. `detail` holds no private title."""
    uid = uid[:LONGEST_UID]  # an invitation from outside may bear one of any length
    occurrence_id = occurrence.id if occurrence else None
    known = queries.external.open_conflict(session, link.id, occurrence_id=occurrence_id, kind=kind.value, uid=uid)
    if known is None:
        session.add(
            Conflict(
                link_id=link.id,
                occurrence_id=occurrence_id,
                external_uid=uid,
                kind=kind.value,
                detail=detail,
                found_at=now,
            ),
        )
        session.flush()


def settle(session: Session, link: CalendarLink, occurrence: Occurrence, *, now: datetime) -> None:
    """Close every conflict about an occurrence on a link: both sides agree again."""
    for each in queries.external.open_conflicts(session, link.id):
        if each.occurrence_id == occurrence.id and each.kind not in ABOUT_TIME:
            each.resolved_at = now
