"""The sparkline of a day: bars as one path, and the same numbers in words."""

from datetime import UTC, datetime, timedelta

from booking.admin import charts
from booking.domain.states import Counted

NOW = datetime(2026, 11, 20, 10, 12, tzinfo=UTC)


def line(ago: timedelta, number: int, *, failed: bool = False) -> tuple[int, Counted, datetime, int]:
    return 7, Counted.READ_FAILED if failed else Counted.READ, NOW - ago, number


class TestTheChartOfADay:
    def test_says_in_words_what_it_draws(self) -> None:
        found = charts.days([line(timedelta(hours=1), 1300), line(timedelta(hours=2), 3, failed=True)], now=NOW)[7]

        assert found.words == "Last 24 hours: 1,300 good reads, 3 failed"

    def test_has_a_bar_for_each_half_hour_in_which_something_was(self) -> None:
        lines = [line(timedelta(minutes=2), 10), line(timedelta(minutes=11), 20), line(timedelta(minutes=40), 30)]

        found = charts.days(lines, now=NOW)[7]

        assert found.good_path.count("M") == 2
        assert f"M{47 * 2} " in found.good_path
        assert f"M{46 * 2} 0" in found.good_path  # the highest of them

    def test_leaves_out_what_is_older(self) -> None:
        assert charts.days([line(timedelta(hours=25), 10)], now=NOW) == {}

    def test_puts_failed_reads_below_the_line(self) -> None:
        found = charts.days([line(timedelta(), 2, failed=True)], now=NOW)[7]

        assert (found.good_path, found.failed_path) == ("", "M94 17h1.5V24h-1.5z")

    def test_of_nothing_says_so(self) -> None:
        assert charts.nothing(NOW).words == "Last 24 hours: no reads"
