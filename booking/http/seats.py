"""Drawings of rooms by their number of seats, until somebody uploads a photograph."""

from dataclasses import dataclass
from functools import lru_cache

_MOST = 8
_ROWS = (15.0, 20.5, 26.0, 31.5)
_COLUMNS = (9.0, 13.4, 17.8, 22.2, 26.6, 31.0)


@dataclass(frozen=True, slots=True)
class Top:
    """A table."""

    x: float
    y: float
    width: float
    height: float
    round: float = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A room of 40 by 40: its table, the middles of its seats, and how large they are."""

    top: Top
    seats: tuple[tuple[float, float], ...]
    radius: float

    @property
    def dots(self) -> str:
        """The seats as one path: a line of no length with round ends is a disc."""
        return "".join(f"M{x:g} {y:g}h0" for x, y in self.seats)


@lru_cache(maxsize=100)
def plan(capacity: int) -> Plan:
    """Return the drawing for a room of that many seats; more than eight sit in rows."""
    if capacity > _MOST:
        seats = tuple((x, y) for y in _ROWS for x in _COLUMNS)
        return Plan(Top(12, 7, 16, 3.5, 1), seats[: max(capacity, 12)], 1.5)
    if capacity <= 2:  # noqa: PLR2004 - a small round table
        return Plan(Top(15, 15, 10, 10, 5), ((10.0, 20.0), (30.0, 20.0))[:capacity], 2.6)
    ends = ((8.0, 20.0), (32.0, 20.0))[: 2 if capacity % 2 == 0 else 1]
    each_side = (capacity - len(ends)) // 2
    gap = {1: 0.0, 2: 8.0, 3: 7.0}[each_side]
    first = 20 - gap * (each_side - 1) / 2
    sides = tuple((first + gap * number, y) for y in (11.5, 28.5) for number in range(each_side))
    return Plan(Top(12, 15.5, 16, 9), (*sides, *ends), 2.4)
