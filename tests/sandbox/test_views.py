"""FindItem: a stretch of a calendar, its limits, and pages of stored items."""

from dataclasses import replace
from datetime import timedelta

import pytest
from exchangelib import DELEGATE, CalendarItem
from exchangelib.errors import (
    ErrorCalendarViewRangeTooBig,
    ErrorExceededFindCountLimit,
    ErrorInvalidPropertyRequest,
    ErrorItemNotFound,
)

from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.limits import Limits
from booking.sandbox.exchange.personalities import EXCHANGE_2016
from tests.sandbox.exchange import CLOSED_ROOM, NOW, ROOM, Exchange, furnish, london, utc
from tests.sandbox.schema import Checker
from tests.sandbox.wire import calendar_view, post


def fill(sandbox: ExchangeSandbox, number: int) -> None:
    """That many quarter-hours, one after the other, from the 27th on."""
    start = utc(27, 0)
    step = utc(27, 0, 15) - start
    for index in range(number):
        sandbox.add_event(ROOM, subject=f"{index}", start=start + step * index, end=start + step * (index + 1))


class TestCalendarView:
    def test_has_what_overlaps_or_touches_the_start_in_order(self, exchange: Exchange) -> None:
        account = exchange.account()
        for subject, start, end in [("late", 12, 13), ("before", 8, 9), ("touching", 9, 10), ("across", 9, 11)]:
            exchange.event(account, subject=subject, start=london(27, start), end=london(27, end))

        found = account.calendar.view(london(27, 10), london(27, 12), max_items=1000)

        assert [item.subject for item in found] == ["touching", "across"]

    def test_says_when_it_is_cut_off(self, exchange: Exchange) -> None:
        fill(exchange.sandbox, 5)

        cut_off = post(exchange.sandbox, calendar_view(ROOM, utc(27, 0), utc(28, 0), most=3))
        whole = post(exchange.sandbox, calendar_view(ROOM, utc(27, 0), utc(28, 0), most=5))

        assert 'IncludesLastItemInRange="false"' in cut_off.text
        assert cut_off.text.count("<t:CalendarItem>") == 3
        assert 'IncludesLastItemInRange="true"' in whole.text

    def test_refuses_more_than_a_thousand_items_when_no_maximum_is_named(self, exchange: Exchange) -> None:
        account = exchange.account()
        fill(exchange.sandbox, 1001)

        with pytest.raises(ErrorExceededFindCountLimit):
            list(account.calendar.view(london(20, 0), london(20, 0, month=12)).only("start"))
        assert (
            len(list(account.calendar.view(london(20, 0), london(20, 0, month=12), max_items=1000).only("start")))
            == 1000
        )

    def test_refuses_more_than_two_years(self, exchange: Exchange) -> None:
        account = exchange.account()

        with pytest.raises(ErrorCalendarViewRangeTooBig):
            list(account.calendar.view(london(1, 0), london(1, 0).replace(year=2029), max_items=10))

    def test_gives_the_stamp_and_all_that_matters_in_one_request(self, exchange: Exchange) -> None:
        account = exchange.account(access=DELEGATE)
        exchange.event(account, stamp="a:b:1", uid="ours")
        before = len(exchange.sandbox.requests())
        complex_fields = [
            CalendarItem.get_field_by_fieldname(name) for name in ("stamp", "uid", "location", "organizer")
        ]
        for field in complex_fields:
            field.is_complex = False

        fields = ("start", "end", "legacy_free_busy_status", "is_cancelled", "uid", "stamp", "organizer", "sensitivity")
        try:
            (item,) = account.calendar.view(london(27, 0), london(28, 0), max_items=1000).only(*fields)
        finally:
            for field in complex_fields:
                field.is_complex = True

        assert (item.uid, item.stamp, item.organizer.email_address) == ("ours", "a:b:1", ROOM)
        assert [each.operation for each in exchange.sandbox.requests()[before:]] == ["FindItem"]

    def test_cannot_give_a_body_as_in_exchange(self, exchange: Exchange) -> None:
        asked = calendar_view(ROOM, utc(27, 0), utc(28, 0), most=3, properties=("item:Body",))

        answer = post(exchange.sandbox, asked)

        assert ErrorInvalidPropertyRequest.__name__ in answer.text

    def test_of_an_unreadable_room_is_not_found(self, exchange: Exchange) -> None:
        answer = post(exchange.sandbox, calendar_view(CLOSED_ROOM, utc(27, 0), utc(28, 0), most=3))

        assert ErrorItemNotFound.__name__ in answer.text


class TestLimits:
    def test_are_those_of_the_server(self, checker: Checker) -> None:
        small = replace(EXCHANGE_2016, limits=Limits(view_items=3, view_window=timedelta(days=7)))
        assert checker.seen == {}
        with ExchangeSandbox(now=lambda: NOW, personality=small) as sandbox:
            furnish(sandbox)
            fill(sandbox, 4)

            too_long = post(sandbox, calendar_view(ROOM, utc(20, 0), utc(28, 0), most=3))
            cut_off = post(sandbox, calendar_view(ROOM, utc(27, 0), utc(28, 0), most=1000))

        assert "ErrorCalendarViewRangeTooBig" in too_long.text
        assert cut_off.text.count("<t:CalendarItem>") == 3
        assert 'IncludesLastItemInRange="false"' in cut_off.text

    def test_hold_for_a_folder_that_is_read_without_pages(self, exchange: Exchange) -> None:
        fill(exchange.sandbox, 1001)
        folder = f"""<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>{ROOM}</t:EmailAddress>
          </t:Mailbox></t:DistinguishedFolderId>"""
        shape = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        folders = f"<m:ParentFolderIds>{folder}</m:ParentFolderIds>"
        page = '<m:IndexedPageItemView MaxEntriesReturned="2000" Offset="0" BasePoint="Beginning"/>'

        whole = post(exchange.sandbox, f'<m:FindItem Traversal="Shallow">{shape}{folders}</m:FindItem>')
        paged = post(exchange.sandbox, f'<m:FindItem Traversal="Shallow">{shape}{page}{folders}</m:FindItem>')

        assert "ErrorExceededFindCountLimit" in whole.text
        assert paged.text.count("<t:CalendarItem>") == 1000
        assert 'IncludesLastItemInRange="false"' in paged.text


class TestPages:
    def test_hold_each_stored_item_once(self, exchange: Exchange) -> None:
        account = exchange.account()
        fill(exchange.sandbox, 7)

        found = account.calendar.all().order_by("start")
        found.page_size = 3

        assert [item.subject for item in found] == [str(index) for index in range(7)]

    def test_hold_a_series_as_one(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Daily", start=utc(27, 10), end=utc(27, 11), repeat="daily")

        (master,) = exchange.account().calendar.all()

        assert master.type == "RecurringMaster"

    def test_hold_only_what_a_restriction_leaves(self, exchange: Exchange) -> None:
        account = exchange.account()
        exchange.event(account, subject="Choir practice")
        exchange.event(account, subject="Chess", start=london(28, 10), end=london(28, 11))

        by_text = account.calendar.filter(subject__icontains="CHOIR")
        by_time = account.calendar.filter(start__gte=london(28, 0))
        by_both = account.calendar.filter(subject__startswith="Ch").exclude(subject="Chess")

        assert [item.subject for item in by_text] == ["Choir practice"]
        assert [item.subject for item in by_time] == ["Chess"]
        assert [item.subject for item in by_both] == ["Choir practice"]
