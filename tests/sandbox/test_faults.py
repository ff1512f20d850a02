"""Each fault knob on its own, over HTTP: what the client gets, what was done, and what the log says."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests
from lxml import etree

from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.personalities import ODD
from tests.sandbox.exchange import NOW, OTHER_ROOM, PASSWORD, ROOM, SERVICE, Exchange, furnish, utc
from tests.sandbox.schema import Checker
from tests.sandbox.test_availability import mailbox_data
from tests.sandbox.wire import calendar_view, envelope, free_busy, post

TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"
MESSAGES = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
_SHAPE = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
RESOLVE = f"""<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>smtp:{ROOM}</m:UnresolvedEntry>
  </m:ResolveNames>"""
DEADLINE = 5.0


def folder(mailbox: str) -> str:
    address = f"<t:Mailbox><t:EmailAddress>{mailbox}</t:EmailAddress></t:Mailbox>"
    return f'<t:DistinguishedFolderId Id="calendar">{address}</t:DistinguishedFolderId>'


def view(mailbox: str = ROOM, most: int = 100) -> str:
    return calendar_view(mailbox, utc(27, 0), utc(28, 0), most=most)


def page(offset: int) -> str:
    """Two stored items of the room from that place on."""
    window = f'<m:IndexedPageItemView MaxEntriesReturned="2" Offset="{offset}" BasePoint="Beginning"/>'
    folders = f"<m:ParentFolderIds>{folder(ROOM)}</m:ParentFolderIds>"
    return f'<m:FindItem Traversal="Shallow">{_SHAPE}{window}{folders}</m:FindItem>'


def create(subject: str = "Choir", mailbox: str = ROOM) -> str:
    return f"""<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>{folder(mailbox)}
      </m:SavedItemFolderId><m:Items><t:CalendarItem><t:Subject>{subject}</t:Subject>
      <t:Start>2026-10-27T10:00:00Z</t:Start><t:End>2026-10-27T11:00:00Z</t:End></t:CalendarItem></m:Items>
    </m:CreateItem>"""


def sync(state: str = "") -> str:
    """The changes of the room's calendar since that state."""
    since = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    return f"""<m:SyncFolderItems>{_SHAPE}<m:SyncFolderId>{folder(ROOM)}</m:SyncFolderId>{since}
      <m:MaxChangesReturned>100</m:MaxChangesReturned></m:SyncFolderItems>"""


def raw(exchange: Exchange, body: str) -> requests.Response:
    """Send a call without a look at the answer."""
    return requests.post(exchange.sandbox.ews_url, data=envelope(body), auth=(SERVICE, PASSWORD), timeout=10)


def found(answer: requests.Response) -> int:
    return answer.text.count("<t:CalendarItem>")


def codes_in(answer: requests.Response) -> list[str]:
    """The response codes, in order."""
    return [each.text or "" for each in etree.fromstring(answer.content).iter(f"{MESSAGES}ResponseCode")]


def subjects(exchange: Exchange) -> list[str]:
    return [item.subject for item in exchange.sandbox.items(ROOM)]


def outcomes(exchange: Exchange) -> list[str]:
    return [each.outcome for each in exchange.sandbox.requests()]


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


@pytest.fixture
def filled(exchange: Exchange) -> Exchange:
    """Four items on the 27th, one after the other."""
    for hour in (9, 10, 11, 12):
        exchange.sandbox.add_event(ROOM, subject=f"{hour}", start=utc(27, hour), end=utc(27, hour + 1))
    return exchange


class TestChoice:
    def test_skips_as_many_as_it_is_told(self, exchange: Exchange) -> None:
        exchange.sandbox.fault(operation="FindItem", skip=2, count=1, status=503)

        codes = [raw(exchange, view()).status_code for _ in range(4)]

        assert codes == [200, 200, 503, 200]

    @pytest.mark.parametrize("seed", [1, 7])
    def test_by_chance_repeats_with_its_seed(self, exchange: Exchange, seed: int) -> None:
        runs = []
        for _run in range(2):
            exchange.sandbox.clear_faults()
            exchange.sandbox.fault(probability=0.5, seed=seed, error="ErrorTimeoutExpired")
            runs.append(["ErrorTimeoutExpired" in raw(exchange, view()).text for _ in range(20)])

        assert runs[0] == runs[1]
        assert 2 < sum(runs[0]) < 18

    def test_by_chance_counts_only_those_it_met(self, exchange: Exchange) -> None:
        exchange.sandbox.fault(probability=0.3, seed=4, count=3, status=503)

        codes = [raw(exchange, view()).status_code for _ in range(40)]

        assert codes.count(503) == 3


class TestTime:
    def test_drips(self, exchange: Exchange) -> None:
        plain = raw(exchange, view()).content
        exchange.sandbox.fault(operation="FindItem", drip=len(plain) / 0.4, count=1)

        begun = time.monotonic()
        slow = raw(exchange, view()).content

        assert slow == plain
        assert time.monotonic() - begun > 0.3

    def test_applies_late_what_it_dropped(self, exchange: Exchange) -> None:
        exchange.sandbox.fault(operation="CreateItem", apply_late=0.2, count=1)

        with pytest.raises(requests.ConnectionError):
            raw(exchange, create())
        before = subjects(exchange)

        assert before == []
        assert outcomes(exchange)[-1] == "dropped, applied later"
        wait_until(lambda: subjects(exchange) == ["Choir"])

    def test_applies_late_at_once_when_time_is_moved(self, exchange: Exchange) -> None:
        exchange.sandbox.fault(operation="CreateItem", apply_late=300, count=1)
        with pytest.raises(requests.ConnectionError):
            raw(exchange, create())

        exchange.sandbox.advance(timedelta(seconds=299))
        before = subjects(exchange)
        exchange.sandbox.advance(timedelta(seconds=2))

        assert before == []
        assert subjects(exchange) == ["Choir"]

    def test_never_applies_what_it_was_closed_before(self) -> None:
        with ExchangeSandbox(now=lambda: NOW) as sandbox:
            furnish(sandbox)
            exchange = Exchange(sandbox)
            sandbox.fault(operation="CreateItem", apply_late=300)
            with pytest.raises(requests.ConnectionError):
                raw(exchange, create())
            begun = time.monotonic()

        assert time.monotonic() - begun < DEADLINE
        assert subjects(exchange) == []

    def test_does_not_hold_up_the_closing_of_the_sandbox(self) -> None:
        with ExchangeSandbox(now=lambda: NOW) as sandbox:
            furnish(sandbox)
            sandbox.fault(operation="CreateItem", latency=300, count=1)
            with pytest.raises(requests.Timeout):
                requests.post(sandbox.ews_url, data=envelope(create()), auth=(SERVICE, PASSWORD), timeout=0.1)
            begun = time.monotonic()

        assert time.monotonic() - begun < DEADLINE


class TestRefusal:
    @pytest.mark.parametrize("status", [401, 500, 502, 503, 504])
    def test_may_be_any_status(self, exchange: Exchange, status: int) -> None:
        exchange.sandbox.fault(operation="CreateItem", status=status)

        answer = raw(exchange, create())

        assert answer.status_code == status
        assert subjects(exchange) == []
        assert outcomes(exchange) == [str(status)]

    def test_by_status_401_offers_the_ways_to_sign_in(self, exchange: Exchange) -> None:
        exchange.sandbox.fault(status=401)

        assert "Basic" in raw(exchange, view()).headers["WWW-Authenticate"]

    def test_of_a_failover_lasts_as_long_as_it_says(self) -> None:
        with ExchangeSandbox(now=lambda: NOW) as sandbox:
            furnish(sandbox)
            exchange = Exchange(sandbox)
            sandbox.fault(mailbox=ROOM, failover=60)

            during = [raw(exchange, view()).text for _ in range(2)]
            other = raw(exchange, view(OTHER_ROOM)).text
            sandbox.advance(timedelta(seconds=61))
            after = raw(exchange, view()).text

        assert all("ErrorMailboxFailover" in text for text in during)
        assert "NoError" in other
        assert "NoError" in after

    def test_of_a_busy_server_may_stand_inside_an_ordinary_answer(self, exchange: Exchange) -> None:
        exchange.sandbox.fault(error="ErrorServerBusy", back_off=2500, inside=True)

        answer = post(exchange.sandbox, view())

        assert answer.status_code == 200
        assert 'Name="BackOffMilliseconds">2500<' in answer.text

    def test_spoils_only_the_parts_of_its_mailbox(self, exchange: Exchange) -> None:
        exchange.sandbox.fault(mailbox=ROOM, error="ErrorMailboxMoveInProgress", count=1)
        exchange.sandbox.fault(mailbox=OTHER_ROOM, error="ErrorMailboxStoreUnavailable")
        both = view().replace("</m:ParentFolderIds>", f"{folder(OTHER_ROOM)}</m:ParentFolderIds>")

        first, second = post(exchange.sandbox, both), post(exchange.sandbox, both)

        codes = [codes_in(answer) for answer in (first, second)]
        assert codes == [
            ["ErrorMailboxMoveInProgress", "ErrorMailboxStoreUnavailable"],
            ["NoError", "ErrorMailboxStoreUnavailable"],
        ]


class TestMailboxGone:
    def test_is_not_there_until_the_knob_is_cleared(self, filled: Exchange) -> None:
        filled.sandbox.fault(mailbox=ROOM, mailbox_gone=True)

        gone = post(filled.sandbox, view()).text
        unresolved = post(filled.sandbox, RESOLVE).text
        available = post(filled.sandbox, free_busy(mailbox_data(ROOM), until="2026-10-28T00:00:00")).text
        filled.sandbox.clear_faults()
        back = post(filled.sandbox, view())

        assert "ErrorNonExistentMailbox" in gone
        assert "ErrorNameResolutionNoResults" in unresolved
        assert "ErrorMailRecipientNotFound" in available
        assert found(back) == 4

    def test_cannot_be_impersonated(self, exchange: Exchange) -> None:
        exchange.sandbox.fault(mailbox=ROOM, mailbox_gone=True)
        header = f"""<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{ROOM}</t:PrimarySmtpAddress>
          </t:ConnectingSID></t:ExchangeImpersonation></s:Header>"""
        data = envelope(view()).replace(b"</s:Header>", header.encode())

        answer = requests.post(exchange.sandbox.ews_url, data=data, auth=(SERVICE, PASSWORD), timeout=10)

        assert (answer.status_code, "ErrorNonExistentMailbox" in answer.text) == (500, True)


class TestRenamed:
    def test_is_found_under_its_new_address_only_with_all_that_is_in_it(self, filled: Exchange) -> None:
        before = filled.sandbox.items(ROOM)
        filled.sandbox.fault(mailbox=ROOM, renamed_to="New-Room@wexcombe.example", count=1)

        old = post(filled.sandbox, view()).text
        new = post(filled.sandbox, view("new-room@wexcombe.example"))

        assert "ErrorNonExistentMailbox" in old
        assert found(new) == 4
        after = filled.sandbox.items("new-room@wexcombe.example")
        assert [(each.id, each.change) for each in after] == [(each.id, each.change) for each in before]


class TestRightsLost:
    def test_say_not_found_for_the_room_but_tell_when_it_is_busy(self, filled: Exchange) -> None:
        item_id = filled.sandbox.items(ROOM)[0].id
        filled.sandbox.fault(mailbox=ROOM, rights_lost=True)

        listed = post(filled.sandbox, view()).text
        read = post(filled.sandbox, f'<m:GetItem>{_SHAPE}<m:ItemIds><t:ItemId Id="{item_id}"/></m:ItemIds></m:GetItem>')
        written = post(filled.sandbox, create()).text
        available = post(filled.sandbox, free_busy(mailbox_data(ROOM), until="2026-10-28T00:00:00")).text

        assert all("ErrorItemNotFound" in text for text in (listed, read.text, written))
        assert available.count("<t:CalendarEvent>") == 4
        assert len(filled.sandbox.items(ROOM)) == 4


class TestNewPassword:
    def test_refuses_from_this_request_on(self, exchange: Exchange) -> None:
        exchange.sandbox.fault(operation="FindItem", new_password="changed", count=1)

        codes = [raw(exchange, view()).status_code for _ in range(2)]
        with_new = requests.post(exchange.sandbox.ews_url, data=envelope(view()), auth=(SERVICE, "changed"), timeout=10)

        assert codes == [401, 401]
        assert with_new.status_code == 200


class TestListing:
    def test_may_be_empty_and_say_that_this_was_all(self, filled: Exchange) -> None:
        filled.sandbox.fault(operation="FindItem", empty_listing=True)

        answer = post(filled.sandbox, view())

        assert found(answer) == 0
        assert 'IncludesLastItemInRange="true"' in answer.text

    def test_may_be_cut_off_and_say_so(self, filled: Exchange) -> None:
        filled.sandbox.fault(operation="FindItem", truncated_listing=True)

        answer = post(filled.sandbox, view())

        assert found(answer) == 2
        assert 'IncludesLastItemInRange="false"' in answer.text

    def test_may_be_cut_off_silently(self, filled: Exchange) -> None:
        filled.sandbox.fault(operation="FindItem", truncated_listing=True, silently=True)

        answer = post(filled.sandbox, view())

        assert found(answer) == 2
        assert 'IncludesLastItemInRange="true"' in answer.text
        assert 'TotalItemsInView="2"' in answer.text

    def test_of_busy_times_may_be_empty(self, filled: Exchange) -> None:
        filled.sandbox.fault(operation="GetUserAvailability", empty_listing=True)

        answer = post(filled.sandbox, free_busy(mailbox_data(ROOM), until="2026-10-28T00:00:00"))

        assert "<t:CalendarEvent>" not in answer.text
        assert "NoError" in answer.text

    def test_of_changes_may_be_empty(self, filled: Exchange) -> None:
        filled.sandbox.fault(operation="SyncFolderItems", empty_listing=True)

        answer = post(filled.sandbox, sync())

        assert "<t:Create>" not in answer.text

    def test_may_fail_at_its_second_page(self, filled: Exchange) -> None:
        filled.sandbox.fault(second_page_fails=True, count=1)

        first = post(filled.sandbox, page(0))
        second = post(filled.sandbox, page(2))
        again = post(filled.sandbox, page(2))

        assert (found(first), found(again)) == (2, 2)
        assert "ErrorInternalServerTransientError" in second.text


class TestSyncState:
    def state(self, exchange: Exchange) -> str:
        answer = etree.fromstring(post(exchange.sandbox, sync()).content)
        return answer.findtext(f".//{MESSAGES}SyncState") or ""

    def test_is_lost(self, filled: Exchange) -> None:
        state = self.state(filled)
        filled.sandbox.fault(lose_sync_state=True, count=1)

        lost = post(filled.sandbox, sync(state)).text
        after = post(filled.sandbox, sync(state)).text

        assert "ErrorInvalidSyncStateData" in lost
        assert "<t:Create>" not in after

    def test_is_lost_without_a_word_by_the_odd_server(self, checker: Checker) -> None:
        assert checker.seen == {}
        with ExchangeSandbox(now=lambda: NOW, personality=ODD) as sandbox:
            furnish(sandbox)
            exchange = Exchange(sandbox)
            sandbox.add_event(ROOM, subject="There", start=utc(27, 9), end=utc(27, 10))
            state = self.state(exchange)
            sandbox.fault(lose_sync_state=True, count=1)

            lost = post(sandbox, sync(state)).text

        assert "NoError" in lost
        assert lost.count("<t:Create>") == 1


class TestClock:
    def test_that_is_off_shows_in_the_date_header_and_in_stamps(self, exchange: Exchange) -> None:
        exchange.sandbox.set_clock_offset(timedelta(minutes=-7))

        answer = raw(exchange, create())
        modified = calendar_view(ROOM, utc(27, 0), utc(28, 0), most=1, properties=("item:LastModifiedTime",))
        item = etree.fromstring(post(exchange.sandbox, modified).content)

        assert parsedate_to_datetime(answer.headers["Date"]) == NOW - timedelta(minutes=7)
        assert item.findtext(f".//{TYPES}LastModifiedTime") == "2026-10-26T07:53:00Z"
        assert exchange.sandbox.requests()[0].at == NOW

    def test_may_be_set_by_a_knob(self, exchange: Exchange) -> None:
        exchange.sandbox.fault(clock_offset=3600, count=1)

        answer = raw(exchange, view())

        assert parsedate_to_datetime(answer.headers["Date"]) == datetime(2026, 10, 26, 9, tzinfo=UTC)
