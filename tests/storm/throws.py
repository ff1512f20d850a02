"""What Hypothesis draws for one step, and what all acts are given."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

from booking.domain.errors import Refused
from booking.domain.intervals import Interval
from booking.store.models import CalendarLink, Occurrence
from booking.sync import claims
from tests.storm.far import Thing
from tests.storm.strikes import SHARE, Crash, Weather
from tests.storm.world import World

T = TypeVar("T")
#: Clocks go back in the night before this day, at 01:00 UTC.
CHANGE = datetime(2026, 10, 25, 1, tzinfo=UTC)
_SATURDAY = datetime(2026, 10, 24, tzinfo=UTC)
HOURS = (0, 1, 2, 9, 10, 11, 12, 14)
DAYS = 5


@dataclass(frozen=True, slots=True)
class Throw:
    """The dice of one step: whom it is about, when, and what befalls its requests."""

    pick: int
    day: int
    hour: int
    seed: int

    @property
    def when(self) -> Interval:
        """Return an hour from tomorrow on."""
        start = _SATURDAY + timedelta(days=self.day, hours=HOURS[self.hour])
        return Interval(start, start + timedelta(hours=1))

    def one(self, of: Sequence[T]) -> T | None:
        """Return one of these, if there are any."""
        return of[self.pick % len(of)] if of else None

    def weather(self, *, share: float = SHARE, dies_at: int = 0) -> Weather:
        """Return what befalls the requests of this step."""
        return Weather(Random(self.seed), share=share, dies_at=dies_at)

    def dice(self) -> Random:
        """Return dice for everything else."""
        return Random(self.seed + 1)


Act = Callable[[Throw], None]


class Acts:
    """Things that can happen in a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @contextmanager
    def under(self, weather: Weather) -> Iterator[None]:
        """Act under that weather: what is refused is refused, what is lost is left to others, and the dead are dead."""
        with self.world.under(weather), suppress(Refused, claims.Lost):
            try:
                yield
            except Crash:
                self.world.die()

    def link(self, throw: Throw) -> CalendarLink | None:
        """Return one of the live links."""
        return throw.one(self.world.links())

    def standing(self, throw: Throw) -> Occurrence | None:
        """Return a date that holds its space and has not begun."""
        now = self.world.clock.now
        return throw.one([each for each in self.world.occurrences() if each.holds and each.starts_at > now])

    def thing(self, throw: Throw, *, ours: bool) -> tuple[str, Thing] | None:
        """Return an entry that stands in a calendar, ours or somebody else's."""
        return throw.one(
            [
                (room, each)
                for room in self.world.mailboxes()
                for each in self.world.far.things(room)
                if bool(each.mark) == ours and each.when.start > self.world.clock.now
            ]
        )
