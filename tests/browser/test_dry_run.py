"""Dry run, previews, import and reset in a browser, on real processes beside a stand-in Exchange whose log judges too.

Nothing runs by itself at first, as this test holds the lock of whoever does that: what people do in Outlook stays
unseen until somebody looks.
"""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from booking.config import Settings
from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.seen import SeenItem
from booking.scheduler.embedded import LOCK
from tests.cli import house as houses
from tests.cli.house import House, address, tomorrow
from tests.support import processes, waiting
from tests.support.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

STAFF, STAFF_PASSWORD = "mina@library.example", "a long enough password"
WRITES = {"CreateItem", "UpdateItem", "DeleteItem", "MoveItem", "SendItem"}
PATIENCE_MS = 30_000
SECRET = "Secret of the board"


@dataclass
class Desk:
    """An administrator before a browser, and the Exchange that their library is paired with."""

    page: Page
    site: str
    house: House
    lock: IO[str]  # held: nobody does by itself what nobody asked for

    @property
    def exchange(self) -> ExchangeSandbox:
        return self.house.exchange

    def opens(self, path: str) -> None:
        self.page.goto(f"{self.site}{path}")

    def presses(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def sees(self, words: str) -> None:
        expect(self.page.locator("main")).to_contain_text(words, timeout=PATIENCE_MS)

    def faults(self) -> list[str]:
        """Return what axe finds on the page, and whether it is too wide for a phone."""
        found = Axe().run(self.page).response["violations"]
        self.page.set_viewport_size(PHONE)
        wide = self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        self.page.set_viewport_size(DESKTOP)
        return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]] + ["too wide"] * wide

    def writes(self) -> int:
        return sum(each.operation in WRITES for each in self.exchange.requests())

    def stored(self) -> list[str]:
        """Return every row of every table."""
        path = self.house.settings.database_url.removeprefix("sqlite:///")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            return list(connection.iterdump())

    def ids(self, slug: str) -> list[str]:
        return sorted(each.id for each in self.exchange.items(address(slug)))


@pytest.fixture
def desk(page: Page, settings: Settings) -> Iterator[Desk]:
    """Give an administrator whose Media Lab has two bookings in Outlook; nothing is read or written by itself."""
    with ExchangeSandbox() as exchange, (settings.instance / LOCK).open("a") as lock:
        house = houses.furnished(settings, exchange)
        house.books("lab", 9, 11)
        house.paired("lab", "study-1").does("space", "import", "lab")
        who = ["--first", "Mina", "--last", "Okafor", "--role", "administrator", "--password-stdin"]
        assert house.runs("staff", "add", STAFF, *who, typed=f"{STAFF_PASSWORD}\n").exit_code == 0
        fcntl.flock(lock, fcntl.LOCK_EX)
        with serving(house) as site:
            desk = Desk(page, site, house, lock)
            desk.opens("/sign-in")
            page.get_by_label("E-mail address").fill(STAFF)
            page.get_by_label("Password").fill(STAFF_PASSWORD)
            desk.presses("Sign in")
            page.wait_for_url("**/admin**")
            yield desk


@contextmanager
def serving(house: House) -> Iterator[str]:
    port = processes.free_port()
    command = [processes.BOOKING, "--instance", str(house.settings.instance), "serve", "--port", str(port)]
    environ = {
        "BOOKING_DATABASE_URL": house.settings.database_url,
        "BOOKING_ALLOW_LOCAL_CONNECTIONS": "true",
        "BOOKING_SECURE_COOKIES": "false",
    }
    with processes.running(command, ports=[port], environ=environ) as process:
        yield f"http://127.0.0.1:{port}"
        assert "Traceback" not in process.output


def planted(desk: Desk) -> None:
    """Move one entry in Outlook, delete the other, and enter something else."""
    first, second = sorted(desk.exchange.items(address("lab")), key=start_of)
    desk.exchange.move(address("lab"), first.id, tomorrow(15).start, tomorrow(15).end)
    desk.exchange.delete(address("lab"), second.id)
    desk.exchange.add_event(address("lab"), subject=SECRET, start=tomorrow(13).start, end=tomorrow(13).end)


def start_of(item: SeenItem) -> datetime:
    return item.start


class TestADryRun:
    def test_over_three_planted_changes_lists_exactly_those_and_writes_nothing(self, desk: Desk) -> None:
        page, found = desk.page, {}
        planted(desk)
        desk.opens("/admin/exchange/dry-run")
        desk.sees("Nothing is written: not in Outlook, and not here.")
        found["asked"] = desk.faults()
        stored, writes = desk.stored(), desk.writes()
        desk.exchange.fault(operation="FindItem", latency=2.0, count=1)  # so that it takes two steps

        desk.presses("Test sync folder items")

        desk.sees("The dry run is finished")
        desk.sees("Data was found: 2 entries in 2 calendars. Sync would do 3 things. Nothing was written.")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sync would do 3 things")
        expect(page.locator("#dry-run-progress")).to_have_attribute("value", "2")
        rows = page.get_by_role("region", name="What sync would do in Media Lab").locator("tbody tr")
        expect(rows).to_have_count(3)
        told = [" ".join(text.split()) for text in rows.all_inner_texts()]
        assert ["Cancelled" in told[0], "Blocked" in told[1], "Changed" in told[2]] == [True] * 3
        assert SECRET not in page.content()
        assert (desk.stored(), desk.writes()) == (stored, writes)
        found["found"] = desk.faults()
        assert {name: each for name, each in found.items() if each} == {}


class TestAPairing:
    def test_is_previewed_imported_once_and_twice_adds_nothing(self, desk: Desk) -> None:
        page, found = desk.page, {}
        desk.house.books("study-2", 9, 10, 11)
        desk.exchange.add_event(address("study-2"), subject=SECRET, start=tomorrow(14).start, end=tomorrow(14).end)
        desk.opens("/admin/spaces/study-2/exchange")
        page.get_by_label("Outlook/Exchange Resource").fill(address("study-2"))
        writes = desk.writes()

        desk.presses("Preview")

        desk.sees("One event there takes time that is free here.")
        desk.sees("3 bookings would be written there by the import.")
        assert desk.writes() == writes
        found["preview"] = desk.faults()
        desk.presses(f"Pair with {address('study-2')}")
        desk.sees("Saved. Study Room 2 is paired.")
        found["paired"] = desk.faults()
        for _ in range(2):
            desk.opens("/admin/spaces/study-2/exchange")
            desk.presses("Run the Import")
            desk.sees("import")
            desk.house.does("sync", "run", "--all")
        desk.opens("/admin/spaces/study-2/exchange/import")
        desk.sees("Running the import adds nothing.")
        found["imported"] = desk.faults()

        assert len(desk.ids("study-2")) == 3 + 1
        assert SECRET not in page.content()

        desk.opens("/admin/spaces/study-2/exchange/disconnect")
        found["disconnect"] = desk.faults()
        desk.presses("Disconnect")
        desk.sees("One time is still taken by a mailbox that was let go")
        page.get_by_role("link", name="Look at the list").click()
        found["blocks"] = desk.faults()
        desk.presses("Free what is ticked")
        desk.sees("One time is free to book now.")
        assert {name: each for name, each in found.items() if each} == {}


class TestAReset:
    def test_goes_marked_running_and_gone_with_every_entry_id_as_it_was(self, desk: Desk) -> None:
        page, found = desk.page, {}
        ids, writes = desk.ids("lab"), desk.writes()
        desk.opens("/admin/spaces/lab/exchange/reset")
        desk.sees("Undo: none, and none is needed")
        found["asked"] = desk.faults()

        desk.presses("Reset sync of Media Lab")

        desk.sees("Marked for reset. It has not begun")
        found["marked"] = desk.faults()
        desk.exchange.fault(operation="FindItem", latency=2.0, count=4)
        fcntl.flock(desk.lock, fcntl.LOCK_UN)
        with serving(desk.house):
            desk.sees("Reset in progress")
            desk.sees("Found 2 of 2 entries again, 2 of them under the same id as before.")
            desk.opens("/admin/spaces/lab/exchange")
            expect(page.locator("main")).not_to_contain_text("Marked for reset")
            waiting.until(lambda: desk.ids("lab") == ids, what="the entries to be as they were", seconds=5)
        assert desk.writes() == writes
        assert {name: each for name, each in found.items() if each} == {}
