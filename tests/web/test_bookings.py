import re

from flask import Flask

from booking import clock, services
from booking.domain.opening import Hours
from booking.domain.states import HeldReason, PushState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import Occurrence, Space
from tests import build
from tests.support.pages import Library, Visitor, at, words


def space_id(app: Flask, slug: str) -> int:
    with app.app_context(), reading() as session:
        row = queries.places.space_by_slug(session, slug)
    assert row is not None
    return row.id


def link_of(desk: Visitor, library: Library, **values: str) -> str:
    answer = desk.books(library, **values)
    assert answer.status_code == 303, words(answer.text)
    return answer.headers["Location"]


def waiting(app: Flask, library: Library) -> str:
    """Return the link of a booking whose room's calendar has not answered yet."""
    room_id = space_id(app, library.room)
    with app.app_context(), transaction() as session:
        room = session.get_one(Space, room_id)
        build.link(session, room)
        made = build.booking(session, room, at(library.tomorrow, 14, 15), held=HeldReason.CALENDAR)
        services.calendars.touch(session, made.occurrences[0], now=clock.now())
        return f"/bookings/{made.ref}/{made.secret}"


def settle(app: Flask, link: str, *, sync_id: str) -> None:
    """Let the calendar have answered."""
    with app.app_context(), transaction() as session:
        booking = queries.bookings.by_ref(session, link.split("/")[2])
        assert booking is not None
        occurrence = session.get_one(Occurrence, booking.occurrences[0].id)
        (item,) = queries.push.of_occurrence(session, occurrence.id)
        item.state, item.remote_id, item.acked_version = PushState.CLEAN, sync_id, item.want_version
        services.bookings.confirm(session, occurrence, now=clock.now())


class TestTheForm:
    def test_shows_the_time_that_was_pressed(self, desk: Visitor, library: Library) -> None:
        wish = at(library.tomorrow, 9, 10.5)

        page = desk.opens(
            f"/spaces/{library.room}/bookings/new?start={wish.start:%Y-%m-%dT%H:%MZ}&end={wish.end:%Y-%m-%dT%H:%MZ}"
        ).text

        assert f'type="date" value="{library.tomorrow}"' in page
        assert 'type="time" value="09:00"' in page
        assert 'type="time" value="10:30"' in page
        assert "Free" in words(page)

    def test_asks_for_a_nickname_only_where_the_category_allows_one(self, desk: Visitor, library: Library) -> None:
        room = desk.opens(f"/spaces/{library.room}/bookings/new").text
        hall = desk.opens(f"/spaces/{library.hall}/bookings/new").text

        assert 'name="nickname"' not in room
        assert 'name="nickname"' in hall

    def test_says_while_it_is_open_that_somebody_was_faster(self, app: Flask, desk: Visitor, library: Library) -> None:
        question = f"/spaces/{library.room}/bookings/check?date={library.tomorrow}&start=14:00&end=15:00&shown=free"
        before = desk.opens(question)
        link_of(Visitor(app.test_client()), library)

        after = desk.opens(question)

        assert before.status_code == 204, "nothing new, so nothing is read out"
        assert after.status_code == 200
        assert "Somebody has the room then" in after.text

    def test_says_when_it_was_the_same_person_who_was_faster(self, desk: Visitor, library: Library) -> None:
        link_of(desk, library)

        when = at(library.tomorrow, 14, 15)
        told = words(desk.opens(f"/spaces/{library.room}/bookings/new?start={when.start:%Y-%m-%dT%H:%MZ}").text)

        assert "Yours already" in told
        assert "Somebody" not in told

    def test_asks_for_no_more_than_is_free(self, desk: Visitor, app: Flask, library: Library) -> None:
        link_of(Visitor(app.test_client()), library)

        before = at(library.tomorrow, 13.5, 14).start
        page = desk.opens(f"/spaces/{library.room}/bookings/new?start={before:%Y-%m-%dT%H:%MZ}").text

        assert 'value="13:30"' in page
        assert 'value="14:00"' in page
        assert "Taken" not in words(page)

    def test_begins_with_the_next_free_time(self, desk: Visitor, library: Library) -> None:
        told = words(desk.opens(f"/spaces/{library.room}/bookings/new").text)

        assert "It is checked again while this page is open" in told

    def test_does_not_exist_for_a_space_of_a_private_location(self, app: Flask, desk: Visitor) -> None:
        with app.app_context(), transaction() as session:
            hidden = build.space(session, build.category(session, build.location(session, is_public=False)))
            slug = hidden.slug

        assert desk.opens(f"/spaces/{slug}/bookings/new").status_code == 404
        assert desk.opens(f"/spaces/{slug}").status_code == 404


class TestBooking:
    def test_leads_to_the_page_of_the_booking(self, desk: Visitor, library: Library) -> None:
        page = desk.opens(link_of(desk, library))

        assert page.status_code == 200
        told = words(page.text)
        assert "Thesis group" in told
        assert "Confirmed" in told
        assert "14:00–15:00" in told
        assert "— this room has no calendar in Outlook" in told

    def test_twice_with_one_form_makes_one_booking(self, desk: Visitor, library: Library) -> None:
        first = link_of(desk, library, request_key="one form")

        second = link_of(desk, library, request_key="one form")

        assert first == second

    def test_pressed_again_after_going_back_says_that_the_room_is_theirs(self, desk: Visitor, library: Library) -> None:
        link_of(desk, library)

        answer = desk.books(library)

        assert answer.status_code == 422
        assert "You have this room already" in answer.text
        assert "Somebody was faster" not in answer.text

    def test_of_a_taken_time_keeps_the_form_and_offers_what_is_free(
        self, app: Flask, desk: Visitor, library: Library
    ) -> None:
        link_of(Visitor(app.test_client()), library)

        answer = desk.books(library, title="Latecomers & friends", email="late@example.org")

        assert answer.status_code == 422
        assert "Somebody was faster" in answer.text
        assert 'value="Latecomers &amp; friends"' in answer.text
        assert 'value="late@example.org"' in answer.text
        assert "Same room, later" in answer.text
        assert "Same time, another room" in answer.text
        assert "Same room and time, another day" in answer.text

    def test_can_take_an_offer_with_one_press(self, desk: Visitor, library: Library) -> None:
        link_of(desk, library)
        refused = desk.books(library, title="Latecomers")
        button = re.search(r'formaction="([^"]+)" name="offer" value="([^"]+)"', refused.text)
        assert button is not None

        answer = desk.books(library, title="Latecomers", offer=button[2])

        assert answer.status_code == 303
        assert "15:00–16:00" in words(desk.opens(answer.headers["Location"]).text)

    def test_in_the_past_is_refused_beside_the_field(self, desk: Visitor, library: Library) -> None:
        answer = desk.books(library, date="2020-02-03")

        assert answer.status_code == 422
        assert re.search(r'id="start-error">That time has already begun', answer.text)
        assert 'value="Thesis group"' in answer.text

    def test_that_ends_before_it_starts_is_refused_beside_the_field(self, desk: Visitor, library: Library) -> None:
        answer = desk.books(library, start="15:00", end="14:00")

        assert answer.status_code == 422
        assert re.search(r'id="end-error">The end must come after the start', answer.text)

    def test_in_the_hour_that_summer_time_skips_is_refused_beside_the_field(
        self, desk: Visitor, library: Library
    ) -> None:
        answer = desk.books(library, date="2027-03-28", start="01:30", end="03:30")

        assert answer.status_code == 422
        assert re.search(r'id="start-error">01:30 does not exist on that day', answer.text)

    def test_without_a_name_or_with_half_an_address_is_refused_beside_both(
        self, desk: Visitor, library: Library
    ) -> None:
        no_name = desk.books(library, first_name=" ")
        no_address = desk.books(library, email="priya.raman")

        assert (no_name.status_code, no_address.status_code) == (422, 422)
        assert 'id="first_name-error"' in no_name.text
        assert 'id="email-error"' in no_address.text

    def test_with_nonsense_for_times_is_refused_and_loses_nothing(self, desk: Visitor, library: Library) -> None:
        answer = desk.books(library, date="soon", start="late", end="")

        assert answer.status_code == 422
        assert 'value="Priya"' in answer.text
        assert 'id="date-error"' in answer.text

    def test_beyond_all_calendars_is_refused_beside_the_field(self, desk: Visitor, library: Library) -> None:
        for day in ("0001-01-01", "9999-12-31"):
            answer = desk.books(library, date=day)
            question = desk.opens(f"/spaces/{library.room}/bookings/check?date={day}&start=14:00&end=15:00")

            assert answer.status_code == 422
            assert 'id="date-error"' in answer.text
            assert question.status_code == 200

    def test_past_midnight_ends_the_next_morning(self, app: Flask, desk: Visitor, library: Library) -> None:
        with app.app_context(), transaction() as session:
            late = build.location(session, week=dict.fromkeys(range(7), (Hours(18 * 60, 26 * 60),)))
            slug = build.space(session, build.category(session, late)).slug

        told = words(desk.opens(link_of(desk, library, space=slug, start="23:00", end="01:00")).text)

        assert "23:00–01:00 (" in told

    def test_shows_markup_as_it_was_typed(self, desk: Visitor, library: Library) -> None:
        page = desk.opens(link_of(desk, library, title="<script>alert(1)</script>")).text

        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_without_the_token_of_the_form_does_nothing(self, desk: Visitor, library: Library) -> None:
        answer = desk.client.post(f"/spaces/{library.room}/bookings", data={"date": str(library.tomorrow)})

        assert answer.status_code == 400
        assert "nothing was done" in answer.text


class TestTheSecretLink:
    def test_answers_a_wrong_secret_as_it_answers_an_unknown_reference(self, desk: Visitor, library: Library) -> None:
        link = link_of(desk, library)
        desk.opens(link)
        ref = link.split("/")[2]

        wrong = desk.opens(f"/bookings/{ref}/not-the-secret")
        unknown = desk.opens("/bookings/AAAA-AAAA/not-the-secret")

        assert (wrong.status_code, unknown.status_code) == (404, 404)
        assert words(wrong.text) == words(unknown.text)

    def test_is_told_to_nobody_and_kept_nowhere(self, desk: Visitor, library: Library) -> None:
        link = link_of(desk, library)

        for page in (link, f"{link}/progress", f"{link}/change", f"{link}/cancel"):
            headers = desk.opens(page).headers
            assert headers["Cache-Control"] == "no-store"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert "noindex" in headers["X-Robots-Tag"]

    def test_shows_what_happened_without_the_names_of_staff(self, desk: Visitor, library: Library) -> None:
        link = link_of(desk, library)

        told = words(desk.opens(link).text)

        assert "Booked on the web" in told
        assert "Okafor" not in told


class TestAWaitingBooking:
    def test_says_so_and_looks_again_by_itself(self, app: Flask, desk: Visitor, library: Library) -> None:
        page = desk.opens(waiting(app, library)).text

        assert "Reserved, reaching Outlook" in words(page)
        assert "— on its way to the room&#39;s calendar" in words(page)
        assert 'hx-trigger="every 2s"' in page
        assert "Check again" in page

    def test_answers_nothing_while_nothing_is_new(self, app: Flask, desk: Visitor, library: Library) -> None:
        page = desk.opens(waiting(app, library)).text
        address = re.search(r'hx-get="([^"]+)"', page)
        assert address is not None

        answer = desk.opens(address[1].replace("&amp;", "&"))

        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Cache-Control"] == "no-store"

    def test_stops_looking_once_it_is_settled(self, app: Flask, desk: Visitor, library: Library) -> None:
        link = waiting(app, library)
        settle(app, link, sync_id="AAMkAGQ2ZTk1YjQ4")

        fragment = desk.opens(f"{link}/progress").text

        assert "hx-trigger" not in fragment
        assert "In Outlook" in fragment
        assert 'data-copy="AAMkAGQ2ZTk1YjQ4"' in fragment


class TestChanging:
    def test_gives_another_time_and_other_words(self, desk: Visitor, library: Library) -> None:
        link = link_of(desk, library)

        answer = desk.sends(
            f"{link}/change",
            {"date": str(library.tomorrow), "start": "16:00", "end": "17:30", "title": "Viva"},
            form_on=f"{link}/change",
        )

        told = words(desk.opens(link).text)
        assert answer.status_code == 303
        assert "16:00–17:30" in told
        assert "Viva" in told

    def test_to_a_taken_time_leaves_everything_as_it_was(self, desk: Visitor, library: Library) -> None:
        link_of(desk, library, start="16:00", end="17:00", title="Others")
        link = link_of(desk, library)

        answer = desk.sends(
            f"{link}/change",
            {"date": str(library.tomorrow), "start": "16:30", "end": "17:30", "title": "Viva"},
            form_on=f"{link}/change",
        )

        assert answer.status_code == 422
        assert "is still yours" in words(answer.text)
        assert "14:00–15:00" in words(desk.opens(link).text)


class TestCancelling:
    def test_asks_first(self, desk: Visitor, library: Library) -> None:
        link = link_of(desk, library)

        question = desk.opens(f"{link}/cancel")

        assert "Cancel this booking?" in words(question.text)
        assert "Confirmed" in words(desk.opens(link).text)

    def test_frees_the_time(self, desk: Visitor, library: Library) -> None:
        link = link_of(desk, library)

        answer = desk.sends(f"{link}/cancel", {"date": "all"}, form_on=f"{link}/cancel")

        assert answer.status_code == 303
        assert "Cancelled" in words(desk.opens(link).text)
        assert desk.books(library, title="The next").status_code == 303

    def test_can_leave_the_other_dates(self, app: Flask, desk: Visitor, library: Library) -> None:
        room_id = space_id(app, library.room)
        with app.app_context(), transaction() as session:
            room = session.get_one(Space, room_id)
            made = build.booking(session, room, at(library.tomorrow, 9, 10), at(library.tomorrow, 11, 12))
            link, first = f"/bookings/{made.ref}/{made.secret}", made.occurrences[0].key

        desk.sends(f"{link}/cancel", {"date": first}, form_on=f"{link}/cancel?date={first}")

        with app.app_context(), reading() as session:
            booking = queries.bookings.by_ref(session, link.split("/")[2])
        assert booking is not None
        assert [date.holds for date in booking.occurrences] == [False, True]
