"""When a place is open: an ordinary week, exceptions, closures. Summer time lives here.

Minutes count from local midnight in wall time, so a day of 23 or 25 hours needs no case of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.domain.errors import NoSuchTime
from booking.domain.intervals import Interval, gaps, merged
from booking.domain.rules import wall_time

MINUTES_A_DAY = 1440


@dataclass(frozen=True, order=True, slots=True)
class Hours:
    """Open from `opens_minute` to `closes_minute`; more than 1,440 is past midnight, 0 to 1,440 is 24 hours."""

    opens_minute: int
    closes_minute: int

    def __str__(self) -> str:
        """Return it as people write it, for example 09:00-17:30."""
        return f"{_clock(self.opens_minute)}\N{EN DASH}{_clock(self.closes_minute)}"


@dataclass(frozen=True, slots=True)
class DayException:
    """The hours of one date instead of the week's; none means closed that day."""

    day: date
    hours: tuple[Hours, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClosedTime:
    """A stretch of time in which the place is closed, and why."""

    when: Interval
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OpeningPlan:
    """All that decides when one place is open. `week` counts from Monday, 0."""

    zone: str
    week: Mapping[int, tuple[Hours, ...]] = field(default_factory=dict)
    exceptions: Mapping[date, DayException] = field(default_factory=dict)
    closures: tuple[ClosedTime, ...] = ()

    def hours_of(self, day: date) -> tuple[Hours, ...]:
        """Return the hours that hold on that date, closures not counted."""
        exception = self.exceptions.get(day)
        return self.week.get(day.weekday(), ()) if exception is None else exception.hours


def open_on(plan: OpeningPlan, day: date) -> list[Interval]:
    """Return, in order and in UTC, when the place is open by that day's hours, a tail past midnight included."""
    whole = list(merged(_intervals(plan, day)))
    closed = [each.when for each in plan.closures]
    return [part for each in whole for part in gaps(each, closed)]


def open_during(plan: OpeningPlan, window: Interval) -> list[Interval]:
    """Return, in order and in UTC, the parts of `window` in which the place is open."""
    first = _local_day(window.start, plan.zone) - timedelta(days=1)  # yesterday's hours may end past midnight
    last = _local_day(window.end, plan.zone)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    whole = merged(part for day in days for part in open_on(plan, day))
    return [part for each in whole if (part := each.clipped(window)) is not None]


def reason_closed(plan: OpeningPlan, when: Interval) -> str:
    """Return why the place is closed for some of that time, in the words staff gave; empty if they gave none."""
    for closure in plan.closures:
        if closure.when.overlaps(when) and closure.reason:
            return closure.reason
    exception = plan.exceptions.get(_local_day(when.start, plan.zone))
    return exception.note if exception else ""


def local_day(day: date, zone: str) -> Interval:
    """Return that date from midnight to midnight: 23, 24 or 25 hours."""
    return Interval(_moment(day, 0, zone), _moment(day, MINUTES_A_DAY, zone))


def _intervals(plan: OpeningPlan, day: date) -> list[Interval]:
    found = []
    for hours in plan.hours_of(day):
        start = _moment(day, hours.opens_minute, plan.zone)
        end = _moment(day, hours.closes_minute, plan.zone)
        if start < end:  # else it lies within the hour that summer time skips
            found.append(Interval(start, end))
    return found


def _moment(day: date, minute: int, zone: str) -> datetime:
    """Return that minute of the day's wall clock in UTC; one that clocks skip means the moment they jump."""
    days, minute = divmod(minute, MINUTES_A_DAY)
    wall = datetime.combine(day, time()) + timedelta(days=days, minutes=minute)
    while True:
        try:
            return wall_time(wall.date(), wall.time(), zone)
        except NoSuchTime:
            wall += timedelta(minutes=1)


def _local_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(UTC).astimezone(ZoneInfo(zone)).date()


def _clock(minute: int) -> str:
    hours, minutes = divmod(minute if minute == MINUTES_A_DAY else minute % MINUTES_A_DAY, 60)
    return f"{hours:02}:{minutes:02}"
