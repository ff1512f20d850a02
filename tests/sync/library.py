"""A library with one or more paired rooms, a calendar server in memory, and a clock that tests turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from booking.connectors import memory, registry
from booking.connectors.memory import Entry, MemoryServer
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.domain.states import OccurrenceState
from booking.services import bookings
from booking.services.bookings import Wish
from booking.services.people import Patron
from booking.store.database import Session, reading, transaction
from booking.store.models import (
    Booking,
    CalendarLink,
    Conflict,
    Connection,
    ExternalEvent,
    Installation,
    Occurrence,
    OutboxMessage,
    PushItem,
)
from booking.sync import claims, pull, worker
from booking.sync.claims import Claim
from booking.sync.engine import Engine, Timing
from tests import build

#: The Friday before clocks go back, in the morning: what is booked for Sunday crosses the change.
NOW = datetime(2026, 10, 23, 8, 0, tzinfo=UTC)
ROOM = "room-1@library.example"


def at(start: float, end: float, *, days: int = 1) -> Interval:
    """Hours (UTC) of tomorrow, or of another day: `at(10, 11.5)` is 10:00 to 11:30."""
    midnight = NOW.replace(hour=0) + timedelta(days=days)
    return Interval(midnight + timedelta(hours=start), midnight + timedelta(hours=end))


class Clock:
    """A clock that stands still until a test turns it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        """Let time pass, as in `turn(seconds=70)`."""
        self.now += timedelta(**by)


@dataclass
class Library:
    """One installation under test. `server` is what people with Outlook see."""

    engine: Engine
    clock: Clock
    server: MemoryServer
    connection_id: int
    space_id: int
    link_id: int
    install_id: str
    mailbox: str = ROOM
    spaces: list[int] = field(default_factory=list)

    # ---------------------------------------------------------------- what people do

    def place(self, when: Interval | None = None, *, title: str = "", space_id: int | None = None) -> str:
        """Book, without anything being written yet; returns the reference."""
        patron = Patron(first_name="Ada", last_name="Lovelace", email="ada@example.org")
        wish = Wish(space_id=space_id or self.space_id, times=(when or at(10, 11),), patron=patron, title=title)
        with transaction() as session:
            return bookings.place(session, wish, actor=NOBODY, now=self.clock.now).ref

    def written(self, when: Interval | None = None) -> str:
        """Book and have it written and confirmed; returns the reference."""
        ref = self.place(when)
        self.push()
        assert self.occurrence(ref).state is OccurrenceState.CONFIRMED
        return ref

    def cancel(self, ref: str) -> None:
        with transaction() as session:
            booking_id = session.scalars(select(Booking.id).where(Booking.ref == ref)).one()
            bookings.cancel(session, booking_id, actor=NOBODY, now=self.clock.now)

    def move(self, ref: str, when: Interval) -> None:
        with transaction() as session:
            booking = session.scalars(select(Booking).where(Booking.ref == ref)).one()
            change = bookings.Change(when={self.occurrence(ref).key: when})
            bookings.change(session, booking.id, change, actor=NOBODY, now=self.clock.now)

    def rename(self, ref: str, title: str) -> None:
        with transaction() as session:
            booking = session.scalars(select(Booking).where(Booking.ref == ref)).one()
            bookings.change(session, booking.id, bookings.Change(title=title), actor=NOBODY, now=self.clock.now)

    # ---------------------------------------------------------------- what sync does

    def push(self) -> None:
        """Write all that is due."""
        worker.run_link(self.engine, self.link_id)

    def pull(self) -> None:
        """Read the whole room once."""
        pull.read_link(self.engine, self.link_id)

    def another_worker(self) -> "Library":
        """Return the same library as a new process sees it: nothing in memory is left."""
        engine = replace(self.engine, worker_name="another")
        return replace(self, engine=engine)

    def claim(self) -> Claim:
        claim = claims.take(self.engine, self.link_id)
        assert claim is not None
        return claim

    def expire_claims(self) -> None:
        """Let every claim run out, as when its worker died a while ago."""
        with transaction() as session:
            for link in session.scalars(select(CalendarLink)):
                link.claimed_until = None

    def run_until(self, stop: worker.Step, *, times: int = 1) -> None:
        """Do steps up to and with the given one, and then die: claims and intents stay as they are."""
        seen = 0
        for step in worker.steps(self.engine, self.claim()):
            seen += step is stop
            if seen == times:
                break
        else:
            raise AssertionError(f"never came to {stop}")
        self.expire_claims()

    # ---------------------------------------------------------------- what is there

    @property
    def entries(self) -> list[Entry]:
        return self.server.entries(self.mailbox)

    @property
    def entry(self) -> Entry:
        (only,) = self.entries
        return only

    def occurrence(self, ref: str) -> Occurrence:
        with reading() as session:
            return session.scalars(
                select(Occurrence).join(Booking, Booking.id == Occurrence.booking_id).where(Booking.ref == ref)
            ).one()

    def item(self, ref: str) -> PushItem:
        with reading() as session:
            return session.scalars(
                select(PushItem)
                .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
                .join(Booking, Booking.id == Occurrence.booking_id)
                .where(Booking.ref == ref)
            ).one()

    def link(self) -> CalendarLink:
        with reading() as session:
            return session.scalars(select(CalendarLink).where(CalendarLink.id == self.link_id)).one()

    def connection(self) -> Connection:
        with reading() as session:
            return session.scalars(select(Connection).where(Connection.id == self.connection_id)).one()

    def outside(self) -> list[ExternalEvent]:
        """Return the outside events that are not gone, by start."""
        with reading() as session:
            query = select(ExternalEvent).where(ExternalEvent.gone_at.is_(None)).order_by(ExternalEvent.starts_at)
            return list(session.scalars(query))

    def blocked(self) -> list[Interval]:
        return [each.when for each in self.outside() if each.blocks]

    def conflicts(self) -> list[str]:
        with reading() as session:
            return list(session.scalars(select(Conflict.kind).where(Conflict.resolved_at.is_(None))))

    def told(self) -> list[str]:
        """Return the kinds of all messages, in order."""
        with reading() as session:
            return list(session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)))

    def asked(self, operation: str) -> int:
        """Return how often the server was asked for that."""
        return sum(call.operation == operation for call in self.server.calls)


@contextmanager
def library(name: str, *, timing: Timing | None = None, rooms: int = 1) -> Iterator[Library]:
    """Give a library whose rooms are paired with `room-1@...`, `room-2@...` and were never read."""
    clock = Clock()
    server = memory.server(name)
    engine = Engine(connect=registry.connect, now=clock, timing=timing or Timing(), worker_name="one")
    try:
        with transaction() as session:
            connection = _connection(session, name)
            place = build.location(session, connection=connection)
            kind = build.category(session, place, window_days=90)
            spaces = [build.space(session, kind) for _ in range(rooms)]
            links = []
            for number, space in enumerate(spaces, start=1):
                mailbox = f"room-{number}@library.example"
                server.add_room(mailbox, f"Room {number}")
                links.append(build.link(session, space, through=connection, mailbox=mailbox, read_at=None))
            install_id = session.scalars(select(Installation.install_id)).one()
            made = Library(
                engine=engine,
                clock=clock,
                server=server,
                connection_id=connection.id,
                space_id=spaces[0].id,
                link_id=links[0].id,
                install_id=install_id,
                spaces=[space.id for space in spaces],
            )
        yield made
    finally:
        engine.lines.close()
        memory.forget(name)


def _connection(session: Session, server: str) -> Connection:
    made = build.connection(session, server=server)
    made.email_domains = "library.example"  # where the rooms are; the account and its colleagues have another
    made.protocol = "memory"
    session.flush()
    return made


#: Longer than a call's deadline and the settle wait together.
_SETTLED = 100


def settle(lib: Library) -> None:
    """Let another worker do all there is to do, until nothing is left."""
    successor = lib.another_worker()
    for _ in range(4):
        successor.push()
        lib.clock.turn(seconds=_SETTLED)
    successor.push()
