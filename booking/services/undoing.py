"""Taking back what sync cancelled: for a while, and only while the space can still be had for that time."""

from datetime import datetime, timedelta

from booking.domain.errors import NotPossible
from booking.domain.permissions import Actor, Permission, require
from booking.domain.states import Channel, OccurrenceState
from booking.services import audit, booked, calendars, occurrences
from booking.store import queries
from booking.store.database import Session
from booking.store.models import Booking, Occurrence

#: For how long a cancel that came from a calendar can be undone.
UNDO_WITHIN = timedelta(days=30)


def undo_cancel(session: Session, occurrence: Occurrence, *, actor: Actor, now: datetime) -> Booking:
    """Have a date stand again that was cancelled from Outlook; the patron is told, once.

    It holds its space at once, and its entry is written to the calendar anew.

    Raises:
        Refused: Forbidden; NotPossible when sync did not cancel it, or when that was too long ago; Closed or Taken
            when the space cannot be had any more.
    """
    booking = booked.loaded(session, occurrence)
    here = occurrences.of(booking, occurrence)
    space = queries.places.space_row(here.space)
    require(actor, Permission.CANCEL_BOOKINGS, on=space.scope)
    _require_undoable(here, now=now)
    if space.retired:
        raise NotPossible(f"{space.name} is not booked any more, so this date cannot stand again.")
    surroundings = occurrences.around(session, space, [here.when])
    surroundings.check_room(here.when)
    occurrences.check_apart(
        [here.when, *(each.when for each in booking.occurrences if each.space_id == here.space_id and each.holds)]
    )
    here.state, here.held_reason = OccurrenceState.CONFIRMED, None
    here.cancelled_by = here.ended_at = None
    here.holds = True
    session.flush()
    calendars.touch(session, here, now=now)
    booked.settle(booking, now=now)
    entry = audit.note(
        session,
        "booking.restored",
        actor=actor,
        channel=Channel.STAFF,
        now=now,
        booking=booking,
        detail=f"{occurrences.words(here)}: it was cancelled from Outlook, and stands again",
    )
    booked.tell(session, "restored", booking, entry, about=here, now=now)
    return booking


def _require_undoable(occurrence: Occurrence, *, now: datetime) -> None:
    if occurrence.holds:
        raise NotPossible("This date stands already. Somebody may have undone the cancel a moment ago.")
    if occurrence.state is not OccurrenceState.CANCELLED or occurrence.cancelled_by is not Channel.OUTLOOK:
        raise NotPossible("Only what was cancelled from Outlook can be undone here. Book the time again instead.")
    if occurrence.ended_at is None or now - occurrence.ended_at > UNDO_WITHIN:
        raise NotPossible("This was cancelled more than 30 days ago. Book the time again instead.")
    if occurrence.ends_at <= now:
        raise NotPossible("That time is over, so there is nothing left to undo.")
