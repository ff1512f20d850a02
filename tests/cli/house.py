"""Two libraries beside a stand-in Exchange, as an operator at the command line meets them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from click.testing import CliRunner, Result

from booking import clock
from booking.app import create_app
from booking.cli import main
from booking.config import Settings
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.sandbox.exchange import ExchangeSandbox
from booking.services import bookings
from booking.services.bookings import Wish
from booking.services.people import Patron
from booking.store import queries
from booking.store.database import Session, db, transaction
from tests import build

ACCOUNT = "svc-rooms@library.example"
PASSWORD = "correct horse battery staple"
EXCHANGE = "City Exchange"
#: Slugs of the spaces, with their names; their rooms have these as addresses.
CENTRAL = {"study-1": "Study Room 1", "study-2": "Study Room 2", "study-11": "Study Room 11", "lab": "Media Lab"}
HARBOUR = {"nest": "Crow's Nest"}


def address(slug: str) -> str:
    return f"{slug}@library.example"


@dataclass(frozen=True)
class House:
    """An installation, and the server that its operator connects it to."""

    settings: Settings
    exchange: ExchangeSandbox

    def runs(self, *arguments: str, typed: str = "") -> Result:
        """Run `booking` in this process."""
        environ = {
            "BOOKING_DATABASE_URL": self.settings.database_url,
            "BOOKING_ALLOW_LOCAL_CONNECTIONS": "true",
            "EXCHANGE_PASSWORD": PASSWORD,
        }
        command = ["--instance", str(self.settings.instance), *arguments]
        return CliRunner().invoke(main, command, input=typed, env=environ)

    def does(self, *arguments: str) -> str:
        """Run `booking`, which must succeed; returns what it printed."""
        answer = self.runs(*arguments)
        assert answer.exit_code == 0, answer.output
        return answer.stdout

    def tells(self, *arguments: str) -> Any:  # noqa: ANN401 - a JSON document
        """Run `booking` with --json, and return its one document, whatever the exit status."""
        return json.loads(self.runs(*arguments, "--json").stdout)

    def adds(self, *options: str, by: str = "--password-env=EXCHANGE_PASSWORD") -> Result:
        """Run `booking connection add` for the stand-in."""
        who = ["--server", self.exchange.ews_url, "--username", ACCOUNT, "--email", ACCOUNT]
        return self.runs("connection", "add", EXCHANGE, *who, by, *options)

    def connected(self) -> "House":
        """Have both libraries connected."""
        added = self.adds("--location", "central", "--location", "harbour")
        assert added.exit_code == 0, added.output
        return self

    def paired(self, *slugs: str) -> "House":
        """Have both libraries connected, and these spaces paired with their rooms."""
        self.connected()
        for slug in slugs:
            self.does("space", "pair", slug, address(slug))
        return self

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """Give the database, as the site would open it."""
        app = create_app(self.settings)
        with app.app_context():
            with transaction() as session:
                yield session
            db.engine.dispose()

    def books(self, slug: str, *hours: float) -> None:
        """Book a space for an hour tomorrow, from each of these."""
        with self.opened() as session:
            space = queries.places.space_by_slug(session, slug)
            assert space is not None
            for hour in hours:
                wish = Wish(space.id, (tomorrow(hour),), Patron("Ada", "Lovelace", "ada@example.org"))
                bookings.place(session, wish, actor=NOBODY, now=clock.now())

    def sign_ins_refused(self) -> int:
        """Return how often the server was shown a password that it refused."""
        return sum(each.judged and each.outcome.startswith("401") for each in self.exchange.requests())


def tomorrow(hour: float) -> Interval:
    """An hour of tomorrow, in UTC."""
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    start: datetime = midnight + timedelta(hours=hour)
    return Interval(start, start + timedelta(hours=1))


def furnished(settings: Settings, exchange: ExchangeSandbox) -> House:
    """Return the two libraries, with nothing connected, beside a server that has their rooms."""
    house = House(settings, exchange)
    exchange.add_account(username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Room service")
    for slug, name in (CENTRAL | HARBOUR).items():
        exchange.add_room(address(slug), name)
        exchange.grant(ACCOUNT, address(slug), "impersonate")
    with house.opened() as session:
        _library(session, "central", "Central Library", CENTRAL)
        _library(session, "harbour", "Harbour Branch", HARBOUR)
    return house


def _library(session: Session, slug: str, name: str, spaces: dict[str, str]) -> None:
    place = build.location(session, name=name)
    place.slug = slug
    kind = build.category(session, place, name="Rooms", window_days=30)
    kind.slug = f"{slug}-rooms"
    for space_slug, space_name in spaces.items():
        build.space(session, kind, name=space_name).slug = space_slug
    session.flush()
