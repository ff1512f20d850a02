"""The dates of a series as items of their own, and changes to one of them.

A series keeps its wall time: ten o'clock stays ten o'clock when summer time begins.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, datetime, timedelta

from booking.sandbox.exchange.calendar import recurrence, zones
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Item, Override

_DAY = timedelta(days=1)
#: What belongs to the series or to the store, and never to one date.
_NOT_OF_ONE_DATE = {
    "id", "mailbox", "uid", "folder", "change", "arrived", "touched", "created", "modified", "zone", "recurrence",
    "overrides", "removed", "original", "master", "exceptional", "organizer",
}  # fmt: skip
#: A change to one of these starts the series afresh: dates that were moved or removed come back.
_SHAPING = ("start", "end", "zone", "recurrence", "all_day")


def on(master: Item, day: date) -> Item:
    """What the pattern puts on that date, without regard to changed and removed dates."""
    begin, end = zones.wall(master.start, master.zone), zones.wall(master.end, master.zone)
    start = datetime.combine(day, begin.time())
    original = zones.utc(start, master.zone)
    return replace(
        master,
        id=ids.occurrence(master.id, original),
        start=original,
        end=zones.utc(start + (end - begin), master.zone),
        recurrence=None,
        overrides=(),
        removed=(),
        original=original,
        master=master.id,
    )


def at(master: Item, original: datetime) -> Item | None:
    """The occurrence that was first to start at `original`, as it now is; None if it is not, or no longer, one."""
    if master.recurrence is None or original in master.removed:
        return None
    day = zones.wall(original, master.zone).date()
    if not recurrence.dates_between(master.recurrence, day, day):
        return None
    planned = on(master, day)
    return _overridden(planned, master) if planned.original == original else None


def between(master: Item, start: datetime, end: datetime) -> Iterator[Item]:
    """The occurrences that touch `start` to `end`, wherever the pattern had put them."""
    assert master.recurrence is not None  # noqa: S101  (only series are asked)
    changed = {override.original for override in master.overrides}
    first = zones.wall(start - (master.end - master.start), master.zone).date() - _DAY
    last = zones.wall(end, master.zone).date() + _DAY
    for day in recurrence.dates_between(master.recurrence, first, last):
        planned = on(master, day)
        if planned.original not in changed and planned.original not in master.removed and touches(planned, start, end):
            yield planned
    for override in master.overrides:
        moved = at(master, override.original)
        if moved is not None and touches(moved, start, end):
            yield moved


def touches(item: Item, start: datetime, end: datetime) -> bool:
    """True if the item overlaps that time, or ends exactly where it begins, as CalendarView has it."""
    return item.start < end and item.end >= start


def first(master: Item) -> Item | None:
    """The first occurrence that was not removed."""
    return next(_present(master), None)


def last(master: Item) -> Item | None:
    """The last occurrence that was not removed; None for a series without end."""
    if master.recurrence is None or recurrence.last_date(master.recurrence) is None:
        return None
    return max(_present(master), key=lambda item: item.start, default=None)


def nth(master: Item, index: int) -> datetime | None:
    """The original start of the occurrence of that number, counted from 1; removed ones count."""
    if master.recurrence is None or index < 1:
        return None
    day = recurrence.nth_date(master.recurrence, index)
    return None if day is None else on(master, day).original


def neighbours(master: Item, occurrence: Item) -> tuple[Item | None, Item | None]:
    """The dates of the series right before and after this one, as they now are."""
    earlier: Item | None = None
    found = False
    for each in _present(master):
        if found:
            return earlier, each
        found = each.original == occurrence.original
        earlier = earlier if found else each
    return earlier, None


def with_changed(master: Item, occurrence: Item) -> Item:
    """The series with this one date as given."""
    assert occurrence.original is not None  # noqa: S101  (it is an occurrence)
    planned = on(master, zones.wall(occurrence.original, master.zone).date())
    names = tuple(
        field.name
        for field in fields(Item)
        if field.name not in _NOT_OF_ONE_DATE and getattr(planned, field.name) != getattr(occurrence, field.name)
    )
    others = tuple(override for override in master.overrides if override.original != occurrence.original)
    override = Override(occurrence.original, names, occurrence)
    return replace(master, overrides=tuple(sorted((*others, override), key=lambda one: one.original)))


def without(master: Item, original: datetime) -> Item:
    """The series with that date removed."""
    overrides = tuple(override for override in master.overrides if override.original != original)
    return replace(master, overrides=overrides, removed=tuple(sorted({*master.removed, original})))


def settled(before: Item | None, after: Item) -> Item:
    """The item with its times as Exchange keeps them: whole days, and a series that starts on its first date."""
    if after.all_day:
        start, end = zones.whole_days(after.start, after.end, after.zone)
        after = replace(after, start=start, end=end)
    if after.recurrence is None:
        return replace(after, overrides=(), removed=())
    if before is not None and all(getattr(before, name) == getattr(after, name) for name in _SHAPING):
        return after
    begin = recurrence.first_date(after.recurrence)
    if begin is None:
        return after
    opening = on(after, begin)
    if before is None and opening.start == after.start:
        return after  # new, and perhaps written with its exceptions at once
    return replace(after, start=opening.start, end=opening.end, overrides=(), removed=())


def _overridden(planned: Item, master: Item) -> Item:
    for override in master.overrides:
        if override.original == planned.original:
            changes = {name: getattr(override.item, name) for name in override.names}
            return replace(planned, exceptional=True, **changes)
    return planned


def _present(master: Item) -> Iterator[Item]:
    if master.recurrence is None:
        return
    for day in recurrence.dates(master.recurrence):
        planned = on(master, day)
        if planned.original not in master.removed:
            yield _overridden(planned, master)
