from collections.abc import Callable

from booking.domain.opening import Hours
from booking.domain.permissions import Role
from booking.store import queries
from booking.store.database import reading
from booking.store.queries.opening import ClosureRow, HoursOfPlace
from tests.admin.staff import Staff
from tests.support.pages import Library, words

AtWork = Callable[[Role], Staff]


def stored(staff: Staff, library: Library) -> HoursOfPlace:
    """Return the hours of the location as they are kept."""
    with staff.app.app_context(), reading() as session:
        return queries.opening.hours_of(session, staff.location(library.location).id)


def closures(staff: Staff, library: Library) -> tuple[ClosureRow, ...]:
    """Return the closures of the location as they are kept."""
    with staff.app.app_context(), reading() as session:
        return queries.opening.closures(session, staff.location(library.location).id)


class TestTheWeek:
    def test_takes_several_intervals_and_one_past_midnight(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)

        answer = staff.sends(
            f"/admin/locations/{library.location}/hours", {"day_0": "9-12, 13:00-17:00", "day_4": "18:00-02:00"}
        )

        assert answer.status_code == 303
        assert stored(staff, library).week == {0: (Hours(540, 720), Hours(780, 1020)), 4: (Hours(1080, 1560),)}

    def test_says_beside_the_day_what_cannot_be_read_and_stores_nothing(
        self, at_work: AtWork, library: Library
    ) -> None:
        staff = at_work(Role.MANAGER)
        before = stored(staff, library)

        answer = staff.sends(
            f"/admin/locations/{library.location}/hours", {"day_0": "09:00-17:00", "day_1": "nine to five"}
        )

        assert answer.status_code == 422
        assert "“nine” in “nine to five” is not a time" in words(answer.text)
        assert 'value="nine to five"' in answer.text
        assert stored(staff, library) == before

    def test_of_a_space_shows_what_its_location_says_until_it_has_its_own(
        self, at_work: AtWork, library: Library
    ) -> None:
        staff = at_work(Role.MANAGER)
        address = f"/admin/spaces/{library.room}/hours"

        before = staff.opens(address).text
        staff.sends(address, {"day_0": "10:00-12:00"})
        after = staff.opens(address).text

        assert "This space has no week of its own" in before
        assert 'placeholder="08:00\N{EN DASH}22:00"' in before
        assert 'value="10:00-12:00"' in after


class TestExceptions:
    def test_are_added_without_touching_the_week(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        before = stored(staff, library).week

        staff.sends(
            f"/admin/locations/{library.location}/hours",
            {"exception": "1", "day": "2026-12-24", "hours": "10:00-14:00", "note": "Christmas Eve"},
        )

        kept = stored(staff, library)
        assert [(str(each.day), each.hours, each.note) for each in kept.exceptions] == [
            ("2026-12-24", (Hours(600, 840),), "Christmas Eve")
        ]
        assert kept.week == before

    def test_without_hours_close_the_day_and_can_be_removed(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        address = f"/admin/locations/{library.location}/hours"

        staff.sends(address, {"exception": "1", "day": "2026-12-25", "hours": ""})
        closed = words(staff.opens(address).text)
        staff.sends(f"{address}/exceptions/2026-12-25/remove", form_on=address)

        assert "Friday 25 December 2026 Closed" in closed
        assert stored(staff, library).exceptions == ()

    def test_need_a_day_that_there_is(self, at_work: AtWork, library: Library) -> None:
        answer = at_work(Role.MANAGER).sends(
            f"/admin/locations/{library.location}/hours",
            {"exception": "1", "day": "2026-02-30", "hours": "9-five"},
        )

        page = words(answer.text)
        assert answer.status_code == 422
        assert "There is no such day." in page
        assert "is not a time" in page


class TestClosures:
    def test_are_read_on_the_wall_clock_of_the_location(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        values = {
            "space_id": "0",
            "from_day": "2027-03-27",
            "from_time": "18:00",
            "to_day": "2027-03-28",
            "to_time": "08:00",
            "reason": "Painting work",
        }

        answer = staff.sends(f"/admin/locations/{library.location}/closures", values)

        (closure,) = closures(staff, library)
        assert answer.status_code == 303
        assert closure.when.start.isoformat() == "2027-03-27T18:00:00+00:00"
        assert closure.when.end.isoformat() == "2027-03-28T07:00:00+00:00"  # summer time began in that night

    def test_do_not_begin_in_the_hour_that_summer_time_skips(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        values = {
            "space_id": "0",
            "from_day": "2027-03-28",
            "from_time": "01:30",
            "to_day": "2027-03-28",
            "to_time": "08:00",
            "reason": "Painting work",
        }

        answer = staff.sends(f"/admin/locations/{library.location}/closures", values)

        assert answer.status_code == 422
        assert "01:30 does not exist on that day" in words(answer.text)
        assert 'value="Painting work"' in answer.text
        assert closures(staff, library) == ()

    def test_end_after_they_begin_and_say_why(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        values = {
            "space_id": "999",
            "from_day": "2027-03-28",
            "from_time": "09:00",
            "to_day": "2027-03-28",
            "to_time": "09:00",
            "reason": "",
        }

        answer = staff.sends(f"/admin/locations/{library.location}/closures", values)

        page = words(answer.text)
        assert answer.status_code == 422
        assert "The end must come after the beginning." in page
        assert "Say why" in page
        assert "Choose one from the list." in page

    def test_are_removed(self, at_work: AtWork, library: Library) -> None:
        staff = at_work(Role.MANAGER)
        address = f"/admin/locations/{library.location}/closures"
        values = {
            "space_id": str(staff.space(library.room).id),
            "from_day": "2027-01-04",
            "from_time": "09:00",
            "to_day": "2027-01-08",
            "to_time": "17:00",
            "reason": "New floor",
        }
        staff.sends(address, values)
        (closure,) = closures(staff, library)

        staff.sends(f"{address}/{closure.id}/remove", form_on=address)

        assert closure.space_name == "Gaskell Room"
        assert closures(staff, library) == ()
