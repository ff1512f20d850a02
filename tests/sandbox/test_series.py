"""Series over EWS: expanded, one date changed or deleted, and summer time."""

from datetime import date

import pytest
from exchangelib import CalendarItem
from exchangelib.errors import ErrorItemNotFound, ErrorOccurrenceCrossingBoundary
from exchangelib.fields import MONDAY, THURSDAY, TUESDAY
from exchangelib.items import Item
from exchangelib.recurrence import (
    AbsoluteMonthlyPattern,
    AbsoluteYearlyPattern,
    DailyPattern,
    Recurrence,
    RelativeMonthlyPattern,
    RelativeYearlyPattern,
    WeeklyPattern,
)

from tests.sandbox.exchange import ROOM, Exchange, london, utc

FIRST = date(2026, 10, 20)  # a Tuesday, five days before summer time ends


def series(exchange: Exchange, pattern: object, **bounds: object) -> CalendarItem:
    """From FIRST on at ten in London, an hour long."""
    account = exchange.account()
    recurrence = Recurrence(pattern=pattern, start=FIRST, **(bounds or {"number": 4}))
    return exchange.event(account, start=london(20, 10), end=london(20, 11), recurrence=recurrence, stamp="a:b:1")


def dates(item: CalendarItem) -> list[Item]:
    """What the calendar shows from October to the end of 2027."""
    view = item.account.calendar.view(london(1, 0), london(31, 0, month=12).replace(year=2027), max_items=1000)
    return list(view)


def days(item: CalendarItem) -> list[str]:
    return [each.start.date().isoformat() for each in dates(item)]


class TestSeries:
    def test_keeps_its_wall_time_when_summer_time_ends(self, exchange: Exchange) -> None:
        item = series(exchange, WeeklyPattern(interval=1, weekdays=[TUESDAY]), number=2)

        assert [each.start for each in dates(item)] == [utc(20, 9), utc(27, 10)]

    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            (DailyPattern(interval=2), ["2026-10-20", "2026-10-22", "2026-10-24", "2026-10-26"]),
            (
                WeeklyPattern(interval=1, weekdays=[TUESDAY, THURSDAY]),
                ["2026-10-20", "2026-10-22", "2026-10-27", "2026-10-29"],
            ),
            (
                AbsoluteMonthlyPattern(interval=1, day_of_month=31),
                ["2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31"],
            ),
            (
                RelativeMonthlyPattern(interval=1, weekday=MONDAY, week_number="Last"),
                ["2026-10-26", "2026-11-30", "2026-12-28", "2027-01-25"],
            ),
            (AbsoluteYearlyPattern(day_of_month=21, month=10), ["2026-10-21", "2027-10-21"]),
            (RelativeYearlyPattern(weekday=TUESDAY, week_number="Second", month=11), ["2026-11-10", "2027-11-09"]),
        ],
        ids=lambda value: type(value).__name__ if not isinstance(value, list) else "",
    )
    def test_falls_on_the_dates_of_its_pattern(self, exchange: Exchange, pattern: object, expected: list[str]) -> None:
        assert days(series(exchange, pattern)) == expected

    def test_ends_on_its_last_day(self, exchange: Exchange) -> None:
        item = series(exchange, DailyPattern(interval=1), end=date(2026, 10, 22))

        assert days(item) == ["2026-10-20", "2026-10-21", "2026-10-22"]

    def test_goes_on_without_end(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="For ever", start=utc(20, 9), end=utc(20, 10), repeat="daily")

        view = exchange.account().calendar.view(
            london(1, 0).replace(year=2036), london(8, 0).replace(year=2036), max_items=99
        )

        assert len(list(view)) == 7

    def test_tells_its_rule_and_its_exceptions(self, exchange: Exchange) -> None:
        item = series(exchange, DailyPattern(interval=1))
        first, second, third, fourth = dates(item)
        first.delete(send_meeting_cancellations="SendToNone")
        second.subject = "Special"
        second.save(update_fields=["subject"], send_meeting_invitations="SendToNone")

        master = item.account.calendar.get(id=item.id)

        assert master.recurrence.boundary.number == 4
        assert [each.start for each in master.deleted_occurrences] == [first.start]
        assert [each.original_start for each in master.modified_occurrences] == [second.start]
        assert master.first_occurrence.start == second.start
        assert (master.last_occurrence.start, third.type) == (fourth.start, "Occurrence")


class TestOneDate:
    def test_has_its_own_id_and_the_series_uid_and_stamp(self, exchange: Exchange) -> None:
        item = series(exchange, DailyPattern(interval=1))

        found = dates(item)

        assert len({each.id for each in found}) == 4
        assert {each.uid for each in found} == {item.account.calendar.get(id=item.id).uid}
        assert {each.stamp for each in found} == {"a:b:1"}
        assert {each.type for each in found} == {"Occurrence"}
        assert [each.recurrence_id for each in found] == [each.start for each in found]

    def test_can_be_read_by_its_number_and_lead_to_its_series(self, exchange: Exchange) -> None:
        item = series(exchange, DailyPattern(interval=1))

        (third,) = item.account.fetch(ids=[item.occurrence(index=3)])
        (master,) = item.account.fetch(ids=[third.recurring_master()])

        assert (third.start, third.type) == (utc(22, 9), "Occurrence")
        assert (master.id, master.type) == (item.id, "RecurringMaster")

    def test_can_be_moved_alone(self, exchange: Exchange) -> None:
        item = series(exchange, DailyPattern(interval=1))
        second = dates(item)[1]

        second.start, second.end = london(21, 15), london(21, 16)
        second.save(update_fields=["start", "end"], send_meeting_invitations="SendToNone")

        moved = dates(item)[1]
        assert (moved.start, moved.type, moved.original_start) == (utc(21, 14), "Exception", utc(21, 9))
        assert moved.id == second.id
        assert len(dates(item)) == 4

    def test_cannot_be_moved_past_the_next(self, exchange: Exchange) -> None:
        second = dates(series(exchange, DailyPattern(interval=1)))[1]

        second.start, second.end = london(22, 15), london(22, 16)
        with pytest.raises(ErrorOccurrenceCrossingBoundary):
            second.save(update_fields=["start", "end"], send_meeting_invitations="SendToNone")

    def test_can_be_deleted_alone(self, exchange: Exchange) -> None:
        item = series(exchange, DailyPattern(interval=1))
        second = dates(item)[1]
        second_id = second.id

        second.delete(send_meeting_cancellations="SendToNone")

        assert days(item) == ["2026-10-20", "2026-10-22", "2026-10-23"]
        with pytest.raises(ErrorItemNotFound):
            item.account.calendar.get(id=second_id)

    def test_comes_back_when_the_series_gets_another_time(self, exchange: Exchange) -> None:
        item = series(exchange, DailyPattern(interval=1))
        dates(item)[1].delete(send_meeting_cancellations="SendToNone")

        exchange.sandbox.move(ROOM, item.id, utc(20, 12), utc(20, 13))

        assert [each.start.hour for each in dates(item)] == [12, 12, 12, 12]
