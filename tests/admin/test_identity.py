"""The page that asks which installation is the server, and the line on every staff page until it is answered."""

from collections.abc import Callable

import pytest
from flask import Flask

from booking import clock
from booking.domain.permissions import Role
from booking.domain.states import LinkState
from booking.services import installation
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, Conflict, Connection, Installation, Space
from booking.sync.conflicts import Quarrel
from tests import build
from tests.admin.staff import Staff
from tests.support.pages import Library, words

AtWork = Callable[[Role], Staff]

BANNER = "Nothing is written to Outlook"
REASON = "The folder on machine-b says something else."


@pytest.fixture
def stopped(app: Flask, at_work: AtWork, library: Library) -> Staff:
    """Give an administrator of an installation that was found to hold what it cannot know."""
    staff = at_work(Role.ADMINISTRATOR)
    with app.app_context(), transaction() as session:
        server = build.connection(session, name="Example Exchange")
        server.writes_stopped = "The database was restored."
        link = build.link(session, session.get_one(Space, staff.space(library.room).id), through=server)
        for number in range(3):
            made = Conflict(
                link_id=link.id,
                external_uid=f"uid-{number}",
                kind=Quarrel.RESTORED.value,
                detail="Not known.",
                found_at=clock.now(),
            )
            session.add(made)
    return staff


def whole(app: Flask) -> Installation:
    with app.app_context(), reading() as session:
        return queries.installation.the_one(session)


class TestThePage:
    def test_says_that_all_is_well(self, at_work: AtWork) -> None:
        page = at_work(Role.ADMINISTRATOR).opens("/admin/identity").text

        assert "This installation writes to its calendars" in page
        assert BANNER not in page

    def test_says_what_was_found_and_what_either_answer_would_do(self, stopped: Staff) -> None:
        page = words(stopped.opens("/admin/identity").text)

        assert "The database was restored." in page
        assert "Gaskell Room" in page
        assert "3 entries of ours in one room that this database does not know" in page
        assert "nothing in the calendars is touched" in page

    def test_names_what_to_look_at_when_the_folder_is_anothers(self, app: Flask, stopped: Staff) -> None:
        with app.app_context(), transaction() as session:
            queries.installation.to_change(session).stopped = REASON

        assert REASON in words(stopped.opens("/admin/identity").text)


class TestThisIsTheServer:
    def test_lets_writing_go_on_after_a_question(self, app: Flask, stopped: Staff) -> None:
        asked = words(stopped.opens("/admin/identity/server").text)
        answer = stopped.sends("/admin/identity/server")

        assert "Is this the server?" in asked
        assert answer.status_code == 303
        with app.app_context(), reading() as session:
            assert session.query(Connection).one().writes_stopped == ""
            assert session.query(CalendarLink).one().recovering

    def test_tells_the_folder_whose_it_is(self, app: Flask, stopped: Staff) -> None:
        folder = app.extensions["booking"].settings.instance
        installation.keep(folder, "somebody-else")

        stopped.sends("/admin/identity/server")

        assert installation.kept(folder) == whole(app).install_id

    def test_has_nothing_to_ask_when_all_is_well(self, at_work: AtWork) -> None:
        assert "Nothing waits for this" in words(at_work(Role.ADMINISTRATOR).opens("/admin/identity/server").text)


class TestThisIsACopy:
    def test_ends_every_pairing_after_a_question(self, app: Flask, stopped: Staff) -> None:
        before = whole(app).install_id

        asked = words(stopped.opens("/admin/identity/copy").text)
        answer = stopped.sends("/admin/identity/copy")

        assert "This cannot be undone." in asked
        assert answer.status_code == 303
        assert whole(app).install_id != before
        with app.app_context(), reading() as session:
            assert session.query(CalendarLink).one().state is LinkState.ENDED
            assert session.query(Connection).one().paused


class TestEveryStaffPage:
    @pytest.mark.parametrize("address", ["/admin/", "/admin/bookings", "/admin/sync", "/admin/locations"])
    def test_says_that_nothing_is_written(self, stopped: Staff, address: str) -> None:
        page = stopped.opens(address).text

        assert BANNER in page
        assert 'href="/admin/identity"' in page

    @pytest.mark.usefixtures("stopped")
    def test_leaves_the_decision_to_administrators(self, at_work: AtWork) -> None:
        page = at_work(Role.LIBRARIAN).opens("/admin/").text

        assert BANNER in page
        assert 'href="/admin/identity"' not in page

    def test_says_nothing_while_all_is_well(self, at_work: AtWork) -> None:
        assert BANNER not in at_work(Role.ADMINISTRATOR).opens("/admin/").text
