import pytest
from exchangelib import DELEGATE, Account, CalendarItem
from exchangelib.errors import ErrorCalendarIsNotOrganizer, ErrorStaleObject

from tests.sandbox.exchange import ANN, ROOM, Exchange, london, utc


def anns(exchange: Exchange) -> Account:
    return exchange.account(ANN, access=DELEGATE, username=ANN, password="ann's own")


def only(account: Account) -> CalendarItem:
    (item,) = account.calendar.view(london(27, 0), london(28, 0), max_items=10)
    return account.calendar.get(id=item.id, changekey=None)


def invite(exchange: Exchange) -> None:
    exchange.sandbox.invite(ANN, rooms=[ROOM], subject="Budget", start=utc(27, 10), end=utc(27, 11))


class TestCancelCalendarItem:
    def test_calls_a_meeting_off_for_all(self, exchange: Exchange) -> None:
        invite(exchange)

        only(anns(exchange)).cancel(body="No budget")

        assert exchange.sandbox.items(ANN) == []
        assert exchange.sandbox.items(ROOM) == []
        assert [item.subject for item in anns(exchange).trash.all()] == ["Budget"]

    def test_is_for_its_organizer_only(self, exchange: Exchange) -> None:
        invite(exchange)

        with pytest.raises(ErrorCalendarIsNotOrganizer):
            only(exchange.account()).cancel()

        assert len(exchange.sandbox.items(ANN)) == 1

    def test_needs_the_newest_change_key(self, exchange: Exchange) -> None:
        invite(exchange)
        stale = only(anns(exchange))
        exchange.sandbox.edit(ANN, stale.id, subject="Large budget")

        with pytest.raises(ErrorStaleObject):
            stale.cancel()

    def test_takes_one_date_out_of_a_series(self, exchange: Exchange) -> None:
        exchange.sandbox.invite(
            ANN, rooms=[ROOM], subject="Budget", start=utc(26, 10), end=utc(26, 11), repeat="daily", until=london(28, 0)
        )

        only(anns(exchange)).cancel()

        view = anns(exchange).calendar.view(london(26, 0), london(31, 0), max_items=10)
        assert [item.start for item in view] == [utc(26, 10), utc(28, 10)]
