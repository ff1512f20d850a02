"""The values on the pages of health: each with its meaning and next step, as far as somebody may see its place."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from booking import clock
from booking.domain.permissions import Role
from booking.domain.states import Counted
from booking.store import queries
from booking.store.database import transaction
from booking.store.models import CalendarLink, Location, Space, SyncRun
from tests import build
from tests.admin.staff import Staff
from tests.support.pages import Library, words

AtWork = Callable[[Role], Staff]


def paired(app: Flask, staff: Staff, slug: str) -> None:
    """Connect the space's location, and pair the space with a mailbox that was read just now."""
    with app.app_context(), transaction() as session:
        space = session.get_one(Space, staff.space(slug).id)
        server = build.connection(session, name="City Exchange")
        server.signed_in_at = clock.now()
        session.get_one(Location, space.location_id).connection_id = server.id
        link = build.link(session, space, through=server, read_at=clock.now())
        link.near_read_at = link.far_read_at = link.first_read_at = clock.now()


class TestTheWhole:
    def test_says_what_each_value_means(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        paired(app, staff, library.room)

        told = words(staff.opens("/admin/sync").text)

        assert "Account of City Exchange recognised The server let the account in." in told.replace(
            "Recognised", "recognised"
        )
        assert "Addresses linked 1 of 2 Without a mailbox: Turing Hall." in told
        assert "Spaces under an active profile 2 of 2" in told

    def test_lists_the_missing_addresses_with_the_way_to_pair_them(
        self, app: Flask, at_work: AtWork, library: Library
    ) -> None:
        staff = at_work(Role.MANAGER)
        paired(app, staff, library.room)

        page = staff.opens("/admin/sync").text

        assert "One space has no mailbox Turing Hall Central Library" in words(page)
        assert f'href="/admin/spaces/{library.hall}/exchange"' in page

    def test_names_the_account_to_administrators_only(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.ADMINISTRATOR)
        paired(app, staff, library.room)
        shown = staff.opens("/admin/sync").text
        hidden = at_work(Role.LIBRARIAN).opens("/admin/sync").text

        assert "svc-rooms@example.org" in shown
        assert "svc-rooms@example.org" not in hidden

    def test_of_other_locations_is_not_shown(self, app: Flask, at_work: AtWork) -> None:
        staff = at_work(Role.LIBRARIAN)
        with app.app_context(), transaction() as session:
            build.link(
                session, build.space(session, name="Elsewhere"), through=build.connection(session, name="Theirs")
            )

        told = staff.opens("/admin/sync").text

        assert "Theirs" not in told
        assert "Elsewhere" not in told


class TestASpace:
    def test_has_four_ticks_both_directions_and_its_reads(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        paired(app, staff, library.room)
        with app.app_context(), transaction() as session:
            queries.counts.add(session, [1], Counted.READ, at=clock.now(), number=42)

        told = words(staff.opens(f"/admin/sync/spaces/{library.room}").text)

        for label in (
            "an active sync profile",
            "Account reaches the mailbox",
            "Calendar folder found",
            "Address linked",
        ):
            assert f"{label} Yes" in told
        assert "Bookings to Outlook Not started" in told
        assert "Outlook to bookings First sync done" in told
        assert "42 reads, nothing changed Quiet, not broken" in told
        assert "Last 24 hours: 42 good reads, none failed" in told

    def test_shows_its_reset_only_while_there_is_one(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        paired(app, staff, library.room)
        address = f"/admin/sync/spaces/{library.room}"
        before = words(staff.opens(address).text)
        with app.app_context(), transaction() as session:
            session.add(SyncRun(link_id=1, kind="reset", started_at=clock.now(), outcome="marked", report="{}"))

        assert "Marked for reset" not in before
        assert "Marked for reset Somebody asked for a reset" in words(staff.opens(address).text)

    def test_tells_broken_from_quiet(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        paired(app, staff, library.room)
        with app.app_context(), transaction() as session:
            link = session.get_one(CalendarLink, 1)
            link.read_at = link.near_read_at = link.far_read_at = clock.now() - timedelta(hours=3)
            link.last_error = "The server is in trouble (HTTP 503)."
            queries.counts.add(session, [1], Counted.READ_FAILED, at=clock.now(), number=5)

        told = words(staff.opens(f"/admin/sync/spaces/{library.room}").text)

        assert "No read, 5 failed Broken, not quiet: the calendar did not answer once." in told
        assert (
            f'href="/admin/sync/errors?space={library.room}"' in staff.opens(f"/admin/sync/spaces/{library.room}").text
        )

    def test_without_a_mailbox_says_how_to_get_one(self, at_work: AtWork, library: Library) -> None:
        told = words(at_work(Role.LIBRARIAN).opens(f"/admin/sync/spaces/{library.room}").text)

        assert "Address linked No The space is not paired with a mailbox. Pair the space with its mailbox" in told
