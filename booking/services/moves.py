"""Dates that get another time or another space: what is asked for, whether it may be, and how it is done.

For services only. Every function but `lock` expects the spaces to be locked, those that are left and those that
are entered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.domain.errors import NotFound, NotPossible, TooLong
from booking.domain.intervals import Interval
from booking.domain.rules import LONGEST_OCCURRENCE
from booking.services import occurrences
from booking.store import queries
from booking.store.database import Session
from booking.store.models import Booking, Occurrence, Space

#: How often the spaces of a booking may change while we wait for their locks.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Move:
    """One date, and where and when it shall be."""

    occurrence: Occurrence
    when: Interval
    space: Space

    @property
    def enters(self) -> bool:
        """Tell whether it goes to another space."""
        return self.space.id != self.occurrence.space_id


def lock(session: Session, booking_id: int, into: Iterable[int] = ()) -> list[Space]:
    """Lock the spaces of a booking, and those it shall go to, in the order of their ids; return them all.

    Raises:
        NotFound: there is no such booking, or no such space.
        NotPossible: somebody else keeps moving it.
    """
    wanted = frozenset(into)
    for _ in range(_TRIES):
        ids = wanted.union(queries.bookings.space_ids_of(session, booking_id))
        waiting = session.begin_nested()  # going back to it lets the locks go
        spaces = queries.places.lock_spaces(session, ids)
        if ids.issuperset(queries.bookings.space_ids_of(session, booking_id)):
            waiting.commit()
            return spaces
        waiting.rollback()  # it was moved to a space that we do not hold, while we waited
    raise NotPossible("Somebody else is changing this booking just now. Try again.")


def wanted(
    booking: Booking,
    spaces: Iterable[Space],
    *,
    when: Mapping[str, Interval],
    into: Mapping[str, int],
    now: datetime,
) -> list[Move]:
    """Return the dates that get another time or space, by their keys, if all of them still can.

    Raises:
        NotFound: the booking has no such date.
        NotPossible: a date does not stand any more, or has begun.
        TooLong: no date may be that long.
    """
    by_key = {each.key: each for each in booking.occurrences}
    if not by_key.keys() >= when.keys() | into.keys():
        raise NotFound(what="date")
    known = {each.id: each for each in spaces}
    moves = [_move(each, when.get(key), into.get(key), known) for key, each in by_key.items()]
    changes = [each for each in moves if each.enters or each.when != each.occurrence.when]
    for each in changes:
        _check_movable(each, now=now)
    return changes


def _move(occurrence: Occurrence, when: Interval | None, space_id: int | None, known: Mapping[int, Space]) -> Move:
    goal = occurrence.space_id if space_id is None else space_id
    return Move(occurrence, occurrence.when if when is None else when.in_utc(), known[goal])


def _check_movable(move: Move, *, now: datetime) -> None:
    if not move.occurrence.holds:
        raise NotPossible("That date does not stand any more, so it cannot be moved.")
    if move.occurrence.starts_at <= now:
        raise NotPossible("That time has already begun, so it cannot be moved.")
    if move.space.location_id != move.occurrence.space.location_id:
        raise NotPossible("A booking stays in its location. Book there anew, and cancel this one.")
    if move.when.length > LONGEST_OCCURRENCE:
        raise TooLong(asked=move.when.length, limit=LONGEST_OCCURRENCE)


def check(session: Session, booking: Booking, moves: Sequence[Move], *, by_staff: bool = False, now: datetime) -> None:
    """Pass if every new time is allowed in its space. The booking's own dates stand aside, but may not overlap.

    Args:
        session: to read with.
        booking: with its dates.
        moves: what shall change.
        by_staff: lead time and step are for people who book; staff who clear a space need not keep them.
        now: the present moment.

    Raises:
        Refused: the first reason why not.
    """
    standing = [each for each in booking.occurrences if each.holds]
    moved = {move.occurrence.id for move in moves}
    for space in {move.space.id: move.space for move in moves}.values():
        row = queries.places.space_row(space)
        here = [each for each in standing if each.space_id == space.id]
        times = [move.when for move in moves if move.space.id == space.id]
        around = occurrences.around(session, row, times, except_ids=[each.id for each in here])
        for when in times:
            if by_staff:
                around.check_followed(when, now=now)
            else:
                around.check(when, now=now)
        occurrences.check_apart([*times, *(each.when for each in here if each.id not in moved)])


def make(session: Session, moves: Sequence[Move], *, now: datetime) -> None:
    """Give dates their new times and spaces, and have both calendars follow in the same transaction."""
    entering = [move for move in moves if move.enters]
    for move in entering:
        move.occurrence.holds = False
    session.flush()
    for move in entering:
        move.occurrence.space = move.space
    session.flush()
    occurrences.move(session, [(move.occurrence, move.when) for move in moves], now=now)
