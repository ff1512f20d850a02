"""`booking demo` as a real process."""

import signal
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
import requests

from booking.cli.sample import library
from booking.cli.sample.people import PASSWORD, STAFF
from tests.cli.commands import booking
from tests.support import processes, waiting
from tests.support.demo import Demo, running_demo

pytestmark = pytest.mark.timeout(400)

#: Of somebody who also runs a real one on this machine: the demo leaves it alone.
ANOTHER_INSTALLATION = {
    "BOOKING_DATABASE_URL": "postgresql+psycopg://booking@127.0.0.1:1/booking",
    "BOOKING_SMTP_HOST": "127.0.0.1",
}


def counts(data: Path) -> dict[str, int]:
    """Return how many rows the tables of the sample have."""
    tables = ("location", "category", "space", "booking", "person", "calendar_link", "connection", "closure")
    with closing(sqlite3.connect(data / "booking.sqlite")) as connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608 - our own names


def meetings(demo: Demo) -> int:
    """Return how many entries stand in the rooms' calendars that are not ours."""
    number = 0
    for space in library.SPACES:
        address = f"{demo.outlook}/control/items?mailbox={space.slug}@wexcombe.example"
        number += sum(1 for item in requests.get(address, timeout=20).json() if not item["extended"])
    return number


def in_step(data: Path) -> bool:
    with closing(sqlite3.connect(data / "booking.sqlite")) as connection:
        states = connection.execute("SELECT state, count(*) FROM push_item GROUP BY state").fetchall()
    return [state for state, _ in states] == ["clean"]


class TestDemo:
    def test_begins_with_a_library_and_adds_nothing_the_second_time(self, tmp_path: Path) -> None:
        with running_demo(tmp_path) as demo:
            waiting.until(lambda: in_step(tmp_path), what="every booking to stand in Outlook", seconds=120)
            first, stood = counts(tmp_path), meetings(demo)

            assert demo.process.end(by=signal.SIGINT) == 0

            words = demo.process.output
            assert "Traceback" not in words
            assert words.endswith("Ended.\n")
            for part in (demo.site, demo.outlook, PASSWORD, *(each.email for each in STAFF), str(tmp_path / "mail")):
                assert part in words

        assert (first["location"], first["category"], first["space"], first["calendar_link"]) == (2, 3, 12, 12)
        assert first["booking"] > 50
        assert stood > 10

        began = time.monotonic()
        with running_demo(tmp_path, environ=ANOTHER_INSTALLATION) as demo:
            assert time.monotonic() - began < 20
            assert counts(tmp_path) == first
            assert meetings(demo) == stood
            assert demo.process.end(by=signal.SIGTERM) == 0
            assert "Traceback" not in demo.process.output

    @pytest.mark.parametrize("option", ["--port", "--exchange-port"])
    def test_says_which_port_is_in_use(self, tmp_path: Path, option: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            other = {"--port": "--exchange-port", "--exchange-port": "--port"}[option]

            answer = booking(
                "demo",
                "--data",
                str(tmp_path),
                option,
                str(port),
                other,
                str(processes.free_port()),
                instance=tmp_path / "other",
            )

        assert answer.returncode == 1
        assert f"Port {port} is in use by another program." in answer.stderr
        assert option in answer.stderr
        assert "Traceback" not in answer.stderr
