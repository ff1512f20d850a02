"""An installation in the storm: its database, its clock, its processes that die, and the server beside it."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select

from booking.connectors import registry
from booking.connectors.port import ConnectionSettings, Connector
from booking.domain.states import LinkState
from booking.services import installation
from booking.store import queries
from booking.store.database import db, prepare, reading, transaction
from booking.store.models import CalendarLink, Connection, Installation, Occurrence, PushItem
from booking.store.types import KEY_RING
from booking.sync.engine import Engine, Timing
from tests import build
from tests.storm import copies
from tests.storm.far import ACCOUNT, PASSWORD, ROOMS, WAIT, Far
from tests.storm.line import Exchange
from tests.storm.strikes import FAIR, WRITES, Strike, Weather
from tests.storm.visits import VISITS

#: The Friday before clocks go back.
NOW = datetime.fromisoformat("2026-10-23T08:00:00+00:00")
#: All that is booked or met in the storm lies before.
HORIZON = NOW + timedelta(days=20)
_KEY = "0" * 43 + "="


class Clock:
    """A clock that the storm turns, forwards and back."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Memory:
    """What the storm remembers of one example, to compare it with what came of it."""

    deleted: Counter[str] = field(default_factory=Counter)  # by key: deletes in Outlook
    undone: Counter[str] = field(default_factory=Counter)  # by key: cancels taken back
    moved: Counter[str] = field(default_factory=Counter)  # by key: moves in Outlook
    late: list[tuple[str, datetime]] = field(default_factory=list)  # mailbox, and when it was sent
    quiet_until: datetime | None = None
    latest: datetime = NOW
    left: set[str] = field(default_factory=set)  # mailboxes in which entries were left on purpose
    copy: copies.Copy | None = None  # of the database, from an earlier moment
    restored: bool = False
    one_way: set[int] = field(default_factory=set)  # spaces whose outside events staff once had let go of


class World:
    """One installation; `begin` makes it as on the first day."""

    def __init__(self, app: Flask, far: Far) -> None:
        self.app = app
        self.far = far
        self.clock = Clock()
        self.weather = FAIR
        self.last_write_was_clear = False
        self.writes = 0
        self.meanwhile: Callable[[], None] | None = None
        self.memory = Memory()
        self._lines = Exchange(registry.connect, self)
        self._process = 0
        self._arrange()
        self.first_day = copies.taken()
        self.engine = self.new_process()

    def _arrange(self) -> None:
        with transaction() as session:
            installation.ensure(session, key_fingerprints=["0" * 64], name="Library", now=NOW)
            connection = build.connection(session, server=self.far.address)
            connection.protocol, connection.username, connection.password = self.far.protocol, ACCOUNT, PASSWORD
            connection.email = ACCOUNT
            kind = build.category(session, build.location(session, connection=connection), window_days=90)
            self.spaces = [build.space(session, kind).id for _ in range(3)]
            self.connection_id, self.location_id, self.category_id = connection.id, kind.location_id, kind.id
            for space_id, room in zip(self.spaces[:2], ROOMS, strict=False):
                space = queries.places.lock_space(session, space_id)
                build.link(session, space, through=connection, mailbox=room, read_at=None)

    def begin(self) -> None:
        """Start over."""
        self.weather = FAIR
        self.far.reset()
        if self.far.protocol == "memory":
            self._lines.close()  # they lead to the server from before
        self.clock.now = NOW
        self.memory = Memory()
        copies.put_back(self.first_day)
        self.engine = self.new_process()

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        db.engine.dispose()

    # ---------------------------------------------------------------- processes

    def new_process(self) -> Engine:
        """Return the engine of a process that has just started: nothing in memory is left."""
        self._process += 1
        name = f"process {self._process}"
        return Engine(
            connect=self._connect, now=self.clock, timing=Timing(wait=timedelta()), allow_local=True, worker_name=name
        )

    def _connect(self, settings: ConnectionSettings) -> Connector:
        return self._lines.line(settings, of=None)

    def die(self) -> None:
        """Have the process die and another start; claims of the dead one have run out by then."""
        self.engine = self.new_process()
        self.expire_claims()

    def expire_claims(self) -> None:
        """Let every claim run out."""
        with transaction() as session:
            for link in session.scalars(select(CalendarLink).where(CalendarLink.claimed_until.is_not(None))):
                link.claimed_until = None

    @contextmanager
    def under(self, weather: Weather) -> Iterator[None]:
        """Have requests meet that weather."""
        before, self.weather = self.weather, weather
        try:
            yield
        finally:
            self.weather = before

    # ---------------------------------------------------------------- what a line tells

    def asked(self, operation: str, mailbox: str) -> Strike | None:  # noqa: ARG002 - as `Watcher` has it
        quiet = self.memory.quiet_until
        assert quiet is None or self.clock.now >= quiet, f"{operation} while the server wants to be left in peace"
        if operation in WRITES:
            self._require_allowed(operation)
            self.writes += 1
            if self.meanwhile is not None:
                meanwhile, self.meanwhile = self.meanwhile, None
                meanwhile()  # the worker freezes here: its request is as good as sent
        return self.weather.next(operation)

    def _require_allowed(self, operation: str) -> None:
        with reading() as session:
            stopped = session.scalars(select(Installation.stopped)).one()
            stopped += session.scalars(select(Connection.writes_stopped)).one()
        assert not stopped, f"{operation} although all writes are stopped: {stopped}"

    def throttled(self) -> None:
        self.memory.quiet_until = self.clock.now + WAIT
        VISITS.note(19)

    def late(self, mailbox: str) -> None:
        self.memory.late.append((mailbox, self.clock.now))

    def wrote(self, *, clear: bool) -> None:
        self.last_write_was_clear = clear

    # ---------------------------------------------------------------- looking

    def links(self) -> list[CalendarLink]:
        """Return the live links, by space."""
        with reading() as session:
            query = select(CalendarLink).where(CalendarLink.state != LinkState.ENDED).order_by(CalendarLink.space_id)
            return list(session.scalars(query))

    def occurrences(self) -> list[Occurrence]:
        """Return all dates of all bookings, in the order made."""
        with reading() as session:
            return list(session.scalars(select(Occurrence).order_by(Occurrence.id)))

    def rows(self, *links: int) -> list[PushItem]:
        """Return the push rows of these links."""
        with reading() as session:
            return list(session.scalars(select(PushItem).where(PushItem.link_id.in_(links))))

    def mailboxes(self) -> tuple[str, ...]:
        """Return all rooms of the server, paired or not."""
        return ROOMS

    @property
    def horizon(self) -> datetime:
        """Return when all is over that was booked or met."""
        return HORIZON

    @property
    def reading_links(self) -> frozenset[int]:
        """Return the links whose calendars are read by their profiles."""
        with reading() as session:
            known = queries.directions.load(session)
        where = {"location_id": self.location_id, "category_id": self.category_id}
        return frozenset(each.id for each in self.links() if known.of(**where, space_id=each.space_id).reads)

    # ---------------------------------------------------------------- time

    def turn(self, by: timedelta) -> None:
        """Let time pass, or have the clock jump."""
        self.clock.now += by
        if by < timedelta():
            self.memory.quiet_until = None
        self.memory.latest = max(self.memory.latest, self.clock.now)

    def land(self) -> None:
        """Have what was late arrive."""
        if not self.memory.late:
            return
        standing = {room: {(each.id, each.change) for each in self.far.things(room)} for room in ROOMS}
        self.far.land()
        deadline, live = (
            self.engine.timing.deadline,
            {link.mailbox for link in self.links() if link.state is not LinkState.LEAVING},
        )
        for room, sent in self.memory.late:
            now_there = {(each.id, each.change) for each in self.far.things(room)}
            if self.clock.now > sent + deadline and now_there != standing.get(room):
                VISITS.note(6)
            if self.clock.now > sent + deadline + self.engine.timing.settle and room not in live:
                self.memory.left.add(room)  # so late that its pairing had ended: nobody reads there any more
        self.memory.late.clear()


@contextmanager
def world(database_url: str, far: Far) -> Iterator[World]:
    """Give a world on that database, with its application context open."""
    logging.getLogger("booking").setLevel(logging.CRITICAL)
    KEY_RING.unlock((_KEY,))
    app = Flask("storm")
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
        made = World(app, far)
        try:
            yield made
        finally:
            made.close()
