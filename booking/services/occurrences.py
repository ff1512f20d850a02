"""The dates of bookings: whether a space may be had for them, and how they begin, move and end.

For `services.bookings` only. Every function expects the space to be locked.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from booking.domain import opening
from booking.domain import rules as space_rules
from booking.domain.errors import Closed, NotPossible, Taken
from booking.domain.intervals import Interval
from booking.domain.opening import OpeningPlan
from booking.domain.states import Channel, HeldReason, OccurrenceState, may_move
from booking.services import calendars, refs
from booking.store import queries
from booking.store.database import Session
from booking.store.models import Booking, Occurrence
from booking.store.queries.places import SpaceRow


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around some times in one space: when it is open, and what takes it."""

    space: SpaceRow
    plan: OpeningPlan
    busy: Sequence[Interval]

    def check(self, when: Interval, *, now: datetime) -> None:
        """Pass if somebody may book that time.

        Raises:
            Refused: the first reason why not.
        """
        self._explained(
            when,
            lambda: space_rules.check(
                when,
                self.space.rules,
                open_times=opening.open_during(self.plan, when),
                busy=self.busy,
                now=now,
                zone=self.space.zone,
            ),
        )

    def check_followed(self, when: Interval, *, now: datetime) -> None:
        """Pass if a booking may follow to that time, to which it was moved in Outlook.

        Raises:
            Refused: the first reason why not.
        """
        self._explained(
            when,
            lambda: space_rules.check_followed(
                when,
                self.space.rules,
                open_times=opening.open_during(self.plan, when),
                busy=self.busy,
                now=now,
            ),
        )

    def check_room(self, when: Interval) -> None:
        """Pass if the space is open and nobody has it: for a date that once was allowed, and is to stand again.

        Raises:
            Refused: Closed or Taken.
        """
        self._explained(
            when,
            lambda: space_rules.check_room(
                when, self.space.rules, open_times=opening.open_during(self.plan, when), busy=self.busy
            ),
        )

    def _explained(self, when: Interval, check: Callable[[], None]) -> None:
        try:
            check()
        except Closed as refusal:
            raise Closed(wished=when, reason=opening.reason_closed(self.plan, when)) from refusal


def around(
    session: Session, space: SpaceRow, times: Iterable[Interval], *, except_ids: Iterable[int] = ()
) -> Surroundings:
    """Return what is known around these times, read at once, however many they are."""
    in_order = sorted(times)
    margin = space.rules.changeover + timedelta(minutes=1)
    window = Interval(in_order[0].start, max(each.end for each in in_order)).padded(before=margin, after=margin)
    plans = queries.opening.plans_for_spaces(session, space.location_id, [space.id], zone=space.zone, around=window)
    busy = queries.bookings.busy(session, space_id=space.id, during=window, except_occurrences=except_ids)
    return Surroundings(space, plans[space.id], busy)


def check_apart(times: Iterable[Interval]) -> None:
    """Pass if no two of these times overlap.

    Raises:
        Taken: the second of two that do.
    """
    in_order = sorted(times)
    for number, each in enumerate(in_order[1:]):
        if each.overlaps(in_order[number]):
            raise Taken(wished=each)


def begin(space: SpaceRow, when: Interval, *, held: HeldReason | None) -> Occurrence:
    """Return a new date that holds its space: confirmed, or held for a reason."""
    return Occurrence(
        key=refs.new_key(),
        space_id=space.id,
        starts_at=when.start,
        ends_at=when.end,
        state=OccurrenceState.HELD if held else OccurrenceState.CONFIRMED,
        held_reason=held,
        holds=True,
    )


def move(session: Session, moves: Sequence[tuple[Occurrence, Interval]], *, now: datetime) -> None:
    """Give dates their new times. All let go first: neighbours that shift together would refuse one another."""
    for occurrence, _ in moves:
        occurrence.holds = False
    session.flush()
    for occurrence, when in moves:
        occurrence.starts_at, occurrence.ends_at = when.start, when.end
        occurrence.holds = True
    session.flush()
    for occurrence, _ in moves:
        calendars.touch(session, occurrence, now=now)


def end(
    session: Session, occurrences: Iterable[Occurrence], state: OccurrenceState, *, channel: Channel, now: datetime
) -> None:
    """Have dates let go of their space: cancelled, rejected, released or expired.

    Raises:
        NotPossible: one is in a state from which it cannot go there.
    """
    ended = list(occurrences)
    for occurrence in ended:
        if not may_move(occurrence.state, state):
            raise NotPossible(f"A date that is {occurrence.state} cannot be {state}.")
        occurrence.state = state
        occurrence.holds = False
        occurrence.held_reason = None
        occurrence.cancelled_by = channel
        occurrence.ended_at = now
    session.flush()
    for occurrence in ended:
        calendars.touch(session, occurrence, now=now)


def of(booking: Booking, occurrence: Occurrence) -> Occurrence:
    """Return the same date as the booking holds it, loaded afresh."""
    return next(each for each in booking.occurrences if each.id == occurrence.id)


def words(occurrence: Occurrence) -> str:
    """Return space and time of a loaded date as the audit log says them, in the location's wall time."""
    zone = ZoneInfo(occurrence.space.location.zone)
    start, end_ = occurrence.starts_at.astimezone(zone), occurrence.ends_at.astimezone(zone)
    day = f"{start:%a} {start.day} {start:%b %Y}"
    return f"{occurrence.space.name}, {day}, {start:%H:%M} to {end_:%H:%M}"


def facts(occurrence: Occurrence) -> dict[str, str]:
    """Return space and time of a loaded date as a message keeps them."""
    return {
        "start": occurrence.starts_at.isoformat(),
        "end": occurrence.ends_at.isoformat(),
        "space": occurrence.space.name,
    }
