"""The pages of the dry run, of previews, of what a mailbox left taken, and of a reset."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from booking.domain.permissions import Role
from booking.sandbox.exchange import ExchangeSandbox
from booking.store.database import reading, transaction
from booking.store.models import ExternalEvent, PushItem, Space
from booking.sync import resets, worker
from tests import build
from tests.admin.staff import ROOM, SECRET, SERVICE, Staff
from tests.support.pages import Library, at, words

AtWork = Callable[[Role], Staff]
RUN = "/admin/exchange/dry-run"
OTHER = "other@wexcombe.example"
#: What changes a calendar, as the stand-in's log names it.
WRITES = {"CreateItem", "UpdateItem", "DeleteItem", "MoveItem"}


@pytest.fixture
def paired(at_work: AtWork, library: Library, exchange: ExchangeSandbox) -> Staff:
    """Give an administrator of a library whose room is paired."""
    staff = at_work(Role.ADMINISTRATOR)
    values = {
        "name": "City Exchange", "server": exchange.url, "username": SERVICE, "email": SERVICE, "password": SECRET,
        "sign_in": "basic", "rights": "impersonation", "do": "test",
    }  # fmt: skip
    assert staff.sends(f"/admin/locations/{library.location}/exchange", values).status_code == 200
    assert "Saved." in words(staff.sends(address(library), {"address": ROOM}).text)
    exchange.add_room(OTHER, "Other Room")
    exchange.grant(SERVICE, OTHER, "impersonate")
    exchange.grant(SERVICE, OTHER, "author")
    return staff


def address(library: Library) -> str:
    return f"/admin/spaces/{library.room}/exchange"


def booked(staff: Staff, library: Library, *hours: int) -> None:
    room = staff.space(library.room)
    with staff.app.app_context(), transaction() as session:
        for hour in hours:
            build.booking(session, session.get_one(Space, room.id), at(library.tomorrow, hour, hour + 1))


def imported(staff: Staff, library: Library) -> None:
    staff.sends(f"{address(library)}/import", form_on=address(library))
    with staff.app.app_context():
        worker.push_due(staff.app.extensions["booking"].engine)


def writes(exchange: ExchangeSandbox) -> int:
    return sum(each.operation in WRITES for each in exchange.requests())


def stands(exchange: ExchangeSandbox, library: Library, hour: int, *, mailbox: str = ROOM) -> None:
    when = at(library.tomorrow, hour, hour + 1)
    exchange.add_event(mailbox, subject="Secret meeting", start=when.start, end=when.end)


class TestTheDryRun:
    def test_says_first_what_it_does_and_asks_what_to_look_at(self, paired: Staff) -> None:
        page = paired.opens(RUN).text

        assert "Nothing is written: not in Outlook, and not here." in words(page)
        assert ">City Exchange</option>" in page
        assert ">Gaskell Room, Central Library</option>" in page

    def test_lists_what_was_planted_and_sends_no_write(
        self, paired: Staff, library: Library, exchange: ExchangeSandbox
    ) -> None:
        booked(paired, library, 9)
        imported(paired, library)
        stands(exchange, library, 13)
        before = writes(exchange)

        answer = paired.sends(RUN, {"target": "all"})

        page = words(answer.text)
        assert answer.status_code == 200
        assert "Sync would do one thing" in page
        assert "An event in Outlook would take this time." in page
        assert "Data was found: 2 entries in one calendar." in page
        assert "Secret meeting" not in page
        assert writes(exchange) == before

    def test_says_that_nothing_was_found(self, paired: Staff) -> None:
        page = words(paired.sends(RUN, {"target": "all"}).text)

        assert "Sync would change nothing" in page
        assert "Nothing was found: one calendar was read and no entry stands there to sync." in page

    def test_goes_on_where_the_last_step_ended_with_its_sums(self, paired: Staff) -> None:
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', paired.opens(RUN).text)
        assert found is not None
        values = {"csrf_token": found[1], "target": "all", "begin": "1", "so_far": "1,0,7,1,0,2,0,0,0"}

        part = paired.client.post(RUN, data=values, headers={"HX-Request": "true"}).text

        assert "<html" not in part
        assert 'hx-swap-oob="true"' in part
        assert "Data was found: 7 entries in one calendar. Sync would do 3 things." in said(part)

    def test_takes_nonsense_for_nothing(self, paired: Staff) -> None:
        for so_far in ("", "nonsense", "1,2", "-1,0,0,0,0,0,0,0,0"):
            assert paired.sends(RUN, {"target": "all", "begin": "99999", "so_far": so_far}).status_code == 200

    def test_of_what_is_not_offered_is_refused(self, paired: Staff) -> None:
        answer = paired.sends(RUN, {"target": "space:999"})

        assert answer.status_code == 422
        assert "Choose one from the list." in words(answer.text)

    def test_names_the_room_that_could_not_be_read(self, paired: Staff, exchange: ExchangeSandbox) -> None:
        exchange.fault(operation="FindItem", status=503, count=1)

        page = words(paired.sends(RUN, {"target": "all"}).text)

        assert "one calendar could not be read" in page
        assert "Not read" in page

    def test_has_an_empty_state(self, at_work: AtWork) -> None:
        assert "No space is paired yet" in words(at_work(Role.MANAGER).opens(RUN).text)

    @pytest.mark.usefixtures("paired")
    def test_shows_a_manager_no_connection(self, at_work: AtWork) -> None:
        page = at_work(Role.MANAGER).opens(RUN).text

        assert "Gaskell Room" in page
        assert "City Exchange" not in page


class TestAPreviewOfPairing:
    def test_shows_what_the_first_sync_would_do_and_pairs_nothing(
        self, paired: Staff, library: Library, exchange: ExchangeSandbox
    ) -> None:
        booked(paired, library, 9)
        imported(paired, library)
        stands(exchange, library, 13, mailbox=OTHER)
        before = writes(exchange)

        answer = paired.sends(address(library), {"address": OTHER, "do": "preview"})

        page = words(answer.text)
        assert f"Gaskell Room would leave {ROOM} for {OTHER}" in page
        assert "One event there takes time that is free here." in page
        assert "One booking would be written there by the import." in page
        assert "Our one entry there that is still to come is deleted" in page
        assert writes(exchange) == before
        assert ROOM in paired.opens(address(library)).text

    def test_comes_before_another_mailbox_is_let_go_and_is_then_confirmed(
        self, paired: Staff, library: Library, exchange: ExchangeSandbox
    ) -> None:
        stands(exchange, library, 13)
        paired.sends(f"{address(library)}/read", form_on=address(library))

        asked = paired.sends(address(library), {"address": OTHER})
        done = paired.sends(address(library), {"address": OTHER, "do": "confirmed"})

        assert "This is a preview" in words(asked.text)
        assert "Saved. Gaskell Room is paired." in words(done.text)
        assert "One time is still taken by a mailbox that was let go" in words(done.text)

    def test_that_fails_keeps_what_was_typed(self, paired: Staff, library: Library) -> None:
        answer = paired.sends(address(library), {"address": "nobody@wexcombe.example", "do": "preview"})

        assert answer.status_code == 422
        assert 'value="nobody@wexcombe.example"' in answer.text
        assert "knows no mailbox" in words(answer.text)

    def test_lets_a_new_pairing_be_exclusive(self, paired: Staff, library: Library) -> None:
        paired.sends(f"{address(library)}/disconnect", {"entries": "leave"})

        page = paired.sends(address(library), {"address": OTHER, "authority": "exclusive"})

        assert "Exclusive room: only our account" in words(page.text)


class TestDisconnecting:
    def test_shows_how_far_it_is_while_the_server_is_away(
        self, paired: Staff, library: Library, exchange: ExchangeSandbox
    ) -> None:
        booked(paired, library, 9, 11)
        imported(paired, library)
        exchange.fault(operation="DeleteItem", status=503, count=9)

        paired.sends(f"{address(library)}/disconnect", {"entries": "remove"})

        page = words(paired.opens(address(library)).text)
        assert "0 of 2 entries settled" in page
        assert "being disconnected" in page.lower()


class TestWhatAMailboxLeft:
    def test_is_shown_after_disconnecting_and_freed_as_ticked(
        self, paired: Staff, library: Library, exchange: ExchangeSandbox
    ) -> None:
        stands(exchange, library, 13)
        stands(exchange, library, 15)
        paired.sends(f"{address(library)}/read", form_on=address(library))
        paired.sends(f"{address(library)}/disconnect", {"entries": "leave"})
        with paired.app.app_context(), reading() as session:
            ids = [str(each) for each in session.scalars(select(ExternalEvent.id).order_by(ExternalEvent.starts_at))]

        tab = words(paired.opens(address(library)).text)
        listed = words(paired.opens(f"{address(library)}/blocks").text)
        nothing = paired.sends(f"{address(library)}/blocks")
        freed = paired.sends(f"{address(library)}/blocks", {"events": ids[:1]})
        after = words(paired.opens(address(library)).text)

        assert "2 times are still taken by a mailbox that was let go" in tab
        assert "2 times are still taken in Gaskell Room" in listed
        assert (nothing.status_code, freed.status_code) == (422, 303)
        assert "One time is free to book now. One stays taken." in after

    def test_has_an_empty_state(self, paired: Staff, library: Library) -> None:
        assert "Nothing is left taken in Gaskell Room" in words(paired.opens(f"{address(library)}/blocks").text)


class TestAReset:
    def test_goes_marked_and_gone_with_entry_ids_unchanged(self, paired: Staff, library: Library) -> None:
        booked(paired, library, 9, 11)
        imported(paired, library)
        ids = entry_ids(paired)
        here = f"{address(library)}/reset"

        asked = words(paired.opens(here).text)
        paired.sends(here)
        marked = words(paired.opens(here).text)
        tab = words(paired.opens(address(library)).text)
        with paired.app.app_context():
            resets.go_on(paired.app.extensions["booking"].engine)
        part = paired.client.get(here, headers={"HX-Request": "true"}).text

        assert "entries keep their ids, and bookings stay as they are" in asked
        assert "Marked for reset." in marked
        assert "Marked for reset." in tab
        assert "<html" not in part
        assert "Found 2 of 2 entries again, 2 of them under the same id as before." in said(part)
        assert "Marked for reset" not in words(paired.opens(address(library)).text)
        assert entry_ids(paired) == ids

    def test_can_be_withdrawn(self, paired: Staff, library: Library) -> None:
        here = f"{address(library)}/reset"
        paired.sends(here)

        paired.sends(f"{here}/withdraw", form_on=here)

        assert "The reset was withdrawn." in words(paired.opens(here).text)


def said(part: str) -> str:
    """Return the words of a part of a page."""
    return words(f"<main>{part}</main>")


def entry_ids(staff: Staff) -> list[str]:
    with staff.app.app_context(), reading() as session:
        return list(session.scalars(select(PushItem.remote_id).order_by(PushItem.id)))
