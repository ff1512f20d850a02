"""Who did what, when, through which door: written in the transaction of what was done."""

from datetime import datetime

from booking.domain.permissions import Actor
from booking.domain.states import Channel
from booking.store.database import Session
from booking.store.models import AuditEntry, Booking

_LONGEST = 200  # of a name or a subject, as the table keeps them


def note(
    session: Session,
    what: str,
    *,
    actor: Actor,
    channel: Channel,
    now: datetime,
    booking: Booking | None = None,
    subject: str = "",
    detail: str = "",
) -> AuditEntry:
    """Write down that something was done.

    Args:
        session: of the transaction that does it.
        what: stable, for example "booking.placed".
        actor: who did it.
        channel: through which door.
        now: the present moment.
        booking: which booking it was about, already flushed.
        subject: what else it was about.
        detail: a sentence for people; no secret and no private title.
    """
    entry = AuditEntry(
        at=now,
        actor=(actor.name or "the patron")[:_LONGEST],
        person_id=actor.person_id,
        channel=channel,
        what=what,
        booking_id=booking.id if booking else None,
        subject=subject[:_LONGEST],
        detail=detail,
    )
    session.add(entry)
    session.flush()  # its id makes messages about it unique
    return entry
