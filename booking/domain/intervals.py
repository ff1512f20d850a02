"""Arithmetic on stretches of time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, order=True, slots=True)
class Interval:
    """Time from `start` up to, but not including, `end`; both timezone-aware.

    Half-open, so 10-11 and 11-12 touch without overlapping.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse what is no stretch of time.

        Raises:
            ValueError: a naive time, or an end that does not come after the start.
        """
        if self.start.tzinfo is None or self.end.tzinfo is None:
            msg = "an interval needs aware times"
            raise ValueError(msg)
        if self.end <= self.start:
            msg = f"an interval ends after it starts, got {self.start} to {self.end}"
            raise ValueError(msg)

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    def in_utc(self) -> "Interval":
        """Return the same time in UTC. Python compares two times of one zone by their wall clock; UTC has no folds."""
        return Interval(self.start.astimezone(UTC), self.end.astimezone(UTC))

    def overlaps(self, other: "Interval") -> bool:
        """Tell whether both share a moment."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: "Interval") -> bool:
        """Tell whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def clipped(self, window: "Interval") -> "Interval | None":
        """Return the part inside `window`, or None if nothing is."""
        start, end = max(self.start, window.start), min(self.end, window.end)
        return Interval(start, end) if start < end else None

    def padded(self, *, before: timedelta, after: timedelta) -> "Interval":
        """Return it made longer on both sides."""
        return Interval(self.start - before, self.end + after)


def merged(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """Yield, in order, the same time with what overlaps or touches made one."""
    current: Interval | None = None
    for each in sorted(intervals):
        if current is None:
            current = each
        elif each.start <= current.end:
            current = Interval(current.start, max(current.end, each.end))
        else:
            yield current
            current = each
    if current is not None:
        yield current


def gaps(window: Interval, busy: Iterable[Interval]) -> Iterator[Interval]:
    """Yield, in order, the parts of `window` that nothing in `busy` covers."""
    free_from = window.start
    for taken in sorted(busy):
        if taken.start >= window.end:
            break
        if taken.start > free_from:
            yield Interval(free_from, taken.start)
        free_from = max(free_from, taken.end)
    if free_from < window.end:
        yield Interval(free_from, window.end)


def pieces(whole: Interval, *, longest: timedelta) -> Iterator[Interval]:
    """Yield `whole` in consecutive parts, none longer than `longest`."""
    start = whole.start
    while start < whole.end:
        end = min(start + longest, whole.end)
        yield Interval(start, end)
        start = end
