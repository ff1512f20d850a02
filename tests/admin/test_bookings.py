from collections.abc import Callable

from flask import Flask

from booking import clock, services
from booking.domain.permissions import Role
from booking.domain.states import HeldReason, OccurrenceState, PushState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import Occurrence, Space
from booking.store.queries.bookings import BookingRow
from tests import build
from tests.admin.staff import Staff
from tests.support.pages import Library, at, words

AtWork = Callable[[Role], Staff]
SYNC_ID = "AAMkAGQ2ZTk1YjQ4LTcxN2EtNGE5Yy05ZDIwLWUwMzE1Yzg0ZmRiMQBGAAAAAADX9sAAA="


def booked(staff: Staff, library: Library, *hours: int, held: HeldReason | None = None) -> str:
    """Book the room for tomorrow, an hour each, all in one booking; return its reference."""
    room = staff.space(library.room)
    with staff.app.app_context(), transaction() as session:
        times = [at(library.tomorrow, hour, hour + 1) for hour in hours]
        who = build.person(session, first_name="Priya", last_name="Raman", email="priya@example.org")
        made = build.booking(
            session, session.get_one(Space, room.id), *times, patron=who, title="Thesis group", held=held
        )
        return made.ref


def stored(app: Flask, ref: str) -> BookingRow:
    with app.app_context(), reading() as session:
        row = queries.bookings.by_ref(session, ref)
    assert row is not None
    return row


class TestTheList:
    def test_finds_by_name_address_reference_and_title(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        ref = booked(staff, library, 9)

        for text in ("raman", "PRIYA@example.org", ref, "thesis"):
            assert ref in words(staff.opens(f"/admin/bookings?q={text}").text), text
        assert "Nothing fits" in words(staff.opens("/admin/bookings?q=somebody").text)

    def test_narrows_to_days_location_and_state(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        ref = booked(staff, library, 9)
        day = library.tomorrow.isoformat()

        found = staff.opens(f"/admin/bookings?from={day}&to={day}&location={library.location}&state=confirmed").text
        missed = staff.opens("/admin/bookings?from=2026-01-01&to=2026-01-02").text

        assert ref in words(found)
        assert f'value="{day}"' in found
        assert ref not in words(missed)

    def test_says_what_makes_no_sense_and_keeps_the_rest(self, at_work: AtWork) -> None:
        answer = at_work(Role.LIBRARIAN).opens("/admin/bookings?q=raman&from=2026-02-30&to=soon&state=odd&page=x")

        page = words(answer.text)
        assert answer.status_code == 422
        assert "There is no such day." in page
        assert 'value="raman"' in answer.text

    def test_shows_nothing_of_another_location(self, at_work: AtWork, library: Library, app: Flask) -> None:
        staff = at_work(Role.LIBRARIAN)
        with app.app_context(), transaction() as session:
            other = build.space(session, name="Elsewhere")
            ref = build.booking(session, other, at(library.tomorrow, 9, 10)).ref

        assert ref not in staff.opens("/admin/bookings").text
        assert staff.opens(f"/admin/bookings/{ref}").status_code == 403

    def test_has_words_when_it_is_empty(self, at_work: AtWork) -> None:
        assert "Nobody has booked yet." in words(at_work(Role.LIBRARIAN).opens("/admin/bookings").text)


class TestABooking:
    def test_shows_the_whole_sync_id_of_each_date(self, at_work: AtWork, library: Library, app: Flask) -> None:
        staff = at_work(Role.LIBRARIAN)
        ref = booked(staff, library, 9, 11)
        with app.app_context(), transaction() as session:
            build.link(session, session.get_one(Space, staff.space(library.room).id))
            first, second = (session.get_one(Occurrence, each.id) for each in stored(app, ref).occurrences)
            for occurrence in (first, second):
                services.calendars.touch(session, occurrence, now=clock.now())
            session.flush()
            (item,) = queries.push.of_occurrence(session, first.id)
            item.state, item.remote_id, item.acked_version = PushState.CLEAN, SYNC_ID, item.want_version
            (waiting,) = queries.push.of_occurrence(session, second.id)
            waiting.attempts, waiting.last_error = 3, "No answer within 30 s."

        page = staff.opens(f"/admin/bookings/{ref}").text

        assert f'<code class="text-break">{SYNC_ID}</code>' in page
        assert f'data-copy="{SYNC_ID}"' in page
        assert "In Outlook" in words(page)
        assert "Reaching Outlook The calendar could not be reached; we keep trying." in words(page)
        assert "Last error No answer within 30 s." in words(page)

    def test_says_who_did_what(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.LIBRARIAN)
        ref = booked(staff, library, 9)
        staff.sends(f"/admin/bookings/{ref}/cancel", {"dates": [stored(staff.app, ref).occurrences[0].key]})

        assert "Cancelled by Mina Okafor, staff" in words(staff.opens(f"/admin/bookings/{ref}").text)

    def test_is_unknown_under_another_reference(self, at_work: AtWork) -> None:
        assert at_work(Role.ADMINISTRATOR).opens("/admin/bookings/AAAA-0000").status_code == 404


class TestCancelling:
    def test_asks_first_and_takes_one_date_of_two(self, at_work: AtWork, library: Library, app: Flask) -> None:
        staff = at_work(Role.LIBRARIAN)
        ref = booked(staff, library, 9, 11)
        first, second = stored(app, ref).occurrences

        asked = words(staff.opens(f"/admin/bookings/{ref}/cancel?date={first.key}").text)
        answer = staff.sends(f"/admin/bookings/{ref}/cancel", {"dates": [first.key]})

        assert "Which dates of Priya Raman shall be cancelled?" in asked
        assert answer.status_code == 303
        states = {each.key: each.state for each in stored(app, ref).occurrences}
        assert states == {first.key: OccurrenceState.CANCELLED, second.key: OccurrenceState.CONFIRMED}

    def test_needs_a_date_that_is_still_to_come(self, at_work: AtWork, library: Library, app: Flask) -> None:
        staff = at_work(Role.LIBRARIAN)
        ref = booked(staff, library, 9, 11)

        none = staff.sends(f"/admin/bookings/{ref}/cancel", {"dates": []})
        unknown = staff.sends(f"/admin/bookings/{ref}/cancel", {"dates": ["made-up"]})

        assert (none.status_code, unknown.status_code) == (422, 422)
        assert "Choose the dates to cancel." in words(none.text)
        assert "was changed meanwhile" in words(unknown.text)
        assert all(each.state is OccurrenceState.CONFIRMED for each in stored(app, ref).occurrences)

    def test_says_when_there_is_nothing_left(self, at_work: AtWork, library: Library, app: Flask) -> None:
        staff = at_work(Role.LIBRARIAN)
        ref = booked(staff, library, 9)
        key = stored(app, ref).occurrences[0].key
        staff.sends(f"/admin/bookings/{ref}/cancel", {"dates": [key]})

        page = staff.opens(f"/admin/bookings/{ref}/cancel")

        assert "There is nothing to cancel" in words(page.text)


class TestTheDay:
    def test_shows_names_that_lead_to_bookings_and_what_blocks_in_outlook(
        self, at_work: AtWork, library: Library, app: Flask
    ) -> None:
        staff = at_work(Role.LIBRARIAN)
        ref = booked(staff, library, 9)
        held = booked(staff, library, 15, held=HeldReason.CALENDAR)
        with app.app_context(), transaction() as session:
            link = build.link(session, session.get_one(Space, staff.space(library.room).id), read_at=clock.now())
            build.outside_event(session, link, at(library.tomorrow, 12, 13), private=True, title="Budget")

        page = staff.opens(f"/admin/locations/{library.location}/day?date={library.tomorrow}").text

        assert "Priya Raman 09:00 to 10:00" in words(page)
        assert f'href="/admin/bookings/{ref}"' in page
        assert f'href="/admin/bookings/{held}"' in page
        assert "Held" in words(page)
        assert "BUSY in Outlook 12:00 to 13:00" in words(page)
        assert "Budget" not in page

    def test_books_a_free_time_through_the_form_of_patrons(self, at_work: AtWork, library: Library) -> None:
        page = at_work(Role.LIBRARIAN).opens(f"/admin/locations/{library.location}/day?date={library.tomorrow}").text

        assert f'action="/spaces/{library.room}/bookings/new"' in page

    def test_of_a_day_that_is_none_is_today(self, at_work: AtWork, library: Library) -> None:
        answer = at_work(Role.LIBRARIAN).opens(f"/admin/locations/{library.location}/day?date=someday")

        assert answer.status_code == 200
