"""The dates of a recurring master, when the server leaves them to us."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from booking.connectors.ews import series, wire
from booking.domain.intervals import Interval

BERLIN = ZoneInfo("Europe/Berlin")


def local(year: int, month: int, day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=BERLIN).astimezone(dt.UTC)


def master(
    pattern: wire.Pattern,
    start: dt.datetime,
    *,
    hours: int = 1,
    until: dt.date | None = None,
    count: int | None = None,
    deleted: tuple[dt.datetime, ...] = (),
    moved: tuple[wire.Moved, ...] = (),
) -> wire.Item:
    repeats = wire.Series(pattern, until, count, "W. Europe Standard Time", deleted, moved)
    return wire.Item("m", "ck", start, start + dt.timedelta(hours=hours), kind="RecurringMaster", series=repeats)


def days(item: wire.Item, first: dt.datetime, last: dt.datetime) -> list[str]:
    """The local day and time at which each occurrence starts."""
    found = series.occurrences(item, BERLIN, Interval(first, last))
    return [each.start.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M") for each in found]


class TestOccurrences:
    def test_stay_at_the_same_hour_when_the_clocks_change(self) -> None:
        weekly = master(wire.Pattern("Weekly", days=("Monday",)), local(2026, 10, 19))

        assert days(weekly, local(2026, 10, 1), local(2026, 11, 3)) == [
            "2026-10-19 09:00",
            "2026-10-26 09:00",
            "2026-11-02 09:00",
        ]

    def test_keep_their_length_in_wall_time_over_a_clock_change(self) -> None:
        night = master(wire.Pattern("Daily"), local(2026, 10, 24, 22), hours=10)

        first = series.occurrences(night, BERLIN, Interval(local(2026, 10, 24), local(2026, 10, 25)))[0]

        assert first.end.astimezone(BERLIN).hour == 7  # one hour less than ten later: the night has 25 hours

    def test_bear_the_number_by_which_exchange_counts_them(self) -> None:
        moved = wire.Moved(local(2026, 6, 23), local(2026, 6, 24), local(2026, 6, 24, 10))
        weekly = master(
            wire.Pattern("Weekly", days=("Tuesday",)), local(2026, 6, 9), deleted=(local(2026, 6, 16),), moved=(moved,)
        )

        found = series.occurrences(weekly, BERLIN, Interval(local(2026, 6, 20), local(2026, 7, 1)))

        assert [series.master_and_number(each.id) for each in found] == [("m", 3), ("m", 4)]
        assert all(series.is_date(each.id) for each in found)
        assert not series.is_date(weekly.id)

    def test_lose_no_moved_date_that_the_rule_does_not_know(self) -> None:
        moved = wire.Moved(local(2026, 6, 16, 8), local(2026, 6, 17), local(2026, 6, 17, 10))
        weekly = master(wire.Pattern("Weekly", days=("Tuesday",)), local(2026, 6, 9), moved=(moved,))

        assert "2026-06-17 09:00" in days(weekly, local(2026, 6, 10), local(2026, 6, 20))

    def test_end_with_the_last_day_inclusive(self) -> None:
        daily = master(wire.Pattern("Daily", interval=2), local(2026, 3, 27), until=dt.date(2026, 3, 31))

        assert days(daily, local(2026, 3, 1), local(2026, 5, 1)) == [
            "2026-03-27 09:00",
            "2026-03-29 09:00",
            "2026-03-31 09:00",
        ]

    def test_end_after_their_number(self) -> None:
        weekdays = master(wire.Pattern("Weekly", days=("Tuesday", "Thursday")), local(2026, 6, 9), count=3)

        assert days(weekdays, local(2026, 6, 1), local(2026, 8, 1)) == [
            "2026-06-09 09:00",
            "2026-06-11 09:00",
            "2026-06-16 09:00",
        ]

    def test_count_from_the_first_date_not_from_the_window(self) -> None:
        daily = master(wire.Pattern("Daily"), local(2026, 6, 1), count=10)

        assert len(days(daily, local(2026, 6, 8), local(2026, 7, 1))) == 3

    @pytest.mark.parametrize(
        ("pattern", "start", "expected"),
        [
            (
                wire.Pattern("AbsoluteMonthly", day_of_month=31),
                local(2026, 1, 31),
                ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"],
            ),
            (
                wire.Pattern("AbsoluteMonthly", day_of_month=15, interval=2),
                local(2026, 1, 15),
                ["2026-01-15", "2026-03-15"],
            ),
            (
                wire.Pattern("RelativeMonthly", days=("Friday",), week="Last"),
                local(2026, 1, 30),
                ["2026-01-30", "2026-02-27", "2026-03-27", "2026-04-24"],
            ),
            (
                wire.Pattern("RelativeMonthly", days=("Weekday",), week="First"),
                local(2026, 1, 1),
                ["2026-01-01", "2026-02-02", "2026-03-02", "2026-04-01"],
            ),
            (wire.Pattern("AbsoluteYearly", day_of_month=29, month="February"), local(2024, 2, 29), ["2026-02-28"]),
            (
                wire.Pattern("RelativeYearly", days=("Monday",), week="Second", month="March"),
                local(2024, 3, 11),
                ["2026-03-09"],
            ),
            (
                wire.Pattern("Weekly", interval=2, days=("Sunday",), first_day="Sunday"),
                local(2026, 4, 5),
                ["2026-04-05", "2026-04-19"],
            ),
        ],
    )
    def test_follow_each_of_exchanges_patterns(
        self, pattern: wire.Pattern, start: dt.datetime, expected: list[str]
    ) -> None:
        found = days(master(pattern, start), local(2026, 1, 1), local(2026, 5, 1))

        assert [each[:10] for each in found] == expected

    def test_leave_out_deleted_dates_and_show_moved_ones_where_they_are(self) -> None:
        moved = wire.Moved(local(2026, 6, 16), local(2026, 6, 17, 14), local(2026, 6, 17, 15))
        weekly = master(
            wire.Pattern("Weekly", days=("Tuesday",)), local(2026, 6, 9), deleted=(local(2026, 6, 23),), moved=(moved,)
        )

        found = series.occurrences(weekly, BERLIN, Interval(local(2026, 6, 1), local(2026, 7, 1)))

        assert [(each.kind, each.start) for each in found] == [
            ("Occurrence", local(2026, 6, 9)),
            ("Exception", local(2026, 6, 17, 14)),
            ("Occurrence", local(2026, 6, 30)),
        ]
        assert found[1].original_start == local(2026, 6, 16)

    def test_show_a_date_moved_into_the_window_from_outside(self) -> None:
        moved = wire.Moved(local(2026, 6, 16), local(2026, 7, 20), local(2026, 7, 20, 10))
        weekly = master(wire.Pattern("Weekly", days=("Tuesday",)), local(2026, 6, 9), count=2, moved=(moved,))

        assert days(weekly, local(2026, 7, 20), local(2026, 7, 21)) == ["2026-07-20 09:00"]

    def test_reach_into_the_window_from_the_day_before(self) -> None:
        night = master(wire.Pattern("Daily"), local(2026, 6, 8, 22), hours=5)

        assert days(night, local(2026, 6, 10, 1), local(2026, 6, 10, 2)) == ["2026-06-09 22:00"]

    @pytest.mark.parametrize(
        "pattern",
        [
            wire.Pattern("Daily", interval=0),
            wire.Pattern("RelativeMonthly", days=("Friday",)),
            wire.Pattern("RelativeYearly", days=("Friday",), week="First"),
            wire.Pattern("AbsoluteYearly", day_of_month=1, month="Brumaire"),
        ],
    )
    def test_are_unreadable_where_the_pattern_makes_no_sense(self, pattern: wire.Pattern) -> None:
        with pytest.raises(wire.Unreadable):
            days(master(pattern, local(2026, 6, 9)), local(2026, 6, 9), local(2026, 7, 9))

    def test_are_unreadable_without_a_series(self) -> None:
        with pytest.raises(wire.Unreadable):
            series.occurrences(
                wire.Item("m", "ck", local(2026, 1, 1), local(2026, 1, 2)),
                BERLIN,
                Interval(local(2026, 1, 1), local(2026, 2, 1)),
            )
