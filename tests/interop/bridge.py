"""One calendar from both sides: as the sandbox keeps it, and as davmail shows it to a CalDAV client."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchangelib import CalendarItem

from booking.sandbox.exchange.seen import SeenItem
from tests.interop.caldav import Calendar, Entry
from tests.interop.trips import Trips
from tests.interop.world import ANN, World, london, utc
from tests.support import waiting


@dataclass(frozen=True)
class Bridge:
    """Ann's calendar, with all that it takes to act on one side and look at the other."""

    world: World
    calendar: Calendar
    trips: Trips

    def kept(self, title: str) -> SeenItem | None:
        """Ann's item of that title in the sandbox."""
        return next((item for item in self.world.sandbox.items(ANN) if item.subject == title), None)

    def starts_at(self, title: str, start: datetime) -> bool:
        """True if Ann has an item of that title in the sandbox, at that time."""
        kept = self.kept(title)
        return kept is not None and kept.start == start

    def dates(self, title: str) -> list[CalendarItem]:
        """The dates of a series, as a person sees them in Exchange."""
        view = self.world.ann().calendar.view(london(1, 0), london(30, 0, month=11), max_items=100)
        return [item for item in view.only("start", "subject") if item.subject == title]

    def starts(self, title: str) -> list[datetime]:
        """When the dates of a series begin."""
        return [item.start for item in self.dates(title)]

    def added(self, title: str, **fields: Any) -> str:  # noqa: ANN401 - what `add_event` takes
        """Add an item as Ann does in Outlook, on the 27th from ten to eleven unless said otherwise."""
        return self.world.sandbox.add_event(
            ANN, subject=title, start=fields.pop("start", utc(27, 10)), end=fields.pop("end", utc(27, 11)), **fields
        )

    def entry(self, title: str) -> Entry:
        """The resource of that title, as soon as davmail shows it."""
        found = waiting.until(lambda: self.calendar.titled(title), what=title)
        assert found is not None
        return found

    def to_exchange(self, act: Callable[[], object], look: Callable[[], object], *, done: str, seen: str) -> None:
        """Do something over CalDAV, a minute later than the last, and wait for it in the sandbox."""
        self.world.clock.move()
        self.trips.make(act, look, done=f"CalDAV client {done}", seen=f"sandbox {seen}")

    def to_caldav(self, act: Callable[[], object], look: Callable[[], object], *, done: str, seen: str) -> None:
        """Do something in Outlook, a minute later than the last, and wait for it over CalDAV."""
        self.world.clock.move()
        self.trips.make(act, look, done=f"Ann in Outlook {done}", seen=f"CalDAV client {seen}")
