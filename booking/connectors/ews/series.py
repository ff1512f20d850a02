"""The dates of a recurring master, for servers whose views do not expand them. Pure.

A series lives in wall time: "every Monday at nine" stays at nine when the clocks change.

Source: learn.microsoft.com, EWS reference, Recurrence (RecurrenceType) and its patterns.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil import rrule

from booking.connectors.ews import wire
from booking.domain.intervals import Interval

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS = dict(zip(DAYS, (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU), strict=True))
GROUPS = {"Day": DAYS, "Weekday": DAYS[:5], "WeekendDay": DAYS[5:]}
WEEKS = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Last": -1}
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SHORTEST_MONTH = 28
SEPARATOR = " "  # between a series' id, which has none in it, and the number of a date


def occurrences(master: wire.Item, zone: ZoneInfo, window: Interval) -> list[wire.Item]:
    """Return the single dates of `master` that touch `window`.

    Raises:
        Unreadable: it bears no series, or one of a kind that we do not know.
    """
    if master.series is None:
        raise wire.Unreadable("a recurring master without its recurrence")
    moved = {each.original_start: each for each in master.series.moved}
    found = []
    for number, start, end in _regular(master, master.series, zone, window, at_least=list(moved)):
        name = f"{master.id}{SEPARATOR}{number}"
        if start in moved:
            found.append(_moved(master, name, moved.pop(start)))
        elif start not in master.series.deleted:
            found.append(_date(master, name, "Occurrence", start, Interval(start, end)))
    # A moved date is there even if we reckon that its series never had it.
    found += [_moved(master, master.id, each) for each in moved.values()]
    return [each for each in found if each.start < window.end and window.start < each.end]


def is_date(item_id: str) -> bool:
    """Tell whether the id is one that we made for a date of a series."""
    return SEPARATOR in item_id


def master_and_number(item_id: str) -> tuple[str, int]:
    """Return which date of which series an id of ours means, counted from 1."""
    master, _, number = item_id.partition(SEPARATOR)
    return master, int(number)


def _moved(master: wire.Item, name: str, moved: wire.Moved) -> wire.Item:
    return _date(master, name, "Exception", moved.original_start, Interval(moved.start, moved.end))


def _date(master: wire.Item, name: str, kind: str, original: datetime, when: Interval) -> wire.Item:
    """Return one date as an item of its own, with an id by which the server can be asked for it."""
    start, end = when.start, when.end
    return replace(master, id=name, kind=kind, start=start, end=end, original_start=original, series=None)


def _regular(
    master: wire.Item, series: wire.Series, zone: ZoneInfo, window: Interval, *, at_least: Collection[datetime]
) -> Iterator[tuple[int, datetime, datetime]]:
    """Yield number, start and end of each date by the rule, reckoned in wall time, until window and all else are met.

    The number counts from 1 also what was deleted, as Exchange's own does.
    """
    first = _wall(master.start, zone)
    length = _wall(master.end, zone) - first
    last = max([window.end, *at_least])
    for number, start in enumerate(_known(series, first), start=1):
        begin = _instant(start, zone)
        if begin > last:
            return
        yield number, begin, _instant(start + length, zone)


def _known(series: wire.Series, first: datetime) -> rrule.rrule:
    """Return the rule.

    Raises:
        Unreadable: the server says things that make none.
    """
    try:
        return _rule(series, first)
    except (KeyError, ValueError) as error:
        raise wire.Unreadable("a recurrence that makes no sense") from error


def _rule(series: wire.Series, first: datetime) -> rrule.rrule:
    """Return Exchange's pattern as a rule of RFC 5545."""
    pattern = series.pattern
    if pattern.interval < 1:
        raise wire.Unreadable("a series that never goes on")  # rrule would stand still for ever
    yearly = pattern.name.endswith("Yearly")
    days, position = _days(pattern)
    return rrule.rrule(
        _FREQUENCIES[pattern.name],
        dtstart=first,
        interval=pattern.interval,
        count=series.count,
        until=datetime.combine(series.until, time.max) if series.until else None,
        wkst=WEEKDAYS.get(pattern.first_day, rrule.MO),
        bymonth=MONTHS.index(pattern.month) + 1 if yearly else None,
        bymonthday=_month_days(pattern),
        byweekday=days,
        bysetpos=position,
    )


_FREQUENCIES: dict[str, Literal[0, 1, 2, 3]] = {
    "Daily": rrule.DAILY,
    "Weekly": rrule.WEEKLY,
    "AbsoluteMonthly": rrule.MONTHLY,
    "RelativeMonthly": rrule.MONTHLY,
    "AbsoluteYearly": rrule.YEARLY,
    "RelativeYearly": rrule.YEARLY,
}


def _days(pattern: wire.Pattern) -> tuple[list[rrule.weekday] | None, int | None]:
    """Return the weekdays, and which of them in the month."""
    names = [name for word in pattern.days for name in GROUPS.get(word, (word,))]
    days = [WEEKDAYS[name] for name in names if name in WEEKDAYS]
    if pattern.name.startswith("Relative"):
        return days, WEEKS[pattern.week]
    if pattern.name.startswith("Absolute"):
        return None, -1  # with _month_days: the last of the days that the month has
    return days or None, None


def _month_days(pattern: wire.Pattern) -> list[int] | None:
    """Return the days of the month to choose the last one from: day 31 means the last day of a shorter month."""
    if not pattern.name.startswith("Absolute"):
        return None
    return list(range(min(pattern.day_of_month, SHORTEST_MONTH), pattern.day_of_month + 1))


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)
