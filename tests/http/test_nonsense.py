"""What no browser of a well-meaning person sends: it is refused in words, and never breaks a page."""

import pytest

from tests.support.pages import Library, Visitor

HUGE = "9" * 20
#: Longer than Python is willing to read as a number.
ENDLESS = "9" * 5000


class TestAnAddress:
    @pytest.mark.parametrize(
        "query",
        [
            f"seats={ENDLESS}",
            "seats=-1",
            f"date={HUGE}",
            "date=0001-01-01",
            "date=9999-12-31",
            "from=14:00%2B23:59&to=15:00",
            "from=%F0%9F&to=%FF%FE",
        ],
    )
    def test_of_a_day_with_nonsense_in_it_is_answered(self, desk: Visitor, library: Library, query: str) -> None:
        assert desk.opens(f"/locations/{library.location}?{query}").status_code == 200

    @pytest.mark.parametrize("start", ["0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59", "2199-12-31T23:59Z"])
    def test_of_a_form_with_a_time_at_the_end_of_all_calendars_is_answered(
        self, desk: Visitor, library: Library, start: str
    ) -> None:
        answer = desk.opens(f"/spaces/{library.room}/bookings/new?start={start}&end={start}")

        assert answer.status_code in {200, 422}

    @pytest.mark.parametrize("ref", ["%C3%A4", "%ED%A0%80", "a" * 10_000, "..%2f.."])
    def test_of_a_booking_that_cannot_be_one_leads_nowhere(self, desk: Visitor, ref: str) -> None:
        assert desk.opens(f"/bookings/{ref}/{ref}").status_code == 404


class TestAForm:
    @pytest.mark.parametrize("moment", ["0001-01-01T14:00:00+23:59", "9999-12-31T14:00:00-23:59", "never"])
    def test_with_a_moment_at_the_end_of_all_calendars_books_by_the_clock(
        self, desk: Visitor, library: Library, moment: str
    ) -> None:
        assert desk.books(library, moment=moment).status_code == 303

    @pytest.mark.parametrize(
        "values",
        [
            {"date": "0001-01-01"},
            {"date": "9999-12-31"},
            {"start": "23:59:59"},
            {"first_name": "A" * 100_000},
            {"email": "a@" + "b" * 50_000},
            {"email": "ada@example.org\r\nBcc: all@example.org"},
            {"first_name": "Ada\nBcc: all@example.org"},
            {"request_key": "k" * 5000},
            {"offer": "0001-01-01T00:00:00+23:59/9999-12-31T00:00:00-23:59"},
        ],
    )
    def test_with_nonsense_in_it_is_shown_again_or_made_sense_of(
        self, desk: Visitor, library: Library, values: dict[str, str]
    ) -> None:
        assert desk.books(library, **values).status_code in {303, 422}
