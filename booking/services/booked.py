"""What every change of a booking ends with: its state, and who is told. For services about bookings only."""

from collections.abc import Mapping
from datetime import datetime

from booking.domain.intervals import Interval
from booking.domain.states import HeldReason, overall
from booking.services import outbox
from booking.store import queries
from booking.store.database import Session
from booking.store.models import AuditEntry, Booking, Occurrence


def loaded(session: Session, occurrence: Occurrence) -> Booking:
    """Return the booking of a date with all that is needed to change it, the date's space locked."""
    queries.places.lock_space(session, occurrence.space_id)
    return queries.bookings.for_change(session, occurrence.booking_id)


def settle(booking: Booking, *, now: datetime) -> None:
    """Give a booking the state that its dates make."""
    booking.state = overall(each.state for each in booking.occurrences)
    booking.updated_at = now


def waits_for_calendar(booking: Booking) -> bool:
    """Tell whether any date is held until a calendar has it."""
    return any(each.holds and each.held_reason is HeldReason.CALENDAR for each in booking.occurrences)


def tell_confirmed(session: Session, booking: Booking, *, now: datetime) -> None:
    """Tell the patron that the booking is confirmed, once ever."""
    outbox.tell(session, "confirmed", booking, now=now, once=f"confirmed:{booking.ref}")


def tell(
    session: Session,
    kind: str,
    booking: Booking,
    entry: AuditEntry,
    *,
    about: Occurrence | None = None,
    facts: Mapping[str, object] | None = None,
    now: datetime,
) -> None:
    """Queue a message about what an audit entry says, once for each entry."""
    once = f"{kind}:{booking.ref}:{entry.id}"
    outbox.tell(session, kind, booking, occurrence=about, facts=facts, now=now, once=once)


def alternatives(session: Session, occurrence: Occurrence, wish: Interval, *, now: datetime) -> list[dict[str, str]]:
    """Return the nearest free times for a date that is lost, as a message keeps them."""
    space = queries.places.space_row(occurrence.space)
    return [
        {"start": each.when.start.isoformat(), "end": each.when.end.isoformat(), "space": each.space.name}
        for each in queries.free.offers(session, space=space, wish=wish, now=now)
    ]
