"""A series' pattern and range to dates.

Source: learn.microsoft.com, EWS reference, RecurrencePattern types.
A day of the month that a month lacks is its last day.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice

from dateutil import rrule

from booking.sandbox.exchange.state.model import Recurrence

_DAYS = {
    "Monday": (rrule.MO,),
    "Tuesday": (rrule.TU,),
    "Wednesday": (rrule.WE,),
    "Thursday": (rrule.TH,),
    "Friday": (rrule.FR,),
    "Saturday": (rrule.SA,),
    "Sunday": (rrule.SU,),
    "Day": (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU),
    "Weekday": (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR),
    "WeekendDay": (rrule.SA, rrule.SU),
}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_POSITIONS = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Last": -1}
_SHORTEST_MONTH = 28


def dates(recurrence: Recurrence) -> Iterator[date]:
    """Every date of the series in order; without end if the series has none."""
    return (moment.date() for moment in _rule(recurrence))


def dates_between(recurrence: Recurrence, first: date, last: date) -> list[date]:
    """The dates of the series from `first` to `last`, both included."""
    found = _rule(recurrence).between(_midnight(first), _midnight(last), inc=True)
    return [moment.date() for moment in found]


def first_date(recurrence: Recurrence) -> date | None:
    """The first date, or None if the range holds none."""
    return next(dates(recurrence), None)


def last_date(recurrence: Recurrence) -> date | None:
    """The last date, or None if the series has no end (or no date at all)."""
    if recurrence.last is None and recurrence.count is None:
        return None
    return max(dates(recurrence), default=None)


def nth_date(recurrence: Recurrence, index: int) -> date | None:
    """The date of that number, counted from 1; None beyond the end."""
    return next(islice(dates(recurrence), index - 1, None), None)


def _rule(recurrence: Recurrence) -> rrule.rrule:
    until = None if recurrence.last is None else _midnight(recurrence.last)
    begin, count = _midnight(recurrence.first), recurrence.count
    interval = max(recurrence.interval, 1)
    match recurrence.pattern:
        case "DailyRecurrence":
            return rrule.rrule(rrule.DAILY, begin, interval, count=count, until=until)
        case "WeeklyRecurrence":
            week = _DAYS[recurrence.first_day_of_week][0]
            return rrule.rrule(
                rrule.WEEKLY, begin, interval, wkst=week, byweekday=_weekdays(recurrence), count=count, until=until
            )
        case "AbsoluteMonthlyRecurrence":
            days, position = _day_of_month(recurrence.day_of_month)
            return rrule.rrule(
                rrule.MONTHLY, begin, interval, bymonthday=days, bysetpos=position, count=count, until=until
            )
        case "RelativeMonthlyRecurrence":
            position = _POSITIONS[recurrence.index]
            return rrule.rrule(
                rrule.MONTHLY,
                begin,
                interval,
                byweekday=_weekdays(recurrence),
                bysetpos=position,
                count=count,
                until=until,
            )
        case _:
            return _yearly(recurrence, begin, until)


def _yearly(recurrence: Recurrence, begin: datetime, until: datetime | None) -> rrule.rrule:
    month = MONTHS.index(recurrence.month) + 1
    if recurrence.pattern == "AbsoluteYearlyRecurrence":
        days, position = _day_of_month(recurrence.day_of_month)
        return rrule.rrule(
            rrule.YEARLY,
            begin,
            bymonth=month,
            bymonthday=days,
            bysetpos=position,
            count=recurrence.count,
            until=until,
        )
    return rrule.rrule(
        rrule.YEARLY,
        begin,
        bymonth=month,
        byweekday=_weekdays(recurrence),
        bysetpos=_POSITIONS[recurrence.index],
        count=recurrence.count,
        until=until,
    )


def _weekdays(recurrence: Recurrence) -> list[rrule.weekday]:
    return [weekday for day in recurrence.days for weekday in _DAYS[day]]


def _day_of_month(day: int) -> tuple[list[int], int]:
    """That day, or the month's last where it has no such day."""
    return list(range(min(day, _SHORTEST_MONTH), day + 1)), -1


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
