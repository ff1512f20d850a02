"""What was done on one side and seen on the other, and after how long."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.support import waiting

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Trip:
    """One way from one side to the other."""

    done: str
    seen: str
    seconds: float


@dataclass
class Trips:
    """The trips of a run, in order."""

    made: list[Trip] = field(default_factory=list)

    def make(self, act: Callable[[], object], look: Callable[[], Seen], *, done: str, seen: str) -> Seen:
        """Do something on one side, wait until it is seen on the other, and return what is seen there."""
        begun = time.monotonic()
        act()
        found = waiting.until(look, what=f"{seen} after {done}")
        self.made.append(Trip(done, seen, time.monotonic() - begun))
        return found

    def __str__(self) -> str:
        width = max((len(trip.done) for trip in self.made), default=0)
        return "\n".join(f"{trip.done:<{width}}  ->  {trip.seen} after {trip.seconds:.2f} s" for trip in self.made)
