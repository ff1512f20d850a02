"""What a page may offer: open, minus busy, minus changeover, minus what is not known."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from booking.domain import rules as space_rules
from booking.domain.intervals import Interval, merged
from booking.domain.rules import SpaceRules
from booking.domain.states import LinkState

NEAR = timedelta(days=7)
FAR = timedelta(days=42)
#: A reading older than this many intervals of its tier is no longer believed.
PATIENCE = 3
#: Why an open time cannot be booked now.
NOT_NOW = TOO_SOON, TOO_FAR, TOO_SHORT = "Too soon to book", "Too far ahead to book", "Too short to book"


_Pair = tuple[datetime, datetime]


class SlotState(StrEnum):
    """What a slot is to the person who looks."""

    FREE = "free"
    TAKEN = "taken"
    OUTLOOK = "outlook"  # staff only; a patron sees "taken"
    HELD = "held"  # staff only
    YOURS = "yours"
    CLOSED = "closed"
    UNSURE = "unsure"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often calendars are read: the next 7 days, 42 days, the rest."""

    near: timedelta = timedelta(seconds=60)
    far: timedelta = timedelta(seconds=300)
    rest: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Freshness:
    """When a room's calendar was last read well, by tier."""

    state: LinkState
    near_read_at: datetime | None
    far_read_at: datetime | None
    read_at: datetime | None
    read_until: datetime | None
    #: As of when somebody who listens to the room heard that nothing there is to be looked at.
    watched_at: datetime | None = None


def unsure_times(freshness: Freshness | None, window: Interval, *, now: datetime, cadence: Cadence) -> list[Interval]:
    """Return the parts of `window` for which the room's calendar is not known well enough to call them free.

    None means that no calendar is paired, so nothing is unsure. The state of the link makes no difference: one
    that cannot be read goes unsure by age like the rest.
    """
    if freshness is None or freshness.state in {LinkState.LEAVING, LinkState.ENDED}:
        return []
    if freshness.read_until is None:
        return [window]
    unknown = [*_stale(freshness, window, now, cadence), (freshness.read_until, window.end)]
    parts = (Interval(start, end).clipped(window) for start, end in unknown if start < end)
    return list(merged(part for part in parts if part is not None))


def beside(known: Freshness | None, *, read_at: datetime | None, read_until: datetime | None) -> Freshness:
    """Return how well a space is known that a folder blocks too: no better than that folder, with when it was read."""
    if known is None or read_at is None or read_until is None:
        state = LinkState.ACTIVE if known is None else known.state
        return Freshness(state, read_at, read_at, read_at, read_until)
    return replace(
        known,
        near_read_at=_earliest(known.near_read_at, read_at),
        far_read_at=_earliest(known.far_read_at, read_at),
        read_at=_earliest(known.read_at, read_at),
        read_until=_earliest(known.read_until, read_until),
        watched_at=_earliest(known.watched_at, read_at),
    )


def _earliest(known: datetime | None, other: datetime) -> datetime | None:
    return None if known is None else min(known, other)


def _stale(
    freshness: Freshness, window: Interval, now: datetime, cadence: Cadence
) -> Iterator[tuple[datetime, datetime]]:
    exact = freshness.read_at
    far = _latest(freshness.far_read_at, exact)
    near = _latest(freshness.near_read_at, freshness.watched_at)
    tiers = (
        (min(window.start, now), now + NEAR, _latest(near, far), cadence.near),
        (now + NEAR, now + FAR, far, cadence.far),
        (now + FAR, max(window.end, now + FAR), exact, cadence.rest),
    )
    for start, end, read_at, every in tiers:
        if read_at is None or abs(now - read_at) > PATIENCE * every:  # or our clock was set back
            yield start, end


def _latest(first: datetime | None, second: datetime | None) -> datetime | None:
    if first is None or second is None:
        return first or second
    return max(first, second)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that takes a space for a while, as the person who looks may see it."""

    when: Interval
    state: SlotState
    text: str = ""
    ref: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of one row of the grid, one or more columns wide."""

    when: Interval
    state: SlotState
    columns: int = 1
    text: str = ""
    ref: str | None = None
    note: str = ""


def _no_reason(_when: Interval) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Row:
    """All that is known of one space on one day."""

    rules: SpaceRules
    zone: str
    open_times: Sequence[Interval]
    marks: Sequence[Mark] = ()
    unsure: Sequence[Interval] = ()
    why_closed: Callable[[Interval], str] = _no_reason
    changeover: str = ""  # what the time between two bookings says; empty: only that it is taken


def columns(span: Interval, step: timedelta) -> list[Interval]:
    """Return `span` in columns of one step; the last may reach beyond its end."""
    count = -(-span.length // step)
    return [Interval(span.start + number * step, span.start + (number + 1) * step) for number in range(count)]


def slots(row: Row, grid: Sequence[Interval], *, now: datetime) -> tuple[Slot, ...]:
    """Return the row as slots, column by column, with equal neighbours made one unless they can be booked.

    `grid` is what `columns` gives: columns of one width, without a gap.
    """
    known = _known(row, grid, now=now)
    return tuple(_joined(_slot(row, known, number, column, now) for number, column in enumerate(grid)))


def free_runs(row: Row, *, now: datetime) -> tuple[Interval, ...]:
    """Return, in order, the stretches for which a booking would be allowed now, from the first possible start."""
    runs = []
    for free_from, end in _free(row, [(each.start, each.end) for each in row.unsure], now=now):
        start = space_rules.step_at_or_after(free_from, row.rules.step, row.zone)
        if start < end and end - start >= row.rules.shortest:
            runs.append(Interval(start, end))
    return tuple(runs)


def free_time(row: Row, *, now: datetime) -> list[Interval]:
    """Return, in order, when a booking may lie: open, not taken, no changeover, neither too soon nor too far."""
    found = _free(row, [], now=now)
    return [Interval(start, end) for start, end in found if end - start >= row.rules.shortest]


def _free(row: Row, unsure: list[_Pair], *, now: datetime) -> Iterator[_Pair]:
    """Yield, in order, what is open and not taken. Bare pairs: a page asks this of a thousand rooms."""
    earliest, latest = now + row.rules.lead, now + row.rules.window
    changeover = row.rules.changeover
    taken = sorted([*((each.when.start - changeover, each.when.end + changeover) for each in row.marks), *unsure])
    for opened in merged(row.open_times):
        free_from, closes = max(opened.start, earliest), min(opened.end, latest)
        for start, end in taken:
            if start >= closes:
                break
            if start > free_from:
                yield free_from, start
            free_from = max(free_from, end)
        if free_from < closes:
            yield free_from, closes


@dataclass(frozen=True, slots=True)
class _Known:
    """What is true of which columns, by number: asked for once a row, not once a cell."""

    marked: Mapping[int, Mark]
    opened: frozenset[int]
    kept: frozenset[int]
    usable: frozenset[int]
    unsure: frozenset[int]


def _known(row: Row, grid: Sequence[Interval], *, now: datetime) -> _Known:
    kept = (row.rules.kept_free(mark.when) for mark in row.marks)
    return _Known(
        marked={number: mark for mark in reversed(row.marks) for number in _touched(mark.when, grid)},
        opened=frozenset(number for each in merged(row.open_times) for number in _covered(each, grid)),
        kept=frozenset(number for each in kept for number in _touched(each, grid)),
        usable=frozenset(number for each in free_time(row, now=now) for number in _covered(each, grid)),
        unsure=frozenset(number for each in row.unsure for number in _touched(each, grid)),
    )


def _touched(when: Interval, grid: Sequence[Interval]) -> range:
    """Return the numbers of the columns that share time with it."""
    if not grid:
        return range(0)
    start, step = grid[0].start, grid[0].length
    return range(max((when.start - start) // step, 0), min(-((start - when.end) // step), len(grid)))


def _covered(when: Interval, grid: Sequence[Interval]) -> range:
    """Return the numbers of the columns that lie wholly in it."""
    if not grid:
        return range(0)
    start, step = grid[0].start, grid[0].length
    return range(max(-((start - when.start) // step), 0), min((when.end - start) // step, len(grid)))


def _slot(row: Row, known: _Known, number: int, column: Interval, now: datetime) -> Slot:
    mark = known.marked.get(number)
    if mark is not None:
        return Slot(column, mark.state, text=mark.text, ref=mark.ref, note=mark.note)
    if column.start < now:
        return Slot(column, SlotState.PAST)
    if number not in known.opened:
        return Slot(column, SlotState.CLOSED, text=row.why_closed(column))
    if number in known.kept:
        return Slot(column, SlotState.HELD if row.changeover else SlotState.TAKEN, text=row.changeover)
    if number not in known.usable:
        return Slot(column, SlotState.CLOSED, text=_why_not(row, column, now))
    return Slot(column, SlotState.UNSURE if number in known.unsure else SlotState.FREE)


def _why_not(row: Row, column: Interval, now: datetime) -> str:
    if column.start < now + row.rules.lead:
        return TOO_SOON
    if column.end > now + row.rules.window:
        return TOO_FAR
    return TOO_SHORT


def _joined(cells: Iterable[Slot]) -> Iterator[Slot]:
    current: Slot | None = None
    for each in cells:
        if current is not None and _same(current, each):
            when = Interval(current.when.start, each.when.end)
            current = Slot(when, each.state, current.columns + 1, each.text, each.ref, each.note)
            continue
        if current is not None:
            yield current
        current = each
    if current is not None:
        yield current


def _same(left: Slot, right: Slot) -> bool:
    """Tell whether both are one thing to the person who looks; what can be booked stays one button a column."""
    if left.state in {SlotState.FREE, SlotState.UNSURE}:
        return False
    return (left.state, left.text, left.ref, left.note) == (right.state, right.text, right.ref, right.note)
