"""What staff pages do with addresses and numbers that nobody means: refused in words, and never broken."""

from collections.abc import Callable

import pytest

from booking.domain.permissions import Role
from tests.admin.staff import Staff
from tests.support.pages import Library

HUGE = "9" * 20
#: Longer than Python is willing to read as a number.
ENDLESS = "9" * 5000


class TestAnAddress:
    @pytest.mark.parametrize("number", [HUGE, ENDLESS, "-1"])
    def test_with_a_number_that_no_row_has_leads_nowhere(
        self, at_work: Callable[[Role], Staff], library: Library, number: str
    ) -> None:
        admin = at_work(Role.ADMINISTRATOR)

        assert admin.opens(f"/admin/messages/{number}").status_code == 404
        assert admin.opens(f"/admin/locations/{library.location}/zones/{number}").status_code == 404
        again = f"/admin/messages/{number}/again"
        assert admin.sends(again, form_on=f"/admin/locations/{library.location}/zones").status_code == 404
        remove = f"/admin/locations/{library.location}/closures/{number}/remove"
        assert admin.sends(remove, form_on=f"/admin/locations/{library.location}/zones").status_code == 404

    @pytest.mark.parametrize("number", [HUGE, ENDLESS, "-1", "x"])
    def test_of_a_page_that_no_list_has_is_answered(self, at_work: Callable[[Role], Staff], number: str) -> None:
        admin = at_work(Role.ADMINISTRATOR)

        assert admin.opens(f"/admin/bookings?page={number}").status_code == 200
        assert admin.opens(f"/admin/messages?page={number}").status_code == 200

    def test_that_searches_for_nonsense_is_answered(self, at_work: Callable[[Role], Staff]) -> None:
        admin = at_work(Role.ADMINISTRATOR)

        for query in ("q=" + "a%20" * 5000, "q=%25_%5C", f"location={HUGE}", "state=nonsense", "from=0001-01-01"):
            assert admin.opens(f"/admin/bookings?{query}").status_code in {200, 422}, query


class TestAForm:
    def test_with_numbers_that_no_place_can_have_is_shown_again(
        self, at_work: Callable[[Role], Staff], library: Library
    ) -> None:
        admin = at_work(Role.ADMINISTRATOR)
        page = f"/admin/spaces/{library.room}"

        for values in ({"capacity": HUGE}, {"capacity": ENDLESS}, {"position": "-1"}, {"category_id": HUGE}):
            assert admin.sends(page, values).status_code == 422, values

    def test_of_hours_at_the_end_of_all_calendars_is_shown_again(
        self, at_work: Callable[[Role], Staff], library: Library
    ) -> None:
        admin = at_work(Role.ADMINISTRATOR)
        closures = f"/admin/locations/{library.location}/closures"

        for day in ("0001-01-01", "9999-12-31"):
            stretch = {"from_day": day, "from_time": "00:00", "to_day": day, "to_time": "23:59", "space_id": "0"}
            assert admin.sends(closures, {**stretch, "reason": "x"}).status_code == 422
