"""The page of folders: listed, ticked, unticked; on a stand-in Exchange over HTTP."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from booking.domain.permissions import Role
from booking.domain.states import Direction
from booking.sandbox.exchange import ExchangeSandbox
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import RemoteFolderRow
from booking.store.queries.folders import FolderRow
from booking.sync import folder_reading, folders, ticking
from tests import build
from tests.admin.staff import ROOM, SECRET, SERVICE, Staff
from tests.support.pages import Library, at, words

AtWork = Callable[[Role], Staff]


class Desk:
    """An administrator at the page of folders, and what runs by itself."""

    def __init__(self, staff: Staff, exchange: ExchangeSandbox, library: Library) -> None:
        self.staff = staff
        self.exchange = exchange
        self.library = library
        with staff.app.app_context(), reading() as session:
            self.connection = queries.connections.rows(session)[0].id
        self.address = f"/admin/exchange/{self.connection}/folders"

    def sends(self, where: str, **values: str | list[str]) -> str:
        """Send a form of the page, and return what the page says then."""
        answer = self.staff.sends(f"{self.address}/{where}", values, form_on=self.address)
        if answer.status_code in {200, 422}:
            return words(answer.text)
        assert answer.status_code == 303
        return self.page()

    def page(self) -> str:
        return words(self.staff.opens(self.address).text)

    def runs(self) -> None:
        """Let all that is due run, as it does by itself when the server runs."""
        engine = self.staff.app.extensions["booking"].engine
        with self.staff.app.app_context():
            folders.read_due(engine)
            with transaction() as session:
                for row in session.query(RemoteFolderRow):
                    row.next_read_at = None
                    row.free_at = row.free_at and row.free_at - timedelta(minutes=1)
            ticking.go_on(engine)
            folder_reading.read_due(engine)

    def folder(self, name: str) -> FolderRow:
        with self.staff.app.app_context(), reading() as session:
            return next(each for each in queries.folders.rows(session, self.connection) if each.path[-1] == name)

    def lists(self) -> None:
        self.sends("read", whose="public")
        self.runs()

    def chooses(self, name: str, space: str = "", *, agreed: bool = False) -> str:
        """Tick a folder for a space, or untick it."""
        folder = str(self.folder(name).id)
        values: dict[str, str | list[str]] = {"folder": folder, f"space-{folder}": space}
        if space:
            values["tick"] = folder
        if agreed:
            values["agreed"] = folder
        return self.sends("choose", **values)

    @property
    def room(self) -> str:
        return str(self.staff.space(self.library.room).id)

    def event(self, folder: str, *, hour: int, location: str = "", private: bool = False) -> str:
        """Somebody writes an event of an hour into a folder, tomorrow; into the account's calendar without one."""
        when = at(self.library.tomorrow, hour, hour + 1)
        return self.exchange.add_event(
            "" if folder else SERVICE,
            folder=folder,
            subject="Secret title",
            start=when.start,
            end=when.end,
            location=location,
            private=private,
        )


@pytest.fixture
def desk(at_work: AtWork, library: Library, exchange: ExchangeSandbox) -> Desk:
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
    return Desk(staff, exchange, library)


class TestThePageOfFolders:
    def test_is_for_administrators(self, desk: Desk, at_work: AtWork) -> None:
        assert at_work(Role.MANAGER).opens(desk.address).status_code == 403
        assert desk.staff.opens("/admin/exchange/999/folders").status_code == 404

    def test_begins_empty_and_is_reached_from_the_tab(self, desk: Desk) -> None:
        assert desk.staff.opens("/admin/exchange/folders").headers["Location"] == desk.address

        page = desk.page()

        assert "No folder blocks a space" in page
        assert "No folders yet" in page
        assert "Automatically process requests and responses from external senders" in page
        assert f"Set-CalendarProcessing -Identity '{SERVICE}' -ProcessExternalMeetingMessages $true" in html.unescape(
            page
        )

    def test_lists_the_public_folders_with_progress(self, desk: Desk) -> None:
        above = desk.exchange.add_public_folder("Library", folder_class="IPF.Note")
        desk.exchange.add_public_folder("Closures", above)

        page = desk.sends("read", whose="public")
        assert "Public folders: about to be read" in page
        assert desk.staff.opens(f"{desk.address}/progress").status_code == 200
        desk.runs()

        assert desk.staff.opens(f"{desk.address}/progress").headers["HX-Refresh"] == "true"
        assert re.search(r"Public folders: one calendar .* Library .* Closures|Library Closures", desk.page())

    def test_lists_the_folders_of_a_mailbox(self, desk: Desk) -> None:
        desk.exchange.add_calendar(ROOM, "Cleaning")

        desk.sends("read", whose="mailbox", mailbox=ROOM)
        desk.runs()

        assert (desk.folder("Cleaning").mailbox, desk.folder("Calendar").mailbox) == (ROOM, ROOM)

    @pytest.mark.parametrize("mailbox", ["", "nonsense", "a b@c.example"])
    def test_keeps_what_is_no_address(self, desk: Desk, mailbox: str) -> None:
        answer = desk.staff.sends(
            f"{desk.address}/read", {"whose": "mailbox", "mailbox": mailbox}, form_on=desk.address
        )

        assert answer.status_code == 422
        assert f'value="{mailbox}"' in answer.text
        assert "One thing needs another look" in answer.text

    def test_says_why_a_tree_could_not_be_read(self, desk: Desk) -> None:
        desk.sends("read", whose="mailbox", mailbox="nobody@wexcombe.example")
        desk.runs()

        page = desk.page()

        assert "nobody@wexcombe.example could not be read" in page
        assert "nothing was freed" in page


class TestTicking:
    def test_a_folder_blocks_and_unticking_frees_after_showing_what(self, desk: Desk) -> None:
        calendar = desk.exchange.add_public_folder("Closures")
        desk.event(calendar, hour=10)
        desk.lists()

        assert "One folder blocks a space" in desk.chooses("Closures", desk.room)
        desk.runs()
        page = desk.page()
        assert "one time to come" in page
        assert "Secret title" not in page

        asked = desk.chooses("Closures")
        assert "Free this time?" in asked
        assert "can be booked 30 seconds after you say so" in asked
        assert "is freed at" in desk.chooses("Closures", agreed=True)
        desk.runs()
        assert "No folder blocks a space" in desk.page()

    def test_without_a_space_changes_nothing_and_keeps_the_tick(self, desk: Desk) -> None:
        desk.exchange.add_public_folder("Closures")
        desk.lists()
        folder = str(desk.folder("Closures").id)

        answer = desk.staff.sends(
            f"{desk.address}/choose", {"folder": folder, "tick": folder, f"space-{folder}": ""}, form_on=desk.address
        )

        assert answer.status_code == 422
        assert "Choose the space that this folder blocks." in answer.text
        assert re.search(rf'id="tick-{folder}"[^>]* checked', answer.text)

    def test_of_a_folder_that_is_not_there_is_refused(self, desk: Desk) -> None:
        answer = desk.staff.sends(f"{desk.address}/choose", {"folder": "999", "tick": "999", "space-999": desk.room})

        assert answer.status_code in {404, 422}

    def test_shows_a_folder_that_cannot_be_read(self, desk: Desk) -> None:
        calendar = desk.exchange.add_public_folder("Closures")
        desk.lists()
        desk.chooses("Closures", desk.room)
        desk.exchange.remove_folder(calendar)

        desk.runs()

        assert "Closures could not be read: it is not there any more" in desk.page()

    def test_says_where_a_profile_lets_nothing_come_in(self, desk: Desk) -> None:
        desk.exchange.add_public_folder("Closures")
        desk.lists()
        desk.chooses("Closures", desk.room)
        with desk.staff.app.app_context(), transaction() as session:
            build.profile(session, space_id=int(desk.room), direction=Direction.TO_EXCHANGE)
        desk.runs()

        assert "lets nothing come in from Outlook" in desk.page()

    def test_asks_about_a_frozen_folder(self, desk: Desk) -> None:
        calendar = desk.exchange.add_public_folder("Closures")
        entries = [desk.event(calendar, hour=hour) for hour in range(8, 18)]
        desk.lists()
        desk.chooses("Closures", desk.room)
        desk.runs()
        for entry in entries[:8]:
            desk.exchange.delete("public folders", entry)
        desk.runs()
        assert "Closures is frozen: nothing was freed" in desk.page()

        desk.sends(f"{desk.folder('Closures').id}/again")
        assert "is frozen" in desk.page()
        desk.sends(f"{desk.folder('Closures').id}/believe")

        assert "2 times to come" in desk.page()


class TestTheAccountsOwnCalendar:
    def test_is_switched_on_and_lists_what_is_about_no_space(self, desk: Desk) -> None:
        desk.event("", hour=10, location=desk.staff.space(desk.library.room).name)
        desk.event("", hour=11, location="Town hall <b>")
        desk.event("", hour=12, location="Ward 7", private=True)

        desk.sends("own", do="read")
        desk.runs()
        page = desk.page()

        assert "blocks one time to come" in page
        assert "2 events are about no space" in page
        assert "Town hall" in page
        assert "Ward 7" not in page
        assert "name a default owner" in page

        assert "Free this time?" in desk.sends("own", do="leave")
        assert "Not read any more" in desk.sends("own", do="leave", agreed="0")
        desk.runs()
        assert "Sync events from the account" in desk.page()
