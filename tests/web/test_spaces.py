import html
import re
from datetime import timedelta

from flask import Flask

from booking import clock
from booking.store import queries
from booking.store.database import transaction
from booking.store.models import Location, Space
from tests import build
from tests.support.pages import Library, Visitor, at, words

LARGEST_PAGE = 100_000


def booked(app: Flask, library: Library, *hours: tuple[float, float], title: str = "Thesis group") -> None:
    """Have somebody else take the room tomorrow."""
    with app.app_context(), transaction() as session:
        row = queries.places.space_by_slug(session, library.room)
        assert row is not None
        times = [at(library.tomorrow, *each) for each in hours]
        build.booking(session, session.get_one(Space, row.id), *times, title=title)


def names(page: str) -> list[str]:
    """Return what a screen reader calls each button of the grid: the texts it is labelled by, one after the other."""
    texts = {id_: html.unescape(text) for id_, text in re.findall(r'id="([kn][^"]+)"[^>]*>([^<]+)<', page)}
    labels = re.findall(r'<button class="slot[^>]* aria-labelledby="([^"]+)"', page)
    return [" ".join(texts[id_] for id_ in label.split()) for label in labels]


def buttons(page: str, room: str) -> list[str]:
    """Return the times at which a room can be pressed in the grid."""
    found = (re.fullmatch(rf"Book {room} on .+, (\d\d:\d\d) to \d\d:\d\d", name) for name in names(page))
    return [each[1] for each in found if each]


class TestTheLocations:
    def test_are_listed_with_today_and_their_own_clock(self, desk: Visitor) -> None:
        told = words(desk.opens("/").text)

        assert "Central Library Open today 08:00–22:00 local time, now" in told
        assert "Harbour Branch" in told
        assert re.search(r"now \d\d:\d\d E[SD]T", told)

    def test_leave_private_ones_out(self, app: Flask, desk: Visitor) -> None:
        with app.app_context(), transaction() as session:
            hidden = build.location(session, name="Staff house", is_public=False)
            slug = hidden.slug

        assert "Staff house" not in desk.opens("/").text
        assert desk.opens(f"/locations/{slug}").status_code == 404

    def test_say_so_when_there_are_none(self, app: Flask) -> None:
        told = words(app.test_client().get("/").text)

        assert "No rooms yet" in told


class TestADay:
    def test_offers_a_button_for_each_free_half_hour(self, desk: Visitor, library: Library) -> None:
        page = desk.opens(f"/locations/{library.location}?date={library.tomorrow}&view=grid").text

        assert buttons(page, "Gaskell Room")[:3] == ["08:00", "08:30", "09:00"]
        assert len(buttons(page, "Gaskell Room")) == 28

    def test_offers_a_button_for_each_whole_hour_where_the_rules_ask_for_whole_hours(
        self, desk: Visitor, library: Library
    ) -> None:
        page = desk.opens(f"/locations/{library.location}?date={library.tomorrow}&view=grid").text

        assert buttons(page, "Turing Hall")[:3] == ["08:00", "09:00", "10:00"]

    def test_makes_a_booked_time_one_block_in_words(self, app: Flask, desk: Visitor, library: Library) -> None:
        booked(app, library, (9, 11))

        page = desk.opens(f"/locations/{library.location}?date={library.tomorrow}&view=grid").text

        block = (
            '<div class="busy is-taken"><span>Taken<span class="visually-hidden"> 09:00 to 11:00</span></span></div>'
        )
        assert f'<td class="on-hour" colspan="4">{block}' in page
        assert "09:30" not in buttons(page, "Gaskell Room")

    def test_tells_patrons_nothing_about_who_and_what(self, app: Flask, desk: Visitor, library: Library) -> None:
        booked(app, library, (9, 11), title="A very private matter")

        for view in ("grid", "list"):
            page = desk.opens(f"/locations/{library.location}?date={library.tomorrow}&view={view}").text
            assert "private matter" not in page
            assert "Lovelace" not in page
            assert "TEST-" not in page

    def test_shows_a_meeting_in_outlook_as_simply_taken(self, app: Flask, desk: Visitor, library: Library) -> None:
        with app.app_context(), transaction() as session:
            row = queries.places.space_by_slug(session, library.room)
            assert row is not None
            link = build.link(session, session.get_one(Space, row.id), read_at=clock.now())
            build.outside_event(session, link, at(library.tomorrow, 12, 13), title="Redundancies", organizer="The Head")

        page = desk.opens(f"/locations/{library.location}?date={library.tomorrow}&view=grid").text

        assert '<span>Taken<span class="visually-hidden"> 12:00 to 13:00' in page
        assert "Outlook" not in page
        assert "Redundancies" not in page
        assert "The Head" not in page

    def test_marks_what_is_not_certain(self, app: Flask, desk: Visitor, library: Library) -> None:
        with app.app_context(), transaction() as session:
            row = queries.places.space_by_slug(session, library.room)
            assert row is not None
            build.link(session, session.get_one(Space, row.id), read_at=clock.now() - timedelta(hours=2))

        page = desk.opens(f"/locations/{library.location}?date={library.tomorrow}").text

        assert "1 of 2 rooms is free" in words(page)
        assert buttons(page, "Gaskell Room") == []
        assert any(
            re.fullmatch(r"Ask for Gaskell Room on .+, 08:00 to 08:30, not certain", name) for name in names(page)
        )
        assert "<span>not certain</span>" in page

    def test_does_not_call_rooms_taken_whose_calendars_are_not_known(
        self, app: Flask, desk: Visitor, library: Library
    ) -> None:
        with app.app_context(), transaction() as session:
            for slug in (library.room, library.hall):
                row = queries.places.space_by_slug(session, slug)
                assert row is not None
                build.link(session, session.get_one(Space, row.id), read_at=clock.now() - timedelta(hours=2))

        told = words(desk.opens(f"/locations/{library.location}?date={library.tomorrow}&view=list").text)

        assert "No room is certain to be free. 2 may be" in told
        assert "0 of 2" not in told

    def test_lists_a_room_that_may_be_free_then_as_not_certain(
        self, app: Flask, desk: Visitor, library: Library
    ) -> None:
        with app.app_context(), transaction() as session:
            row = queries.places.space_by_slug(session, library.room)
            assert row is not None
            build.link(session, session.get_one(Space, row.id), read_at=clock.now() - timedelta(hours=2))

        address = f"/locations/{library.location}?date={library.tomorrow}&from=14:00&to=15:00&view=list"
        told = words(desk.opens(address).text)

        assert "1 of 2 rooms is free" in told
        assert "Ask for it Gaskell Room" in told
        assert "Book Turing Hall" in told

    def test_says_closed_and_why(self, app: Flask, desk: Visitor, library: Library) -> None:
        with app.app_context(), transaction() as session:
            row = queries.places.location_by_slug(session, library.location)
            assert row is not None
            here = session.get_one(Location, row.id)
            build.closure(session, here, at(library.tomorrow, 0, 24), reason="Stocktaking")

        page = desk.opens(f"/locations/{library.location}?date={library.tomorrow}")

        assert "Closed: Stocktaking" in words(page.text)
        assert "Choose another day" in words(page.text)

    def test_that_is_over_says_so(self, desk: Visitor, library: Library) -> None:
        told = words(desk.opens(f"/locations/{library.location}?date=2020-02-04&view=list").text)

        assert "That day is over. Choose another." in told
        assert "today" not in told

    def test_too_far_ahead_does_not_call_the_rooms_closed(self, desk: Visitor, library: Library) -> None:
        far = library.tomorrow + timedelta(days=300)

        told = words(desk.opens(f"/locations/{library.location}?date={far}&view=list").text)

        assert "Too far ahead to book." in told
        assert "Closed" not in told

    def test_shows_grid_and_list_from_one_reading(self, app: Flask, desk: Visitor, library: Library) -> None:
        booked(app, library, (9, 11), (12, 22))

        page = desk.opens(f"/locations/{library.location}?date={library.tomorrow}").text

        assert buttons(page, "Gaskell Room") == ["08:00", "08:30", "11:00", "11:30"]
        runs = re.findall(r"Book Gaskell Room, free </span><b>([^<]+)</b>", page)
        assert runs == ["08:00–09:00", "11:00–12:00"]
        assert '<div class="wide-only">' in page
        assert '<div class="narrow-only">' in page

    def test_uses_each_id_once_though_both_views_are_in_it(self, desk: Visitor, library: Library) -> None:
        page = desk.opens(f"/locations/{library.location}?date={library.tomorrow}&from=14:00&to=15:00").text

        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))

    def test_counts_the_rooms_that_are_free_then(self, app: Flask, desk: Visitor, library: Library) -> None:
        booked(app, library, (14, 15))

        told = words(desk.opens(f"/locations/{library.location}?date={library.tomorrow}&from=14:00&to=15:00").text)

        assert "1 of 2 rooms is free from 14:00 to 15:00" in told

    def test_counts_no_room_whose_rules_forbid_that_time(self, desk: Visitor, library: Library) -> None:
        told = words(desk.opens(f"/locations/{library.location}?date={library.tomorrow}&from=14:30&to=15:30").text)

        assert "1 of 2 rooms is free from 14:30 to 15:30" in told, "the hall goes by whole hours"

    def test_leaves_out_rooms_that_are_too_small(self, desk: Visitor, library: Library) -> None:
        page = desk.opens(f"/locations/{library.location}?date={library.tomorrow}&seats=8").text

        assert "Turing Hall" in page
        assert "Gaskell Room" not in page

    def test_keeps_what_was_asked_when_the_day_changes(self, desk: Visitor, library: Library) -> None:
        page = desk.opens(f"/locations/{library.location}?date=2027-02-03&from=14:00&to=15:00&seats=4&view=list").text

        assert "date=2027-02-04&amp;view=list&amp;from=14:00&amp;to=15:00&amp;seats=4" in page.replace("%3A", ":")

    def test_bears_nonsense_in_its_address(self, desk: Visitor, library: Library) -> None:
        nonsense = "date=9999-99-99&from=25:00&to=x&seats=-3&view=dance"

        assert desk.opens(f"/locations/{library.location}?{nonsense}").status_code == 200
        assert desk.opens(f"/locations/{library.location}?date=9999-12-31").status_code == 200
        complaint = desk.opens(f"/locations/{library.location}?from=15:00&to=14:00").text
        assert "The end must come after the start" in complaint

    def test_has_all_hours_of_the_days_the_clocks_change(self, app: Flask, desk: Visitor) -> None:
        with app.app_context(), transaction() as session:
            always = build.location(session, name="Night library")
            build.space(session, build.category(session, always), name="Lamp Room")
            slug = always.slug

        heads = {
            day: re.findall(r'<th scope="col"[^>]*>(\d\d:\d\d)</th>', desk.opens(f"/locations/{slug}?date={day}").text)
            for day in ("2027-03-28", "2027-10-31")
        }

        assert len(heads["2027-03-28"]) == 23
        assert "01:00" not in heads["2027-03-28"]
        assert len(heads["2027-10-31"]) == 25
        assert heads["2027-10-31"].count("01:00") == 2

    def test_stays_small_with_twelve_rooms(self, app: Flask, desk: Visitor, library: Library) -> None:
        with app.app_context(), transaction() as session:
            row = queries.places.location_by_slug(session, library.location)
            assert row is not None
            kind = build.category(session, session.get_one(Location, row.id), name="More study rooms")
            for number in range(10):
                build.space(session, kind, name=f"Study Room {number}")

        page = desk.opens(f"/locations/{library.location}?date={library.tomorrow}")

        assert len(page.data) < LARGEST_PAGE


class TestASpace:
    def test_says_its_rules_and_hours_in_words(self, desk: Visitor, library: Library) -> None:
        told = words(desk.opens(f"/spaces/{library.hall}").text)

        assert "1 h to 4 h, in steps of 1 h" in told
        assert "Up to 90 days ahead" in told
        assert "Monday 08:00–22:00" in told

    def test_is_unknown_under_a_name_that_does_not_exist(self, desk: Visitor) -> None:
        page = desk.opens("/spaces/broom-cupboard")

        assert page.status_code == 404
        assert "There is nothing here" in page.text
