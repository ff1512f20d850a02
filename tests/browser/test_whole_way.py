"""The whole way, on real processes and in a real browser: from the site to Outlook, and back.

The night study room is open day and night, so these tests mean the same on every day of the year.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from booking import clock
from booking.cli.sample.exchange import MAYA
from booking.cli.sample.moments import LONDON
from booking.domain.permissions import Role
from tests.browser.letters import Letters
from tests.browser.outlook import Entry, Outlook
from tests.browser.patron import PATIENCE_MS, Patron, Person
from tests.support.demo import Demo, running_demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("whole-way"), pytest.mark.timeout(400)]

#: Free/busy is read this often, so that a minute's waiting is a few seconds here.
QUICK = {"BOOKING_NEAR_EVERY": "4", "BOOKING_SECOND_LOOK": "2"}

CENTRAL, ROOM, MAILBOX = "central-library", "Night Study Room", "night-study-room@wexcombe.example"
ZOE = Person("Zoë", "Quill", "zoe.quill@example.org")
IAN = Person("Ian", "Mover", "ian.mover@example.org")
EVE = Person("Eve", "Goner", "eve.goner@example.org")
KAI = Person("Kai", "Keys", "kai.keys@example.org")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Give a running sample library that reads its calendars every few seconds."""
    with running_demo(tmp_path_factory.mktemp("whole-way"), environ=QUICK) as demo:
        yield demo
        assert "Traceback" not in demo.process.output


@pytest.fixture
def patron(page: Page, demo: Demo) -> Patron:
    """Give somebody on the site."""
    return Patron(page, demo.site)


@pytest.fixture
def outlook(page: Page, demo: Demo) -> Outlook:
    """Give somebody in Outlook, in the same browser."""
    return Outlook(page, demo.outlook)


@pytest.fixture
def letters(demo: Demo) -> Letters:
    """Give the mails that went out."""
    return Letters(demo.data / "mail")


def in_days(number: int) -> date:
    """Return a day from now, in London: within the week that is read most often."""
    today: datetime = clock.now().astimezone(ZoneInfo(LONDON))
    return today.date() + timedelta(days=number)


class TestABookingOnTheWeb:
    def test_stands_in_outlook_and_outlook_follows(self, patron: Patron, outlook: Outlook, letters: Letters) -> None:
        day = in_days(2)

        booking = patron.book(CENTRAL, ROOM, day, "08:00", "09:30", who=ZOE, title="Whole way")
        sync_id = patron.sync_id()

        item = outlook.find(MAILBOX, day, "Zoë Quill")
        assert "08:00\N{EN DASH}10:00" in outlook.titles(MAILBOX, day)[0]
        text = outlook.text_of(item)
        assert "Zoë Quill" in text
        assert ZOE.email in text
        assert f"{patron.site}/admin/bookings/{ref_of(booking)}" in text  # for staff: the secret link is the booker's
        assert booking not in text
        outlook.page.get_by_text("Details").click()
        assert sync_id.rstrip("…") in outlook.page.locator("main").inner_text()
        letters.wait_for(ZOE.email, "is confirmed")

        patron.change(booking, start="10:00", end="11:30")

        outlook.find(MAILBOX, day, "10:00\N{EN DASH}11:30")
        assert len([line for line in outlook.titles(MAILBOX, day) if "Zoë Quill" in line]) == 1
        letters.wait_for(ZOE.email, "was changed")

        patron.cancel(booking)

        outlook.sees_nothing_of(MAILBOX, day, "Zoë Quill")
        letters.wait_for(ZOE.email, "was cancelled")
        assert len(letters.to(ZOE.email)) == 3
        patron.see(CENTRAL, ROOM, day, "10:00", free=True)


class TestAMeetingInOutlook:
    def test_takes_its_slot_exactly_when_it_blocks(self, patron: Patron, outlook: Outlook) -> None:
        day = in_days(3)
        blocking = [
            Entry("Single", day, "08:00", "09:00"),
            Entry("Weekly", day, "09:00", "10:00", weekly=True),
            Entry("Private", day, "10:00", "11:00", private=True),
            Entry("Elsewhere", day, "11:00", "12:00", show_as="Working elsewhere"),
            Entry("Away", day, "12:00", "13:00", show_as="Out of office"),
        ]
        others = [
            Entry("Free", day, "18:00", "19:00", show_as="Free"),
            Entry("Tentative", day, "19:00", "20:00", show_as="Tentative"),
        ]
        for entry in others:
            outlook.add(MAILBOX, entry)
        for entry in blocking:
            assert patron.is_free(CENTRAL, ROOM, day, entry.start)
            outlook.add(MAILBOX, entry)
            patron.see(CENTRAL, ROOM, day, entry.start, free=False)

        # The last entry was read after these were written, so they have been read too.
        for entry in others:
            patron.see(CENTRAL, ROOM, day, entry.start, free=True)
        expect(patron.page.locator("main")).not_to_contain_text("Private")
        patron.see(CENTRAL, ROOM, day + timedelta(days=7), "09:00", free=False)

    def test_of_all_day_takes_the_day_and_no_more(self, patron: Patron, outlook: Outlook) -> None:
        day = in_days(5)

        outlook.add(MAILBOX, Entry("Deep clean", day, all_day=True))

        patron.see(CENTRAL, ROOM, day, "12:00", free=False)
        assert not patron.is_free(CENTRAL, ROOM, day, "04:00")
        assert not patron.is_free(CENTRAL, ROOM, day, "20:30")
        patron.see(CENTRAL, ROOM, day + timedelta(days=1), "12:00", free=True)

    def test_to_which_the_room_was_invited_follows_its_organiser(self, patron: Patron, outlook: Outlook) -> None:
        day = in_days(4)

        accepted = outlook.add(MAYA, Entry("Board", day, "08:00", "09:00", rooms=(ROOM,)))
        first_answer = outlook.answer_of(accepted, ROOM)
        declined = outlook.add(MAYA, Entry("Too late", day, "08:30", "10:00", rooms=(ROOM,)))
        moving = outlook.add(MAYA, Entry("Moving", day, "11:00", "12:00", rooms=(ROOM,)))

        assert (first_answer, outlook.answer_of(declined, ROOM)) == ("accepted", "declined")
        patron.see(CENTRAL, ROOM, day, "11:00", free=False)
        assert not patron.is_free(CENTRAL, ROOM, day, "08:00")
        assert patron.is_free(CENTRAL, ROOM, day, "09:30")

        moving = outlook.move(moving, start="12:30", end="13:30")

        patron.see(CENTRAL, ROOM, day, "12:30", free=False)
        patron.see(CENTRAL, ROOM, day, "11:00", free=True)

        outlook.delete(moving)

        patron.see(CENTRAL, ROOM, day, "12:30", free=True)


class TestOurEntryInOutlook:
    def test_moved_there_moves_the_booking_and_the_booker_hears_once(
        self, patron: Patron, outlook: Outlook, letters: Letters
    ) -> None:
        day = in_days(2)
        booking = patron.book(CENTRAL, ROOM, day, "18:00", "18:30", who=IAN)
        patron.sync_id()
        letters.wait_for(IAN.email, "is confirmed")

        outlook.move(outlook.find(MAILBOX, day, "Ian Mover"), start="19:30", end="20:30")

        letter = letters.wait_for(IAN.email, "was moved by the library")
        assert "19:30 to 20:30" in letter.get_content()
        patron.sees_words(booking, "19:30")
        patron.see(CENTRAL, ROOM, day, "18:00", free=True)
        assert not patron.is_free(CENTRAL, ROOM, day, "19:30")
        assert [line for line in outlook.titles(MAILBOX, day) if "Ian Mover" in line and "19:30" in line]
        assert len(letters.to(IAN.email)) == 2

    def test_deleted_there_cancels_the_booking_and_the_booker_hears_once(
        self, patron: Patron, outlook: Outlook, letters: Letters
    ) -> None:
        day = in_days(2)
        booking = patron.book(CENTRAL, ROOM, day, "21:00", "21:30", who=EVE)
        patron.sync_id()
        letters.wait_for(EVE.email, "is confirmed")

        outlook.delete(outlook.find(MAILBOX, day, "Eve Goner"))

        letters.wait_for(EVE.email, "was cancelled by the library")
        patron.sees_words(booking, "Cancelled")
        patron.see(CENTRAL, ROOM, day, "21:00", free=True)
        assert len(letters.to(EVE.email)) == 2


class TestAKeyboardAlone:
    def test_books_a_room(self, page: Page, demo: Demo) -> None:
        tomorrow = in_days(1)
        page.goto(demo.site)
        tab_to(page, "See rooms of Central Library")
        page.keyboard.press("Enter")
        page.wait_for_url("**/locations/central-library*")
        tab_to(page, f"{tomorrow:%A} {tomorrow.day} {tomorrow:%B}")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**date={tomorrow}*")
        tab_to(page, "Book ")
        for _ in range(60):  # rooms above it may have no free time that day
            if f"Book {ROOM}" in focused(page):
                break
            page.keyboard.press("ArrowDown")
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Shift+ArrowRight")
        tab_to(page, "Book this time")
        page.keyboard.press("Enter")
        page.wait_for_url("**/bookings/new*")
        for label, words in (
            ("First name", KAI.first_name),
            ("Last name", KAI.last_name),
            ("E-mail address", KAI.email),
        ):
            tab_to(page, label)
            page.keyboard.type(words)
        tab_to(page, f"Book {ROOM}")
        page.keyboard.press("Enter")

        expect(page.get_by_text("Sync ID", exact=True)).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("main")).to_contain_text("Kai Keys")


class TestAxe:
    def test_finds_nothing_on_the_way(self, page: Page, demo: Demo, patron: Patron, outlook: Outlook) -> None:
        day = in_days(1)
        booking = patron.book(CENTRAL, "Night Study Room", day, "09:00", "09:30", who=KAI)
        login, password = demo.sign_in_of(Role.ADMINISTRATOR)
        found = {}
        for address in (
            demo.site,
            f"{demo.site}/locations/{CENTRAL}?date={day}&view=grid",
            f"{demo.site}/locations/{CENTRAL}?date={day}&view=list",
            f"{demo.site}/spaces/night-study-room",
            f"{demo.site}/spaces/night-study-room/bookings/new?start={day}T11:00:00Z&end={day}T12:00:00Z",
            booking,
            f"{booking}/change",
            f"{booking}/cancel",
            f"{demo.site}/sign-in",
            demo.outlook,
            f"{demo.outlook}/mailbox/{MAILBOX}",
            f"{demo.outlook}/mailbox/{MAYA}/new",
            outlook.find(MAILBOX, day, "Kai Keys"),
        ):
            page.goto(address)
            found[address] = violations(page)
        page.goto(f"{demo.site}/sign-in")
        page.get_by_label("E-mail address").fill(login)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.goto(f"{demo.site}/admin/locations/{CENTRAL}/day?date={day}")
        found["staff grid"] = violations(page)

        assert {address: each for address, each in found.items() if each} == {}


def ref_of(booking: str) -> str:
    """Return the reference in the address of a booking's page."""
    return booking.split("/")[-2]


def focused(page: Page) -> str:
    """Return the accessible words of what has the focus: its text, or its label."""
    words: str = page.evaluate(
        "() => { const e = document.activeElement, icon = e.querySelector('[aria-label]'),"
        " by = e.getAttribute('aria-labelledby');"
        " if (by) return by.split(' ').map(id => document.getElementById(id).textContent).join(' ');"
        " return (e.labels && e.labels.length && e.labels[0].innerText) || e.getAttribute('aria-label')"
        " || e.textContent.trim() || (icon ? icon.getAttribute('aria-label') : ''); }"
    )
    return " ".join(words.split())


def tab_to(page: Page, words: str) -> None:
    """Press Tab until something that begins with these words has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if focused(page).startswith(words):
            return
    raise AssertionError(f"Tab never came to “{words}”; it stands on “{focused(page)}”")


def violations(page: Page) -> list[str]:
    """Return what axe finds on the page: rule and place."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]
