"""A series' pattern and range as an RRULE, and back.

Source: RFC 5545, 3.3.10; [MS-OXCICAL] 2.1.3.2.2 for which rules Exchange knows.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from icalendar import vRecur

from booking.sandbox.exchange.calendar import zones
from booking.sandbox.exchange.calendar.recurrence import MONTHS
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.state.model import Recurrence

_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_CODES = {name: code for code, name in _DAYS.items()}
_GROUPS = {
    "Day": ("MO", "TU", "WE", "TH", "FR", "SA", "SU"),
    "Weekday": ("MO", "TU", "WE", "TH", "FR"),
    "WeekendDay": ("SA", "SU"),
}
_POSITIONS = {1: "First", 2: "Second", 3: "Third", 4: "Fourth", -1: "Last"}
_NUMBERS = {name: number for number, name in _POSITIONS.items()}

Parts = dict[str, list[str | int | datetime]]
Found = dict[str, Any]  # fields of `Recurrence`, each of its own type


def write(rule: Recurrence, last_start: datetime | None) -> vRecur:
    """The RRULE of a series; `last_start` is the moment of its last date, where the series ends by a date."""
    parts = _WRITERS[rule.pattern](rule)
    if rule.interval > 1:
        parts["INTERVAL"] = [rule.interval]
    if rule.count is not None:
        parts["COUNT"] = [rule.count]
    elif last_start is not None:
        parts["UNTIL"] = [last_start]
    return vRecur(parts)


def read(rule: vRecur, first: datetime, zone: str) -> Recurrence:
    """The pattern and range of an RRULE whose first date begins at `first`.

    Raises:
        EwsError: a rule that Exchange has no pattern for.
    """
    day = zones.wall(first, zone).date()
    until, count = rule.get("UNTIL"), rule.get("COUNT")
    try:
        pattern = _READERS[str(rule["FREQ"][0])](rule, day)
    except (KeyError, ValueError, IndexError) as error:
        raise EwsError("ErrorCalendarInvalidRecurrence", "The recurrence pattern is invalid.") from error
    return Recurrence(
        first=day,
        interval=int(rule.get("INTERVAL", [1])[0]),
        first_day_of_week=_DAYS[str(rule.get("WKST", ["MO"])[0])],
        count=int(count[0]) if count else None,
        last=_day(until[0], zone) if until else None,
        **pattern,
    )


def _day(moment: date, zone: str) -> date:
    """The day there on which a series ends; a bare date, or a moment without offset, is meant there already."""
    if isinstance(moment, datetime):
        return (zones.wall(moment.astimezone(UTC), zone) if moment.tzinfo else moment).date()
    return moment


def _weekly(rule: Recurrence) -> Parts:
    return {"FREQ": ["WEEKLY"], "BYDAY": [*_codes(rule)], "WKST": [_CODES[rule.first_day_of_week]]}


def _monthly(rule: Recurrence) -> Parts:
    return {"FREQ": ["MONTHLY"], "BYMONTHDAY": [rule.day_of_month]}


def _monthly_by_weekday(rule: Recurrence) -> Parts:
    return {"FREQ": ["MONTHLY"], "BYDAY": [*_codes(rule)], "BYSETPOS": [_NUMBERS[rule.index]]}


def _yearly(rule: Recurrence) -> Parts:
    return {"FREQ": ["YEARLY"], "BYMONTHDAY": [rule.day_of_month], "BYMONTH": [MONTHS.index(rule.month) + 1]}


def _yearly_by_weekday(rule: Recurrence) -> Parts:
    month = MONTHS.index(rule.month) + 1
    return {"FREQ": ["YEARLY"], "BYDAY": [*_codes(rule)], "BYMONTH": [month], "BYSETPOS": [_NUMBERS[rule.index]]}


_WRITERS: dict[str, Callable[[Recurrence], Parts]] = {
    "DailyRecurrence": lambda _rule: {"FREQ": ["DAILY"]},
    "WeeklyRecurrence": _weekly,
    "AbsoluteMonthlyRecurrence": _monthly,
    "RelativeMonthlyRecurrence": _monthly_by_weekday,
    "AbsoluteYearlyRecurrence": _yearly,
    "RelativeYearlyRecurrence": _yearly_by_weekday,
}


def _codes(rule: Recurrence) -> list[str]:
    return [code for day in rule.days for code in _GROUPS.get(day, (_CODES.get(day, ""),))]


def _read_daily(rule: vRecur, _first: date) -> Found:
    if "BYDAY" in rule:
        return {"pattern": "WeeklyRecurrence", "days": _days(rule)}
    return {"pattern": "DailyRecurrence"}


def _read_weekly(rule: vRecur, first: date) -> Found:
    days = _days(rule) if "BYDAY" in rule else (list(_DAYS.values())[first.weekday()],)
    return {"pattern": "WeeklyRecurrence", "days": days}


def _read_monthly(rule: vRecur, first: date) -> Found:
    if "BYDAY" in rule:
        return {"pattern": "RelativeMonthlyRecurrence", **_weekday_of_month(rule)}
    return {"pattern": "AbsoluteMonthlyRecurrence", "day_of_month": int(rule.get("BYMONTHDAY", [first.day])[0])}


def _read_yearly(rule: vRecur, first: date) -> Found:
    month = MONTHS[int(rule.get("BYMONTH", [first.month])[0]) - 1]
    if "BYDAY" in rule:
        return {"pattern": "RelativeYearlyRecurrence", "month": month, **_weekday_of_month(rule)}
    day = int(rule.get("BYMONTHDAY", [first.day])[0])
    return {"pattern": "AbsoluteYearlyRecurrence", "month": month, "day_of_month": day}


_READERS: dict[str, Callable[[vRecur, date], Found]] = {
    "DAILY": _read_daily,
    "WEEKLY": _read_weekly,
    "MONTHLY": _read_monthly,
    "YEARLY": _read_yearly,
}


def _days(rule: vRecur) -> tuple[str, ...]:
    return tuple(_DAYS[str(code)] for code in rule["BYDAY"])


def _weekday_of_month(rule: vRecur) -> Found:
    """The days and which of them: BYDAY=2TU, or BYDAY=MO,TU with BYSETPOS=2."""
    codes = [str(code) for code in rule["BYDAY"]]
    number = int(rule["BYSETPOS"][0]) if "BYSETPOS" in rule else int(codes[0][:-2])
    plain = tuple(code[-2:] for code in codes)
    group = next((name for name, members in _GROUPS.items() if set(members) == set(plain)), None)
    days = (group,) if group else tuple(_DAYS[code] for code in plain)
    return {"days": days, "index": _POSITIONS[number]}
