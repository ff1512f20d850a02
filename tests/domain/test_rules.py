from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.domain import rules
from booking.domain.errors import (
    Closed,
    EndsBeforeItStarts,
    InThePast,
    NoSuchTime,
    OffStep,
    Refused,
    Taken,
    TooFar,
    TooLong,
    TooShort,
    TooSoon,
)
from booking.domain.intervals import Interval
from booking.domain.rules import DEFAULTS, OwnRules, SpaceRules

LONDON = "Europe/London"
NEW_YORK = "America/New_York"
#: The day before summer time begins in London.
DAY = datetime(2026, 3, 28, tzinfo=UTC)
NOW = DAY + timedelta(hours=8)
MINUTE = timedelta(minutes=1)


def at(start: float, end: float) -> Interval:
    """Hours of that day, as an interval."""
    return Interval(DAY + timedelta(hours=start), DAY + timedelta(hours=end))


def verdict(
    when: Interval,
    space: SpaceRules = DEFAULTS,
    *,
    busy: tuple[Interval, ...] = (),
    open_times: tuple[Interval, ...] = (at(0, 72),),
    now: datetime = NOW,
    zone: str = LONDON,
) -> type[Refused] | None:
    """Return what kind of refusal the rules answer with, or None."""
    try:
        rules.check(when, space, open_times=open_times, busy=busy, now=now, zone=zone)
    except Refused as refusal:
        return type(refusal)
    return None


def with_rules(**minutes: int) -> SpaceRules:
    return replace(DEFAULTS, **{name: value * MINUTE for name, value in minutes.items()})


class TestCheck:
    @pytest.mark.parametrize(
        ("when", "space", "expected"),
        [
            (at(10, 11), DEFAULTS, None),
            (at(8, 9), DEFAULTS, None),
            (at(7.5, 9), DEFAULTS, InThePast),
            (at(10, 10.25), DEFAULTS, TooShort),
            (at(10, 14.5), DEFAULTS, TooLong),
            (at(10, 14), DEFAULTS, None),
            (at(10.25, 11.25), DEFAULTS, OffStep),
            (at(10, 10.75), DEFAULTS, OffStep),
            (at(10.25, 11.25), with_rules(step=15), None),
            (at(9, 10), with_rules(lead=120), TooSoon),
            (at(10, 11), with_rules(lead=120), None),
            (at(10, 11), with_rules(window=120), TooFar),
            (at(9, 10), with_rules(window=120), None),
        ],
    )
    def test_answers_with_the_first_reason(
        self, when: Interval, space: SpaceRules, expected: type[Refused] | None
    ) -> None:
        assert verdict(when, space) is expected

    def test_refuses_what_lies_partly_outside_opening_hours(self) -> None:
        assert verdict(at(16, 18), open_times=(at(9, 17),)) is Closed

    def test_allows_what_spans_two_openings_that_touch(self) -> None:
        assert verdict(at(11, 13), open_times=(at(9, 12), at(12, 17))) is None

    def test_refuses_what_spans_a_lunch_break(self) -> None:
        assert verdict(at(11, 14), open_times=(at(9, 12), at(13, 17))) is Closed

    def test_refuses_what_overlaps_a_booking(self) -> None:
        assert verdict(at(10, 11), busy=(at(10.5, 12),)) is Taken

    def test_allows_what_touches_a_booking(self) -> None:
        assert verdict(at(10, 11), busy=(at(9, 10), at(11, 12))) is None

    @pytest.mark.parametrize("which", ["padding_before", "padding_after"])
    @pytest.mark.parametrize("busy", [at(9, 10), at(11, 12)])
    def test_keeps_the_changeover_on_both_sides_free(self, which: str, busy: Interval) -> None:
        assert verdict(at(10, 11), with_rules(**{which: 15}), busy=(busy,)) is Taken

    def test_allows_exactly_the_changeover_between_two(self) -> None:
        assert verdict(at(10, 11), with_rules(padding_after=30), busy=(at(11.5, 12),)) is None

    def test_adds_the_time_after_one_to_the_time_before_the_next(self) -> None:
        space = with_rules(padding_before=30, padding_after=30)

        assert verdict(at(10, 11), space, busy=(at(11.5, 12),)) is Taken
        assert verdict(at(10, 11), space, busy=(at(12, 13),)) is None

    def test_counts_steps_in_the_wall_time_of_the_place(self) -> None:
        two_hours = with_rules(step=120, shortest=120)
        nine_in_new_york = Interval(DAY + timedelta(hours=13), DAY + timedelta(hours=15))

        assert verdict(nine_in_new_york, two_hours, zone=NEW_YORK) is OffStep
        assert verdict(at(12, 14), two_hours, zone=NEW_YORK) is None

    @given(
        start=st.integers(0, 95), length=st.integers(1, 16), taken=st.integers(0, 95), taken_length=st.integers(1, 16)
    )
    def test_never_allows_an_overlap(self, start: int, length: int, taken: int, taken_length: int) -> None:
        wish = at(24 + start / 2, 24 + (start + length) / 2)
        busy = at(24 + taken / 2, 24 + (taken + taken_length) / 2)

        allowed = verdict(wish, with_rules(longest=600), busy=(busy,), open_times=(at(0, 200),)) is None

        assert allowed == (not wish.overlaps(busy))


class TestCheckFollowed:
    def test_asks_neither_for_step_nor_for_lead_time(self) -> None:
        rules.check_followed(at(7.1, 8.1), with_rules(lead=600), open_times=[at(0, 24)], busy=[], now=NOW)

    def test_still_refuses_what_is_taken(self) -> None:
        with pytest.raises(Taken):
            rules.check_followed(at(10, 11), DEFAULTS, open_times=[at(0, 24)], busy=[at(10, 12)], now=NOW)


class TestEffective:
    def test_takes_of_each_rule_the_nearest_that_is_set(self) -> None:
        space = OwnRules(step_minutes=15, padding_after_minutes=0)
        category = OwnRules(step_minutes=60, lead_minutes=90, padding_after_minutes=10)

        found = rules.effective(space, category)

        assert found == replace(DEFAULTS, step=15 * MINUTE, lead=90 * MINUTE, padding_after=timedelta())


class TestTimes:
    def test_refuses_an_end_that_is_not_after_the_start(self) -> None:
        with pytest.raises(EndsBeforeItStarts):
            rules.times(NOW, NOW)


class TestWallTime:
    def test_is_an_hour_earlier_in_utc_in_summer(self) -> None:
        assert rules.wall_time(date(2026, 3, 29), time(9), LONDON) == datetime(2026, 3, 29, 8, tzinfo=UTC)

    def test_refuses_the_hour_that_summer_time_skips(self) -> None:
        with pytest.raises(NoSuchTime):
            rules.wall_time(date(2026, 3, 29), time(1, 30), LONDON)

    def test_takes_the_first_of_a_repeated_hour(self) -> None:
        assert rules.wall_time(date(2026, 10, 25), time(1, 30), LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    @pytest.mark.parametrize(("day", "refusal"), [(date.min, InThePast), (date.max, TooFar)])
    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
    def test_refuses_days_that_no_calendar_has(self, day: date, refusal: type[Refused], zone: str) -> None:
        with pytest.raises(refusal):
            rules.wall_time(day, time(23, 30), zone)


class TestSteps:
    @given(minute=st.integers(0, 3 * 1440), step=st.sampled_from([5, 15, 30, 60, 120]))
    def test_at_or_after_and_at_or_before_lie_around_the_moment(self, minute: int, step: int) -> None:
        moment = DAY + minute * MINUTE  # three days, with summer time beginning on the second
        after = rules.step_at_or_after(moment, step * MINUTE, LONDON)
        before = rules.step_at_or_before(moment, step * MINUTE, LONDON)

        assert before <= moment <= after
        assert after - before <= step * MINUTE
