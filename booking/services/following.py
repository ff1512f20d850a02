"""What follows for a booking from its room's calendar: confirmed, refused, cancelled or moved there.

Each locks the space first; who is told stands in the same transaction. Callers reach these through
`services.bookings`.
"""

from dataclasses import replace
from datetime import datetime

from booking.domain import states
from booking.domain.intervals import Interval
from booking.domain.permissions import SYSTEM, Actor
from booking.domain.states import Channel, OccurrenceState
from booking.services import audit, booked, occurrences
from booking.store import queries
from booking.store.database import Session
from booking.store.models import Occurrence

#: In the audit log and the messages, whoever edits the room's calendar.
_OUTLOOK = replace(SYSTEM, name="Outlook")


def confirm(
    session: Session, occurrence: Occurrence, *, now: datetime, why: str = "the room's calendar has it"
) -> None:
    """Confirm a date that waited for the calendar; when none of its booking waits any more, tell the patron, once."""
    booking = booked.loaded(session, occurrence)
    here = occurrences.of(booking, occurrence)
    if not states.waits_for_calendar(here.state, here.held_reason):
        return
    here.state, here.held_reason = OccurrenceState.CONFIRMED, None
    booked.settle(booking, now=now)
    audit.note(
        session,
        "booking.confirmed",
        actor=SYSTEM,
        channel=Channel.JOB,
        now=now,
        booking=booking,
        detail=f"{occurrences.words(here)}: {why}",
    )
    if not booked.waits_for_calendar(booking):
        booked.tell_confirmed(session, booking, now=now)


def reject(session: Session, occurrence: Occurrence, *, now: datetime, why: str) -> None:
    """Give up a held date that lost against something else in the calendar; the patron is offered other times."""
    booking = booked.loaded(session, occurrence)
    here = occurrences.of(booking, occurrence)
    if here.state is not OccurrenceState.HELD:
        return
    occurrences.end(session, [here], OccurrenceState.REJECTED, channel=Channel.OUTLOOK, now=now)
    booked.settle(booking, now=now)
    detail = f"{occurrences.words(here)}: {why}"
    entry = audit.note(
        session, "booking.rejected", actor=SYSTEM, channel=Channel.JOB, now=now, booking=booking, detail=detail
    )
    noted = booked.alternatives(session, here, here.when, now=now)
    booked.tell(session, "rejected", booking, entry, about=here, facts={"offers": noted, "why": why}, now=now)
    if not booked.waits_for_calendar(booking) and any(each.holds for each in booking.occurrences):
        booked.tell_confirmed(session, booking, now=now)


def follow_cancel(session: Session, occurrence: Occurrence, *, now: datetime) -> None:
    """Cancel a date whose entry was deleted in Outlook, and tell the patron, once."""
    booking = booked.loaded(session, occurrence)
    here = occurrences.of(booking, occurrence)
    if not here.holds:
        return
    occurrences.end(session, [here], OccurrenceState.CANCELLED, channel=Channel.OUTLOOK, now=now)
    booked.settle(booking, now=now)
    entry = audit.note(
        session,
        "booking.cancelled",
        actor=_OUTLOOK,
        channel=Channel.OUTLOOK,
        now=now,
        booking=booking,
        detail=f"{occurrences.words(here)}: its entry was deleted from the room's calendar",
    )
    booked.tell(session, "cancelled_in_outlook", booking, entry, about=here, now=now)


def follow_move(session: Session, occurrence: Occurrence, when: Interval, *, now: datetime) -> None:
    """Give a date the time to which its entry was moved in Outlook, and tell the patron.

    Raises:
        Refused: the rules do not allow it there; nothing is changed.
    """
    booking = booked.loaded(session, occurrence)
    here = occurrences.of(booking, occurrence)
    if not here.holds or here.when == when:
        return
    space = queries.places.space_row(here.space)
    siblings = [each for each in booking.occurrences if each.space_id == here.space_id and each.holds]
    surroundings = occurrences.around(session, space, [when], except_ids=[each.id for each in siblings])
    surroundings.check_followed(when, now=now)
    occurrences.check_apart([when, *(each.when for each in siblings if each is not here)])
    before, was = occurrences.facts(here), occurrences.words(here)
    occurrences.move(session, [(here, when)], now=now)
    booking.updated_at = now
    detail = f"{occurrences.words(here)} (was: {was}): moved in the room's calendar"
    entry = audit.note(
        session, "booking.moved", actor=_OUTLOOK, channel=Channel.OUTLOOK, now=now, booking=booking, detail=detail
    )
    booked.tell(session, "moved_in_outlook", booking, entry, about=here, facts={"before": [before]}, now=now)


def give_way(
    session: Session,
    occurrence: Occurrence,
    *,
    actor: Actor = _OUTLOOK,
    channel: Channel = Channel.OUTLOOK,
    now: datetime,
    why: str,
) -> None:
    """Cancel a date for the sake of what somebody put over it in Outlook; the patron is offered other times.

    Like every cancel that came from a calendar it can be undone for a while, whoever decided it.
    """
    booking = booked.loaded(session, occurrence)
    here = occurrences.of(booking, occurrence)
    if not here.holds:
        return
    occurrences.end(session, [here], OccurrenceState.CANCELLED, channel=Channel.OUTLOOK, now=now)
    booked.settle(booking, now=now)
    detail = f"{occurrences.words(here)}: {why}"
    entry = audit.note(
        session, "booking.gave_way", actor=actor, channel=channel, now=now, booking=booking, detail=detail
    )
    noted = booked.alternatives(session, here, here.when, now=now)
    booked.tell(session, "gave_way", booking, entry, about=here, facts={"offers": noted}, now=now)
