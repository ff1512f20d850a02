"""The Outlook-like page as a person uses it, without scripts, in a real browser."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from booking.sandbox.exchange import SeenItem
from tests.sandbox.exchange import ANN, OTHER_ROOM, ROOM, Exchange, london, utc
from tests.support.browser import PHONE

pytestmark = pytest.mark.browser


@pytest.fixture
def outlook(browser: Browser, exchange: Exchange) -> Iterator[Page]:
    """A page without JavaScript, at the sandbox's address."""
    with browser.new_context(java_script_enabled=False, base_url=_address(exchange), locale="en-GB") as context:
        yield context.new_page()


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"#{name}").fill(value)


def add(page: Page, mailbox: str, **fields: str) -> None:
    """Fill in a new entry on 27 October, and save it."""
    page.goto(f"/mailbox/{mailbox}/new?day=2026-10-27")
    fill(page, **fields)
    save(page)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def only(exchange: Exchange, mailbox: str = ROOM) -> SeenItem:
    (item,) = exchange.sandbox.items(mailbox)
    return item


class TestMailboxes:
    def test_lead_to_a_week(self, outlook: Page, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Choir", start=utc(27, 10), end=utc(27, 11))

        outlook.goto("/")
        expect(outlook.get_by_text("nothing leaves this machine")).to_be_visible()
        outlook.get_by_role("link", name="Reading Room").click()

        tuesday = outlook.get_by_role("region", name="Tue 27")
        expect(tuesday).to_contain_text("Choir")
        expect(tuesday).to_contain_text("10:00\N{EN DASH}11:00")


class TestWeek:
    def test_can_be_turned(self, outlook: Page, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Next week", start=utc(3, 10, month=11), end=utc(3, 11, month=11))

        outlook.goto(f"/mailbox/{ROOM}")
        expect(outlook.get_by_text("Next week")).to_have_count(0)
        outlook.get_by_role("link", name="Week after").click()

        expect(outlook.get_by_role("region", name="Tue 3")).to_contain_text("Next week")

    def test_shows_times_in_the_zone_that_is_chosen(self, outlook: Page, exchange: Exchange) -> None:
        exchange.sandbox.add_room(OTHER_ROOM, "Music Room", zone="America/New_York")
        exchange.sandbox.add_event(ROOM, subject="Choir", start=utc(27, 10), end=utc(27, 11))

        outlook.goto(f"/mailbox/{ROOM}")
        outlook.get_by_label("Time zone").select_option("America/New_York")
        outlook.get_by_role("button", name="Show").click()

        expect(outlook.get_by_role("region", name="Tue 27")).to_contain_text("06:00\N{EN DASH}07:00")

    def test_answers_nonsense_with_the_present_week(self, outlook: Page) -> None:
        outlook.goto(f"/mailbox/{ROOM}?week=never&zone=Mars")

        expect(outlook.get_by_role("status")).to_contain_text("There is no time zone Mars")
        expect(outlook.get_by_role("heading", name="26 October to 1 November 2026")).to_be_visible()

    def test_shows_an_all_day_entry_on_its_days_only(self, outlook: Page, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Stocktaking", start=utc(27, 0), end=utc(29, 0), all_day=True)

        outlook.goto(f"/mailbox/{ROOM}")

        expect(outlook.get_by_text("Stocktaking")).to_have_count(2)


class TestForm:
    def test_adds_an_entry(self, outlook: Page, exchange: Exchange) -> None:
        outlook.goto(f"/mailbox/{ROOM}/new?day=2026-10-27")
        fill(outlook, subject="Choir", start_time="18:00", end_time="20:30", body="Bring water")
        outlook.get_by_label("Show as").select_option(label="Out of office")
        outlook.get_by_label("Private").check()
        save(outlook)

        item = only(exchange)
        assert (item.subject, item.start, item.end) == ("Choir", utc(27, 18), utc(27, 20, 30))
        assert (item.busy, item.private, item.body) == ("OOF", True, "Bring water")
        expect(outlook.get_by_role("heading", name="Choir")).to_be_visible()

    def test_adds_whole_days(self, outlook: Page, exchange: Exchange) -> None:
        outlook.goto(f"/mailbox/{ROOM}/new?day=2026-10-24")
        fill(outlook, subject="Closed", end_date="2026-10-25")
        outlook.get_by_label("All day").check()
        save(outlook)

        assert (only(exchange).start, only(exchange).end) == (utc(23, 23), utc(26, 0))
        expect(outlook.get_by_text("Sat 24 Oct 2026 to Sun 25 Oct 2026, all day")).to_be_visible()

    @pytest.mark.parametrize(
        ("repeat", "until", "dates"), [("daily", "2026-10-29", 3), ("weekly", "2026-11-10", 3), ("weekly", "", 10)]
    )
    def test_adds_a_series(self, outlook: Page, exchange: Exchange, repeat: str, until: str, dates: int) -> None:
        outlook.goto(f"/mailbox/{ROOM}/new?day=2026-10-27")
        fill(outlook, subject="Again", until=until)
        outlook.locator("#repeat").select_option(repeat)
        save(outlook)

        found = exchange.account().calendar.view(london(26, 0), london(4, 0, month=1).replace(year=2027), max_items=100)
        assert len(list(found)) == dates

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"end_time": "09:00"}, "The end has to be after the start."),
            ({"end_date": "2026-10-26"}, "The end has to be after the start."),
            ({"start_date": ""}, "This is not a date"),
            ({"start_time": ""}, "This is not a time of day"),
            ({"until": "2026-10-01"}, "The last day has to be on or after the first."),
            ({"subject": "x" * 256}, "at most 255 letters"),
        ],
    )
    def test_keeps_what_was_typed_when_something_is_wrong(
        self, outlook: Page, exchange: Exchange, fields: dict[str, str], message: str
    ) -> None:
        add(outlook, ROOM, **({"subject": "Kept", "body": "Kept too"} | fields))

        expect(outlook.get_by_text(message)).to_be_visible()
        expect(outlook.locator("#subject")).to_have_value(fields.get("subject", "Kept"))
        expect(outlook.locator("#body")).to_have_value("Kept too")
        assert exchange.sandbox.items(ROOM) == []

    def test_moves_and_renames_an_entry(self, outlook: Page, exchange: Exchange) -> None:
        add(outlook, ROOM, subject="Choir")

        outlook.get_by_role("link", name="Edit").click()
        fill(outlook, subject="Orchestra", start_date="2026-10-28", end_date="2026-10-28", start_time="08:15")
        save(outlook)

        item = only(exchange)
        assert (item.subject, item.start, item.end) == ("Orchestra", utc(28, 8, 15), utc(28, 11))

    def test_refuses_to_move_a_date_past_the_next(self, outlook: Page, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Daily", start=utc(27, 10), end=utc(27, 11), repeat="daily")

        outlook.goto(f"/mailbox/{ROOM}")
        outlook.get_by_role("region", name="Wed 28").get_by_role("link", name="Daily").click()
        outlook.get_by_role("link", name="Edit this date").click()
        fill(outlook, start_date="2026-10-30", end_date="2026-10-30")
        save(outlook)

        expect(outlook.get_by_text("would pass the one before or after it")).to_be_visible()


class TestDelete:
    def test_takes_one_entry_away(self, outlook: Page, exchange: Exchange) -> None:
        add(outlook, ROOM, subject="Choir")

        outlook.get_by_role("button", name="Delete").click()

        assert exchange.sandbox.items(ROOM) == []
        expect(outlook.get_by_role("heading", name="Reading Room")).to_be_visible()

    def test_takes_one_date_or_the_whole_series_away(self, outlook: Page, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Daily", start=utc(27, 10), end=utc(27, 11), repeat="daily")

        outlook.goto(f"/mailbox/{ROOM}")
        outlook.get_by_role("region", name="Wed 28").get_by_role("link", name="Daily").click()
        outlook.get_by_role("button", name="Delete this date").click()
        expect(outlook.get_by_role("link", name="Daily")).to_have_count(5)
        outlook.get_by_role("link", name="Daily").first.click()
        outlook.get_by_role("link", name="Open the series").click()
        outlook.get_by_role("button", name="Delete the whole series").click()

        assert exchange.sandbox.items(ROOM) == []

    def test_of_what_is_gone_says_so(self, outlook: Page, exchange: Exchange) -> None:
        add(outlook, ROOM, subject="Choir")
        exchange.sandbox.delete(ROOM, only(exchange).id)

        outlook.get_by_role("button", name="Delete").click()

        expect(outlook.get_by_text("no longer there")).to_be_visible()


class TestMeeting:
    def test_is_answered_by_each_room_and_cancelled_again(self, outlook: Page, exchange: Exchange) -> None:
        exchange.sandbox.add_event(OTHER_ROOM, subject="Taken", start=utc(27, 10), end=utc(27, 11))

        outlook.goto(f"/mailbox/{ANN}/new?day=2026-10-27")
        fill(outlook, subject="Budget")
        outlook.get_by_label("Reading Room").check()
        outlook.get_by_label("Music Room").check()
        save(outlook)
        expect(outlook.get_by_text("Reading Room: accepted")).to_be_visible()
        expect(outlook.get_by_text("Music Room: declined")).to_be_visible()
        invited = only(exchange).subject
        outlook.get_by_role("button", name="Cancel the meeting").click()

        assert invited == "Ann Lee"
        assert exchange.sandbox.items(ROOM) == []

    def test_follows_a_move_and_loses_a_room_that_is_no_longer_wanted(self, outlook: Page, exchange: Exchange) -> None:
        exchange.sandbox.invite(ANN, rooms=[ROOM, OTHER_ROOM], subject="Budget", start=utc(27, 10), end=utc(27, 11))

        outlook.goto(f"/mailbox/{ANN}")
        outlook.get_by_role("link", name="Budget").click()
        outlook.get_by_role("link", name="Edit").click()
        fill(outlook, start_time="14:00", end_time="15:00")
        outlook.get_by_label("Music Room").uncheck()
        save(outlook)

        assert only(exchange).start == utc(27, 14)
        assert exchange.sandbox.items(OTHER_ROOM) == []

    def test_belongs_to_its_organizer(self, outlook: Page, exchange: Exchange) -> None:
        exchange.sandbox.invite(ANN, rooms=[ROOM], subject="Budget", start=utc(27, 10), end=utc(27, 11))

        outlook.goto(f"/mailbox/{ROOM}")
        outlook.get_by_role("link", name="Ann Lee").click()

        expect(outlook.get_by_text("does not reach the organiser")).to_be_visible()


class TestDetails:
    def test_show_the_stamp(self, outlook: Page, exchange: Exchange) -> None:
        item = exchange.event(exchange.account(), stamp="house:abc:1")

        outlook.goto(f"/mailbox/{ROOM}")
        outlook.get_by_role("link", name="Choir").click()
        outlook.get_by_text("Details").click()

        expect(outlook.get_by_text("house:abc:1")).to_be_visible()
        expect(outlook.get_by_text(item.id, exact=True)).to_be_visible()


class TestEveryPage:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_is_readable_for_all_and_fits_a_phone(
        self, browser: Browser, exchange: Exchange, scheme: Literal["light", "dark"]
    ) -> None:
        exchange.sandbox.add_event(ROOM, subject="A" * 80, start=utc(27, 10), end=utc(27, 11), repeat="daily")
        exchange.sandbox.invite(ANN, rooms=[ROOM], subject="Budget", start=utc(28, 14), end=utc(28, 15))
        with browser.new_context(base_url=_address(exchange), viewport=PHONE, color_scheme=scheme) as context:
            page = context.new_page()
            for visit in ("/", f"/mailbox/{ROOM}", f"/mailbox/{ANN}/new", f"/mailbox/{ANN}/new?zone=Mars", "/nothing"):
                page.goto(visit)
                _require_fit(page)
            page.goto(f"/mailbox/{ANN}")
            page.get_by_role("link", name="Budget").click()
            _require_fit(page)
            page.get_by_role("link", name="Edit").click()
            fill(page, end_time="01:00")
            save(page)
            expect(page.get_by_role("alert")).to_be_visible()
            _require_fit(page)

    def test_says_when_there_is_none(self, outlook: Page) -> None:
        answers = [
            outlook.goto(path)
            for path in ("/nothing", "/mailbox/nobody@wexcombe.example", f"/mailbox/{ROOM}/item?id=x")
        ]

        assert [answer.status for answer in answers if answer] == [404, 404, 404]
        expect(outlook.get_by_role("link", name="All mailboxes")).to_be_visible()


def _address(exchange: Exchange) -> str:
    return f"http://localhost:{exchange.sandbox.port}"  # the only host that the tests' browser finds


def _require_fit(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
