"""A small library to ask for pages of, and a visitor who fills in its forms."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from booking import clock, services
from booking.domain.intervals import Interval
from booking.domain.opening import Hours
from booking.domain.permissions import Role
from booking.store import queries
from booking.store.database import transaction
from tests import build
from tests.support.databases import SqliteFiles

LONDON = "Europe/London"
PASSWORD = "correct horse battery"
#: From eight to ten in the evening, every day.
LONG_DAYS = {weekday: (Hours(480, 1320),) for weekday in range(7)}


@dataclass(frozen=True)
class Library:
    """What stands in the database: slugs of two locations and of the spaces of the first."""

    location: str
    elsewhere: str
    category: str
    room: str  # four seats, no nickname
    hall: str  # twelve seats, nicknames, whole hours only
    tomorrow: date


@pytest.fixture
def database_url(sqlite_files: SqliteFiles, instance: Path) -> Iterator[str]:
    """Give the address of a fresh SQLite database."""
    with sqlite_files.fresh(instance) as url:
        yield url


@pytest.fixture
def library(app: Flask) -> Library:
    """Give a library with two locations in two zones."""
    with app.app_context():
        return furnish()


@pytest.fixture
def desk(client: FlaskClient, library: Library) -> "Visitor":
    """Give somebody who has not signed in."""
    assert library.location
    return Visitor(client)


def furnish() -> Library:
    """Fill the database; needs an application's context."""
    with transaction() as session:
        here = build.location(session, name="Central Library", week=LONG_DAYS)
        there = build.location(session, name="Harbour Branch", zone="America/New_York", week=LONG_DAYS)
        study = build.category(session, here, name="Study rooms")
        meeting = build.category(session, here, name="Meeting rooms", nickname_allowed=True)
        room = build.space(session, study, name="Gaskell Room")
        hall = build.space(session, meeting, name="Turing Hall", capacity=12, step_minutes=60, shortest_minutes=60)
        build.space(session, build.category(session, there, name="Studios"), name="Podcast Studio")
        tomorrow = clock.now().astimezone(ZoneInfo(LONDON)).date() + timedelta(days=1)
        return Library(here.slug, there.slug, study.slug, room.slug, hall.slug, tomorrow)


def hire(library: Library, *who: tuple[Role, str]) -> None:
    """Give accounts to people with these roles at these locations, "" for everywhere; needs an open context."""
    with transaction() as session:
        for role, slug in who:
            place = queries.places.location_by_slug(session, slug)
            services.people.add_staff(
                session,
                email=login(role, elsewhere=slug == library.elsewhere),
                first_name="Mina",
                last_name="Okafor",
                password=PASSWORD,
                role=role,
                location_id=place.id if place else None,
                now=clock.now(),
            )


def login(role: Role, *, elsewhere: bool = False) -> str:
    """Return under which name somebody with that role signs in."""
    return f"{role.value}{'-elsewhere' if elsewhere else ''}@example.org"


def at(day: date, start: float, end: float, *, zone: str = LONDON) -> Interval:
    """Hours of a day on the wall clock: `at(day, 9, 10.5)` is 09:00 to 10:30."""
    midnight = datetime.combine(day, time(), ZoneInfo(zone))
    return Interval(
        (midnight + timedelta(hours=start)).astimezone(UTC), (midnight + timedelta(hours=end)).astimezone(UTC)
    )


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser that runs no script: opens pages, fills forms in, presses buttons."""

    client: FlaskClient

    def opens(self, address: str) -> TestResponse:
        """Ask for a page, following no redirect."""
        return self.client.get(address)

    def sends(self, address: str, values: Mapping[str, str], *, form_on: str) -> TestResponse:
        """Open the page with the form, fill it in, and send it to `address`."""
        hidden = hidden_fields(self.opens(form_on).text)
        return self.client.post(address, data={**hidden, **values})

    def signs_in(self, name: str, password: str = PASSWORD) -> TestResponse:
        """Sign in as staff."""
        return self.sends("/sign-in", {"login": name, "password": password}, form_on="/sign-in")

    def books(self, library: Library, **values: str) -> TestResponse:
        """Book a room for tomorrow from two to three, unless `values` say otherwise."""
        space = values.pop("space", library.room)
        wish = {
            "date": library.tomorrow.isoformat(),
            "start": "14:00",
            "end": "15:00",
            "first_name": "Priya",
            "last_name": "Raman",
            "email": "priya.raman@example.org",
            "title": "Thesis group",
        }
        return self.sends(f"/spaces/{space}/bookings", wish | values, form_on=f"/spaces/{space}/bookings/new")


class _Hidden(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and values.get("type") == "hidden" and self.forms:
            self.forms[-1][values.get("name") or ""] = values.get("value") or ""


def hidden_fields(page: str) -> dict[str, str]:
    """Return what the form in the middle of a page carries along: that with most hidden fields."""
    parser = _Hidden()
    parser.feed(page[page.index("<main") :])
    return max(parser.forms, key=len, default={})


def words(page: str) -> str:
    """Return what stands between the tags of a page's middle, blanks made one."""
    middle = page[page.index("<main") : page.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", middle)).strip()
