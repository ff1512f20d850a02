"""The example of the guide as it is shown: forty rooms against a real server, in processes of their own."""

import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from booking import clock
from booking.domain.errors import Refused
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.sandbox.exchange import ExchangeSandbox
from booking.services import bookings
from booking.services.bookings import Wish
from booking.services.people import Patron
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.places import SpaceRow
from tests.cli.commands import booking
from tests.support import processes

EXAMPLE = processes.TREE / "docs" / "examples" / "forty-rooms.toml"
ACCOUNT = "booking@library.example"
PASSWORD = "correct horse battery staple"
LONDON = ZoneInfo("Europe/London")

pytestmark = pytest.mark.timeout(400)


def rooms() -> dict[str, str]:
    """Return the mailbox of each space of the example, as a reader of it would find them."""
    found = {}
    for location in tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))["locations"].values():
        for category in location["categories"].values():
            for slug, space in category["spaces"].items():
                found[slug] = space.get("mailbox", f"{slug}@library.example")
    return found


@pytest.fixture
def exchange() -> Iterator[ExchangeSandbox]:
    """Give a server with a mailbox for each room of the example."""
    with ExchangeSandbox() as sandbox:
        sandbox.add_account(
            username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Booking", domain_login="LIBRARY\\booking"
        )
        for slug, address in rooms().items():
            sandbox.add_room(address, slug)
            sandbox.grant(ACCOUNT, address, "impersonate")
        yield sandbox


@pytest.fixture
def file(tmp_path: Path, exchange: ExchangeSandbox) -> Path:
    """Give the example with that server's address in it, and nothing else changed."""
    text = EXAMPLE.read_text(encoding="utf-8")
    assert text.count('"mail.library.example"') == 1
    copy = tmp_path / "rooms.toml"
    copy.write_text(text.replace("mail.library.example", exchange.ews_url), encoding="utf-8")
    return copy


def book_everywhere(*, now: datetime) -> None:
    """Book an hour in every room, on the first of the coming days on which that is allowed."""
    with reading() as session:
        spaces = [
            space
            for location in queries.places.locations(session)
            for space in queries.places.spaces(session, location_id=location.id)
        ]
    for space in spaces:
        assert any(booked(space, (now + timedelta(days=ahead)).date(), now=now) for ahead in range(3, 13)), space


def booked(space: SpaceRow, day: date, *, now: datetime) -> bool:
    start = datetime.combine(day, time(14), LONDON).astimezone(UTC)
    wish = Wish(space.id, (Interval(start, start + timedelta(hours=1)),), Patron("Ada", "Wren", "ada@library.example"))
    try:
        with transaction() as session:
            bookings.place(session, wish, actor=NOBODY, now=now)
    except Refused:
        return False
    return True


class TestTheExample:
    @pytest.fixture(autouse=True)
    def _at_the_command_line(self, in_app: Flask, instance: Path, database_url: str) -> None:  # noqa: ARG002 - open here too
        self.instance = instance
        self.environ = {
            "BOOKING_DATABASE_URL": database_url,
            "BOOKING_ALLOW_LOCAL_CONNECTIONS": "true",
            "BOOKING_EXCHANGE_PASSWORD": PASSWORD,
        }

    def runs(self, *arguments: str) -> CompletedProcess[str]:
        return booking(*arguments, instance=self.instance, environ=self.environ)

    def status(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.runs("sync", "status", "--json").stdout)
        return found

    def test_describes_two_locations_five_zones_four_categories_and_forty_rooms(self, file: Path) -> None:
        plan = json.loads(self.runs("apply", str(file), "--check", "--json").stdout)

        made = [each["what"].split()[0] for each in plan["changes"] if each["action"] == "create"]
        assert {kind: made.count(kind) for kind in made} == {
            "connection": 1,
            "location": 2,
            "zone": 5,
            "category": 4,
            "space": 40,
        }

    def test_is_applied_once_and_then_is_how_things_are(self, file: Path) -> None:
        first = self.runs("apply", str(file))
        assert first.returncode == 0, first.stderr
        assert first.stdout.count(": paired with ") == 40

        again = self.runs("apply", str(file))
        assert (again.returncode, again.stdout, again.stderr) == (0, "No difference.\n", "")
        same = self.runs("apply", str(file), "--check")
        assert (same.returncode, same.stdout) == (0, "No difference.\n")

        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace('sunday = "11:00-17:00"', 'sunday = "11:00-18:00"'), encoding="utf-8")
        edited = self.runs("apply", str(file), "--check")
        assert (edited.returncode, edited.stdout) == (3, "location main-library, Sunday: 11:00-17:00 -> 11:00-18:00\n")
        assert PASSWORD not in first.stdout + first.stderr

        began = clock.now()
        book_everywhere(now=began)
        ran = self.runs("sync", "run", "--all")
        assert ran.returncode == 0, ran.stderr

        health = self.status()
        assert {each["mailbox"] for each in health} == set(rooms().values())
        assert {each["state"] for each in health} == {"active"}
        for each in health:
            assert datetime.fromisoformat(each["last_read"]) >= began
            assert datetime.fromisoformat(each["last_write"]) >= began
