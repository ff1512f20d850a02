"""Which field goes where in Outlook, in a browser, on a real process: previewed as it is chosen, saved, and written."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from booking.config import Settings
from booking.sandbox.exchange import ExchangeSandbox, SeenItem
from booking.store.models import Location
from tests import build
from tests.cli import house as houses
from tests.cli.house import House, address
from tests.support import processes, waiting
from tests.support.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

STAFF, PASSWORD = "mina@library.example", "a long enough password"
ROOM = address("study-1")


@dataclass(frozen=True)
class Desk:
    """An administrator before the fields of the only profile, and the Exchange that their library is connected to."""

    page: Page
    site: str
    exchange: ExchangeSandbox

    @property
    def fields(self) -> str:
        return f"{self.site}/admin/exchange/profiles/1/fields"

    def entry(self) -> SeenItem:
        (only,) = self.exchange.items(ROOM)
        return only

    def writes(self) -> list[str]:
        operations = [each.operation for each in self.exchange.requests()]
        return [each for each in operations if each in {"CreateItem", "UpdateItem", "DeleteItem"}]

    def violations(self) -> list[str]:
        found = Axe().run(self.page).response["violations"]
        return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]


@pytest.fixture
def desk(page: Page, settings: Settings) -> Iterator[Desk]:
    """Give somebody signed in, whose study room has one booking in Outlook, under a profile of its location."""
    with ExchangeSandbox() as exchange:
        house = houses.furnished(settings, exchange).paired("study-1")
        with house.opened() as session:
            where = session.scalars(select(Location).where(Location.slug == "central")).one()
            build.profile(session, location_id=where.id, name="Central Library")
        house.books("study-1", 10)
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


def stands_firm(desk: Desk) -> bool:
    """Open the page, and tell whether the entry counts as one that stands in Outlook as it was wanted."""
    desk.page.goto(desk.fields)
    return desk.page.get_by_text("Nothing would be written anew").is_visible()


class TestTheFieldsOfAProfile:
    def test_are_previewed_as_they_are_chosen_and_written_when_asked_for(self, desk: Desk) -> None:
        page, found = desk.page, {}
        preview = page.get_by_role("region", name="A booking with everything")
        waiting.until(lambda: len(desk.exchange.items(ROOM)) == 1, what="the booking to stand in Outlook")
        assert (desk.entry().subject, desk.entry().categories) == ("Ada Lovelace", ())

        waiting.until(lambda: stands_firm(desk), what="the entry to be read back")
        expect(preview).to_contain_text("Priya Raman")
        expect(page.get_by_text("Nothing would be written anew")).to_be_visible()
        found["as built in"] = desk.violations()
        page.get_by_label("Subject, part 1").select_option("category")
        expect(preview).to_contain_text("Study rooms")
        page.get_by_label("Subject, part 2").select_option("title")
        page.get_by_label("Categories that every entry gets").press_sequentially("Library booking")
        expect(preview).to_contain_text("Library booking")
        page.get_by_label("Reminder").select_option("15")
        expect(preview).to_contain_text("15 minutes before")
        expect(page.get_by_text("1 of 1 entry still to come would read differently")).to_be_visible()
        found["chosen"] = desk.violations()
        page.get_by_label("Subject, part 2").select_option("category")
        expect(page.get_by_text("Choose each field once.")).to_be_visible()
        found["a mistake"] = desk.violations()
        page.get_by_label("Subject, part 2").select_option("name")
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.get_by_role("button", name="Save", exact=True).click()

        expect(page.get_by_text("Saved. It holds for what is written to Outlook from now on.")).to_be_visible()
        assert desk.entry().subject == "Ada Lovelace"
        found["saved"] = desk.violations()
        page.get_by_role("button", name="Write this entry anew now").click()
        expect(page.get_by_text("One entry is being written anew.")).to_be_visible()
        waiting.until(lambda: desk.entry().categories != (), what="the entry to be written anew")
        assert (desk.entry().subject, desk.entry().categories) == ("Rooms, Ada Lovelace", ("Library booking",))
        assert desk.entry().reminder_minutes == 15
        assert desk.writes() == ["CreateItem", "UpdateItem"]

        page.goto(f"{desk.exchange.url}/mailbox/{ROOM}/item?id={quote(desk.entry().id, safe='')}")
        expect(page.get_by_role("listitem").filter(has_text="Library booking")).to_be_visible()
        expect(page.get_by_text("15 minutes before")).to_be_visible()
        assert {state: each for state, each in found.items() if each} == {}
