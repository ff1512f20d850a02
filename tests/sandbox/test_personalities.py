"""Servers of other kinds: what each says of itself, lacks, and does otherwise."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
import requests
from exchangelib import Attendee
from lxml import etree

from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.personalities import (
    EXCHANGE_2010,
    EXCHANGE_2016,
    EXCHANGE_2019,
    ODD,
    PERSONALITIES,
    Personality,
)
from tests.sandbox.exchange import ANN, NOW, OTHER_ROOM, PASSWORD, ROOM, SERVICE, Exchange, furnish, utc
from tests.sandbox.schema import Checker
from tests.sandbox.test_availability import mailbox_data
from tests.sandbox.wire import calendar_view, envelope, free_busy, post

TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"
UNKNOWN = "nobody@wexcombe.example"


@contextmanager
def running(personality: Personality) -> Iterator[Exchange]:
    with ExchangeSandbox(now=lambda: NOW, personality=personality) as sandbox:
        furnish(sandbox)
        yield Exchange(sandbox)


@pytest.fixture
def odd(checker: Checker) -> Iterator[Exchange]:
    assert checker.seen == {}
    with running(ODD) as exchange:
        yield exchange


@pytest.fixture
def of_2010(checker: Checker) -> Iterator[Exchange]:
    assert checker.seen == {}
    with running(EXCHANGE_2010) as exchange:
        yield exchange


def ask(exchange: Exchange, body: str, *, version: str) -> requests.Response:
    """A call in the words of that schema."""
    return requests.post(
        exchange.sandbox.ews_url,
        data=envelope(body).replace(b"Exchange2016", version.encode()),
        headers={"Content-Type": "text/xml; charset=utf-8"},
        auth=(SERVICE, PASSWORD),
        timeout=10,
    )


def view(exchange: Exchange, start: datetime, end: datetime, *wanted: str) -> list[etree._Element]:
    """The items of a view of the room, as elements."""
    asked = calendar_view(ROOM, start, end, most=100, properties=wanted or ("calendar:Start",))
    answer = ask(exchange, asked, version="Exchange2010")
    return etree.fromstring(answer.content).findall(f".//{TYPES}CalendarItem")


def text(item: etree._Element, name: str) -> str:
    return item.findtext(f"{TYPES}{name}") or ""


class TestVersion:
    @pytest.mark.parametrize("personality", PERSONALITIES.values(), ids=PERSONALITIES)
    def test_stands_in_every_answer(self, checker: Checker, personality: Personality) -> None:
        assert checker.seen == {}
        with running(personality) as exchange:
            answer = ask(exchange, "<m:GetServerTimeZones/>", version="Exchange2007_SP1")

        info = etree.fromstring(answer.content).find(f".//{TYPES}ServerVersionInfo")
        assert info is not None
        assert (info.get("MajorVersion"), info.get("Version")) == (
            str(personality.version.major),
            personality.version.name,
        )

    @pytest.mark.parametrize(
        ("personality", "version", "code"),
        [
            (EXCHANGE_2010, "Exchange2010_SP2", ""),
            (EXCHANGE_2010, "Exchange2013", "ErrorInvalidServerVersion"),
            (EXCHANGE_2010, "Exchange2016", "ErrorInvalidServerVersion"),
            (EXCHANGE_2016, "Exchange2007_SP1", ""),
            (EXCHANGE_2016, "Exchange2016", ""),
            (EXCHANGE_2019, "Exchange2019", "ErrorInvalidRequest"),
            (EXCHANGE_2019, "Exchange2016", ""),
        ],
    )
    def test_of_a_request_may_not_be_newer(self, personality: Personality, version: str, code: str) -> None:
        with running(personality) as exchange:
            answer = ask(exchange, calendar_view(ROOM, utc(27, 0), utc(28, 0), most=1), version=version)
            logged = exchange.sandbox.requests()[-1]

        assert answer.status_code == (500 if code else 200)
        assert code in answer.text
        assert (logged.operation, logged.outcome, logged.version) == ("FindItem", code or "NoError", version)


class Test2010:
    def test_knows_no_working_elsewhere(self, of_2010: Exchange) -> None:
        of_2010.sandbox.add_event(ROOM, subject="Out", start=utc(27, 10), end=utc(27, 11), busy="WorkingElsewhere")
        (item,) = view(of_2010, utc(27, 0), utc(28, 0), "calendar:LegacyFreeBusyStatus")
        available = ask(of_2010, free_busy(mailbox_data(ROOM), until="2026-10-28T00:00:00"), version="Exchange2010")

        assert text(item, "LegacyFreeBusyStatus") == "NoData"
        assert "<t:BusyType>NoData</t:BusyType>" in available.text

    def test_refuses_words_of_2013_as_its_schema_does(self, of_2010: Exchange) -> None:
        asked = calendar_view(ROOM, utc(27, 0), utc(28, 0), most=1, properties=("calendar:IsOrganizer",))

        answer = ask(of_2010, asked, version="Exchange2010")

        assert answer.status_code == 500
        assert "ErrorSchemaValidation" in answer.text

    def test_serves_exchangelib_which_steps_down_by_itself(self, of_2010: Exchange) -> None:
        account = of_2010.account()

        item = of_2010.event(account)

        assert [each.subject for each in account.calendar.all()] == ["Choir"]
        assert item.id == of_2010.sandbox.items(ROOM)[0].id


class TestOdd:
    def test_knows_no_time_zones(self, odd: Exchange) -> None:
        answer = post(odd.sandbox, "<m:GetServerTimeZones/>")

        assert answer.status_code == 500
        assert "ErrorSchemaValidation" in answer.text

    def test_shows_a_series_as_its_master_wherever_a_date_of_it_is(self, odd: Exchange) -> None:
        odd.sandbox.add_event(ROOM, subject="Daily", start=utc(20, 9), end=utc(20, 10), repeat="daily")
        odd.sandbox.add_event(ROOM, subject="Once", start=utc(27, 12), end=utc(27, 13))
        odd.sandbox.add_event(ROOM, subject="Later", start=utc(28, 9), end=utc(28, 10), repeat="weekly")

        items = view(odd, utc(27, 0), utc(28, 0), "item:Subject", "calendar:CalendarItemType")

        kinds = [(text(item, "Subject"), text(item, "CalendarItemType")) for item in items]
        assert kinds == [("Daily", "RecurringMaster"), ("Once", "Single")]

    def test_tells_busy_times_with_series_expanded_all_the_same(self, odd: Exchange) -> None:
        odd.sandbox.add_event(ROOM, subject="Daily", start=utc(20, 9), end=utc(20, 10), repeat="daily")

        answer = post(odd.sandbox, free_busy(mailbox_data(ROOM), until="2026-10-29T00:00:00"))

        assert answer.text.count("<t:CalendarEvent>") == 2

    def test_fails_a_whole_batch_for_one_unknown_mailbox(self, odd: Exchange) -> None:
        both = mailbox_data(ROOM) + mailbox_data(UNKNOWN) + mailbox_data(OTHER_ROOM)

        answer = post(odd.sandbox, free_busy(both, until="2026-10-28T00:00:00"))

        assert answer.status_code == 500
        assert "ErrorMailRecipientNotFound" in answer.text
        assert odd.sandbox.requests()[-1].outcome == "ErrorMailRecipientNotFound"

    def test_never_finds_a_conflict_though_its_change_keys_differ(self, odd: Exchange) -> None:
        account = odd.account()
        item = odd.event(account)
        first_key = item.changekey
        odd.sandbox.edit(ROOM, item.id, subject="Theirs")
        item.subject = "Ours"

        item.save(
            update_fields=["subject"], conflict_resolution="NeverOverwrite", send_meeting_invitations="SendToNone"
        )

        assert [each.subject for each in odd.sandbox.items(ROOM)] == ["Ours"]
        assert item.changekey != first_key

    def test_turns_the_attendees_round(self, odd: Exchange) -> None:
        account = odd.account()
        people = [Attendee(mailbox=address) for address in (ANN, "zoe@wexcombe.example")]
        item = odd.event(account, required_attendees=people)

        read = account.calendar.get(id=item.id)

        assert [each.mailbox.email_address for each in read.required_attendees] == ["zoe@wexcombe.example", ANN]

    def test_has_what_only_touches_a_views_edges(self, odd: Exchange) -> None:
        for hour in (9, 10, 11, 12):
            odd.sandbox.add_event(ROOM, subject=f"{hour}", start=utc(27, hour), end=utc(27, hour + 1))

        items = view(odd, utc(27, 10), utc(27, 11), "item:Subject")

        assert [text(item, "Subject") for item in items] == ["9", "10", "11"]


class TestCommand:
    def test_chooses_the_personality(self) -> None:
        command = [sys.executable, "-m", "booking.sandbox.exchange", "--port", "0", "--personality", "2019"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                url = process.stdout.readline().split("EWS: ")[1].strip()

                answer = requests.get(url.replace("/EWS/Exchange.asmx", "/control/personality"), timeout=10)
            finally:
                process.terminate()

        assert (answer.status_code, answer.json()["personality"]) == (200, "2019")
