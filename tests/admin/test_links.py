from collections.abc import Callable

import pytest

from booking.domain.permissions import Role
from booking.domain.states import LinkState
from booking.sandbox.exchange import ExchangeSandbox
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, Space
from booking.store.queries.links import LinkRow
from booking.sync import worker
from tests import build
from tests.admin.staff import READ_ONLY, ROOM, SECRET, SERVICE, Staff
from tests.support.pages import Library, at, words

AtWork = Callable[[Role], Staff]


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


def address(library: Library) -> str:
    return f"/admin/spaces/{library.room}/exchange"


def stored(staff: Staff, library: Library) -> LinkRow | None:
    """Return the pairing of the room."""
    room = staff.space(library.room)
    with staff.app.app_context(), reading() as session:
        return queries.links.row_of_space(session, room.id)


def booked(staff: Staff, library: Library, *hours: int) -> None:
    """Book the room tomorrow, an hour each, as it was before any pairing."""
    room = staff.space(library.room)
    with staff.app.app_context(), transaction() as session:
        for hour in hours:
            build.booking(session, session.get_one(Space, room.id), at(library.tomorrow, hour, hour + 1))


def written(staff: Staff) -> None:
    """Let the worker write what waits, as it does by itself when the server runs."""
    with staff.app.app_context():
        worker.push_due(staff.app.extensions["booking"].engine)


class TestAManager:
    def test_learns_nothing_of_how_we_sign_in(self, connected: Staff, at_work: AtWork, library: Library) -> None:
        assert SERVICE in connected.opens(address(library)).text

        page = at_work(Role.MANAGER).opens(address(library))

        assert page.status_code == 200
        assert SERVICE not in page.text


class TestPairing:
    def test_says_to_connect_the_location_first(self, at_work: AtWork, library: Library) -> None:
        page = words(at_work(Role.MANAGER).opens(address(library)).text)

        assert "First connect Central Library" in page
        assert "Ask an administrator" in page

    def test_stands_after_a_good_test(self, connected: Staff, library: Library) -> None:
        answer = connected.sends(address(library), {"address": ROOM.upper()})

        page = words(answer.text)
        assert answer.status_code == 200
        assert "Saved. Gaskell Room is paired." in page
        assert "The account may write in the calendar" in page
        assert (link := stored(connected, library)) is not None
        assert link.mailbox == ROOM

    @pytest.mark.parametrize(
        ("mailbox", "said"),
        [
            ("nobody@wexcombe.example", "knows no mailbox"),
            (READ_ONLY, "Not saved. The test failed."),
            ("not an address", "This is not an e-mail address."),
            ("", "Write the e-mail address of the mailbox of this room."),
        ],
    )
    def test_is_not_stored_when_something_is_wrong(
        self, connected: Staff, library: Library, mailbox: str, said: str
    ) -> None:
        answer = connected.sends(address(library), {"address": mailbox})

        assert answer.status_code == 422
        assert said in words(answer.text)
        assert f'value="{mailbox}"' in answer.text
        assert stored(connected, library) is None

    def test_names_the_right_that_is_missing(self, connected: Staff, library: Library) -> None:
        page = words(connected.sends(address(library), {"address": READ_ONLY}).text)

        assert "it needs the ApplicationImpersonation role for this mailbox" in page
        assert "Fresh rights can take some minutes" in page

    def test_of_a_mailbox_that_another_space_has_is_refused(self, connected: Staff, library: Library) -> None:
        connected.sends(address(library), {"address": ROOM})

        answer = connected.sends(f"/admin/spaces/{library.hall}/exchange", {"address": ROOM})

        assert answer.status_code == 422
        assert "is paired with Gaskell Room, Central Library" in words(answer.text)


class TestAPairing:
    def test_is_paused_and_resumed(self, connected: Staff, library: Library) -> None:
        connected.sends(address(library), {"address": ROOM})

        connected.sends(f"{address(library)}/pause", form_on=address(library))
        paused = words(connected.opens(address(library)).text)
        connected.sends(f"{address(library)}/resume", form_on=address(library))

        assert "Paused by Mina Okafor." in paused
        assert (link := stored(connected, library)) is not None
        assert link.state is LinkState.ACTIVE

    def test_says_before_it_ends_what_becomes_of_everything(self, connected: Staff, library: Library) -> None:
        connected.sends(address(library), {"address": ROOM})

        asked = words(connected.opens(f"{address(library)}/disconnect").text)
        answer = connected.sends(f"{address(library)}/disconnect", {"entries": "leave"})

        assert f"Disconnect Gaskell Room from {ROOM}?" in asked
        assert "All bookings stay here." in asked
        assert answer.status_code == 303
        assert stored(connected, library) is None

    def test_does_not_end_without_a_choice(self, connected: Staff, library: Library) -> None:
        connected.sends(address(library), {"address": ROOM})

        answer = connected.sends(f"{address(library)}/disconnect", {"entries": "burn"})

        assert answer.status_code == 422
        assert stored(connected, library) is not None

    def test_that_is_frozen_shows_what_was_known_and_asks(self, connected: Staff, library: Library) -> None:
        connected.sends(address(library), {"address": ROOM})
        link = stored(connected, library)
        assert link is not None
        with connected.app.app_context(), transaction() as session:
            found = session.get_one(CalendarLink, link.id)
            found.state, found.state_reason = LinkState.FROZEN, "12 entries seem to have vanished at once."
            build.outside_event(session, found, at(library.tomorrow, 9, 10), title="Choir")
            gone = build.outside_event(session, found, at(library.tomorrow, 14, 15), title="Board")
            gone.missing_since = at(library.tomorrow, 8, 9).start

        page = words(connected.opens(f"{address(library)}/frozen").text)

        assert "Gaskell Room is frozen" in page
        assert "12 entries seem to have vanished at once." in page
        assert "1 of 2 entries are not shown any more" in page
        assert page.index("BUSY in Outlook: Board Outlook not shown since") < page.index("BUSY in Outlook: Choir")
        assert "BUSY in Outlook: Choir Outlook still there" in page
        assert "They are really gone: let them go" in page


class TestTheImport:
    def test_counts_first(self, connected: Staff, library: Library) -> None:
        booked(connected, library, 9, 11)

        page = words(connected.sends(address(library), {"address": ROOM}).text)

        assert "2 bookings made here are not in Outlook yet." in page

    def test_writes_each_booking_once_however_often_it_runs(
        self, connected: Staff, library: Library, exchange: ExchangeSandbox
    ) -> None:
        booked(connected, library, 9, 11)
        connected.sends(address(library), {"address": ROOM})

        connected.sends(f"{address(library)}/import", form_on=address(library))
        written(connected)
        connected.sends(f"{address(library)}/import", form_on=address(library))
        written(connected)

        assert len(exchange.items(ROOM)) == 2

    def test_shows_how_far_it_is_to_htmx_as_a_part_of_the_page(self, connected: Staff, library: Library) -> None:
        booked(connected, library, 9, 11)
        connected.sends(address(library), {"address": ROOM})
        connected.sends(f"{address(library)}/import", form_on=address(library))

        begun = connected.client.get(f"{address(library)}/import", headers={"HX-Request": "true"}).text
        written(connected)
        done = connected.client.get(f"{address(library)}/import", headers={"HX-Request": "true"}).text

        assert "<html" not in begun
        assert '<progress class="meter" id="import-progress" max="2" value="0">' in begun
        assert "hx-trigger" in begun
        assert "2 of 2 done" in done
        assert "hx-trigger" not in done

    def test_names_what_stood_in_the_way(self, connected: Staff, library: Library, exchange: ExchangeSandbox) -> None:
        booked(connected, library, 9)
        when = at(library.tomorrow, 9, 10)
        exchange.add_event(ROOM, subject="Choir", start=when.start, end=when.end)
        connected.sends(address(library), {"address": ROOM})

        connected.sends(f"{address(library)}/import", form_on=address(library))
        written(connected)

        page = words(connected.opens(f"{address(library)}/import").text)
        assert "onflict" in page
        assert [each.subject for each in exchange.items(ROOM)] == ["Choir"]
