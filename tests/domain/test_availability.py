from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.domain import availability, rules
from booking.domain.availability import Cadence, Freshness, Mark, Row, Slot, SlotState
from booking.domain.errors import Refused
from booking.domain.intervals import Interval
from booking.domain.rules import DEFAULTS, SpaceRules
from booking.domain.states import LinkState

DAY = datetime(2026, 11, 20, tzinfo=UTC)
NOW = DAY + timedelta(hours=9)
MINUTE = timedelta(minutes=1)
LONDON = "Europe/London"
STEP = 30 * MINUTE


def at(start: float, end: float) -> Interval:
    """Hours of that day, as an interval."""
    return Interval(DAY + timedelta(hours=start), DAY + timedelta(hours=end))


def row(
    *,
    taken: Sequence[Interval] = (),
    unsure: Sequence[Interval] = (),
    open_times: Sequence[Interval] = (at(8, 18),),
    space: SpaceRules = DEFAULTS,
) -> Row:
    marks = [Mark(each, SlotState.TAKEN) for each in taken]
    return Row(rules=space, zone=LONDON, open_times=open_times, marks=marks, unsure=unsure)


def drawn(one: Row) -> list[tuple[str, int]]:
    """Return states and widths from 08:00 to 12:00."""
    grid = availability.columns(at(8, 12), STEP)
    return [(slot.state.value, slot.columns) for slot in availability.slots(one, grid, now=NOW)]


class TestSlots:
    def test_are_one_for_each_free_column_and_one_for_a_whole_booking(self) -> None:
        assert drawn(row(taken=[at(10, 11.5)])) == [
            ("past", 2),
            ("free", 1),
            ("free", 1),
            ("taken", 3),
            ("free", 1),
        ]

    def test_are_closed_outside_opening_hours(self) -> None:
        assert drawn(row(open_times=[at(9, 10)])) == [("past", 2), ("free", 1), ("free", 1), ("closed", 4)]

    def test_are_taken_for_every_column_that_a_booking_touches(self) -> None:
        assert ("taken", 2) in drawn(row(taken=[at(10.25, 10.75)]))

    def test_are_taken_during_the_changeover(self) -> None:
        changeover = replace(DEFAULTS, padding_after=15 * MINUTE)

        assert drawn(row(taken=[at(10, 11)], space=changeover))[2:] == [("taken", 4), ("free", 1)]

    def test_are_unsure_where_the_calendar_is_not_known(self) -> None:
        assert drawn(row(unsure=[at(10, 24)]))[3:] == [("unsure", 1)] * 4

    def test_show_a_booking_even_where_the_calendar_is_not_known(self) -> None:
        assert ("taken", 2) in drawn(row(unsure=[at(0, 24)], taken=[at(10, 11)]))

    def test_are_closed_where_nothing_long_enough_fits(self) -> None:
        hour = replace(DEFAULTS, shortest=60 * MINUTE)

        assert drawn(row(taken=[at(9, 10), at(10.5, 12)], space=hour)) == [
            ("past", 2),
            ("taken", 2),
            ("closed", 1),
            ("taken", 3),
        ]

    def test_are_closed_before_the_lead_time_and_beyond_the_window(self) -> None:
        narrow = replace(DEFAULTS, lead=60 * MINUTE, window=120 * MINUTE)

        assert drawn(row(space=narrow)) == [("past", 2), ("closed", 2), ("free", 1), ("free", 1), ("closed", 2)]

    def test_keep_neighbours_with_different_names_apart(self) -> None:
        marks = [Mark(at(9, 10), SlotState.TAKEN, "Ada"), Mark(at(10, 11), SlotState.TAKEN, "Grace")]
        one = replace(row(), marks=marks)

        slots = availability.slots(one, availability.columns(at(9, 11), STEP), now=NOW)

        assert [(slot.text, slot.columns) for slot in slots] == [("Ada", 2), ("Grace", 2)]

    @given(
        taken=st.lists(st.tuples(st.integers(0, 94), st.integers(1, 20))),
        shortest=st.sampled_from([30, 60, 90]),
        padding=st.sampled_from([0, 10, 30]),
    )
    def test_fill_the_grid_without_gap_or_overlap(
        self, taken: list[tuple[int, int]], shortest: int, padding: int
    ) -> None:
        busy = [at(start / 4, (start + length) / 4) for start, length in taken]
        space = replace(DEFAULTS, shortest=shortest * MINUTE, padding_before=padding * MINUTE)
        grid = availability.columns(at(6, 20), STEP)

        slots = availability.slots(row(taken=busy, space=space), grid, now=NOW)

        assert sum(slot.columns for slot in slots) == len(grid)
        assert [slot.when.start for slot in slots[1:]] == [slot.when.end for slot in slots[:-1]]


class TestFreeRuns:
    def test_begin_on_the_next_step_after_now(self) -> None:
        runs = availability.free_runs(row(open_times=[at(8, 12)]), now=NOW + 10 * MINUTE)

        assert runs == (at(9.5, 12),)

    def test_leave_out_what_is_not_certain(self) -> None:
        assert availability.free_runs(row(unsure=[at(10, 24)]), now=NOW) == (at(9, 10),)

    def test_leave_out_what_is_too_short_to_book(self) -> None:
        hour = replace(DEFAULTS, shortest=60 * MINUTE)
        busy = [at(10, 11), at(11.5, 18)]

        assert availability.free_runs(row(taken=busy, space=hour), now=NOW) == (at(9, 10),)

    @given(
        taken=st.lists(st.tuples(st.integers(0, 94), st.integers(1, 20))),
        padding=st.sampled_from([0, 15, 30]),
        step=st.sampled_from([15, 30, 60]),
    )
    def test_and_the_rules_agree(self, taken: list[tuple[int, int]], padding: int, step: int) -> None:
        """What a page calls free can be booked, and nothing else can: the same rule twice would drift apart."""
        busy = [at(start / 4, (start + length) / 4) for start, length in taken]
        space = replace(DEFAULTS, padding_after=padding * MINUTE, step=step * MINUTE, shortest=step * MINUTE)
        one = row(taken=busy, space=space)
        runs = availability.free_runs(one, now=NOW)

        for start in range(0, 24 * 60, step):
            wish = at(start / 60, (start + step) / 60)
            assert any(run.covers(wish) for run in runs) == _is_allowed(one, wish)


def _is_allowed(one: Row, wish: Interval) -> bool:
    busy = [mark.when for mark in one.marks]
    try:
        rules.check(wish, one.rules, open_times=one.open_times, busy=busy, now=NOW, zone=LONDON)
    except Refused:
        return False
    return True


def freshness(
    *,
    near: timedelta | None = timedelta(),
    far: timedelta | None = timedelta(),
    exact: timedelta | None = timedelta(),
    days: float | None = 90,
    state: LinkState = LinkState.ACTIVE,
) -> Freshness:
    """How long ago each tier was read, and how many days ahead the exact read reached."""

    def before(age: timedelta | None) -> datetime | None:
        return None if age is None else NOW - age

    until = None if days is None else NOW + timedelta(days=days)
    return Freshness(state, before(near), before(far), before(exact), until)


def unsure(known: Freshness | None, start: float, end: float) -> list[tuple[float, float]]:
    """Return the unsure part of the days from `start` to `end` after now, likewise in days."""
    day = timedelta(days=1)
    window = Interval(NOW + start * day, NOW + end * day)
    found = availability.unsure_times(known, window, now=NOW, cadence=Cadence())
    return [((each.start - NOW) / day, (each.end - NOW) / day) for each in found]


HOUR = timedelta(hours=1)


class TestUnsureTimes:
    def test_are_none_without_a_calendar(self) -> None:
        assert unsure(None, 0, 100) == []

    def test_are_everything_before_the_first_exact_read(self) -> None:
        assert unsure(freshness(days=None, exact=None), 0, 3) == [(0, 3)]

    def test_are_none_just_after_a_read(self) -> None:
        assert unsure(freshness(), 0, 60) == []

    def test_are_all_beyond_what_the_exact_read_covered(self) -> None:
        assert unsure(freshness(days=50), 40, 60) == [(50, 60)]

    @pytest.mark.parametrize(("seconds", "expected"), [(179, []), (181, [(0, 7)])])
    def test_begin_in_the_near_window_after_three_missed_sweeps(
        self, seconds: int, expected: list[tuple[float, float]]
    ) -> None:
        old = timedelta(seconds=seconds)

        assert unsure(freshness(near=old, far=old, exact=old), 0, 40) == expected

    def test_spread_to_the_far_window_after_three_missed_far_sweeps(self) -> None:
        old = timedelta(minutes=16)

        assert unsure(freshness(near=old, far=old, exact=old), 0, 80) == [(0, 42)]

    def test_spread_to_everything_in_the_end(self) -> None:
        assert unsure(freshness(near=2 * HOUR, far=2 * HOUR, exact=2 * HOUR), 0, 80) == [(0, 80)]

    def test_spare_the_near_window_while_its_sweeps_go_on(self) -> None:
        assert unsure(freshness(far=2 * HOUR, exact=2 * HOUR), 0, 80) == [(7, 80)]

    @pytest.mark.parametrize("state", [LinkState.AUTH_FAILED, LinkState.GONE, LinkState.PAUSED, LinkState.DEGRADED])
    def test_come_by_age_whatever_the_state_of_the_link(self, state: LinkState) -> None:
        assert unsure(freshness(state=state), 0, 5) == []
        assert unsure(freshness(near=HOUR, far=HOUR, exact=HOUR, state=state), 0, 5) == [(0, 5)]


class TestColumns:
    def test_cover_an_end_between_two_steps(self) -> None:
        assert availability.columns(at(9, 9.75), STEP) == [at(9, 9.5), at(9.5, 10)]


class TestSlot:
    def test_is_as_wide_as_the_columns_it_joins(self) -> None:
        (slot,) = availability.slots(row(open_times=[]), availability.columns(at(10, 12), STEP), now=NOW)

        assert slot == Slot(at(10, 12), SlotState.CLOSED, columns=4)
