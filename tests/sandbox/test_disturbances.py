"""The fault knobs, the request log and the control interface."""

import time

import pytest
import requests
from exchangelib.errors import (
    ErrorInternalServerTransientError,
    ErrorMailboxMoveInProgress,
    ErrorServerBusy,
    EWSError,
    UnauthorizedError,
)
from lxml import etree

from tests.sandbox.exchange import ANN, BEN, OTHER_ROOM, PASSWORD, ROOM, SERVICE, Exchange, london, utc
from tests.sandbox.wire import envelope


def subjects(exchange: Exchange) -> list[str]:
    return [item.subject for item in exchange.sandbox.items(ROOM)]


def delete(exchange: Exchange, item_id: str) -> requests.Response:
    """Delete an item for good, without a look at the answer."""
    return requests.post(
        exchange.sandbox.ews_url,
        data=envelope(
            '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone">'
            f'<m:ItemIds><t:ItemId Id="{item_id}"/></m:ItemIds></m:DeleteItem>'
        ),
        auth=(SERVICE, PASSWORD),
        timeout=10,
    )


class TestFault:
    def test_drops_before_anything_is_done(self, exchange: Exchange) -> None:
        account = exchange.account()
        _ = account.calendar
        exchange.sandbox.fault(operation="CreateItem", drop_before=True, count=1)

        with pytest.raises(EWSError):
            exchange.event(account)

        assert subjects(exchange) == []
        assert exchange.sandbox.requests()[-1].outcome == "dropped before"

    def test_drops_after_it_was_done(self, exchange: Exchange) -> None:
        account = exchange.account()
        _ = account.calendar
        exchange.sandbox.fault(operation="CreateItem", drop_after=True, count=1)

        with pytest.raises(EWSError):
            exchange.event(account)

        assert subjects(exchange) == ["Choir"]
        assert exchange.sandbox.requests()[-1].outcome == "dropped after"

    def test_wears_off_after_its_count(self, exchange: Exchange) -> None:
        account = exchange.account()
        _ = account.calendar
        exchange.sandbox.fault(operation="CreateItem", status=503, count=2)

        for _try in range(2):
            with pytest.raises(EWSError):
                exchange.event(account)
        exchange.event(account)

        assert subjects(exchange) == ["Choir"]

    def test_meets_only_its_operation_and_mailbox(self, exchange: Exchange) -> None:
        account = exchange.account()
        exchange.sandbox.fault(operation="CreateItem", mailbox=OTHER_ROOM, status=500)
        exchange.sandbox.fault(operation="DeleteItem", status=500)

        exchange.event(account)

        assert subjects(exchange) == ["Choir"]

    def test_of_a_busy_server_says_how_long_to_wait(self, exchange: Exchange) -> None:
        account = exchange.account()
        _ = account.calendar
        exchange.sandbox.fault(error="ErrorServerBusy", back_off=2500)

        with pytest.raises(ErrorServerBusy) as caught:
            exchange.event(account)

        assert caught.value.back_off == 2.5
        assert subjects(exchange) == []

    def test_may_be_any_response_code(self, exchange: Exchange) -> None:
        account = exchange.account()
        _ = account.calendar
        exchange.sandbox.fault(operation="CreateItem", error="ErrorMailboxMoveInProgress")

        with pytest.raises(ErrorMailboxMoveInProgress):
            exchange.event(account)

    def test_of_one_mailbox_spoils_no_other_in_free_busy(self, exchange: Exchange) -> None:
        exchange.sandbox.fault(mailbox=OTHER_ROOM, error="ErrorInternalServerTransientError")
        account = exchange.account()

        found = account.protocol.get_free_busy_info(
            accounts=[(ROOM, "Room", False), (OTHER_ROOM, "Room", False)], start=london(27, 0), end=london(28, 0)
        )

        with pytest.raises(ErrorServerBusy, match=ErrorInternalServerTransientError.__name__):
            list(found)
        assert exchange.sandbox.requests()[-1].outcome == "ErrorInternalServerTransientError"

    def test_makes_it_slow(self, exchange: Exchange) -> None:
        account = exchange.account()
        _ = account.calendar
        exchange.sandbox.fault(operation="CreateItem", latency=0.3, count=1)

        begun = time.monotonic()
        exchange.event(account)

        assert time.monotonic() - begun >= 0.3
        assert subjects(exchange) == ["Choir"]

    def test_may_spoil_the_answer_after_it_was_done(self, exchange: Exchange) -> None:
        account = exchange.account()
        _ = account.calendar
        exchange.sandbox.fault(operation="DeleteItem", garble=True)
        item_id = exchange.event(account).id

        answer = delete(exchange, item_id)

        assert answer.status_code == 200
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(answer.content)
        assert subjects(exchange) == []

    def test_of_a_status_may_say_when_to_try_again(self, exchange: Exchange) -> None:
        item_id = exchange.event(exchange.account()).id
        exchange.sandbox.fault(status=429, retry_after=30)

        answer = delete(exchange, item_id)

        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")

    def test_stops_when_it_is_cleared(self, exchange: Exchange) -> None:
        account = exchange.account()
        exchange.sandbox.fault(status=500)

        exchange.sandbox.clear_faults()
        exchange.event(account)

        assert subjects(exchange) == ["Choir"]


class TestRequestLog:
    def test_tells_operation_mailbox_account_and_outcome(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = exchange.event(account)
        item.delete(send_meeting_cancellations="SendToNone")

        found = [(each.operation, each.mailbox, each.account, each.outcome) for each in exchange.sandbox.requests()]

        assert found[-2:] == [("CreateItem", ROOM, SERVICE, "NoError"), ("DeleteItem", ROOM, SERVICE, "NoError")]

    def test_tells_how_it_was_signed_in_as_whom_in_which_schema_and_how_long_it_took(self, exchange: Exchange) -> None:
        exchange.sandbox.fault(latency=0.05, count=1)

        _ = exchange.account().calendar

        first = exchange.sandbox.requests()[0]
        assert (first.sign_in, first.judged, first.handshake) == ("basic", True, False)
        assert (first.impersonated, first.version) == (ROOM, "Exchange2016")
        assert 50 <= first.duration_ms < 10_000

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ({"operation": "CreateItem"}, ["CreateItem"]),
            ({"mailbox": ROOM.upper(), "outcome": "NoError", "last": "1"}, ["DeleteItem"]),
            ({"account": "nobody"}, []),
            ({"sign_in": "ntlm"}, []),
            ({"since": "2026-10-26T08:00:01+00:00"}, []),
            ({"since": "2026-10-26T08:00:00+00:00", "operation": "DeleteItem"}, ["DeleteItem"]),
        ],
        ids=str,
    )
    def test_can_be_filtered(self, exchange: Exchange, wanted: dict[str, str], expected: list[str]) -> None:
        item = exchange.event(exchange.account())
        item.delete(send_meeting_cancellations="SendToNone")

        found = requests.get(f"{exchange.sandbox.url}/control/requests", params=wanted, timeout=10).json()

        assert [each["operation"] for each in found] == expected

    @pytest.mark.parametrize("wanted", [{"nonsense": "1"}, {"since": "yesterday"}, {"last": "few"}], ids=str)
    def test_says_which_filters_there_are(self, exchange: Exchange, wanted: dict[str, str]) -> None:
        answer = requests.get(f"{exchange.sandbox.url}/control/requests", params=wanted, timeout=10)

        assert (answer.status_code, "error" in answer.json()) == (422, True)


class TestControl:
    def test_shows_mailboxes_and_items(self, exchange: Exchange) -> None:
        exchange.event(exchange.account(), stamp="a:b:1")

        mailboxes = requests.get(f"{exchange.sandbox.url}/control/mailboxes", timeout=10).json()
        (item,) = requests.get(f"{exchange.sandbox.url}/control/items", params={"mailbox": ROOM}, timeout=10).json()

        assert {each["address"]: each["kind"] for each in mailboxes}[ROOM] == "room"
        assert (item["subject"], item["extended"], item["start"]) == (
            "Choir",
            {"stamp": "a:b:1"},
            utc(27, 10).isoformat(),
        )

    def test_turns_and_clears_knobs(self, exchange: Exchange) -> None:
        faults = f"{exchange.sandbox.url}/control/faults"

        requests.post(faults, json={"operation": "GetFolder", "status": 503, "count": 3}, timeout=10).raise_for_status()
        active = requests.get(faults, timeout=10).json()
        requests.delete(faults, timeout=10).raise_for_status()

        assert [(each["operation"], each["status"], each["count"]) for each in active] == [("GetFolder", 503, 3)]
        assert requests.get(faults, timeout=10).json() == []

    def test_turns_each_knob_that_the_tests_turn(self, exchange: Exchange) -> None:
        knobs = {"mailbox": ROOM, "probability": 0.5, "seed": 3, "skip": 1, "drip": 100, "apply_late": 2.5}

        answer = requests.post(f"{exchange.sandbox.url}/control/faults", json=knobs, timeout=10).json()

        assert {name: answer[name] for name in knobs} == knobs

    def test_sets_the_clock_wrong_and_moves_time_on(self, exchange: Exchange) -> None:
        control = f"{exchange.sandbox.url}/control"

        off = requests.post(f"{control}/clock", json={"offset": -60}, timeout=10).json()
        moved = requests.post(f"{control}/advance", json={"seconds": 120}, timeout=10).json()
        wrong = requests.post(f"{control}/advance", json={"seconds": "long"}, timeout=10)

        assert off == {"now": "2026-10-26T07:59:00+00:00"}
        assert moved == {"now": "2026-10-26T08:01:00+00:00"}
        assert wrong.status_code == 422

    def test_shows_what_waits_for_a_delegate(self, exchange: Exchange) -> None:
        exchange.sandbox.add_room(ROOM, "Reading Room", automate_processing="AutoUpdate", resource_delegates=[BEN])
        exchange.sandbox.invite(ANN, rooms=[ROOM], subject="Budget", start=utc(27, 10), end=utc(27, 11))

        found = requests.get(f"{exchange.sandbox.url}/control/awaited", params={"mailbox": BEN}, timeout=10).json()

        assert [each["subject"] for each in found] == ["Budget"]

    def test_changes_a_password(self, exchange: Exchange) -> None:
        wish = {"account": SERVICE, "password": PASSWORD + "!"}

        requests.post(f"{exchange.sandbox.url}/control/password", json=wish, timeout=10).raise_for_status()

        with pytest.raises(UnauthorizedError):
            _ = exchange.account().calendar

    def test_resets_items_faults_and_log_but_no_mailbox(self, exchange: Exchange) -> None:
        exchange.event(exchange.account())
        exchange.sandbox.fault(status=500)

        requests.post(f"{exchange.sandbox.url}/control/reset", timeout=10).raise_for_status()

        assert subjects(exchange) == []
        assert exchange.sandbox.requests() == []
        assert exchange.account().calendar.name == "Calendar"

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("faults", b'{"nonsense": 1}'),
            ("faults", b"not json"),
            ("faults", b"[1]"),
            ("password", b'{"account": "no"}'),
        ],
    )
    def test_says_what_is_wrong(self, exchange: Exchange, path: str, body: bytes) -> None:
        answer = requests.post(f"{exchange.sandbox.url}/control/{path}", data=body, timeout=10)

        assert answer.status_code == 422
        assert answer.json()["error"]

    def test_knows_its_own_names(self, exchange: Exchange) -> None:
        answer = requests.get(f"{exchange.sandbox.url}/control/nothing", timeout=10)

        assert answer.status_code == 404
        assert "GET items" in answer.json()["controls"]
