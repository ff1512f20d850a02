from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from booking.domain.intervals import Interval
from booking.domain.offers import Gaps, offers
from booking.domain.rules import DEFAULTS

LONDON = "Europe/London"
#: The day before clocks go back.
DAY = datetime(2026, 10, 24, tzinfo=UTC)


def at(start: float, end: float) -> Interval:
    """Hours from midnight of that day in UTC; London is an hour ahead until clocks go back."""
    return Interval(DAY + timedelta(hours=start), DAY + timedelta(hours=end))


def free(space: str, *runs: Interval) -> Gaps[str]:
    return Gaps(space, runs, DEFAULTS, LONDON)


def offered(wish: Interval, here: Gaps[str], *others: str) -> list[tuple[str, str, Interval]]:
    return [(each.why, each.space, each.when) for each in offers(wish, here, others)]


class TestOffers:
    def test_are_the_nearest_times_of_the_day_in_the_same_space(self) -> None:
        here = free("Room 1", at(5, 7), at(8, 10), at(11.5, 14), at(15, 17))

        assert offered(at(10, 11), here) == [
            ("earlier", "Room 1", at(9, 10)),
            ("later", "Room 1", at(11.5, 12.5)),
        ]

    def test_are_the_best_two_other_spaces_at_the_same_time(self) -> None:
        assert offered(at(10, 11), free("Room 1"), "Room 3", "Room 4", "Room 2") == [
            ("other_space", "Room 3", at(10, 11)),
            ("other_space", "Room 4", at(10, 11)),
        ]

    def test_keep_the_wall_time_on_another_day_when_clocks_change(self) -> None:
        here = free("Room 1", at(24, 48))

        assert offered(at(10, 11), here) == [("other_day", "Room 1", at(35, 36))]

    def test_are_none_when_nothing_is_free(self) -> None:
        assert offered(at(10, 11), free("Room 1")) == []

    @given(
        runs=st.lists(st.tuples(st.integers(0, 96), st.integers(1, 40)), max_size=5),
        start=st.integers(0, 40),
        length=st.integers(1, 8),
    )
    def test_lie_within_what_is_free(self, runs: list[tuple[int, int]], start: int, length: int) -> None:
        here = free("Room 1", *(at(begin / 4, (begin + span) / 4) for begin, span in sorted(runs)))

        for offer in offers(at(start / 2, (start + length) / 2), here, []):
            assert any(run.covers(offer.when) for run in here.runs)
            assert offer.when.length == timedelta(hours=length / 2)
