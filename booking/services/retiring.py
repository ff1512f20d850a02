"""Taking a space out of use while bookings are still to come: each is cancelled or moved, as a plan says.

For `services.places` and whoever shows the plan first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from booking.domain.errors import NotPossible, Refused, Taken
from booking.domain.intervals import Interval
from booking.domain.permissions import Actor
from booking.domain.states import Channel, LinkState
from booking.services import bookings, moves, occurrences, pairings
from booking.services.moves import Move
from booking.store import queries
from booking.store.database import Session
from booking.store.models import Occurrence, Space

LONGEST_MESSAGE = 1000

_CHANGED = "Somebody has booked, changed or cancelled meanwhile. Look at the list again."
_NOT_LIKE_IT = "Bookings can only move to another space of the same category that is in use."


@dataclass(frozen=True, slots=True)
class RetirePlan:
    """What becomes of each date that is still to come, by its key. `message` is told to whoever loses one."""

    moves: Mapping[str, int] = field(default_factory=dict)  # to the space with that id
    cancel: frozenset[str] = frozenset()
    message: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """Return every date that the plan is about."""
        return self.cancel.union(self.moves)


@dataclass(frozen=True, slots=True)
class Fate:
    """One date that is still to come, and whether it could move to the space that was looked at."""

    ref: str
    key: str
    patron: str
    when: Interval
    zone: str
    obstacle: str  # why it cannot move; empty if it can


def preview(session: Session, space_id: int, *, into: int | None, now: datetime) -> tuple[Fate, ...]:
    """Return every date of a space that is still to come, earliest first, each checked for the space named.

    Raises:
        NotFound: there is no such space.
        NotPossible: bookings cannot move there.
    """
    ids = {space_id} if into is None else {space_id, into}
    spaces = {each.id: each for each in queries.places.lock_spaces(session, ids, only_look=True)}
    goal = None if into is None else spaces[into]
    if goal is not None:
        _require_likeness(spaces[space_id], goal)
    dates = tuple(queries.bookings.coming(session, space_id, now=now))
    fates = tuple(map(_fate, dates))  # before the first check: it loads a booking afresh, and its other dates with it
    if goal is None:
        return fates
    return tuple(
        replace(fate, obstacle=_obstacle(session, each, goal, now=now)) for fate, each in zip(fates, dates, strict=True)
    )


def _require_likeness(space: Space, goal: Space) -> None:
    if goal.retired or goal.id == space.id or goal.category_id != space.category_id:
        raise NotPossible(_NOT_LIKE_IT)


def _fate(occurrence: Occurrence) -> Fate:
    booking = occurrence.booking
    return Fate(
        ref=booking.ref,
        key=occurrence.key,
        patron=f"{booking.patron.first_name} {booking.patron.last_name}".strip(),
        when=occurrence.when,
        zone=occurrence.space.location.zone,
        obstacle="",
    )


def _obstacle(session: Session, occurrence: Occurrence, goal: Space, *, now: datetime) -> str:
    if occurrence.starts_at <= now:
        return "it has already begun"
    booking = queries.bookings.for_change(session, occurrence.booking_id)
    here = occurrences.of(booking, occurrence)
    try:
        moves.check(session, booking, [Move(here, here.when, goal)], by_staff=True, now=now)
    except Taken:
        return "it is taken at that time"
    except Refused as refusal:
        return str(refusal)
    return ""


def planned(fates: Iterable[Fate], *, into: int | None, message: str = "") -> RetirePlan:
    """Return the plan that such a look stands for: what can move does, the rest is cancelled."""
    seen = list(fates)
    goes = {each.key: into for each in seen if into is not None and not each.obstacle}
    return RetirePlan(goes, frozenset(each.key for each in seen if each.key not in goes), message)


def lock(session: Session, space_id: int, plan: RetirePlan, *, now: datetime) -> Space:
    """Lock a space, those that its dates go to, and all that their bookings are about, in the order of ids.

    Raises:
        NotFound: there is no such space.
    """
    concerned = queries.bookings.coming(session, space_id, now=now)
    others = {one for each in concerned for one in queries.bookings.space_ids_of(session, each.booking_id)}
    locked = queries.places.lock_spaces(session, {space_id, *plan.moves.values(), *others})
    return next(each for each in locked if each.id == space_id)


def clear(session: Session, space: Space, plan: RetirePlan, *, actor: Actor, now: datetime) -> None:
    """Do as the plan says with every date of a locked space that is still to come, and have its pairing leave.

    Raises:
        Refused: NotPossible when the plan does not fit any more, or why a date cannot move.
    """
    goals = {each.id: each for each in queries.places.lock_spaces(session, plan.moves.values(), only_look=True)}
    for goal in goals.values():
        _require_likeness(space, goal)
    coming = queries.bookings.coming(session, space.id, now=now)
    if {each.key for each in coming} != plan.keys:
        raise NotPossible(_CHANGED)
    message = " ".join(plan.message.split())[:LONGEST_MESSAGE]
    for booking_id in dict.fromkeys(each.booking_id for each in coming):
        keys = {each.key for each in coming if each.booking_id == booking_id}
        going = {key: goals[plan.moves[key]] for key in keys if key in plan.moves}
        lost = frozenset(keys - going.keys())
        if going:
            _move(session, booking_id, going, actor=actor, now=now)
        if lost:
            bookings.cancel(
                session, booking_id, keys=lost, actor=actor, now=now, channel=Channel.STAFF, message=message
            )
    _part(session, space.id, now=now)


def _move(session: Session, booking_id: int, going: Mapping[str, Space], *, actor: Actor, now: datetime) -> None:
    booking = queries.bookings.for_change(session, booking_id)
    wanted = [Move(each, each.when, going[each.key]) for each in booking.occurrences if each.key in going]
    if any(each.occurrence.starts_at <= now for each in wanted):
        raise NotPossible(_CHANGED)
    moves.check(session, booking, wanted, by_staff=True, now=now)
    bookings.carry_out(session, booking, wanted, actor=actor, now=now, channel=Channel.STAFF)


def _part(session: Session, space_id: int, *, now: datetime) -> None:
    """Have the space's pairing leave its mailbox, and take our entries with it."""
    link = queries.links.of_space(session, space_id)
    if link is not None and link.state is not LinkState.LEAVING:
        pairings.leave(session, queries.links.lock(session, link.id), leave_entries=False, now=now)
