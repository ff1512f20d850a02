"""What to offer somebody whose wish could not be met: the nearest free times."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from booking.domain import rules as space_rules
from booking.domain.errors import NoSuchTime
from booking.domain.intervals import Interval
from booking.domain.opening import local_day
from booking.domain.rules import SpaceRules

SpaceT = TypeVar("SpaceT")

AT_MOST_EACH = 2
DAYS_ON = 7


@dataclass(frozen=True, slots=True)
class Offer(Generic[SpaceT]):
    """Another time, or another space, near a wish that could not be met."""

    space: SpaceT
    when: Interval
    why: str  # "later", "earlier", "other_space", "other_day"


@dataclass(frozen=True, slots=True)
class Gaps(Generic[SpaceT]):
    """The free runs of one space over the days around a wish, and the rules for starting in them."""

    space: SpaceT
    runs: Sequence[Interval]
    rules: SpaceRules
    zone: str


def offers(wish: Interval, here: Gaps[SpaceT], others: Sequence[SpaceT]) -> tuple[Offer[SpaceT], ...]:
    """Return the nearest free times for a wish that could not be met.

    The same space shifted within the day, nearest first; other spaces at the same time; the same space at the
    same time of another day; at most two of a kind.

    Args:
        wish: the time wished for.
        here: the space wished for.
        others: spaces that could be booked for just that time, the best first.
    """
    shifted = sorted(_shifted(wish, here), key=lambda offer: abs(offer.when.start - wish.start))
    same_time = [Offer(each, wish, "other_space") for each in others]
    other_days = [Offer(here.space, when, "other_day") for when in _same_time_later(wish, here) if _fits(when, here)]
    return (*shifted, *same_time[:AT_MOST_EACH], *other_days[:AT_MOST_EACH])


def _fits(wish: Interval, gaps: Gaps[SpaceT]) -> bool:
    length_is_right = gaps.rules.shortest <= wish.length <= gaps.rules.longest
    starts_right = space_rules.on_step(wish, gaps.rules.step, gaps.zone)
    return length_is_right and starts_right and any(run.covers(wish) for run in gaps.runs)


def _shifted(wish: Interval, here: Gaps[SpaceT]) -> Iterator[Offer[SpaceT]]:
    """Yield the first fitting time after the wish and the last before it, on the same day."""
    day = local_day(wish.start.astimezone(ZoneInfo(here.zone)).date(), here.zone)
    runs = [part for run in here.runs if (part := run.clipped(day)) is not None]
    later = [start for run in runs if (start := _first_start(run, wish, here)) is not None]
    earlier = [start for run in runs if (start := _last_start(run, wish, here)) is not None]
    for why, starts in (("later", later[:1]), ("earlier", earlier[-1:])):
        for start in starts:
            when = Interval(start, start + wish.length)
            if _fits(when, here):
                yield Offer(here.space, when, why)


def _first_start(run: Interval, wish: Interval, here: Gaps[SpaceT]) -> datetime | None:
    start = space_rules.step_at_or_after(max(run.start, wish.start), here.rules.step, here.zone)
    return start if start + wish.length <= run.end else None


def _last_start(run: Interval, wish: Interval, here: Gaps[SpaceT]) -> datetime | None:
    start = space_rules.step_at_or_before(min(run.end - wish.length, wish.start), here.rules.step, here.zone)
    return start if start >= run.start else None


def _same_time_later(wish: Interval, here: Gaps[SpaceT]) -> Iterator[Interval]:
    """Yield the wish at the same wall time of the days that follow."""
    wall = wish.start.astimezone(ZoneInfo(here.zone))
    for number in range(1, DAYS_ON + 1):
        try:
            start = space_rules.wall_time(wall.date() + timedelta(days=number), wall.time(), here.zone)
        except NoSuchTime:
            continue
        yield Interval(start, start + wish.length)
