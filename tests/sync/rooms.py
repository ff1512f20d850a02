"""Libraries with several rooms: each calendar written, read and looked into by its number."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from booking.connectors.memory import Entry
from booking.domain.permissions import NOBODY
from booking.services import bookings
from booking.services.bookings import Change
from booking.store.database import reading, transaction
from booking.store.models import Booking, CalendarLink, Occurrence, PushItem
from booking.sync import pull, worker
from booking.sync.engine import Timing
from tests.sync.library import Library, library


class Rooms:
    """A library with rooms 1, 2, ...; `lib` is the same library, with its eye on room 1."""

    def __init__(self, lib: Library) -> None:
        self.lib = lib

    def link_id(self, number: int) -> int:
        with reading() as session:
            query = select(CalendarLink.id).where(CalendarLink.mailbox == f"room-{number}@library.example")
            return session.scalars(query.order_by(CalendarLink.id.desc())).first() or 0

    def space_id(self, number: int) -> int:
        return self.lib.spaces[number - 1]

    def write(self, *numbers: int) -> None:
        for number in numbers:
            worker.run_link(self.lib.engine, self.link_id(number))

    def read(self, *numbers: int) -> None:
        for number in numbers:
            pull.read_link(self.lib.engine, self.link_id(number))

    def entries(self, number: int) -> list[Entry]:
        return self.lib.server.entries(f"room-{number}@library.example")

    def to(self, ref: str, number: int) -> None:
        """Move a booking's only date to another room, as the service does it; nothing is written yet."""
        with transaction() as session:
            booking_id = session.scalars(select(Booking.id).where(Booking.ref == ref)).one()
            change = Change(space={self.lib.occurrence(ref).key: self.space_id(number)})
            bookings.change(session, booking_id, change, actor=NOBODY, now=self.lib.clock.now)

    def rows(self, ref: str) -> dict[int, PushItem]:
        """Return a booking's rows by the link they are on."""
        with reading() as session:
            found = session.scalars(
                select(PushItem)
                .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
                .join(Booking, Booking.id == Occurrence.booking_id)
                .where(Booking.ref == ref)
            )
            return {each.link_id: each for each in found}

    def settle(self, *numbers: int) -> None:
        """Let another worker do all there is to do in these rooms, and time pass, until nothing is left."""
        successor = self.lib.another_worker()
        for _ in range(4):
            for number in numbers:
                worker.run_link(successor.engine, self.link_id(number))
            self.lib.clock.turn(seconds=100)


@contextmanager
def rooms(name: str, count: int = 2, *, timing: Timing | None = None) -> Iterator[Rooms]:
    """Give a library with that many paired rooms."""
    with library(name, rooms=count, timing=timing) as lib:
        yield Rooms(lib)
