from datetime import UTC, date, datetime, timedelta

import pytest

from booking.domain.intervals import Interval
from booking.http import filters

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class TestTimes:
    def test_are_on_the_wall_clock_of_the_place(self) -> None:
        summer = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)

        assert filters.clock_time(NOON, "Europe/London") == "12:00"
        assert filters.clock_time(summer, "Europe/London") == "13:00"
        assert filters.stamp(NOON, "America/New_York") == "Tue 24 Nov, 07:00"

    def test_name_their_zone(self) -> None:
        assert filters.zone_name(NOON, "Europe/London") == "GMT"
        assert filters.zone_name(NOON, "Asia/Kathmandu") == "UTC+0545"

    def test_of_a_repeated_hour_differ_in_addresses(self) -> None:
        first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        second = first + timedelta(hours=1)

        assert filters.clock_time(first, "Europe/London") == filters.clock_time(second, "Europe/London") == "01:30"
        assert filters.utc_stamp(first) != filters.utc_stamp(second)


class TestATimeRange:
    @pytest.mark.parametrize(
        ("hours", "words"),
        [(1.5, "12:00–13:30"), (12, "12:00–00:00"), (14, "12:00–02:00 (Wed 25 Nov)")],
    )
    def test_says_the_day_of_the_end_only_if_it_is_another(self, hours: float, words: str) -> None:
        assert filters.time_range(Interval(NOON, NOON + timedelta(hours=hours)), "Europe/London") == words


class TestDays:
    def test_are_written_out(self) -> None:
        assert filters.date_words(date(2026, 11, 24)) == "Tuesday 24 November 2026"
        assert filters.short_day(date(2026, 11, 24)) == "Tue 24 Nov"

    def test_of_a_moment_are_those_of_the_place(self) -> None:
        late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)

        assert filters.date_words(late, "Asia/Tokyo") == "Wednesday 25 November 2026"


class TestLengths:
    @pytest.mark.parametrize(
        ("length", "words"),
        [
            (timedelta(minutes=30), "30 min"),
            (timedelta(hours=1), "1 h"),
            (timedelta(hours=1, minutes=30), "1 h 30 min"),
            (timedelta(days=90), "90 days"),
            (timedelta(), "0 min"),
        ],
    )
    def test_are_in_hours_and_minutes(self, length: timedelta, words: str) -> None:
        assert filters.duration_words(length) == words


class TestAgo:
    @pytest.mark.parametrize(
        ("back", "words"),
        [
            (timedelta(seconds=12), "12 s ago"),
            (timedelta(minutes=3), "3 min ago"),
            (timedelta(days=2), "2 days ago"),
            (timedelta(seconds=-5), "just now"),
        ],
    )
    def test_is_as_coarse_as_it_is_long(self, back: timedelta, words: str) -> None:
        assert filters.ago(NOON - back, NOON) == words

    def test_of_nothing_is_never(self) -> None:
        assert filters.ago(None, NOON) == "never"
