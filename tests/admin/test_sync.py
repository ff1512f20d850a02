from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from booking import clock, services
from booking.domain.permissions import Role
from booking.domain.states import HeldReason, LinkState
from booking.store import queries
from booking.store.database import transaction
from booking.store.models import CalendarLink, OutboxMessage, Space
from tests import build
from tests.admin.staff import Staff
from tests.support.pages import Library, at, words

AtWork = Callable[[Role], Staff]


def paired(app: Flask, staff: Staff, slug: str, state: LinkState = LinkState.ACTIVE, reason: str = "") -> None:
    """Pair a space, just read, with this state."""
    with app.app_context(), transaction() as session:
        link = build.link(session, session.get_one(Space, staff.space(slug).id), state=state, read_at=clock.now())
        link.state_reason = reason


def away(app: Flask, staff: Staff, library: Library) -> None:
    """Let the server of two spaces not have answered for some minutes."""
    with app.app_context(), transaction() as session:
        server = build.connection(session, name="Example Exchange")
        for slug in (library.room, library.hall):
            space = session.get_one(Space, staff.space(slug).id)
            link = build.link(session, space, through=server, read_at=clock.now() - timedelta(minutes=8))
            link.last_error = "The server is in trouble (HTTP 503)."


class TestSyncHealth:
    def test_says_what_it_is_for_while_nothing_is_paired(self, at_work: AtWork) -> None:
        assert "No space is paired yet" in words(at_work(Role.LIBRARIAN).opens("/admin/sync").text)

    def test_puts_first_what_needs_somebody_with_the_button_that_mends_it(
        self, app: Flask, at_work: AtWork, library: Library
    ) -> None:
        staff = at_work(Role.MANAGER)
        paired(app, staff, library.room)
        paired(app, staff, library.hall, LinkState.PAUSED, "Paused by Ruth.")

        page = staff.opens("/admin/sync").text

        assert "One space needs you" in words(page)
        assert words(page).index("Turing Hall") < words(page).index("Gaskell Room")
        assert f'action="/admin/spaces/{library.hall}/exchange/resume"' in page

    def test_leads_from_a_frozen_space_to_the_list(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        paired(app, staff, library.room, LinkState.FROZEN, "12 entries seem to have vanished at once.")

        page = staff.opens("/admin/sync").text

        assert "12 entries seem to have vanished at once." in words(page)
        assert f'href="/admin/spaces/{library.room}/exchange/frozen"' in page

    def test_shows_a_librarian_no_buttons(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        paired(app, staff, library.hall, LinkState.PAUSED, "Paused by Ruth.")

        page = staff.opens("/admin/sync").text

        assert "Paused by Ruth." in words(page)
        assert "/exchange/resume" not in page

    def test_hides_other_locations(self, app: Flask, at_work: AtWork) -> None:
        staff = at_work(Role.LIBRARIAN)
        with app.app_context(), transaction() as session:
            build.link(session, build.space(session, name="Elsewhere"), state=LinkState.GONE)

        assert "Elsewhere" not in staff.opens("/admin/sync").text

    def test_marks_a_calendar_that_was_not_read_for_long(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        paired(app, staff, library.room)
        with app.app_context(), transaction() as session:
            link = session.get_one(CalendarLink, 1)
            link.read_at = link.near_read_at = link.far_read_at = build.NOW.replace(year=2025)

        page = staff.opens("/admin/sync").text

        assert "Not read lately" in words(page)
        assert f'action="/admin/spaces/{library.room}/exchange/read"' in page

    def test_counts_from_the_booking_however_often_its_write_was_tried(
        self, app: Flask, at_work: AtWork, library: Library
    ) -> None:
        staff = at_work(Role.MANAGER)
        paired(app, staff, library.room)
        with app.app_context(), transaction() as session:
            room = session.get_one(Space, staff.space(library.room).id)
            booking = build.booking(session, room, at(library.tomorrow, 9, 10), held=HeldReason.CALENDAR)
            occurrence = booking.occurrences[0]
            services.calendars.touch(session, occurrence, now=clock.now() - timedelta(minutes=12))
            (item,) = queries.push.of_occurrence(session, occurrence.id)
            item.updated_at, item.last_error = clock.now(), "The server is in trouble (HTTP 503)."

        told = words(staff.opens("/admin/sync").text)

        assert "One space needs you" in told
        assert "oldest 12 min" in told

    def test_says_once_that_a_server_does_not_answer_with_the_way_to_test_it(
        self, app: Flask, at_work: AtWork, library: Library
    ) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        away(app, staff, library)

        page = staff.opens("/admin/sync").text

        assert "Example Exchange does not answer" in words(page)
        assert "The server is in trouble (HTTP 503)." in words(page)
        assert "UTC, 8 min ago, for all 2 spaces." in words(page)
        assert f'href="/admin/locations/{library.location}/exchange"' in page


class TestToday:
    def test_says_once_that_a_server_does_not_answer(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        away(app, staff, library)

        told = words(staff.opens("/admin/").text)

        assert "One thing needs you Example Exchange does not answer" in told
        assert "UTC, 8 min ago." in told

    def test_says_once_that_the_password_is_wrong(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        away(app, staff, library)
        with app.app_context(), transaction() as session:
            for link in session.query(CalendarLink):
                link.state, link.state_reason = LinkState.AUTH_FAILED, "Not with this password."

        told = words(staff.opens("/admin/").text)

        assert "One thing needs you Example Exchange does not let us in Not with this password." in told

    def test_needs_nobody_when_all_is_well(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        paired(app, staff, library.room)

        assert "Nothing needs you" in words(staff.opens("/admin/").text)

    def test_names_everything_that_needs_somebody(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        paired(app, staff, library.hall, LinkState.GONE, "No such mailbox.")
        with app.app_context(), transaction() as session:
            room = session.get_one(Space, staff.space(library.room).id)
            booking = build.booking(session, room, at(library.tomorrow, 9, 10), held=HeldReason.CALENDAR)
            session.add(
                OutboxMessage(
                    once="1",
                    kind="confirmed",
                    booking_id=booking.id,
                    to_address="ada@example.org",
                    created_at=clock.now(),
                    due_at=clock.now(),
                    state="failed",
                )
            )

        page = words(staff.opens("/admin/").text)

        assert "3 things need you" in page
        assert "One booking is held" in page
        assert "One message could not be sent" in page
        assert "Turing Hall: mailbox not found No such mailbox." in page

    def test_says_so_when_nobody_comes(self, at_work: AtWork) -> None:
        staff = at_work(Role.LIBRARIAN)

        assert "Central Library: nobody else comes today" in words(staff.opens("/admin/").text)
