"""What the client must never do, tried against a server that misbehaves."""

import base64
import datetime as dt
import gc
import logging
import socket
import time
from contextlib import suppress
from datetime import timedelta
from threading import Event, Thread

import pytest
from exchangelib.protocol import CachingProtocol

from booking.connectors import registry
from booking.connectors.port import (
    Ambiguous,
    Definite,
    Kind,
)
from tests.connectors import stub
from tests.connectors.ews.calling import EMPTY, PASSWORD, WRITES, connected, settings, write
from tests.connectors.stub import Stub, close, drip, found, hang, http, soap, then_close
from tests.connectors.world import ROOM, STAMP, WEEK, at, draft


class TestStatuses:
    @pytest.mark.parametrize("name", WRITES)
    @pytest.mark.parametrize("status", ["401", "500", "502", "503", "504"])
    def test_leave_a_write_ambiguous_and_are_asked_once(self, name: str, status: str) -> None:
        with Stub(EMPTY, http(status=f"{status} Trouble")) as server, connected(server.url) as connector:
            connector.window(ROOM, WEEK)  # signed in

            with pytest.raises(Ambiguous):
                write(connector, name)

            assert len(server.requests) == 2

    @pytest.mark.parametrize("status", ["500", "502", "503", "504"])
    def test_are_transient_for_a_read_and_asked_once(self, status: str) -> None:
        with Stub(http(status=f"{status} Trouble", headers="Connection: close\r\n")) as server:
            with connected(server.url) as connector, pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)

            assert refusal.value.kind is Kind.TRANSIENT
            assert len(server.requests) == 1

    @pytest.mark.parametrize("status", ["502", "503"])
    def test_that_close_the_connection_are_not_taken_for_a_busy_server(self, status: str) -> None:
        with Stub(http(status=f"{status} Trouble", headers="Connection: close\r\n")) as server:
            with connected(server.url) as connector, pytest.raises(Ambiguous):
                connector.create(ROOM, draft(), STAMP)

            assert len(server.requests) == 1

    @pytest.mark.parametrize("name", WRITES)
    def test_503_with_a_wait_is_no_promise_that_a_write_was_not_made(self, name: str) -> None:
        """A proxy shows its maintenance page, with a wait, also when the server broke down in the middle."""
        slow = http(status="503 Slow", headers="Retry-After: 120\r\n")
        with Stub(slow) as server, connected(server.url) as connector, pytest.raises(Ambiguous) as doubt:
            write(connector, name)

        assert doubt.value.wait == timedelta(seconds=120)

    @pytest.mark.parametrize(("name", "status"), [("window", "429"), ("window", "503"), ("create", "429")])
    def test_with_a_wait_are_throttled(self, name: str, status: str) -> None:
        slow = http(status=f"{status} Slow", headers="Retry-After: 120\r\n")
        with Stub(slow) as server, connected(server.url) as connector, pytest.raises(Definite) as refusal:
            connector.window(ROOM, WEEK) if name == "window" else write(connector, name)

        assert refusal.value.kind is Kind.THROTTLED
        assert refusal.value.wait == timedelta(seconds=120)

    @pytest.mark.parametrize("wait", ["9" * 20, "9" * 5000, "-1", "Fri, 20 Nov 2026 09:00:00 GMT", "\u0663"])
    def test_with_a_wait_that_makes_no_sense_are_throttled_without_one(self, wait: str) -> None:
        slow = http(status="429 Slow", headers=f"Retry-After: {wait}\r\n")
        with Stub(slow) as server, connected(server.url) as connector, pytest.raises(Definite) as refusal:
            connector.window(ROOM, WEEK)

        assert refusal.value.kind is Kind.THROTTLED
        assert refusal.value.wait is None

    @pytest.mark.parametrize("name", WRITES)
    def test_401_at_the_first_sign_in_of_a_write_is_a_wrong_password(self, name: str) -> None:
        with Stub(http(status="401 Unauthorized")) as server:
            with connected(server.url) as connector, pytest.raises(Definite) as refusal:
                write(connector, name)

            assert refusal.value.kind is Kind.SIGN_IN
            assert len(server.requests) == 1

    def test_403_says_that_ews_is_forbidden(self) -> None:
        no = http(status="403 Forbidden")
        with Stub(no) as server, connected(server.url) as connector, pytest.raises(Definite) as refusal:
            connector.window(ROOM, WEEK)

        assert refusal.value.kind is Kind.FORBIDDEN

    def test_401_that_offers_other_sign_ins_only_says_how_to_allow_ours(self) -> None:
        ntlm = http(status="401 Unauthorized", headers="WWW-Authenticate: NTLM\r\nWWW-Authenticate: Negotiate\r\n")
        with Stub(ntlm) as server, connected(server.url) as connector:
            steps = {step.name: step for step in connector.check()}

            assert "Basic" in steps["sign_in"].detail
            assert "Set-WebServicesVirtualDirectory" in steps["sign_in"].remedy
            assert len(server.requests) == 1

    def test_redirects_are_not_followed(self) -> None:
        with Stub(EMPTY) as elsewhere:
            away = http(status="302 Found", headers=f"Location: {elsewhere.url}\r\n")
            with Stub(away) as server, connected(server.url) as connector, pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)

            assert refusal.value.kind is Kind.PERMANENT
            assert elsewhere.connections == 0


class TestAnswers:
    @pytest.mark.parametrize(
        "answer",
        [
            http("<html>Welcome to the proxy</html>"),
            http("not xml at all"),
            http(found()[:-40]),
            then_close(http(found()[:-40], length=len(found()))),
            http(soap("")),
            close,
        ],
        ids=["html", "text", "cut off", "closed early", "empty", "closed"],
    )
    def test_that_cannot_be_read_are_transient_for_reads_and_ambiguous_for_writes(self, answer: stub.Answer) -> None:
        with Stub(answer) as server, connected(server.url) as connector:
            with pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)
            with pytest.raises(Ambiguous):
                connector.create(ROOM, draft(), STAMP)

            assert refusal.value.kind is Kind.TRANSIENT
            assert "<" not in str(refusal.value)

    def test_without_the_word_that_this_is_all_are_incomplete(self) -> None:
        cut = found(stub.item("a", "2026-06-08T09:00:00Z", "2026-06-08T10:00:00Z"), last=False)
        with Stub(http(cut)) as server, connected(server.url) as connector:
            snapshot = connector.window(ROOM, at(9, 9.5))

            assert not snapshot.complete
            assert len(server.requests) == 1

    def test_that_are_cut_off_are_asked_for_in_halves(self) -> None:
        cut = http(found(stub.item("a", "2026-06-08T09:00:00Z", "2026-06-08T09:30:00Z"), last=False))
        first = http(found(stub.item("a", "2026-06-08T09:00:00Z", "2026-06-08T09:30:00Z")))
        second = http(found(stub.item("b", "2026-06-08T12:00:00Z", "2026-06-08T13:00:00Z")))
        with Stub(cut, first, second) as server, connected(server.url) as connector:
            snapshot = connector.window(ROOM, at(8, 14))

            assert snapshot.complete
            assert [event.ref.id for event in snapshot.events] == ["a", "b"]
            assert len(server.requests) == 3
            assert all('MaxEntriesReturned="1000"' in request for request in server.requests)

    def test_with_an_item_that_has_no_times_are_incomplete(self) -> None:
        broken = '<t:CalendarItem><t:ItemId Id="x" ChangeKey="CK"/></t:CalendarItem>'
        whole = stub.item("a", "2026-06-08T09:00:00Z", "2026-06-08T09:30:00Z")
        with Stub(http(found(broken, whole))) as server, connected(server.url) as connector:
            snapshot = connector.window(ROOM, at(9, 9.5))

        assert [event.ref.id for event in snapshot.events] == ["a"]
        assert not snapshot.complete

    def test_in_the_version_asked_for_only(self) -> None:
        fault = (
            "<s:Fault><faultcode>s:Client</faultcode><faultstring>no</faultstring><detail>"
            '<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">'
            "ErrorInvalidRequest</e:ResponseCode></detail></s:Fault>"
        )
        with Stub(http(soap(fault), status="500 Error")) as server:
            with connected(server.url, version="Exchange2013_SP1") as connector, pytest.raises(Definite):
                connector.create(ROOM, draft(), STAMP)

            assert len(server.requests) == 1
            assert 'Version="Exchange2013_SP1"' in server.requests[0]


class TestSeries:
    def test_that_the_server_does_not_expand_are_expanded_in_wall_time(self) -> None:
        listed = stub.item(
            "m",
            "2026-10-19T08:00:00Z",
            "2026-10-19T09:00:00Z",
            "<t:CalendarItemType>RecurringMaster</t:CalendarItemType>",
        )
        whole = listed.replace(
            "</t:CalendarItem>",
            "<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday</t:DaysOfWeek>"
            "</t:WeeklyRecurrence><t:NoEndRecurrence><t:StartDate>2026-10-19</t:StartDate></t:NoEndRecurrence></t:Recurrence>"
            '<t:StartTimeZone Id="GMT Standard Time"/></t:CalendarItem>',
        )
        with Stub(http(found(listed)), http(stub.got(whole))) as server, connected(server.url) as connector:
            window = at(0, 24 * 14, day=dt.datetime(2026, 10, 19, tzinfo=dt.UTC))

            snapshot = connector.window(ROOM, window)

            assert snapshot.complete
            assert [(event.when.start.day, event.when.start.hour) for event in snapshot.events] == [(19, 8), (26, 9)]
            assert len(server.requests) == 2

    def test_in_an_unknown_zone_leave_the_snapshot_incomplete(self) -> None:
        listed = stub.item(
            "m",
            "2026-10-19T08:00:00Z",
            "2026-10-19T09:00:00Z",
            "<t:CalendarItemType>RecurringMaster</t:CalendarItemType>",
        )
        with Stub(http(found(listed)), http(stub.got(listed))) as server, connected(server.url) as connector:
            snapshot = connector.window(ROOM, at(0, 24 * 14, day=dt.datetime(2026, 10, 19, tzinfo=dt.UTC)))

        assert (snapshot.events, snapshot.complete) == ((), False)


class TestDeadline:
    """Half a second instead of thirty; the machinery is the same."""

    @pytest.mark.parametrize("how", [hang, drip])
    def test_cuts_off_a_server_that_never_ends(self, how: stub.Answer) -> None:
        with Stub(how) as server, connected(server.url, deadline_seconds=0.5) as connector:
            began = time.monotonic()

            with pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)
            with pytest.raises(Ambiguous):
                connector.create(ROOM, draft(), STAMP)

            assert time.monotonic() - began < 8
            assert refusal.value.kind is Kind.TRANSIENT
            assert "0.5 seconds" in str(refusal.value)

    def test_is_not_the_leg_which_ends_sooner(self) -> None:
        with Stub(hang) as server, connected(server.url, leg_seconds=0.3, deadline_seconds=30) as connector:
            began = time.monotonic()

            with pytest.raises(Definite):
                connector.window(ROOM, WEEK)

            assert time.monotonic() - began < 8

    def test_covers_the_handshake_of_tls(self) -> None:
        with Stub(hang) as server, connected(server.url.replace("http", "https"), deadline_seconds=0.5) as connector:
            began = time.monotonic()

            with pytest.raises(Definite) as refusal:
                connector.create(ROOM, draft(), STAMP)  # nothing was sent yet, so it is no riddle

            assert time.monotonic() - began < 8
            assert refusal.value.kind is Kind.TRANSIENT

    def test_covers_a_handshake_of_tls_that_drips(self) -> None:
        def serve(listener: socket.socket) -> None:
            with suppress(OSError), listener.accept()[0] as client:
                client.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16,384 bytes
                while True:
                    client.sendall(b"\x00")
                    Event().wait(0.05)

        with socket.create_server(("127.0.0.1", 0)) as listener:
            Thread(target=serve, args=(listener,), daemon=True).start()
            url = f"https://127.0.0.1:{listener.getsockname()[1]}"
            began = time.monotonic()
            with connected(url, deadline_seconds=0.5) as connector, pytest.raises(Definite) as refusal:
                connector.create(ROOM, draft(), STAMP)

        assert time.monotonic() - began < 8
        assert refusal.value.kind is Kind.TRANSIENT

    def test_covers_the_looking_up_of_the_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer.wait(20) and [])
        began = time.monotonic()

        with connected("mail.library.example", deadline_seconds=0.5) as connector:
            with pytest.raises(Definite) as refusal:
                connector.create(ROOM, draft(), STAMP)
            steps = connector.check()

        answer.set()
        assert time.monotonic() - began < 8
        assert "longer than" in str(refusal.value)
        assert "longer than" in steps[0].detail

    def test_lets_the_next_call_through(self) -> None:
        with Stub(hang, EMPTY) as server, connected(server.url, deadline_seconds=0.5) as connector:
            with pytest.raises(Definite):
                connector.window(ROOM, WEEK)

            assert connector.window(ROOM, WEEK).complete


class TestReach:
    def test_is_refused_to_this_machine_unless_allowed(self) -> None:
        with Stub(EMPTY) as server:
            url = server.url.replace("http://", "https://")
            with connected(url, allow_local=False) as connector, pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)

            assert refusal.value.kind is Kind.PERMANENT
            assert "this machine itself" in str(refusal.value)
            assert server.connections == 0

    @pytest.mark.parametrize("call", ["window", "create"])
    def test_that_fails_before_anything_was_sent_is_definite(self, call: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        with connected(f"http://127.0.0.1:{port}") as connector, pytest.raises(Definite) as refusal:
            connector.window(ROOM, WEEK) if call == "window" else write(connector, call)

        assert refusal.value.kind is Kind.TRANSIENT
        assert "refused" in str(refusal.value).lower()

    def test_does_not_go_through_a_proxy_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Stub(EMPTY) as server, Stub(EMPTY) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("http_proxy", proxy.url)
            monkeypatch.setenv("NO_PROXY", "")
            with connected(server.url) as connector:
                connector.window(ROOM, WEEK)

            assert (len(server.requests), proxy.connections) == (1, 0)


class TestConnection:
    def test_is_one_socket_for_all_calls(self) -> None:
        with Stub(EMPTY) as server, connected(server.url) as connector:
            connector.window(ROOM, WEEK)
            connector.window(ROOM, WEEK)
            connector.find(ROOM, STAMP, WEEK)

            assert (server.connections, len(server.requests)) == (1, 3)

    def test_is_nobody_elses_even_with_the_same_settings(self) -> None:
        with Stub(EMPTY) as server, connected(server.url) as one, connected(server.url) as other:
            one.window(ROOM, WEEK)
            other.window(ROOM, WEEK)
            one.close()

            assert other.window(ROOM, WEEK).complete
            assert server.connections == 2

    def test_is_forgotten_when_closed_or_dropped(self) -> None:
        gc.collect()  # what the tests before left behind is not ours to count
        before = len(CachingProtocol._protocol_cache)
        with Stub(EMPTY) as server:
            with connected(server.url) as connector:
                connector.window(ROOM, WEEK)
            dropped = registry.connect(settings(server.url))
            dropped.window(ROOM, WEEK)
            del dropped
            gc.collect()

        assert len(CachingProtocol._protocol_cache) == before

    def test_never_logs_the_password_or_a_patron(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        with Stub(http(status="500 Trouble")) as server, connected(server.url) as connector:
            with pytest.raises(Ambiguous) as error:
                connector.create(ROOM, draft(), STAMP)

            assert "c3ZjQGxpYnJhcnku" in server.requests[0]  # the sign-in did travel
        assert PASSWORD not in caplog.text + repr(error.value) + repr(settings("x"))
        assert "c3ZjQGxpYnJhcnku" not in caplog.text
        assert "Lovelace" not in caplog.text

    def test_signs_in_with_letters_of_any_alphabet(self) -> None:
        with Stub(EMPTY) as server, connected(server.url, username="LIB\\żółw", password="пароль") as connector:
            connector.window(ROOM, WEEK)

        sign_in = base64.b64encode("LIB\\żółw:пароль".encode()).decode()
        assert f"Authorization: Basic {sign_in}" in server.requests[0]

    def test_impersonates_the_room_or_does_not(self) -> None:
        with Stub(EMPTY) as server:
            with connected(server.url, impersonate=True) as connector:
                connector.window(ROOM, WEEK)
            with connected(server.url, impersonate=False) as connector:
                connector.window(ROOM, WEEK)

        impersonating, delegate = server.requests
        assert f"<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{ROOM}" in impersonating
        assert "Impersonation" not in delegate
        assert f"<t:EmailAddress>{ROOM}</t:EmailAddress>" in delegate


class TestWrites:
    def test_invite_nobody_and_overwrite_nothing(self) -> None:
        with Stub(http(status="500 Trouble")) as server, connected(server.url) as connector:
            for name in WRITES:
                with pytest.raises(Ambiguous):
                    write(connector, name)

        create, update, delete = server.requests
        assert 'SendMeetingInvitations="SendToNone"' in create
        assert "Attendee" not in create
        assert "<t:ReminderIsSet>0</t:ReminderIsSet>" in create
        assert 'ConflictResolution="NeverOverwrite"' in update
        assert 'SendMeetingInvitationsOrCancellations="SendToNone"' in update
        assert "DeleteItemField" not in update
        assert 'DeleteType="MoveToDeletedItems"' in delete
        assert 'SendMeetingCancellations="SendToNone"' in delete

    def test_send_the_time_in_the_zone_of_the_location(self) -> None:
        trouble = http(status="500 Trouble")
        with Stub(trouble) as server, connected(server.url) as connector, pytest.raises(Ambiguous):
            write(connector, "create")

        assert "<t:Start>2026-06-08T10:00:00+01:00</t:Start>" in server.requests[0]
        assert '<t:StartTimeZone Id="GMT Standard Time"' in server.requests[0]
