"""Dates that were held until their time was over: nobody waits for them any more."""

from datetime import datetime

from booking.domain.permissions import SYSTEM
from booking.domain.states import Channel, OccurrenceState, overall
from booking.services import audit, occurrences
from booking.store import queries
from booking.store.database import Session
from booking.store.models import Occurrence


def expire(session: Session, occurrence_id: int, *, now: datetime) -> bool:
    """Let go of a held date whose time is over, and tell whether it was one. Nobody is written to: it is too late."""
    found = session.get_one(Occurrence, occurrence_id)
    queries.places.lock_space(session, found.space_id)
    booking = queries.bookings.for_change(session, found.booking_id)
    here = occurrences.of(booking, found)
    if here.state is not OccurrenceState.HELD or here.ends_at > now:
        return False
    occurrences.end(session, [here], OccurrenceState.EXPIRED, channel=Channel.JOB, now=now)
    booking.state = overall(each.state for each in booking.occurrences)
    booking.updated_at = now
    detail = f"{occurrences.words(here)}: the time was over before it could be confirmed"
    audit.note(session, "booking.expired", actor=SYSTEM, channel=Channel.JOB, now=now, booking=booking, detail=detail)
    return True
