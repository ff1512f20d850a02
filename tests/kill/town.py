"""A library with a dozen rooms in an Exchange, on several machines, for the test that kills its workers."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from click.testing import CliRunner

from booking import config
from booking.app import create_app
from booking.cli import main
from booking.sandbox.exchange import ExchangeSandbox
from booking.store import upgrading
from booking.store.database import db, transaction
from tests import build
from tests.support import processes
from tests.support.machines import Machine

#: On UTC all year, so that no day of the test has a missing hour.
ZONE = "Atlantic/Reykjavik"
ROOMS = tuple(f"room-{number:02}" for number in range(1, 13))
ACCOUNT = "svc-rooms@library.example"
PASSWORD = "correct horse battery staple"
#: Every wait turned down, so that recovery fits into the time there is. Their order is that of real ones: a request
#: is over before its claim, and what may land late is awaited.
SETTINGS = {
    "BOOKING_ALLOW_LOCAL_CONNECTIONS": "true",
    "BOOKING_SECURE_COOKIES": "false",
    "BOOKING_BACKGROUND": "worker",
    "BOOKING_SYNC_WAIT": "0.5",
    "BOOKING_LEG_TIMEOUT": "2",
    "BOOKING_CALL_DEADLINE": "3",
    "BOOKING_CLAIM_TIME": "5",
    "BOOKING_SETTLE_TIME": "3",
    "BOOKING_SECOND_LOOK": "2",
    "BOOKING_NEAR_EVERY": "10",
    "BOOKING_FAR_EVERY": "15",
}


def address(room: str) -> str:
    return f"{room}@library.example"


@dataclass(frozen=True)
class Exchange:
    """The stand-in Exchange, a process of its own, through its control interface."""

    url: str

    def asks(self, what: str) -> Any:  # noqa: ANN401 - a JSON document
        return requests.get(f"{self.url}/control/{what}", timeout=30).json()

    def turns(self, **knobs: object) -> None:
        """Make it behave badly."""
        requests.post(f"{self.url}/control/faults", json=knobs, timeout=30).raise_for_status()

    def calms_down(self) -> None:
        requests.delete(f"{self.url}/control/faults", timeout=30).raise_for_status()

    def dropped(self) -> set[tuple[str, str, str]]:
        """Return the last requests that got no answer: when, for what, and how; older ones are forgotten there."""
        return {
            (each["at"], each["operation"], how)
            for how in ("dropped after", "dropped before", "dropped, applied later")
            for each in self.asks(f"requests?outcome={quote(how)}")
        }

    def items(self, room: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.asks(f"items?mailbox={address(room)}")
        return found


@contextmanager
def settled(
    folder: Path, database_url: str, *, rooms: Sequence[str] = ROOMS, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[Machine, Exchange]]:
    """Found the library, pair its rooms, and give its first machine and its Exchange, which runs."""
    instance, data, port = folder / "first", folder / "exchange.json", processes.free_port()
    machine = Machine(instance, {**SETTINGS, "BOOKING_DATABASE_URL": database_url, **(settings or {})})
    upgrading.upgrade(database_url)
    _furnish(machine, rooms)
    with ExchangeSandbox(data, port=port) as sandbox:
        _pair(machine, sandbox, rooms)
    command = [sys.executable, "-m", "booking.sandbox.exchange", "--port", str(port), "--data", str(data)]
    with processes.running(command, ports=[port]):
        yield machine, Exchange(f"http://127.0.0.1:{port}")


def _furnish(machine: Machine, rooms: Sequence[str]) -> None:
    app = create_app(config.load(machine.instance, machine.environ))
    with app.app_context():
        with transaction() as session:
            place = build.location(session, name="Central Library", zone=ZONE)
            place.slug = "central"
            kind = build.category(session, place, name="Rooms", window_days=60)
            for room in rooms:
                build.space(session, kind, name=room).slug = room
        db.engine.dispose()


def _pair(machine: Machine, sandbox: ExchangeSandbox, rooms: Sequence[str]) -> None:
    sandbox.add_account(username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Room service")
    for room in rooms:
        sandbox.add_room(address(room), room)
        sandbox.grant(ACCOUNT, address(room), "impersonate")
    who = ["--server", sandbox.ews_url, "--username", ACCOUNT, "--email", ACCOUNT, "--password-env=EXCHANGE_PASSWORD"]
    _booking(machine, "connection", "add", "City Exchange", *who, "--location", "central")
    for room in rooms:
        _booking(machine, "space", "pair", room, address(room))


def _booking(machine: Machine, *arguments: str) -> None:
    done = CliRunner().invoke(
        main,
        ["--instance", str(machine.instance), *arguments],
        env={**machine.environ, "EXCHANGE_PASSWORD": PASSWORD},
    )
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
