"""Paired rooms beside a stand-in Exchange, for the rows about sync: SQLite, real HTTP, a clock that is turned."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import exchangelib
from exchangelib import EWSDateTime
from exchangelib.folders import Calendar
from exchangelib.protocol import FailFast
from exchangelib.version import EXCHANGE_2016
from flask import Flask

from booking import config
from booking.app import create_app
from booking.config import Settings
from booking.connectors import registry
from booking.connectors.ews import session as ews
from booking.domain.intervals import Interval
from booking.sandbox.exchange import ExchangeSandbox
from booking.store import database, upgrading
from booking.store.database import transaction
from booking.store.models import Space
from booking.sync.engine import Engine, Timing
from tests import build
from tests.sync.beside import ACCOUNT, PASSWORD
from tests.sync.library import Clock

#: A Monday morning, six days before clocks go back.
MONDAY = datetime(2026, 10, 19, 8, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True)
class Rooms:
    """What was made. Nothing runs by itself."""

    app: Flask
    settings: Settings
    engine: Engine
    sandbox: ExchangeSandbox
    mailboxes: tuple[str, ...]
    spaces: tuple[int, ...]
    links: tuple[int, ...]

    def turn(self, by: timedelta) -> None:
        """Let time pass on both sides; only where the clock is one that can be turned."""
        assert isinstance(self.engine.now, Clock)
        self.engine.now.now += by


@contextmanager
def rooms(
    count: int,
    *,
    events: int = 0,
    now: Callable[[], datetime] | None = None,
    timing: Timing | None = None,
    heartbeat: float = 5.0,
    minute: float = 60.0,
) -> Iterator[Rooms]:
    """Give so many paired rooms with so many meetings each; an application's context is open."""
    clock = now or _clock()
    with tempfile.TemporaryDirectory() as folder, _exchange(clock, heartbeat, minute) as sandbox:
        settings = _settings(Path(folder))
        app = create_app(settings)
        mailboxes = tuple(f"room-{number}@library.example" for number in range(count))
        _fill(sandbox, mailboxes, events, clock())
        engine = Engine(connect=registry.connect, now=clock, timing=timing or Timing(), allow_local=True)
        with app.app_context():
            spaces, links = _pair(sandbox, mailboxes)
            try:
                yield Rooms(app, settings, engine, sandbox, mailboxes, spaces, links)
            finally:
                engine.lines.close()
                database.db.engine.dispose()


def _exchange(now: Callable[[], datetime], heartbeat: float, minute: float) -> ExchangeSandbox:
    return ExchangeSandbox(now=now, heartbeat=heartbeat, minute=minute)


def _clock() -> Clock:
    clock = Clock()
    clock.now = MONDAY
    return clock


def _settings(folder: Path) -> Settings:
    environ = {
        "BOOKING_DATABASE_URL": f"sqlite:///{folder / 'booking.sqlite'}",
        "BOOKING_ALLOW_LOCAL_CONNECTIONS": "true",
    }
    instance = folder / "instance"
    instance.mkdir()
    upgrading.upgrade(environ["BOOKING_DATABASE_URL"])
    return config.load(instance, environ)


def _fill(sandbox: ExchangeSandbox, mailboxes: tuple[str, ...], events: int, now: datetime) -> None:
    sandbox.add_account(username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Room service")
    for mailbox in mailboxes:
        sandbox.add_room(mailbox, mailbox.partition("@")[0])
        sandbox.grant(ACCOUNT, mailbox, "impersonate")
        sandbox.grant(ACCOUNT, mailbox, "author")
        for number in range(events):
            when = meeting(now, number)
            sandbox.add_event(mailbox, subject=f"Meeting {number}", start=when.start, end=when.end)


def meeting(now: datetime, number: int) -> Interval:
    """Return when the meeting with that number is: on 30 days in turn, from tomorrow on, every other hour."""
    start = now.replace(minute=0, second=0, microsecond=0) + (1 + number % 30) * DAY + 2 * (number // 30) * HOUR
    return Interval(start, start + HOUR)


def _pair(sandbox: ExchangeSandbox, mailboxes: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    with transaction() as session:
        through = build.connection(session, server=sandbox.ews_url)
        through.username = through.email = ACCOUNT
        through.password = PASSWORD
        kind = build.category(session, build.location(session, connection=through))
        spaces: list[Space] = [build.space(session, kind) for _ in mailboxes]
        links = [
            build.link(session, space, through=through, mailbox=mailbox, read_at=None)
            for space, mailbox in zip(spaces, mailboxes, strict=True)
        ]
        return tuple(space.id for space in spaces), tuple(link.id for link in links)


class Bare:
    """exchangelib alone on the same server, as its documentation has it, with one request for one thing."""

    def __init__(self, sandbox: ExchangeSandbox) -> None:
        self._config = exchangelib.Configuration(
            service_endpoint=sandbox.ews_url,
            credentials=exchangelib.Credentials(ACCOUNT, PASSWORD),
            auth_type=exchangelib.BASIC,
            version=exchangelib.Version(build=EXCHANGE_2016),
            retry_policy=FailFast(),
        )

    def calendar(self, mailbox: str) -> Calendar:
        """Return a room's calendar without asking for it."""
        account = exchangelib.Account(
            mailbox,
            config=self._config,
            autodiscover=False,
            access_type=exchangelib.IMPERSONATION,
            default_timezone=exchangelib.UTC,
        )
        found: Calendar = ews.calendar(account)
        return found


def moment(when: datetime) -> EWSDateTime:
    """Return a time as exchangelib wants it."""
    return EWSDateTime.from_datetime(when)
