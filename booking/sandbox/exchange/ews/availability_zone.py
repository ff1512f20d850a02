"""The time zone that GetUserAvailability is asked in: an offset and two rules, as Windows has them.

Source: learn.microsoft.com, EWS reference, TimeZone (Availability).
Bias is in minutes, and is added to wall time to get UTC.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from booking.sandbox.exchange.ews.errors import Fault
from booking.sandbox.exchange.ews.xml import Element, find, text

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS_OF_WEEK = 7
_LAST = 5


@dataclass(frozen=True, slots=True)
class _Change:
    bias: timedelta
    month: int
    week: int
    weekday: int
    time: timedelta

    def in_year(self, year: int) -> datetime:
        """When the clock changes, on the wall as it is until then."""
        first, length = monthrange(year, self.month)
        day = 1 + (self.weekday - first) % _DAYS_OF_WEEK + (self.week - 1) * _DAYS_OF_WEEK
        while day > length:
            day -= _DAYS_OF_WEEK
        return datetime(year, self.month, day) + self.time  # noqa: DTZ001  (wall time)


@dataclass(frozen=True, slots=True)
class RequestZone:
    """Wall time of a request, to UTC and back."""

    bias: timedelta
    standard: _Change | None
    daylight: _Change | None

    def utc(self, wall: datetime) -> datetime:
        return (wall + self._bias_at(wall)).replace(tzinfo=UTC)

    def wall(self, moment: datetime) -> datetime:
        """Naive, as GetUserAvailability answers."""
        naive = moment.astimezone(UTC).replace(tzinfo=None)
        rough = naive - self.bias
        return naive - self._bias_at(rough)

    def _bias_at(self, wall: datetime) -> timedelta:
        if self.standard is None or self.daylight is None:
            return self.bias
        begins, ends = self.daylight.in_year(wall.year), self.standard.in_year(wall.year)
        in_summer = begins <= wall < ends if begins < ends else not ends <= wall < begins
        return self.bias + (self.daylight.bias if in_summer else self.standard.bias)


def read(element: Element | None) -> RequestZone:
    """The zone in a t:TimeZone element.

    Raises:
        Fault: there is none; Exchange then cannot tell what the times mean.
    """
    if element is None:
        raise Fault("ErrorTimeZone", "The time zone is missing.")
    bias = timedelta(minutes=int(text(element, "t:Bias", "0")))
    return RequestZone(bias, _change(find(element, "t:StandardTime")), _change(find(element, "t:DaylightTime")))


def _change(element: Element | None) -> _Change | None:
    if element is None or int(text(element, "t:Month", "0")) == 0:
        return None
    hours, minutes, *_ = (int(part) for part in text(element, "t:Time", "00:00:00").split(":"))
    return _Change(
        bias=timedelta(minutes=int(text(element, "t:Bias", "0"))),
        month=int(text(element, "t:Month")),
        week=min(int(text(element, "t:DayOrder", "1")), _LAST),
        weekday=_weekday(text(element, "t:DayOfWeek", "Sunday")),
        time=timedelta(hours=hours, minutes=minutes),
    )


def _weekday(name: str) -> int:
    return _DAYS.index(name) if name in _DAYS else 0
