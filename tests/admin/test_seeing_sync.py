"""The page of one pairing, alerts on the page of all, and why a slot is busy."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from booking import clock, services
from booking.domain.permissions import Role
from booking.domain.reconcile import BusyClass
from booking.domain.states import HeldReason, LinkState
from booking.store import queries
from booking.store.database import transaction
from booking.store.models import CalendarLink, ExternalEvent, Space, SyncError
from booking.sync import alerts
from tests import build
from tests.admin.staff import Staff
from tests.support.pages import Library, at, words

AtWork = Callable[[Role], Staff]


def paired(app: Flask, staff: Staff, slug: str) -> None:
    """Pair a space whose calendar was read just now."""
    with app.app_context(), transaction() as session:
        space = session.get_one(Space, staff.space(slug).id)
        link = build.link(session, space, read_at=clock.now())
        link.near_read_at = link.far_read_at = clock.now()


def waiting(app: Flask, staff: Staff, library: Library) -> str:
    """Have a booking wait for Outlook for twelve minutes; returns its reference."""
    with app.app_context(), transaction() as session:
        room = session.get_one(Space, staff.space(library.room).id)
        booking = build.booking(session, room, at(library.tomorrow, 9, 10), held=HeldReason.CALENDAR)
        services.calendars.touch(session, booking.occurrences[0], now=clock.now() - timedelta(minutes=12))
        (item,) = queries.push.of_occurrence(session, booking.occurrences[0].id)
        item.last_error, item.attempts = "The server is in trouble (HTTP 503).", 4
        session.add(
            SyncError(
                at=clock.now(),
                link_id=item.link_id,
                push_item_id=item.id,
                operation="create",
                kind="transient",
                message="The server is in trouble (HTTP 503).",
            )
        )
        return booking.ref


class TestAlerts:
    def test_stand_on_top_until_they_are_over(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        paired(app, staff, library.room)
        with app.app_context(), transaction() as session:
            link = session.get_one(CalendarLink, 1)
            link.state, link.state_since = LinkState.GONE, clock.now() - timedelta(minutes=11)
        self._looked(app)
        told = words(staff.opens("/admin/sync").text)
        with app.app_context(), transaction() as session:
            session.get_one(CalendarLink, 1).state = LinkState.ACTIVE
        self._looked(app)

        assert "Wrong for longer than it may be Gaskell Room (Central Library): mailbox not found" in told
        assert "Wrong for longer" not in words(staff.opens("/admin/sync").text)

    def test_of_other_locations_are_not_shown(self, app: Flask, at_work: AtWork) -> None:
        staff = at_work(Role.LIBRARIAN)
        with app.app_context(), transaction() as session:
            link = build.link(session, build.space(session, name="Elsewhere"), state=LinkState.GONE)
            link.state_since = clock.now() - timedelta(hours=1)
        self._looked(app)

        assert "Elsewhere" not in staff.opens("/admin/sync").text

    def _looked(self, app: Flask) -> None:
        with app.app_context():
            alerts.look(app.extensions["booking"].engine)


class TestThePageOfAPairing:
    def test_lists_what_waits_since_when_and_why(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        paired(app, staff, library.room)
        ref = waiting(app, staff, library)

        page = staff.opens(f"/admin/sync/spaces/{library.room}").text

        assert "One change waits" in words(page)
        assert "12 min ago; tried 4 times, next try now." in words(page)
        assert page.count(f'href="/admin/bookings/{ref}"') == 2  # where it waits, and where it went wrong
        assert "create, transient" in words(page)

    def test_says_when_each_tier_was_last_read(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        paired(app, staff, library.room)

        told = words(staff.opens(f"/admin/sync/spaces/{library.room}").text)

        for tier in ("Next 7 days read", "Next 42 days read", "Read entry by entry"):
            assert tier in told
        assert "Both sides compared never" in told
        assert "No calls in the last hour" in told

    def test_says_so_of_a_space_without_a_calendar(self, at_work: AtWork, library: Library) -> None:
        assert "No calendar" in words(at_work(Role.LIBRARIAN).opens(f"/admin/sync/spaces/{library.room}").text)


class TestWhyASlotIsBusy:
    def test_is_one_click_away_from_the_day(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        paired(app, staff, library.room)
        self._blocked(app, staff, library, private=True)
        day = staff.opens(f"/admin/locations/{library.location}/day?date={library.tomorrow}").text
        number = staff.space(library.room).id
        address = f"/admin/sync/why/{number}?at={at(library.tomorrow, 9, 10).start:%Y-%m-%dT%H:%MZ}"

        assert f'href="{address}"' in day
        told = words(staff.opens(address).text)
        assert "Gaskell Room: busy" in told
        assert "An entry in Outlook blocks it: Private." in told
        assert "Dismissal" not in told

    def test_can_be_asked_of_any_moment(self, app: Flask, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        paired(app, staff, library.room)
        ref = waiting(app, staff, library)
        number = staff.space(library.room).id

        told = words(staff.opens(f"/admin/sync/why/{number}?date={library.tomorrow}&time=09:30").text)

        assert f"Booking {ref} holds it." in told

    def test_says_what_is_wrong_with_a_moment_that_is_none(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)

        answer = staff.opens(f"/admin/sync/why/{staff.space(library.room).id}?date=soon")

        assert answer.status_code == 422
        assert "Write the day like 2026-10-26" in words(answer.text)

    def _blocked(self, app: Flask, staff: Staff, library: Library, *, private: bool) -> None:
        with app.app_context(), transaction() as session:
            when = at(library.tomorrow, 9, 10)
            session.add(
                ExternalEvent(
                    link_id=1,
                    space_id=staff.space(library.room).id,
                    uid="theirs",
                    starts_at=when.start,
                    ends_at=when.end,
                    busy=BusyClass.BUSY,
                    blocks=True,
                    private=private,
                    title="Dismissal",
                    seen_at=clock.now(),
                )
            )
