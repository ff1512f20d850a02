"""Folders in a browser, on a real process: a public folder is ticked for a space, blocks it, and frees it again.

The stand-in Exchange is judged too: nothing is ever written there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from booking import clock
from booking.config import Settings
from booking.domain.states import FolderState
from booking.sandbox.exchange import ExchangeSandbox
from booking.store.models import RemoteFolderRow
from tests.browser.patron import Patron
from tests.cli import house as houses
from tests.cli.house import ACCOUNT, House, address
from tests.support import processes, waiting
from tests.support.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

STAFF, PASSWORD = "mina@library.example", "a long enough password"
ROOM, TITLE = "Study Room 2", "Stocktaking of the vault"
WRITES = {"CreateItem", "UpdateItem", "DeleteItem", "MoveItem", "SendItem", "CreateFolder", "DeleteFolder"}


@dataclass(frozen=True)
class Desk:
    """An administrator at the page of folders, and the Exchange that their library is connected to."""

    page: Page
    site: str
    house: House
    day: date

    @property
    def exchange(self) -> ExchangeSandbox:
        return self.house.exchange

    def opens(self) -> None:
        self.page.goto(f"{self.site}/admin/exchange/folders")

    def sees(self, words: str) -> None:
        """Look again until the page has these words."""

        def look() -> bool:
            self.opens()
            return self.page.get_by_text(words).count() > 0

        waiting.until(look, what=f"the page to say “{words}”", seconds=30, every=0.3)

    def is_free(self) -> bool:
        return Patron(self.page, self.site).is_free("central", ROOM, self.day, "10:00")

    def lets_the_guard_pass(self) -> None:
        """Let the time be over for which an unticked folder stays taken."""
        with self.house.opened() as session:
            row = session.scalars(select(RemoteFolderRow).where(RemoteFolderRow.state == FolderState.LEAVING)).one()
            assert row.free_at is not None
            row.free_at -= timedelta(minutes=1)

    def violations(self) -> list[str]:
        found = Axe().run(self.page).response["violations"]
        return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]

    def is_too_wide(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.fixture
def desk(page: Page, settings: Settings) -> Iterator[Desk]:
    """Give somebody signed in, beside whose library public folders stand; one has an event in two days."""
    noon = (clock.now() + timedelta(days=2)).replace(hour=12, minute=0, second=0, microsecond=0)
    with ExchangeSandbox() as exchange:
        house = houses.furnished(settings, exchange).paired("study-1")
        _fill(exchange, noon)
        who = ["--first", "Mina", "--last", "Okafor", "--role", "administrator", "--password-stdin"]
        assert house.runs("staff", "add", STAFF, *who, typed=f"{PASSWORD}\n").exit_code == 0
        with _serving(house) as site:
            page.goto(f"{site}/sign-in")
            page.get_by_label("E-mail address").fill(STAFF)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/admin**")
            yield Desk(page, site, house, noon.date())


def _fill(exchange: ExchangeSandbox, noon: datetime) -> None:
    above = exchange.add_public_folder("Library", folder_class="IPF.Note")
    closures = exchange.add_public_folder("Closures and other plans of the whole house", above)
    exchange.add_public_folder("Tours", above)
    start, end = noon - timedelta(hours=4), noon + timedelta(hours=4)
    exchange.add_event("", folder=closures, subject=TITLE, location="Vault", start=start, end=end)
    exchange.add_event(ACCOUNT, subject="Tender", location="Town hall", start=start, end=end)
    exchange.add_event(ACCOUNT, subject="Tender", attendees=[address("study-1")], start=start, end=end)


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
        assert TITLE not in process.output


class TestAPublicFolder:
    def test_blocks_the_space_it_is_ticked_for_and_frees_it_after_the_guard(self, desk: Desk) -> None:
        page = desk.page
        found: dict[str, list[str]] = {}
        assert desk.is_free()

        desk.opens()
        found["empty"] = desk.violations()
        page.get_by_role("button", name="Sync folders").click()
        closures = page.get_by_role("checkbox", name="Closures and other plans of the whole house")
        expect(closures).to_be_visible(timeout=20_000)
        expect(page.get_by_text("2 calendars")).to_be_visible()
        closures.check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Choose the space that this folder blocks.").first).to_be_visible()
        expect(closures).to_be_checked()
        found["a mistake"] = desk.violations()
        page.get_by_label("blocks through Library, Closures and other plans").select_option(ROOM)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("One folder blocks a space")
        desk.sees("one time to come")
        found["ticked"] = desk.violations()
        page.set_viewport_size(PHONE)
        assert not desk.is_too_wide()
        page.set_viewport_size(DESKTOP)
        assert not desk.is_free()
        expect(page.locator("main")).not_to_contain_text(TITLE)

        desk.opens()
        closures.uncheck()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Free this time?")
        found["asked"] = desk.violations()
        page.get_by_role("button", name="Free it").click()
        expect(page.get_by_text(f"{ROOM} is freed at")).to_be_visible()
        found["leaving"] = desk.violations()
        assert not desk.is_free()
        desk.lets_the_guard_pass()

        waiting.until(desk.is_free, what="the space to be free again", seconds=30, every=0.3)
        assert found == {state: [] for state in found}
        assert not WRITES & {each.operation for each in desk.exchange.requests()}


class TestTheAccountsOwnCalendar:
    def test_blocks_whom_it_is_about_and_lists_the_rest(self, desk: Desk) -> None:
        page = desk.page

        desk.opens()
        page.get_by_role("button", name="Sync events from the account’s own calendar").click()
        desk.sees("One event is about no space")

        expect(page.get_by_role("table")).to_contain_text("Town hall")
        expect(page.get_by_text("blocks one time to come")).to_be_visible()
        expect(page.locator("main")).not_to_contain_text("Tender")
        assert desk.violations() == []
        page.set_viewport_size(PHONE)
        assert not desk.is_too_wide()
