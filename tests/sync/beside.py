"""A library beside a real stand-in Exchange over HTTP, driven by hand: one clock for both, turned by tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select

from booking.connectors import registry
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.mail import smtp
from booking.sandbox.exchange import ExchangeSandbox
from booking.scheduler import tasks
from booking.scheduler.tasks import Context
from booking.services.bookings import Wish
from booking.services.people import Patron
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, Location, Occurrence, OutboxMessage, Space
from booking.store.queries.bookings import OccurrenceRow
from booking.store.queries.grid import DayGrid
from booking.sync import pull, status
from booking.sync.engine import Engine, Timing
from booking.sync.front import Front
from booking.sync.status import SpaceHealth
from tests import build
from tests.sync.library import Clock

ROOM = "reading-room@library.example"
ACCOUNT = "svc-rooms@library.example"
PASSWORD = "correct horse battery staple"


@dataclass
class Beside:
    """One paired room, the calendar server beside it, and the clock of both. Nothing runs by itself."""

    engine: Engine
    context: Context
    clock: Clock
    front: Front
    sandbox: ExchangeSandbox
    location_id: int
    space_id: int
    link_id: int

    # ---------------------------------------------------------------- what people do

    def wish(self, when: Interval, *, email: str = "ada@example.org") -> Wish:
        """Return what a patron fills in."""
        return Wish(self.space_id, (when,), Patron("Ada", "Lovelace", email))

    def place(self, when: Interval, *, email: str = "ada@example.org") -> str:
        """Book as a patron does, and have it written; returns the reference."""
        ref = self.front.place(self.wish(when, email=email), actor=NOBODY, now=self.clock.now).ref
        self.work()
        return ref

    def meet(self, when: Interval, **more: object) -> str:
        """Have somebody put a meeting into the room's calendar; returns its id."""
        return self.sandbox.add_event(ROOM, **{"subject": "Board", "start": when.start, "end": when.end, **more})  # type: ignore[arg-type]  # by field

    # ---------------------------------------------------------------- what runs by itself

    def work(self) -> None:
        """Do once, in order, everything that runs by itself."""
        for task in tasks.table(self.engine):
            task.run(self.context)

    def pass_time(self, **by: float) -> None:
        """Let time pass on both sides, as in `pass_time(minutes=4)`, and do then what runs by itself, twice."""
        self.clock.turn(**by)
        self.work()
        self.work()

    # ---------------------------------------------------------------- what is there

    def date_of(self, ref: str) -> OccurrenceRow:
        """Return the only date of a booking."""
        with reading() as session:
            found = queries.bookings.by_ref(session, ref)
        assert found is not None
        (only,) = found.occurrences
        return only

    def grid(self, day: date) -> DayGrid:
        """Return a day as patrons see it."""
        with reading() as session:
            slug = session.scalars(select(Location.slug).where(Location.id == self.location_id)).one()
            place = queries.places.location_by_slug(session, slug)
            assert place is not None
            return queries.grid.patron_day(
                session, location=place, day=day, now=self.clock.now, cadence=self.engine.timing.cadence
            )

    def free(self, day: date) -> list[Interval]:
        """Return when the room can be booked on a day, as patrons see it."""
        (group,) = self.grid(day).groups
        return list(next(row for row in group.rows if row.space.id == self.space_id).free_runs)

    def health(self) -> SpaceHealth:
        """Return what staff are told of the room."""
        with reading() as session:
            found = status.spaces(session, now=self.clock.now, cadence=self.engine.timing.cadence)
        return next(each for each in found if each.link_id == self.link_id)

    def link(self) -> CalendarLink:
        with reading() as session:
            return session.scalars(select(CalendarLink).where(CalendarLink.id == self.link_id)).one()

    def told(self) -> list[str]:
        """Return the kinds of all messages, in order."""
        with reading() as session:
            return list(session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)))

    def holding(self) -> int:
        """Return how many dates hold the room."""
        with reading() as session:
            return len(list(session.scalars(select(Occurrence.id).where(Occurrence.holds.is_(True)))))


@contextmanager
def beside(
    folder: Path, *, now: datetime, zone: str = "Europe/London", timing: Timing | None = None
) -> Iterator[Beside]:
    """Give a library with one room, paired and read. Needs an application's context."""
    clock = Clock()
    clock.now = now
    with ExchangeSandbox(now=clock) as sandbox:
        sandbox.add_account(username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Room service")
        sandbox.add_room(ROOM, "Reading Room", zone=zone)
        sandbox.grant(ACCOUNT, ROOM, "impersonate")
        sandbox.grant(ACCOUNT, ROOM, "author")
        engine = Engine(connect=registry.connect, now=clock, timing=timing or Timing(), allow_local=True)
        with transaction() as session:
            through = build.connection(session, server=sandbox.ews_url)
            through.username = through.email = ACCOUNT
            through.password = PASSWORD
            place = build.location(session, zone=zone, connection=through)
            space = build.space(session, build.category(session, place), name="Reading Room")
            link = build.link(session, space, through=through, mailbox=ROOM, read_at=None)
            made = Beside(
                engine=engine,
                context=Context(engine, smtp.FolderPost(folder), "http://library.example", "desk@library.example"),
                clock=clock,
                front=Front(engine),
                sandbox=sandbox,
                location_id=place.id,
                space_id=space.id,
                link_id=link.id,
            )
        try:
            pull.read_link(engine, made.link_id)
            yield made
        finally:
            engine.lines.close()


def slug_of(space_id: int) -> str:
    """Return the name of a space in addresses."""
    with reading() as session:
        return session.scalars(select(Space.slug).where(Space.id == space_id)).one()
