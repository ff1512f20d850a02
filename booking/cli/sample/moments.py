"""Times of the sample: a weekday and a wall-clock time, in a place's own time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from booking.domain.intervals import Interval

LONDON, NEW_YORK = "Europe/London", "America/New_York"


class Day(IntEnum):
    """A weekday."""

    MON = 0
    TUE = 1
    WED = 2
    THU = 3
    FRI = 4
    SAT = 5
    SUN = 6


@dataclass(frozen=True, slots=True)
class Slot:
    """A time of any week; `hours` may go past midnight."""

    day: Day
    start: str  # "09:30"
    hours: float

    def in_week(self, monday: date, zone: str) -> Interval:
        """Return it in the week that begins on `monday`."""
        hour, minute = (int(part) for part in self.start.split(":"))
        day = monday + timedelta(days=int(self.day))
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
        start = local.astimezone(UTC)
        return Interval(start, start + timedelta(hours=self.hours))


def monday_of(now: datetime) -> date:
    """Return the first day of the week that `now` lies in, in London."""
    today = now.astimezone(ZoneInfo(LONDON)).date()
    return today - timedelta(days=today.weekday())
