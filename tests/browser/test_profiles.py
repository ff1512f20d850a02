"""Sync profiles in a browser, on real processes beside a stand-in Exchange whose request log judges too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from booking import clock
from booking.config import Settings
from booking.sandbox.exchange import ExchangeSandbox
from tests.cli import house as houses
from tests.cli.house import House, address, tomorrow
from tests.support import processes, waiting
from tests.support.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

STAFF, STAFF_PASSWORD = "mina@library.example", "a long enough password"
WRITES = {"CreateItem", "UpdateItem", "DeleteItem", "MoveItem", "SendItem"}
PATIENCE_MS = 30_000
HOME = "/admin/exchange/profiles"
MINUTE = timedelta(minutes=1)
LAB, STUDY = address("lab"), address("study-1")


@dataclass
class Desk:
    """An administrator before a browser, and the Exchange that their library is paired with."""

    page: Page
    site: str
    house: House

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

    def looked_at(self, mailbox: str) -> int:
        return sum(mailbox in each.mailboxes for each in self.exchange.requests())

    def day(self, slug: str, day: datetime) -> str:
        """Return what staff read in the table of a location's day."""
        self.opens(f"/admin/locations/{slug}/day?date={day.astimezone(ZoneInfo('Europe/London')).date()}")
        return " ".join(self.page.locator("main table").inner_text().split())

    def day_says(self, day: datetime, words: str, times: int = 1) -> None:
        """Look again until a day of the library says these words so often."""
        self.until(lambda: self.day("central", day).count(words) == times, f"{times} times “{words}”")

    def until(self, look: Callable[[], bool], what: str) -> None:
        waiting.until(look, what=what, seconds=40, every=0.5)

    def plants(self, mailbox: str, hour: float, subject: str, *, by: str = "") -> None:
        """Write an event into a room's own calendar for an hour of tomorrow."""
        when = tomorrow(hour)
        self.exchange.add_event(mailbox, subject=subject, start=when.start, end=when.end, by=by)


@pytest.fixture
def desk(page: Page, settings: Settings) -> Iterator[Desk]:
    """Give an administrator whose Media Lab and first study room are paired; calendars are read every second or two."""
    with ExchangeSandbox() as exchange:
        house = houses.furnished(settings, exchange)
        house.paired("lab", "study-1")
        who = ["--first", "Mina", "--last", "Okafor", "--role", "administrator", "--password-stdin"]
        assert house.runs("staff", "add", STAFF, *who, typed=f"{STAFF_PASSWORD}\n").exit_code == 0
        port = processes.free_port()
        command = [processes.BOOKING, "--instance", str(settings.instance), "serve", "--port", str(port)]
        environ = {
            "BOOKING_DATABASE_URL": settings.database_url,
            "BOOKING_ALLOW_LOCAL_CONNECTIONS": "true",
            "BOOKING_SECURE_COOKIES": "false",
            "BOOKING_NEAR_EVERY": "2",
        }
        with processes.running(command, ports=[port], environ=environ) as process:
            desk = Desk(page, f"http://127.0.0.1:{port}", house)
            desk.opens("/sign-in")
            page.get_by_label("E-mail address").fill(STAFF)
            page.get_by_label("Password").fill(STAFF_PASSWORD)
            desk.presses("Sign in")
            page.wait_for_url("**/admin**")
            yield desk
            assert "Traceback" not in process.output


class TestPopulatingNames:
    """LibCal: the name of whoever made an event, of new ones only; of all after disconnecting and reconnecting."""

    def test_shows_it_of_a_new_event_and_of_all_after_reconnecting(self, desk: Desk) -> None:
        page, day = desk.page, tomorrow(9).start
        desk.plants(LAB, 9, "Old", by="Maya Lindqvist")
        desk.day_says(day, "BUSY in Outlook")
        desk.opens("/admin/locations/central/exchange")
        page.get_by_role("group", name="Populate Name/Email from Outlook/Exchange").get_by_role("checkbox").check()
        desk.presses("Save these options")

        desk.plants(LAB, 14, "New", by="Maya Lindqvist")

        desk.day_says(day, "BUSY in Outlook", times=2)
        desk.day_says(day, "Maya Lindqvist")

        desk.opens("/admin/spaces/lab/exchange/disconnect")
        page.get_by_label("Leave it there").check()
        desk.presses("Disconnect")
        desk.until(lambda: self._pairs_again(desk), "the mailbox to be paired again")

        desk.day_says(day, "Maya Lindqvist", times=2)
        shown = desk.day("central", day)
        assert "@" not in shown
        assert ("Old" in shown, "New" in shown) == (False, False)  # nobody asked for titles

    def _pairs_again(self, desk: Desk) -> bool:
        desk.opens("/admin/spaces/lab/exchange")
        desk.page.get_by_label("Outlook/Exchange Resource").fill(LAB)
        desk.presses("Save & Test")
        return desk.page.get_by_text("Media Lab is paired.").count() == 1


class TestAnExchangeSyncProfile:
    """Salesforce's configurations: active or not, one way or both, and how far back."""

    def test_made_inactive_nearer_by_stops_sync_there_and_turned_one_way_writes_nothing(self, desk: Desk) -> None:
        page, found = desk.page, {}
        desk.opens(HOME)
        desk.sees("No sync profile yet")
        found["none"] = desk.faults()
        self._makes(desk, "Whole branch", place="Central Library", kind="location")
        self._makes(desk, "The lab", place="Media Lab", kind="space")
        desk.opens(f"{HOME}/1/places")
        found["places"] = desk.faults()
        page.get_by_label("Media Lab").check()
        desk.presses("Add the chosen places")
        desk.sees("Media Lab leaves the profile “The lab”.")
        found["leaving"] = desk.faults()
        desk.opens(f"{HOME}/1/delete")
        found["delete"] = desk.faults()
        desk.opens(HOME)

        page.get_by_role("link", name="The lab", exact=True).first.click()
        page.get_by_label("Active", exact=True).uncheck()
        desk.presses("Save")
        desk.sees("Sync stops for one space")
        found["follows"] = desk.faults()
        desk.presses("Save, with all this")
        desk.sees("It holds from the next cycle of sync on")
        found["edit"] = desk.faults()
        desk.opens("/admin/spaces/lab/exchange")
        desk.sees("The lab")
        desk.sees("It was given to this space itself.")
        desk.sees("Stopped: this profile is not active")
        desk.opens(HOME)
        desk.sees("Not active")
        found["list"] = desk.faults()

        self._nothing_syncs(desk)
        self._from_exchange(desk, found)
        self._titles(desk)

        assert {name: each for name, each in found.items() if each} == {}

    def _makes(self, desk: Desk, name: str, *, place: str, kind: str) -> None:
        desk.opens(f"{HOME}/new")
        desk.page.get_by_label("Name", exact=True).fill(name)
        desk.presses("Save and choose places")
        desk.page.get_by_label("Search", exact=True).select_option(kind)
        desk.presses("Find")
        desk.page.get_by_label(place).check()
        desk.presses("Add the chosen places")
        desk.sees(f"“{name}” was given to {place}.")

    def _nothing_syncs(self, desk: Desk) -> None:
        """Both rooms get an event and a booking; only those of the room beside it are read and written."""
        before = desk.looked_at(LAB)
        for mailbox in (LAB, STUDY):
            desk.plants(mailbox, 9, "Meeting")
        desk.house.books("lab", 12)
        desk.house.books("study-1", 12)

        desk.until(lambda: self._entries(desk, STUDY) == 1, "the booking beside it to be written")
        desk.day_says(tomorrow(9).start, "BUSY in Outlook")

        assert desk.looked_at(LAB) == before
        assert self._entries(desk, LAB) == 0

    def _from_exchange(self, desk: Desk, found: dict[str, list[str]]) -> None:
        """Switched on one way: what stands in Outlook arrives as far back as the window, and nothing is written."""
        midnight = clock.now().astimezone(ZoneInfo("Europe/London")).replace(hour=0, minute=0, second=0, microsecond=0)
        for end in (midnight - MINUTE, midnight + MINUTE):
            desk.exchange.add_event(LAB, subject="Late", start=end - 20 * MINUTE, end=end)
        writes = desk.writes()

        desk.opens(HOME)
        desk.page.get_by_role("link", name="The lab", exact=True).first.click()
        desk.page.get_by_label("Active", exact=True).check()
        desk.page.get_by_label("From Exchange to us").check()
        desk.presses("Save")
        desk.sees("Sync goes another way for one space.")
        found["turning"] = desk.faults()
        desk.presses("Save, with all this")
        desk.sees("It holds from the next cycle of sync on")

        desk.day_says(tomorrow(9).start, "BUSY in Outlook", times=2)
        blocks = desk.house.does("sync", "why", "lab", f"{midnight - 12 * MINUTE:%Y-%m-%dT%H:%M}")
        assert "Outlook" in blocks, blocks
        desk.house.books("lab", 15)
        desk.plants(LAB, 20, "After the booking")
        desk.day_says(tomorrow(9).start, "BUSY in Outlook", times=3)

        assert desk.writes() == writes
        assert self._entries(desk, LAB) == 0

    def _titles(self, desk: Desk) -> None:
        """Coconut: titles on, they are shown, and a private one reads "Private"; off, there is none."""
        when = tomorrow(22)
        desk.exchange.add_event(LAB, subject="Dismissal", start=when.start, end=when.end, private=True)

        self._tick_titles(desk, on=True)

        desk.day_says(when.start, "After the booking")
        desk.day_says(when.start, "Private")
        assert "Dismissal" not in desk.day("central", when.start)

        self._tick_titles(desk, on=False)

        desk.day_says(when.start, "After the booking", times=0)
        assert not {"Private", "Dismissal", "Meeting"} & set(desk.day("central", when.start).split())

    def _tick_titles(self, desk: Desk, *, on: bool) -> None:
        desk.opens(HOME)
        desk.page.get_by_role("link", name="The lab", exact=True).first.click()
        desk.page.get_by_label("Show titles of Outlook/Exchange events to staff").set_checked(on)
        desk.presses("Save")
        desk.sees("It holds from the next cycle of sync on")

    def _entries(self, desk: Desk, mailbox: str) -> int:
        """Return how many entries of ours stand in a calendar."""
        return sum("Ada" in each.subject for each in desk.exchange.items(mailbox))
