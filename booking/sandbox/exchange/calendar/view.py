"""What stands in a stretch of time of one mailbox's calendar."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from booking.sandbox.exchange.calendar import occurrences
from booking.sandbox.exchange.state.model import Item


def between(items: Iterable[Item], start: datetime, end: datetime) -> list[Item]:
    """Single items and the dates of series that touch that time, earliest first."""
    found = (each for item in items for each in _of(item, start, end))
    return sorted(found, key=lambda item: (item.start, item.end, item.id))


def overlapping(items: Iterable[Item], start: datetime, end: datetime) -> list[Item]:
    """The same without those that only touch the edges."""
    return [item for item in between(items, start, end) if item.start < end and item.end > start]


def _of(item: Item, start: datetime, end: datetime) -> Iterator[Item]:
    if item.recurrence is not None:
        yield from occurrences.between(item, start, end)
    elif occurrences.touches(item, start, end):
        yield item
