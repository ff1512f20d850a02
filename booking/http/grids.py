"""One day of one location as a page draws it: the heads of its columns, and where things stand along the day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from booking.domain import availability, rules
from booking.domain.availability import SlotState
from booking.domain.intervals import Interval, merged
from booking.store.queries.grid import Cell, DayGrid, GridRow

_PERCENT = 100
_PRESSED = frozenset({SlotState.FREE, SlotState.UNSURE})


@dataclass(frozen=True, slots=True)
class Hour:
    """A head over one hour's columns. Twice the same in the night when the clocks go back."""

    start: datetime
    columns: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the day strip, in per cent of its width."""

    state: SlotState
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A day's grid with what is needed to draw it. `asked`: the time somebody looks for; `seats`: for how many."""

    grid: DayGrid
    now: datetime
    asked: Interval | None = None
    seats: int = 0

    @property
    def day(self) -> Interval | None:
        """The drawn part of the day; None when nothing is open."""
        return Interval(self.grid.starts[0], self.grid.ends) if self.grid.starts else None

    @property
    def hours(self) -> tuple[Hour, ...]:
        """The heads over the columns."""
        by_hour = groupby(self.grid.starts, key=lambda start: (start.date(), start.hour, start.utcoffset()))
        columns = (list(group) for _, group in by_hour)
        return tuple(Hour(group[0], len(group)) for group in columns)

    @property
    def rows(self) -> tuple[GridRow, ...]:
        """All rows with enough seats."""
        return tuple(row for group in self.grid.groups for row in self.shown(group.rows))

    def shown(self, rows: Iterable[GridRow]) -> tuple[GridRow, ...]:
        """Return the rows with enough seats."""
        return tuple(row for row in rows if row.space.capacity >= self.seats)

    @property
    def fitting(self) -> tuple[GridRow, ...]:
        """The rows that are free for all of the time asked for; without one, those with any free time."""
        return tuple(row for row in self.rows if self.fits(row))

    def fits(self, row: GridRow) -> bool:
        """Tell whether `row` is free for all of the time asked for, or at all if none was."""
        if self.asked is None:
            return bool(row.free_runs)
        return self._allowed(row) and any(run.covers(self.asked) for run in row.free_runs)

    @property
    def is_over(self) -> bool:
        """Tell whether the day has passed."""
        return self.grid.day < self.grid.now.date() and not any(row.free_runs for row in self.rows)

    def why_nothing(self, row: GridRow) -> str:
        """Return, in a few words, why nothing of `row` can be booked."""
        left = [cell for cell in row.cells if cell.state is not SlotState.PAST]
        if not left:
            return "That day is over" if self.is_over else "Nothing left today"
        how_long = "all day" if len(left) == len(row.cells) else "for the rest of the day"
        if any(cell.state is not SlotState.CLOSED for cell in left):
            return f"Taken {how_long}"
        why = next((cell.text for cell in left if cell.text), "")
        if why in availability.NOT_NOW:
            return why
        return f"Closed {how_long}: {why}" if why else f"Closed {how_long}"

    def may_fit(self, row: GridRow) -> bool:
        """Tell whether `row` may be free then: nobody is known to have it, but not all of it is certain."""
        if self.asked is None or self.fits(row) or not self._allowed(row):
            return False
        open_runs = merged([*row.free_runs, *self.unsure_runs(row)])
        return any(run.covers(self.asked) for run in open_runs)

    def _allowed(self, row: GridRow) -> bool:
        """Tell whether the space is let for such a time at all: its length, and where it starts."""
        if self.asked is None or not row.rules.shortest <= self.asked.length <= row.rules.longest:
            return False
        return rules.on_step(self.asked, row.rules.step, row.space.zone)

    @property
    def unsure(self) -> tuple[GridRow, ...]:
        """The rows that may be free at some time that is not certain."""
        return tuple(row for row in self.rows if self.unsure_runs(row))

    def unsure_runs(self, row: GridRow) -> tuple[Interval, ...]:
        """Return, in order, when `row` cannot be called free or taken."""
        return tuple(merged(Interval(cell.start, cell.end) for cell in row.cells if cell.state is SlotState.UNSURE))

    def cells(self, row: GridRow) -> tuple[Cell, ...]:
        """Return the row's cells; where the space is let by more than one column, each button is as wide as a step."""
        if row.rules.step <= self.grid.step:
            return row.cells
        return tuple(self._by_step(row))

    @property
    def slots(self) -> tuple[Cell, ...]:
        """What can be pressed, in order, each stretch once however many rooms are free then."""
        seen = {(cell.start, cell.end, cell.state): cell for cell in self._drawn if cell.state in _PRESSED}
        return tuple(seen[key] for key in sorted(seen))

    @property
    def blocks(self) -> tuple[Cell, ...]:
        """All else, what looks the same once."""
        return tuple(dict.fromkeys(cell for cell in self._drawn if cell.state not in _PRESSED))

    @property
    def _drawn(self) -> Iterator[Cell]:
        return (cell for row in self.rows for cell in self.cells(row))

    def _by_step(self, row: GridRow) -> Iterator[Cell]:
        wide = row.rules.step // self.grid.step
        waiting = list(row.cells)
        while waiting:
            first, run = waiting[0], waiting[:wide]
            whole = len(run) == wide and all(cell.state is first.state is SlotState.FREE for cell in run)
            if whole and rules.step_at_or_before(first.start, row.rules.step, row.space.zone) == first.start:
                yield replace(first, end=run[-1].end, columns=wide)
                del waiting[:wide]
            else:
                yield waiting.pop(0)

    @property
    def now_at(self) -> float | None:
        """Where now is along the day; None when it is not on the page."""
        return self.at(self.now) if self.day and self.day.start <= self.now < self.day.end else None

    @property
    def asked_at(self) -> tuple[float, float] | None:
        """Where the asked time begins along the day, and how wide it is."""
        part = self.asked.clipped(self.day) if self.asked and self.day else None
        return (self.at(part.start), self.at(part.end) - self.at(part.start)) if part else None

    def at(self, moment: datetime) -> float:
        """Return where `moment` is along the day, in per cent. An hour is as wide on the day the clocks change."""
        if self.day is None:
            return 0.0
        return round((moment - self.day.start) / self.day.length * _PERCENT, 2)

    def strip(self, row: GridRow) -> tuple[Stretch, ...]:
        """Return the row drawn small: equal neighbours as one stretch, what is past left out."""
        return tuple(self._stretches(row.cells))

    def _stretches(self, cells: Iterable[Cell]) -> Iterator[Stretch]:
        for state, group in groupby(cells, key=lambda cell: cell.state):
            run = list(group)
            left = self.at(run[0].start)
            if state is not SlotState.PAST:
                yield Stretch(state, left, round(self.at(run[-1].end) - left, 2))
