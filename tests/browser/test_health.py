"""Sync health as staff see it, on real processes: every value with its meaning, quiet told from broken, and errors.

Looking asks Exchange for nothing: its own list of requests says so.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from booking.domain.permissions import Role
from tests.support import browser as browsers
from tests.support import waiting
from tests.support.demo import Demo, running_demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("health"), pytest.mark.timeout(300)]

#: Free/busy is read this often, so that what is broken shows within seconds.
QUICK = {"BOOKING_NEAR_EVERY": "3", "BOOKING_FAR_EVERY": "6"}
LAB, ROOM, SHED = "media-lab", "Media Lab", "boat-shed"
WRITES = {"CreateItem", "UpdateItem", "DeleteItem", "MoveItem", "SendItem"}


@dataclass(frozen=True)
class Desk:
    """Somebody of the staff before a browser, and the Exchange behind the library."""

    page: Page
    demo: Demo

    def opens(self, address: str) -> None:
        self.page.goto(f"{self.demo.site}{address}")

    def value(self, label: str) -> Locator:
        """Return the line of a value: state, meaning, next step."""
        header = self.page.get_by_role("rowheader", name=label, exact=True)
        return self.page.get_by_role("row").filter(has=header)

    def sees(self, address: str, label: str, *words: str, seconds: float = 120) -> None:
        """Look again until the line of a value says one of these."""

        def look() -> bool:
            self.opens(address)
            told = self.value(label).inner_text()
            return any(each in told for each in words)

        waiting.until(look, what=f"{words} for {label} on {address}", seconds=seconds, every=0.5)

    def breaks(self, **fault: object) -> None:
        """Have the stand-in Exchange misbehave."""
        answer = self.page.request.post(f"{self.demo.outlook}/control/faults", data=fault)
        assert answer.ok, answer.text()

    def writes(self) -> int:
        """Return how often anything was written there."""
        asked = self.page.request.get(f"{self.demo.outlook}/control/requests").json()
        return sum(each["operation"] in WRITES for each in asked)

    def violations(self) -> list[str]:
        found = Axe().run(self.page).response["violations"]
        return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]

    def fits(self) -> bool:
        """Tell whether nothing hangs out of the page on a phone."""
        before = self.page.viewport_size
        self.page.set_viewport_size(browsers.PHONE)
        width = self.page.evaluate("document.documentElement.scrollWidth")
        if before is not None:
            self.page.set_viewport_size(before)
        return bool(width <= browsers.PHONE["width"])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Give a sample library that has been paired a moment ago."""
    with running_demo(tmp_path_factory.mktemp("health"), environ=QUICK) as demo:
        yield demo
        assert "Traceback" not in demo.process.output


@pytest.fixture
def desk(page: Page, demo: Demo) -> Desk:
    """Give an administrator, signed in."""
    login, password = demo.sign_in_of(Role.ADMINISTRATOR)
    page.goto(f"{demo.site}/sign-in")
    page.get_by_label("E-mail address").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    return Desk(page, demo)


class TestSyncHealth:
    def test_tells_a_pairing_that_staff_paused_from_one_that_is_broken(self, desk: Desk) -> None:
        page = desk.page
        desk.sees(f"/admin/sync/spaces/{SHED}", "Outlook to bookings", "First sync done", "In sync")
        page.get_by_role("link", name="Settings of this pairing", exact=True).click()
        page.get_by_role("button", name="Pause").click()

        desk.opens(f"/admin/sync/spaces/{SHED}")

        expect(desk.value("Bookings to Outlook")).to_contain_text("Not set to sync")
        expect(desk.value("Outlook to bookings")).to_contain_text("The pairing is paused")
        page.get_by_role("button", name="Resume").click()
        desk.sees(f"/admin/sync/spaces/{SHED}", "Outlook to bookings", "First sync done", "In sync")

    def test_says_what_is_well_then_what_is_broken_and_what_to_do(self, desk: Desk, tmp_path: Path) -> None:
        page, found = desk.page, {}
        space = f"/admin/sync/spaces/{LAB}"

        desk.sees(space, "Bookings to Outlook", "First sync done", "In sync")
        desk.sees(space, "Outlook to bookings", "First sync done", "In sync")
        for tick in (
            "Under an active sync profile", "Account reaches the mailbox", "Calendar folder found", "Address linked",
        ):  # fmt: skip
            expect(desk.value(tick)).to_contain_text("Yes")
        expect(desk.value("Records in sync")).to_contain_text("of other people")
        expect(page.get_by_role("img", name="Last 24 hours:")).to_be_visible()
        expect(page.get_by_text("First reading of the whole calendar")).to_be_visible()
        found["a space that is well"] = (desk.violations(), desk.fits())

        desk.opens("/admin/sync")
        expect(page.get_by_role("heading", name="No space needs you")).to_be_visible()
        expect(desk.value("Account of Wexcombe Exchange")).to_contain_text("recognised")
        expect(desk.value("Addresses linked")).to_contain_text("12 of 12")
        expect(desk.value("Spaces under an active profile")).to_contain_text("12 of 12")
        found["all is well"] = (desk.violations(), desk.fits())

        page.get_by_role("link", name="Errors", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("0 errors")
        found["no errors"] = (desk.violations(), desk.fits())

        written = desk.writes()
        desk.breaks(mailbox=f"{LAB}@wexcombe.example", error="ErrorNonExistentMailbox")
        desk.sees(space, "Address linked", "knows no mailbox")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{ROOM}: mailbox not found")
        expect(desk.value("Link")).to_contain_text("Pair the space with its new address")
        expect(desk.value("Outlook to bookings")).to_contain_text("not known for certain")
        expect(page.get_by_role("link", name="Pair again")).to_be_visible()
        found["a space that is broken"] = (desk.violations(), desk.fits())

        desk.opens("/admin/sync")
        expect(page.get_by_role("heading", name="One space needs you")).to_be_visible()
        found["one is broken"] = (desk.violations(), desk.fits())

        desk.opens("/admin/sync/errors")
        page.get_by_label("Kind").focus()
        page.keyboard.type("Mailbox not found")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Look", exact=True).press("Enter")
        page.wait_for_url("**kind=mailbox_gone**")
        expect(page.get_by_role("row").filter(has_text=ROOM)).to_contain_text("Was the mailbox renamed or deleted?")
        found["errors"] = (desk.violations(), desk.fits())
        with page.expect_download() as download:
            page.get_by_role("link", name="Download as CSV").click()
        download.value.save_as(tmp_path / "errors.csv")
        with (tmp_path / "errors.csv").open(encoding="utf-8-sig", newline="") as table:
            assert {line["Space"] for line in csv.DictReader(table)} == {ROOM}

        assert desk.writes() == written
        assert {name: each for name, each in found.items() if each != ([], True)} == {}
