"""Pre-flight in a browser, on a real process: five settings planted in a room of the stand-in Exchange are found.

By what its calendar shows, entered by hand, and pasted as PowerShell shows them; and nothing is ever written there.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from booking import clock
from booking.config import Settings
from booking.sandbox.exchange import ExchangeSandbox
from tests.cli import house as houses
from tests.cli.house import ACCOUNT, House, address
from tests.support import processes, waiting

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

STAFF, PASSWORD = "mina@library.example", "a long enough password"
ROOM = address("lab")
#: As the stand-in knows them; each is told differently by a rule of the space, or takes the room from its bookers.
PLANTED: dict[str, Any] = {
    "allow_conflicts": True,
    "booking_window_in_days": 180,
    "maximum_duration_in_minutes": 0,
    "remove_private_property": True,
    "delete_subject": False,
}
#: Rules that leave the room to our account.
CLOSED: dict[str, Any] = {
    "automate_processing": "AutoAccept",
    "all_book_in_policy": False,
    "book_in_policy": f"{{{ACCOUNT}}}",
    "all_request_in_policy": False,
    "request_in_policy": "{}",
    "all_request_out_of_policy": False,
    "request_out_of_policy": "{}",
}
#: What stands in the table of each: how it gets on, what it does, and the line that mends it.
EXPECTED = {
    "AllowConflicts": ("Clash", "on top of bookings", "-AllowConflicts $false"),
    "BookingWindowInDays": ("They differ", "180 days ahead, here 30 days", "-BookingWindowInDays 30"),
    "MaximumDurationInMinutes": ("They differ", "of any length", "-MaximumDurationInMinutes 240"),
    "RemovePrivateProperty": ("They differ", "whoever opens the room's calendar", "-RemovePrivateProperty $false"),
    "DeleteSubject": ("No harm", "as their organisers wrote them", "-DeleteSubject $false"),
}
WRITES = {"CreateItem", "UpdateItem", "DeleteItem", "MoveItem", "SendItem"}


@dataclass(frozen=True)
class Desk:
    """Somebody of the staff before a browser, and the Exchange that their library is connected to."""

    page: Page
    site: str
    exchange: ExchangeSandbox

    @property
    def preflight(self) -> str:
        return f"{self.site}/admin/spaces/lab/exchange/pre-flight"

    def row(self, setting: str) -> Locator:
        header = self.page.get_by_role("rowheader", name=setting, exact=True)
        return self.page.get_by_role("row").filter(has=header)

    def sees_what_was_planted(self) -> None:
        """Find each of the five in the table."""
        for setting, words in EXPECTED.items():
            for each in words:
                expect(self.row(setting)).to_contain_text(each)
            expect(self.row(setting).locator("code")).to_contain_text(f"Set-CalendarProcessing -Identity '{ROOM}' ")

    def violations(self) -> list[str]:
        found = Axe().run(self.page).response["violations"]
        return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]


@pytest.fixture
def desk(page: Page, settings: Settings) -> Iterator[Desk]:
    """Give somebody signed in, whose Media Lab is paired with a room that has the planted settings."""
    with ExchangeSandbox() as exchange:
        house = houses.furnished(settings, exchange).paired("lab")
        exchange.add_room(ROOM, "Media Lab", **PLANTED)
        who = ["--first", "Mina", "--last", "Okafor", "--role", "administrator", "--password-stdin"]
        assert house.runs("staff", "add", STAFF, *who, typed=f"{PASSWORD}\n").exit_code == 0
        with _serving(house) as site:
            page.goto(f"{site}/sign-in")
            page.get_by_label("E-mail address").fill(STAFF)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/admin**")
            yield Desk(page, site, exchange)


@contextmanager
def _serving(house: House) -> Iterator[str]:
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


def double_booked(exchange: ExchangeSandbox) -> None:
    """Have two people invite the room for one hour, and its attendant accept both, as it was told to."""
    start = (clock.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    for name in ("ann", "ben"):
        person = f"{name}@library.example"
        exchange.add_user(person, name.title())
        exchange.invite(person, rooms=[ROOM], subject="Reading circle", start=start, end=start + timedelta(hours=6))
    waiting.until(lambda: len(exchange.items(ROOM)) == len(("ann", "ben")), what="the room to accept both")


def console(settings: Mapping[str, object], *, width: int = 36) -> str:
    """Return what Get-CalendarProcessing shows of these settings in a console."""
    names = {"".join(word.title() for word in name.split("_")): value for name, value in settings.items()}
    lines = [f"{name:<{width}}: {value}" for name, value in names.items()]
    return "\r\n".join([f"[PS] C:\\>Get-CalendarProcessing '{ROOM}' | Format-List", "", "", *lines, "", "[PS] C:\\>"])


class TestFivePlantedSettings:
    def test_are_found_in_the_calendar_by_hand_and_in_a_paste_and_nothing_is_written(self, desk: Desk) -> None:
        page, found = desk.page, {}
        double_booked(desk.exchange)

        page.goto(f"{desk.site}/admin/spaces/lab/exchange")
        page.get_by_role("link", name="Enter the mailbox’s rules").click()
        expect(page.get_by_text("12 not known")).to_be_visible()
        found["nothing known"] = desk.violations()
        page.get_by_role("button", name="Look at the calendar now").click()
        expect(desk.row("AllowConflicts")).to_contain_text("2 entries of others that overlap there.")
        expect(desk.row("MaximumDurationInMinutes")).to_contain_text("The longest entry lasts 6 hours.")

        page.get_by_role("link", name="Enter them by hand").click()
        found["by hand"] = desk.violations()
        page.get_by_label("AllowConflicts", exact=True).select_option("True")
        page.get_by_label("BookingWindowInDays").fill("180 days")
        page.get_by_label("MaximumDurationInMinutes").fill("0")
        page.get_by_label("RemovePrivateProperty").select_option("True")
        page.get_by_label("DeleteSubject").select_option("False")
        page.get_by_role("button", name="Keep them").click()
        expect(page.get_by_text("A whole number from 0 to 1080 belongs there, not “180 days”.").first).to_be_visible()
        page.get_by_label("BookingWindowInDays").fill("180")
        page.get_by_role("button", name="Keep them").click()
        expect(page.get_by_text("Kept: 5 settings of this mailbox.")).to_be_visible()
        desk.sees_what_was_planted()
        found["by hand, kept"] = desk.violations()

        page.get_by_label("What it printed").fill(f"{console(PLANTED)}\r\nEnforceCapacity : perhaps")
        page.get_by_role("button", name="Compare").click()
        expect(page.get_by_role("alert")).to_contain_text("True or False belongs there, not “perhaps”.")
        expect(page.get_by_label("What it printed")).to_have_value(re.compile("perhaps"))
        found["a mistake"] = desk.violations()
        page.get_by_label("What it printed").fill(console(PLANTED | {"enforce_capacity": True}))
        page.get_by_role("button", name="Compare").click()
        expect(page.get_by_text("Kept: 6 settings of this mailbox.")).to_be_visible()
        desk.sees_what_was_planted()
        expect(page.locator("pre")).to_contain_text("-EnforceCapacity $false")

        page.get_by_label("What it printed").fill(console(CLOSED))
        page.get_by_role("button", name="Compare").click()
        page.get_by_role("button", name="Mark as exclusive").click()
        expect(page.get_by_role("alert")).to_contain_text("Look at the rights first, and say so here.")
        found["exclusive, without a look"] = desk.violations()
        page.get_by_label("I looked at the rights").check()
        page.get_by_role("button", name="Mark as exclusive").click()
        expect(page.get_by_text("2 entries of other people stand in its calendar")).to_be_visible()

        assert {state: each for state, each in found.items() if each} == {}
        assert {each.operation for each in desk.exchange.requests()} & WRITES == set()
