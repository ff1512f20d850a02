from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.domain import opening
from booking.domain.intervals import Interval, merged
from booking.domain.opening import ClosedTime, DayException, Hours, OpeningPlan

LONDON = "Europe/London"
#: Sundays: summer time begins, summer time ends.
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
FRIDAY = date(2026, 11, 20)


def plan(*hours: Hours, zone: str = LONDON, **more: object) -> OpeningPlan:
    """The same hours every day."""
    return OpeningPlan(zone=zone, week=dict.fromkeys(range(7), hours), **more)  # type: ignore[arg-type]  # the rest, by name


def utc(day: date, start: float, end: float) -> Interval:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Interval(midnight + timedelta(hours=start), midnight + timedelta(hours=end))


class TestOpenOn:
    def test_gives_several_intervals_a_day(self) -> None:
        morning, afternoon = Hours(9 * 60, 12 * 60), Hours(13 * 60, 17 * 60)

        assert opening.open_on(plan(morning, afternoon), FRIDAY) == [utc(FRIDAY, 9, 12), utc(FRIDAY, 13, 17)]

    def test_goes_on_past_midnight(self) -> None:
        assert opening.open_on(plan(Hours(18 * 60, 26 * 60)), FRIDAY) == [utc(FRIDAY, 18, 26)]

    @pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (FRIDAY, 24), (AUTUMN, 25)])
    def test_lasts_as_long_as_the_day_when_open_24_hours(self, day: date, hours: int) -> None:
        (found,) = opening.open_on(plan(Hours(0, 1440)), day)

        assert found.length == timedelta(hours=hours)

    def test_keeps_wall_times_when_clocks_change(self) -> None:
        nine_to_five = plan(Hours(9 * 60, 17 * 60))

        assert opening.open_on(nine_to_five, SPRING) == [utc(SPRING, 8, 16)]
        assert opening.open_on(nine_to_five, AUTUMN) == [utc(AUTUMN, 9, 17)]

    def test_is_nothing_when_the_hours_lie_in_the_skipped_hour(self) -> None:
        assert opening.open_on(plan(Hours(60, 120)), SPRING) == []

    def test_begins_when_clocks_jump_if_it_should_begin_in_the_skipped_hour(self) -> None:
        assert opening.open_on(plan(Hours(90, 180)), SPRING) == [utc(SPRING, 1, 2)]

    def test_leaves_out_closures(self) -> None:
        closed = ClosedTime(utc(FRIDAY, 11, 12), "Fire drill")

        found = opening.open_on(plan(Hours(9 * 60, 17 * 60), closures=(closed,)), FRIDAY)

        assert found == [utc(FRIDAY, 9, 11), utc(FRIDAY, 12, 17)]

    def test_follows_an_exception_instead_of_the_week(self) -> None:
        short = {FRIDAY: DayException(FRIDAY, (Hours(600, 720),))}

        assert opening.open_on(plan(Hours(540, 1020), exceptions=short), FRIDAY) == [utc(FRIDAY, 10, 12)]

    def test_is_nothing_on_an_exception_without_hours(self) -> None:
        closed = {FRIDAY: DayException(FRIDAY, (), "Bank holiday")}

        assert opening.open_on(plan(Hours(540, 1020), exceptions=closed), FRIDAY) == []


class TestOpenDuring:
    def test_counts_the_tail_of_yesterday(self) -> None:
        late = plan(Hours(18 * 60, 26 * 60))

        assert opening.open_during(late, utc(FRIDAY, 0, 12)) == [utc(FRIDAY, 0, 2)]

    def test_joins_days_that_are_open_around_the_clock(self) -> None:
        window = utc(FRIDAY, 20, 30)

        assert opening.open_during(plan(Hours(0, 1440)), window) == [window]

    @given(
        opens=st.integers(0, 1439),
        length=st.integers(1, 1440),
        offset=st.integers(0, 500),
        zone=st.sampled_from([LONDON, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    )
    def test_says_the_same_as_each_day_by_itself(self, opens: int, length: int, offset: int, zone: str) -> None:
        every_day = plan(Hours(opens, min(opens + length, 2880)), zone=zone)
        day = date(2026, 1, 1) + timedelta(days=offset)
        window = utc(day, -24, 48)

        days = [day + timedelta(days=number) for number in range(-3, 4)]
        parts = merged(part for each in days for part in opening.open_on(every_day, each))

        assert opening.open_during(every_day, window) == [part for each in parts if (part := each.clipped(window))]


class TestReasonClosed:
    def test_is_that_of_the_closure(self) -> None:
        closed = ClosedTime(utc(FRIDAY, 11, 12), "Fire drill")

        assert opening.reason_closed(plan(closures=(closed,)), utc(FRIDAY, 11, 13)) == "Fire drill"

    def test_is_the_note_of_the_exception(self) -> None:
        closed = {FRIDAY: DayException(FRIDAY, (), "Bank holiday")}

        assert opening.reason_closed(plan(exceptions=closed), utc(FRIDAY, 11, 13)) == "Bank holiday"

    def test_is_empty_outside_ordinary_hours(self) -> None:
        assert not opening.reason_closed(plan(Hours(540, 600)), utc(FRIDAY, 11, 13))


class TestHours:
    @pytest.mark.parametrize(
        ("hours", "words"),
        [(Hours(540, 1050), "09:00-17:30"), (Hours(0, 1440), "00:00-24:00"), (Hours(1080, 1560), "18:00-02:00")],
    )
    def test_read_as_people_write_them(self, hours: Hours, words: str) -> None:
        assert str(hours) == words.replace("-", "\N{EN DASH}")
