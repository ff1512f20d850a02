"""A mailbox's week, day by day, in words for the page."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from booking.sandbox.exchange.calendar import recurrence, view, zones
from booking.sandbox.exchange.state.model import Item, ItemKind, Mailbox
from booking.sandbox.exchange.state.store import Store

BUSY_WORDS = {
    "Free": "Free",
    "Tentative": "Tentative",
    "Busy": "Busy",
    "OOF": "Out of office",
    "WorkingElsewhere": "Working elsewhere",
    "NoData": "No information",
}
RESPONSE_WORDS = {
    "Accept": "accepted",
    "Decline": "declined",
    "Tentative": "accepted tentatively",
    "NoResponseReceived": "no answer yet",
    "Organizer": "organiser",
    "Unknown": "no answer yet",
}
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item on one day."""

    item: Item
    times: str
    busy: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day with what stands on it."""

    date: date
    today: bool
    entries: list[Entry]


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def days(store: Store, mailbox: Mailbox, first: date, zone: str) -> list[Day]:
    """Seven days from `first` on, as clocks in that zone show them."""
    items = store.items_of(mailbox.address)
    today = zones.wall(store.now(), zone).date()
    week = [first + timedelta(days=number) for number in range(7)]
    return [Day(day, day == today, _entries(items, day, zone)) for day in week]


def span(item: Item, zone: str) -> str:
    """When the item is, in words."""
    start, end = zones.wall(item.start, zone), zones.wall(item.end, zone)
    if item.all_day:
        first, last = _whole_days(item)
        return f"{_day(first)}, all day" if first == last else f"{_day(first)} to {_day(last)}, all day"
    if start.date() == end.date():
        return f"{_day(start.date())}, {start:%H:%M}\N{EN DASH}{end:%H:%M}"
    return f"{_day(start.date())}, {start:%H:%M} to {_day(end.date())}, {end:%H:%M}"


def repetition(item: Item) -> str:
    """How a series repeats, in words; nothing for anything else."""
    rule = item.recurrence
    if rule is None:
        return ""
    pattern = {
        "DailyRecurrence": "every day" if rule.interval == 1 else f"every {rule.interval} days",
        "WeeklyRecurrence": ("every week" if rule.interval == 1 else f"every {rule.interval} weeks")
        + f" on {', '.join(rule.days)}",
        "AbsoluteMonthlyRecurrence": f"on day {rule.day_of_month} of the month",
        "RelativeMonthlyRecurrence": f"on the {rule.index.lower()} {'/'.join(rule.days)} of the month",
        "AbsoluteYearlyRecurrence": f"every year on {rule.day_of_month} {rule.month}",
        "RelativeYearlyRecurrence": f"every year on the {rule.index.lower()} {'/'.join(rule.days)} of {rule.month}",
    }[rule.pattern]
    last = recurrence.last_date(rule)
    return f"Repeats {pattern}, {'without end' if last is None else f'until {_day(last)}'}"


def _entries(items: list[Item], day: date, zone: str) -> list[Entry]:
    start, end = zones.midnight(day, zone), zones.midnight(day + _ONE_DAY, zone)
    found = [item for item in view.between(items, start, end) if _on(item, start, end, day)]
    found.sort(key=lambda item: (not item.all_day, item.start))
    return [Entry(item, _times(item, day, zone), BUSY_WORDS[item.busy]) for item in found]


def reminder(item: Item) -> str:
    """When the item reminds, in words."""
    if not item.reminder:
        return "None"
    return f"{item.reminder_minutes} minutes before" if item.reminder_minutes else "When it starts"


def _on(item: Item, start: datetime, end: datetime, day: date) -> bool:
    if item.all_day:
        first, last = _whole_days(item)
        return first <= day <= last
    return item.start < end and (item.end > start or item.start == item.end >= start)


def _whole_days(item: Item) -> tuple[date, date]:
    """The first and last day of an all-day item, in the zone that it was made in."""
    return zones.wall(item.start, item.zone).date(), zones.wall(item.end, item.zone).date() - _ONE_DAY


def _times(item: Item, day: date, zone: str) -> str:
    if item.all_day:
        return "All day"
    start, end = zones.wall(item.start, zone), zones.wall(item.end, zone)
    midnight = datetime.combine(day, time())
    begins = f"{start:%H:%M}" if start >= midnight else "\N{HORIZONTAL ELLIPSIS}"
    ends = f"{end:%H:%M}" if end <= midnight + _ONE_DAY else "\N{HORIZONTAL ELLIPSIS}"
    return f"{begins}\N{EN DASH}{ends}"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def is_in_series(item: Item) -> bool:
    """True for one date of a series."""
    return item.kind in {ItemKind.OCCURRENCE, ItemKind.EXCEPTION}
