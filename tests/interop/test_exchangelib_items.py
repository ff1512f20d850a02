from collections.abc import Iterable
from datetime import date

import pytest
from exchangelib import DELEGATE, IMPERSONATION, Account, CalendarItem, EWSDateTime
from exchangelib.errors import ErrorIrresolvableConflict, ErrorItemNotFound, UnauthorizedError
from exchangelib.extended_properties import ExtendedProperty
from exchangelib.items import SEND_TO_NONE
from exchangelib.recurrence import (
    AbsoluteMonthlyPattern,
    AbsoluteYearlyPattern,
    DailyPattern,
    Pattern,
    Recurrence,
    RelativeMonthlyPattern,
    RelativeYearlyPattern,
    WeeklyPattern,
)

from booking.sandbox.exchange.personalities import EXCHANGE_2010, EXCHANGE_2019, ODD, Personality
from tests.interop import world as worlds
from tests.interop.judge import Judge
from tests.interop.world import ROOM, World, london

pytestmark = pytest.mark.interop

EVERY_PATTERN: list[Pattern] = [
    DailyPattern(interval=2),
    WeeklyPattern(interval=1, weekdays=["Tuesday", "Friday"], first_day_of_week="Monday"),
    AbsoluteMonthlyPattern(interval=1, day_of_month=31),
    RelativeMonthlyPattern(interval=1, weekday="Tuesday", week_number="Last"),
    AbsoluteYearlyPattern(month="October", day_of_month=27),
    RelativeYearlyPattern(weekday="Weekday", week_number="First", month="November"),
]


class Stamp(ExtendedProperty):  # type: ignore[misc]  # exchangelib ships no types
    """A named property, as the product writes it."""

    property_set_id = "c11ff724-aa03-4555-9952-8fa248a11c3e"
    property_name = "stamp"
    property_type = "String"


class Colours(ExtendedProperty):  # type: ignore[misc]  # exchangelib ships no types
    """A named property of several values."""

    property_set_id = "c11ff724-aa03-4555-9952-8fa248a11c3e"
    property_name = "colours"
    property_type = "StringArray"


CalendarItem.register("interop_stamp", Stamp)
CalendarItem.register("interop_colours", Colours)


def starts(items: Iterable[CalendarItem]) -> list[EWSDateTime]:
    return [item.start for item in items]


def week(account: Account) -> list[CalendarItem]:
    return list(account.calendar.view(london(26, 0), london(2, 0, month=11), max_items=1000))


def series(world: World, account: Account, *, number: int = 5) -> CalendarItem:
    """Every day from the 27th at ten, `number` times."""
    rule = Recurrence(pattern=DailyPattern(interval=1), start=date(2026, 10, 27), number=number)
    return world.written(account, subject="Rehearsal", recurrence=rule)


class TestAnyWayIn:
    def test_writes_reads_changes_and_deletes(self, world: World) -> None:
        account = world.account()

        written = world.written(account)
        (read,) = week(account)
        read.subject = "Large choir"
        read.save(update_fields=["subject"], send_meeting_invitations=SEND_TO_NONE)
        changed = account.calendar.get(id=written.id, changekey=None)
        changed.delete(send_meeting_cancellations=SEND_TO_NONE)

        assert changed.subject == "Large choir"
        assert world.sandbox.items(ROOM) == []
        assert {each.sign_in for each in world.sandbox.sign_ins()} == {world.auth.lower()}

    def test_is_closed_to_a_wrong_password(self, world: World) -> None:
        account = world.account(access=DELEGATE, password="wrong")

        with pytest.raises(UnauthorizedError):
            list(account.calendar.view(london(26, 0), london(27, 0), max_items=10))

    @pytest.mark.parametrize("personality", [EXCHANGE_2010, EXCHANGE_2019, ODD], ids=lambda each: each.name)
    def test_leads_to_every_kind_of_server(self, judge: Judge, personality: Personality) -> None:
        with worlds.opened(judge, f"exchangelib, {personality.name}", personality) as world:
            account = world.account(access=IMPERSONATION)
            series(world, account)
            item = world.written(account, start=london(27, 14), end=london(27, 15))
            subscription, watermark = account.calendar.subscribe_to_pull()

            listed = week(account)
            item.subject = "Large choir"
            item.save(update_fields=["subject"], send_meeting_invitations=SEND_TO_NONE)
            item.delete(send_meeting_cancellations=SEND_TO_NONE)
            told = list(account.calendar.get_events(subscription, watermark))
            changed = list(account.calendar.sync_items())
            folders = list(account.root.sync_hierarchy())
            (building,) = account.protocol.get_roomlists()
            (name,) = account.protocol.resolve_names([ROOM])

        assert london(27, 14) in starts(listed)
        assert told
        assert [change for change, _ in changed] == ["create"]
        assert (len(folders) > 5, building.name, name.email_address) == (True, "Main library", ROOM)


class TestAnItem:
    def test_holds_all_that_can_be_written(self, world: World) -> None:
        account = world.account()
        written = world.written(
            account,
            subject="Bell \x07 and <tags>",
            body="First line\nsecond line",
            location="Upstairs",
            categories=["Music", "Evening"],
            importance="High",
            sensitivity="Private",
            legacy_free_busy_status="OOF",
            reminder_is_set=True,
            reminder_minutes_before_start=30,
            uid="0f1e-2d3c",
            interop_stamp="a:b:1",
            interop_colours=["red", "green"],
        )

        read = account.calendar.get(id=written.id, changekey=None)

        assert (read.location, read.categories, read.importance) == ("Upstairs", ["Music", "Evening"], "High")
        assert (read.sensitivity, read.legacy_free_busy_status) == ("Private", "OOF")
        assert (read.reminder_is_set, read.reminder_minutes_before_start) == (True, 30)
        assert (read.uid, read.interop_stamp, list(read.interop_colours)) == ("0f1e-2d3c", "a:b:1", ["red", "green"])
        assert b"SUMMARY:Bell ? and <tags>" in read.mime_content

    def test_lasts_whole_days(self, world: World) -> None:
        account = world.account()

        world.written(account, start=date(2026, 10, 27), end=date(2026, 10, 28), is_all_day=True)

        (read,) = account.calendar.all()
        assert (read.start, read.end, read.is_all_day) == (date(2026, 10, 27), date(2026, 10, 28), True)

    def test_loses_what_is_taken_from_it(self, world: World) -> None:
        account = world.account()
        item = world.written(account, location="Upstairs", categories=["Music"], interop_stamp="a:b:1", body="Text")

        item.location, item.categories, item.interop_stamp, item.body = None, None, None, None
        item.save(
            update_fields=["location", "categories", "interop_stamp", "body"], send_meeting_invitations=SEND_TO_NONE
        )

        read = account.calendar.get(id=item.id, changekey=None)
        assert (read.location, read.categories, read.interop_stamp) == (None, None, None)

    def test_that_changed_meanwhile_is_a_conflict(self, world: World) -> None:
        account = world.account()
        item = world.written(account)
        stale = account.calendar.get(id=item.id, changekey=None)
        item.subject = "Mine"
        item.save(update_fields=["subject"], send_meeting_invitations=SEND_TO_NONE)
        stale.subject = "No, mine"

        with pytest.raises(ErrorIrresolvableConflict):
            stale.save(
                update_fields=["subject"], send_meeting_invitations=SEND_TO_NONE, conflict_resolution="NeverOverwrite"
            )

    @pytest.mark.parametrize("how", ["delete", "soft_delete", "move_to_trash"])
    def test_is_gone_from_the_calendar_however_it_is_deleted(self, world: World, how: str) -> None:
        account = world.account()
        item = world.written(account)
        written_id = item.id

        getattr(item, how)(send_meeting_cancellations=SEND_TO_NONE)

        assert week(account) == []
        with pytest.raises(ErrorItemNotFound):
            account.calendar.get(id=written_id, changekey=None)

    def test_is_written_read_changed_and_deleted_in_bulk(self, world: World) -> None:
        account = world.account()
        items = [
            CalendarItem(
                account=account,
                folder=account.calendar,
                subject=f"Hour {hour}",
                start=london(27, hour),
                end=london(27, hour + 1),
            )
            for hour in range(9, 13)
        ]

        written = account.bulk_create(account.calendar, items, send_meeting_invitations=SEND_TO_NONE)
        read = list(account.fetch(written))
        for item in read:
            item.location = "Upstairs"
        account.bulk_update(
            [(item, ["location"]) for item in read], send_meeting_invitations_or_cancellations=SEND_TO_NONE
        )
        account.bulk_delete(written, send_meeting_cancellations=SEND_TO_NONE)

        assert [item.subject for item in read] == ["Hour 9", "Hour 10", "Hour 11", "Hour 12"]
        assert week(account) == []


class TestASeries:
    @pytest.mark.parametrize("pattern", EVERY_PATTERN, ids=lambda each: type(each).__name__)
    @pytest.mark.parametrize(
        "span", [{"number": 4}, {"end": date(2027, 12, 31)}, {}], ids=["numbered", "until a day", "without end"]
    )
    def test_comes_back_with_its_rule(self, world: World, pattern: Pattern, span: dict[str, object]) -> None:
        account = world.account()
        rule = Recurrence(pattern=pattern, start=date(2026, 10, 27), **span)

        master = world.written(account, recurrence=rule)

        read = account.calendar.get(id=master.id, changekey=None)
        assert (read.type, read.recurrence.pattern) == ("RecurringMaster", pattern)

    def test_has_dates_that_move_change_and_go(self, world: World) -> None:
        account = world.account()
        master = series(world, account)
        second, third = master.occurrence(2), master.occurrence(3)
        second.start, second.end = london(28, 15), london(28, 16)
        second.save(update_fields=["start", "end"], send_meeting_invitations=SEND_TO_NONE)
        third.delete(send_meeting_cancellations=SEND_TO_NONE)

        listed = week(account)
        read = account.calendar.get(id=master.id, changekey=None)

        assert starts(listed) == [london(27, 10), london(28, 15), london(30, 10), london(31, 10)]
        assert [each.start for each in read.modified_occurrences] == [london(28, 15)]
        assert [each.start for each in read.deleted_occurrences] == [london(29, 10)]
        assert {item.type for item in listed} == {"Occurrence", "Exception"}

    def test_is_found_from_one_of_its_dates(self, world: World) -> None:
        account = world.account()
        master = series(world, account)
        (first, *_) = week(account)

        found = account.calendar.get(id=first.id, changekey=None).recurring_master()
        found.refresh()

        assert found.id == master.id
        assert (found.first_occurrence.start, found.last_occurrence.start) == (london(27, 10), london(31, 10))

    def test_keeps_its_hour_when_summer_time_ends(self, world: World) -> None:
        account = world.account()
        rule = Recurrence(pattern=DailyPattern(interval=1), start=date(2026, 10, 24), number=3)

        world.written(account, start=london(24, 10), end=london(24, 11), recurrence=rule)

        listed = account.calendar.view(london(24, 0), london(27, 0), max_items=10)
        assert starts(listed) == [london(24, 10), london(25, 10), london(26, 10)]
