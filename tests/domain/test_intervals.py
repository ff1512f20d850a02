import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.domain.intervals import Interval, gaps, merged, pieces

MIDNIGHT = datetime(2026, 3, 29, tzinfo=UTC)


def at(start: float, end: float) -> Interval:
    """Hours of one day, as an interval: `at(9, 10.5)` is 09:00 to 10:30."""
    return Interval(MIDNIGHT + timedelta(hours=start), MIDNIGHT + timedelta(hours=end))


def intervals() -> st.SearchStrategy[Interval]:
    minutes = st.tuples(st.integers(0, 1439), st.integers(1, 600))
    return minutes.map(lambda pair: at(pair[0] / 60, (pair[0] + pair[1]) / 60))


class TestInterval:
    def test_does_not_overlap_what_it_touches(self) -> None:
        assert not at(10, 11).overlaps(at(11, 12))

    def test_refuses_an_end_before_its_start(self) -> None:
        with pytest.raises(ValueError, match="ends after it starts"):
            at(11, 10)

    def test_refuses_naive_times(self) -> None:
        naive = datetime(2026, 3, 29)  # noqa: DTZ001 - what it must refuse

        with pytest.raises(ValueError, match="aware"):
            Interval(naive, MIDNIGHT)

    def test_in_utc_is_as_long_as_clocks_ran_when_they_went_back(self) -> None:
        london = ZoneInfo("Europe/London")
        night = Interval(datetime(2026, 10, 25, 0, tzinfo=london), datetime(2026, 10, 25, 3, tzinfo=london))

        assert night.in_utc().length == timedelta(hours=4)

    @given(one=intervals(), other=intervals())
    def test_overlaps_exactly_what_leaves_something_when_clipped(self, one: Interval, other: Interval) -> None:
        assert one.overlaps(other) == (one.clipped(other) is not None)


class TestGaps:
    def test_are_the_whole_window_when_nothing_is_busy(self) -> None:
        assert list(gaps(at(9, 17), [])) == [at(9, 17)]

    def test_leave_nothing_between_back_to_back_bookings(self) -> None:
        busy = [at(10, 11), at(11, 12)]

        free = list(gaps(at(9, 17), busy))

        assert free == [at(9, 10), at(12, 17)]

    @given(busy=st.lists(intervals()))
    def test_never_overlap_anything_busy(self, busy: list[Interval]) -> None:
        for gap in gaps(at(0, 24), busy):
            assert not any(gap.overlaps(taken) for taken in busy)

    @given(busy=st.lists(intervals()))
    def test_and_what_is_busy_make_up_the_window(self, busy: list[Interval]) -> None:
        window = at(0, 24)
        clipped = [part for each in busy if (part := each.clipped(window))]

        assert list(merged([*gaps(window, busy), *clipped])) == [window]


class TestMerged:
    def test_makes_one_of_what_touches(self) -> None:
        assert list(merged([at(11, 12), at(9, 10), at(10, 11)])) == [at(9, 12)]

    @given(some=st.lists(intervals()))
    def test_leaves_nothing_that_touches(self, some: list[Interval]) -> None:
        result = list(merged(some))

        assert all(earlier.end < later.start for earlier, later in itertools.pairwise(result))


class TestPieces:
    @given(whole=intervals(), longest=st.integers(1, 300))
    def test_are_the_whole_without_gap_and_none_too_long(self, whole: Interval, longest: int) -> None:
        parts = list(pieces(whole, longest=timedelta(minutes=longest)))

        assert list(merged(parts)) == [whole]
        assert sum((part.length for part in parts), timedelta()) == whole.length
        assert all(part.length <= timedelta(minutes=longest) for part in parts)
