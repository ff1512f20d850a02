"""The rules of a space, and the one function that checks a wish against them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from booking.domain.errors import (
    Closed,
    EndsBeforeItStarts,
    InThePast,
    NoSuchTime,
    OffStep,
    Taken,
    TooFar,
    TooLong,
    TooShort,
    TooSoon,
)
from booking.domain.intervals import Interval, merged

#: No occurrence lasts longer (the autumn day has 25 hours); it bounds every search. Also in migration 0001.
LONGEST_OCCURRENCE = timedelta(hours=26)

#: The days that can be reckoned with.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


class RuleValues(Protocol):
    """Rules as a place keeps them: None means "as the next wider place says"."""

    @property
    def step_minutes(self) -> int | None: ...
    @property
    def shortest_minutes(self) -> int | None: ...
    @property
    def longest_minutes(self) -> int | None: ...
    @property
    def lead_minutes(self) -> int | None: ...
    @property
    def window_days(self) -> int | None: ...
    @property
    def padding_before_minutes(self) -> int | None: ...
    @property
    def padding_after_minutes(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class OwnRules:
    """The rules that a place sets itself, as a value."""

    step_minutes: int | None = None
    shortest_minutes: int | None = None
    longest_minutes: int | None = None
    lead_minutes: int | None = None
    window_days: int | None = None
    padding_before_minutes: int | None = None
    padding_after_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class SpaceRules:
    """The rules that apply to a space."""

    step: timedelta
    shortest: timedelta
    longest: timedelta
    lead: timedelta
    window: timedelta
    padding_before: timedelta
    padding_after: timedelta

    @property
    def changeover(self) -> timedelta:
        """Return the time between two bookings: what follows the one and what precedes the next."""
        return self.padding_before + self.padding_after

    def kept_free(self, busy: Interval) -> Interval:
        """Return the time that nothing else may overlap because of `busy`, changeover on both sides included."""
        return busy.padded(before=self.changeover, after=self.changeover)


DEFAULTS = SpaceRules(
    step=timedelta(minutes=30),
    shortest=timedelta(minutes=30),
    longest=timedelta(hours=4),
    lead=timedelta(),
    window=timedelta(days=90),
    padding_before=timedelta(),
    padding_after=timedelta(),
)


def effective(space: RuleValues, category: RuleValues) -> SpaceRules:
    """Return the rules that apply: of each, the nearest value that is set wins."""

    def nearest(own: int | None, wider: int | None, default: timedelta, unit: timedelta) -> timedelta:
        value = own if own is not None else wider
        return default if value is None else value * unit

    minute, day = timedelta(minutes=1), timedelta(days=1)
    return SpaceRules(
        step=nearest(space.step_minutes, category.step_minutes, DEFAULTS.step, minute),
        shortest=nearest(space.shortest_minutes, category.shortest_minutes, DEFAULTS.shortest, minute),
        longest=nearest(space.longest_minutes, category.longest_minutes, DEFAULTS.longest, minute),
        lead=nearest(space.lead_minutes, category.lead_minutes, DEFAULTS.lead, minute),
        window=nearest(space.window_days, category.window_days, DEFAULTS.window, day),
        padding_before=nearest(
            space.padding_before_minutes, category.padding_before_minutes, DEFAULTS.padding_before, minute
        ),
        padding_after=nearest(
            space.padding_after_minutes, category.padding_after_minutes, DEFAULTS.padding_after, minute
        ),
    )


def times(start: datetime, end: datetime) -> Interval:
    """Return both as an interval.

    Raises:
        EndsBeforeItStarts: the end does not come after the start.
    """
    if end <= start:
        raise EndsBeforeItStarts
    return Interval(start, end)


def wall_time(day: date, at: time, zone: str) -> datetime:
    """Return the moment, in UTC, at which clocks in `zone` show that time; of a repeated hour, the first.

    Raises:
        NoSuchTime: clocks skip it, because summer time begins.
        InThePast: before 1900, for no calendar reaches there and no arithmetic must run off its beginning.
        TooFar: from 2200 on, likewise.
    """
    if day < FIRST_DAY:
        raise InThePast(start=datetime.combine(FIRST_DAY, time(), UTC))
    if day > LAST_DAY:
        raise TooFar(latest=datetime.combine(LAST_DAY, time(), UTC))
    wall = datetime.combine(day, at)
    moment = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:
        raise NoSuchTime(wall=wall, zone=zone)
    return moment


def check(
    when: Interval,
    rules: SpaceRules,
    *,
    open_times: Sequence[Interval],
    busy: Iterable[Interval],
    now: datetime,
    zone: str,
) -> None:
    """Pass if the rules allow a booking for that time.

    Args:
        when: the time wished for.
        rules: of the space.
        open_times: when the space is open around that time.
        busy: what takes the space around that time, without changeover.
        now: the present moment.
        zone: IANA id of the location, in whose wall time steps count.

    Raises:
        Refused: the first reason why not (InThePast, TooShort, TooLong, OffStep, TooSoon, TooFar, Closed, Taken).
    """
    if when.start < now:
        raise InThePast(start=when.start)
    check_length(when, rules)
    if not on_step(when, rules.step, zone):
        raise OffStep(step=rules.step)
    if when.start < now + rules.lead:
        raise TooSoon(earliest=now + rules.lead)
    if when.end > now + rules.window:
        raise TooFar(latest=now + rules.window)
    check_room(when, rules, open_times=open_times, busy=busy)


def check_followed(
    when: Interval, rules: SpaceRules, *, open_times: Sequence[Interval], busy: Iterable[Interval], now: datetime
) -> None:
    """Pass if a booking may take the time to which somebody moved it in Outlook.

    Lead time and step are for people who book; whoever moves a meeting in the room's own calendar decides those.

    Raises:
        Refused: TooShort, TooLong, TooFar, Closed or Taken.
    """
    check_length(when, rules)
    if when.length > LONGEST_OCCURRENCE:
        raise TooLong(asked=when.length, limit=LONGEST_OCCURRENCE)
    if when.end > now + rules.window:
        raise TooFar(latest=now + rules.window)
    check_room(when, rules, open_times=open_times, busy=busy)


def check_length(when: Interval, rules: SpaceRules) -> None:
    """Pass if the length is allowed.

    Raises:
        Refused: TooShort or TooLong.
    """
    if when.length < rules.shortest:
        raise TooShort(asked=when.length, limit=rules.shortest)
    if when.length > rules.longest:
        raise TooLong(asked=when.length, limit=rules.longest)


def check_room(when: Interval, rules: SpaceRules, *, open_times: Sequence[Interval], busy: Iterable[Interval]) -> None:
    """Pass if the space is open all that time, and nobody has it then or needs it for a changeover.

    Raises:
        Refused: Closed or Taken.
    """
    if not any(each.covers(when) for each in merged(open_times)):
        raise Closed(wished=when)
    if any(rules.kept_free(each).overlaps(when) for each in busy):
        raise Taken(wished=when)


def on_step(when: Interval, step: timedelta, zone: str) -> bool:
    """Tell whether it starts on a step counted from local midnight, and lasts a whole number of steps."""
    return not _past_step(when.start, step, zone) and not when.length % step


def step_at_or_after(moment: datetime, step: timedelta, zone: str) -> datetime:
    """Return the first moment from there on that lies on a step, counted from local midnight."""
    over = _past_step(moment, step, zone)
    return moment + (step - over) if over else moment


def step_at_or_before(moment: datetime, step: timedelta, zone: str) -> datetime:
    """Return the last moment up to there that lies on a step, counted from local midnight."""
    return moment - _past_step(moment, step, zone)


@lru_cache(maxsize=10_000)  # the rooms of a day share their times
def _past_step(moment: datetime, step: timedelta, zone: str) -> timedelta:
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return (wall - wall.replace(hour=0, minute=0, second=0, microsecond=0)) % step
