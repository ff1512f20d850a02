"""Pre-flight in the staff pages: what is pasted or entered, the table, and what makes a room exclusive."""

import html
from collections.abc import Callable

import pytest

from booking.domain.permissions import Role
from booking.domain.states import Authority
from booking.sandbox.exchange import ExchangeSandbox
from booking.services import processing
from booking.services.processing import Known
from booking.store import queries
from booking.store.database import reading
from tests.admin.staff import ROOM, SECRET, SERVICE, Staff
from tests.support import pages
from tests.support.pages import Library, at

AtWork = Callable[[Role], Staff]

CLOSED = """
AutomateProcessing     : AutoAccept
AllowConflicts         : False
AllBookInPolicy        : False
BookInPolicy           : {svc-rooms@wexcombe.example}
AllRequestInPolicy     : False
RequestInPolicy        : {}
AllRequestOutOfPolicy  : False
RequestOutOfPolicy     : {}
"""


@pytest.fixture
def connected(at_work: AtWork, library: Library, exchange: ExchangeSandbox) -> Staff:
    """Give an administrator of a library that is connected to the stand-in Exchange."""
    staff = at_work(Role.ADMINISTRATOR)
    values = {
        "name": "City Exchange",
        "server": exchange.url,
        "username": SERVICE,
        "email": SERVICE,
        "password": SECRET,
        "sign_in": "basic",
        "rights": "impersonation",
        "do": "test",
    }
    assert staff.sends(f"/admin/locations/{library.location}/exchange", values).status_code == 200
    return staff


@pytest.fixture
def paired(connected: Staff, library: Library) -> Staff:
    """Give them with the room paired."""
    assert connected.sends(f"/admin/spaces/{library.room}/exchange", {"address": ROOM}).status_code == 200
    return connected


def words(page: str) -> str:
    """Return what a page says, with quotation marks as people read them."""
    return html.unescape(pages.words(page))


def address(library: Library) -> str:
    return f"/admin/spaces/{library.room}/exchange/pre-flight"


def known(staff: Staff, library: Library) -> Known:
    """Return what is kept of the mailbox's rules."""
    room = staff.space(library.room)
    with staff.app.app_context(), reading() as session:
        return processing.of_space(session, room.id)


def authority(staff: Staff, library: Library) -> Authority:
    room = staff.space(library.room)
    with staff.app.app_context(), reading() as session:
        link = queries.links.row_of_space(session, room.id)
    assert link is not None
    return link.authority


class TestPreflight:
    def test_says_that_nobody_can_read_the_rules_and_what_to_run(self, paired: Staff, library: Library) -> None:
        page = words(paired.opens(address(library)).text)

        assert "EWS, the way in which calendar programs speak with Exchange, cannot read them" in page
        assert f"Get-CalendarProcessing -Identity '{ROOM}' | Format-List" in page
        assert "12 not known" in page
        assert "Seen: No entry of others there." in page  # pairing looked by itself

    def test_of_a_space_that_is_not_paired_compares_and_keeps_nothing(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)

        answer = staff.sends(address(library), {"output": "AllowConflicts : True"})

        page = words(answer.text)
        assert answer.status_code == 200
        assert "Gaskell Room is not paired yet" in page
        assert "One clash" in page
        assert "They are not kept" in page
        assert known(staff, library) == processing.NOTHING

    def test_is_not_for_librarians(self, at_work: AtWork, library: Library) -> None:
        assert at_work(Role.LIBRARIAN).opens(address(library)).status_code == 403


class TestAPaste:
    def test_is_kept_and_compared_with_a_line_for_each_rule(self, paired: Staff, library: Library) -> None:
        text = "\ufeffAllowConflicts      : Wahr\r\nBookingWindowInDays : 1.080\r\nDeleteSubject : True\r\n"

        answer = paired.sends(address(library), {"output": text})
        page = words(paired.opens(address(library)).text)

        assert answer.status_code == 303
        assert known(paired, library).rules.booking_window_in_days == 1080
        assert "Kept: 3 settings of this mailbox." in page
        assert "Outlook accepts meetings on top of bookings." in page
        assert f"Set-CalendarProcessing -Identity '{ROOM}' -AllowConflicts $false" in page
        assert "9 not known" in page

    def test_with_a_mistake_is_not_lost_and_kept_in_part_when_asked_for(self, paired: Staff, library: Library) -> None:
        text = "AllowConflicts : <b>perhaps</b>\nBookingWindowInDays : 30"

        answer = paired.sends(address(library), {"output": text})
        before = known(paired, library).rules.number_known
        then = paired.sends(address(library), {"output": text, "do": "keep"})

        page = words(answer.text)
        assert answer.status_code == 422
        assert "Line 1: AllowConflicts : <b>perhaps</b> True or False belongs there" in page
        assert "1 setting was understood" in page
        assert html.escape(text) in answer.text
        assert "<b>perhaps" not in answer.text
        assert (before, then.status_code, known(paired, library).rules.number_known) == (0, 303, 1)

    def test_that_says_nothing_is_explained(self, paired: Staff, library: Library) -> None:
        answer = paired.sends(address(library), {"output": " \n"})

        assert answer.status_code == 422
        assert "There is nothing in it." in words(answer.text)

    def test_leaves_what_it_does_not_mention(self, paired: Staff, library: Library) -> None:
        paired.sends(address(library), {"output": "EnforceCapacity : True"})

        paired.sends(address(library), {"output": "AllowConflicts : False"})

        assert known(paired, library).rules.enforce_capacity is True


class TestByHand:
    def test_keeps_what_is_chosen_and_shows_it_again(self, paired: Staff, library: Library) -> None:
        values = {"AllowConflicts": "True", "BookingWindowInDays": "30", "BookInPolicy": "Nobody"}

        answer = paired.sends(f"{address(library)}/by-hand", values)

        assert answer.status_code == 303
        rules = known(paired, library).rules
        assert (rules.allow_conflicts, rules.booking_window_in_days, rules.book_in_policy) == (True, 30, ())
        page = paired.opens(f"{address(library)}/by-hand").text
        assert 'value="30"' in page
        assert ">Nobody</textarea>" in page.replace("\r\n", "")

    def test_keeps_nothing_with_a_mistake_and_says_where(self, paired: Staff, library: Library) -> None:
        answer = paired.sends(f"{address(library)}/by-hand", {"BookingWindowInDays": "2000"})

        assert answer.status_code == 422
        assert "A whole number from 0 to 1080 belongs there, not “2000”." in words(answer.text)
        assert 'value="2000"' in answer.text
        assert known(paired, library).rules.number_known == 0

    def test_needs_a_pairing(self, connected: Staff, library: Library) -> None:
        assert connected.opens(f"{address(library)}/by-hand").status_code == 303


class TestExclusive:
    def test_stands_when_the_rules_say_so_and_somebody_looked_at_the_rights(
        self, paired: Staff, library: Library
    ) -> None:
        paired.sends(address(library), {"output": CLOSED})

        without = paired.sends(f"{address(library)}/exclusive", form_on=address(library))
        then = paired.sends(f"{address(library)}/exclusive", {"rights_seen": "y"}, form_on=address(library))

        assert without.status_code == 422
        assert "Look at the rights first" in words(without.text)
        assert then.status_code == 303
        assert authority(paired, library) is Authority.EXCLUSIVE
        assert "Mark as shared" in paired.opens(address(library)).text

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("AllBookInPolicy : True", "Everybody may book it"),
            (CLOSED.replace("{svc-rooms", "{maya@wexcombe.example, svc-rooms"), "maya@wexcombe.example may get it too"),
        ],
    )
    def test_is_refused_when_the_rules_let_others_in(
        self, paired: Staff, library: Library, text: str, why: str
    ) -> None:
        paired.sends(address(library), {"output": text})

        pairing = f"/admin/spaces/{library.room}/exchange"
        paired.sends(f"{address(library)}/exclusive", {"rights_seen": "y"}, form_on=address(library))
        told = words(paired.opens(address(library)).text)
        paired.sends(f"{pairing}/exclusive", form_on=pairing)  # the other button, for who knows it

        assert why in told
        assert authority(paired, library) is Authority.SHARED


class TestALook:
    def test_tells_what_the_calendar_shows_and_keeps_only_numbers(
        self, paired: Staff, library: Library, exchange: ExchangeSandbox
    ) -> None:
        for title in ("Board meeting", "Reading circle"):
            when = at(library.tomorrow, 10, 12)
            exchange.add_event(ROOM, subject=title, start=when.start, end=when.end)
        paired.sends(address(library), {"output": "AllowConflicts : False"})

        paired.sends(f"{address(library)}/look", form_on=address(library))

        page = words(paired.opens(address(library)).text)
        assert "2 entries of others that overlap there." in page
        assert "somebody writes into the calendar without an invitation" in page
        assert "Board meeting" not in page

    def test_that_fails_says_why(self, paired: Staff, library: Library, exchange: ExchangeSandbox) -> None:
        exchange.set_password(SERVICE, "changed")

        paired.sends(f"{address(library)}/look", form_on=address(library))

        assert "The calendar could not be read" in words(paired.opens(address(library)).text)
