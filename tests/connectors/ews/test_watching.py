"""The stream of notifications: dead lines, forgotten subscriptions, affinity, and what is left behind."""

import socket
import time
from itertools import islice
from threading import Event, Thread

import pytest

from booking.connectors.ews import notices, wire
from booking.connectors.ews.streams import LONGEST_SILENCE, Pulse
from booking.connectors.port import Connector, Definite, Hint, HintKind, Kind
from tests.connectors.ews.calling import connected
from tests.connectors.stub import NAMESPACES, Answer, Stub, http, soap
from tests.connectors.world import OTHER, ROOM, at
from tests.connectors.worlds import SandboxWorld
from tests.support import waiting

PATIENCE = 10.0
SUBSCRIBED = soap(
    f"<m:SubscribeResponse {NAMESPACES}><m:ResponseMessages>"
    '<m:SubscribeResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
    "<m:SubscriptionId>one</m:SubscriptionId></m:SubscribeResponseMessage></m:ResponseMessages></m:SubscribeResponse>"
)
REFUSED = soap(
    "<s:Fault><faultcode>s:Server</faultcode><faultstring>No.</faultstring><detail>"
    '<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">'
    "ErrorExceededConnectionCount</e:ResponseCode></detail></s:Fault>"
)


def said(what: str = "", *, code: str = "NoError") -> str:
    """One document of a stream."""
    kind = "Success" if code == "NoError" else "Error"
    return soap(
        f"<m:GetStreamingEventsResponse {NAMESPACES}><m:ResponseMessages>"
        f'<m:GetStreamingEventsResponseMessage ResponseClass="{kind}"><m:ResponseCode>{code}</m:ResponseCode>{what}'
        "</m:GetStreamingEventsResponseMessage></m:ResponseMessages></m:GetStreamingEventsResponse>"
    )


def notified(event: str, subscription: str = "one") -> str:
    """Notifications with one event."""
    return (
        f"<m:Notifications><t:Notification><t:SubscriptionId>{subscription}</t:SubscriptionId>{event}"
        "</t:Notification></m:Notifications>"
    )


MODIFIED = "<t:ModifiedEvent><t:TimeStamp>2026-06-08T09:00:00Z</t:TimeStamp><t:FolderId Id='f'/></t:ModifiedEvent>"
ALIVE = said(notified("<t:StatusEvent/>"))


def streaming(*documents: str, every: float = 0.0) -> Answer:
    """A hanging answer that says these, with pauses between, and then nothing more."""

    def answer(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n")
        for document in documents:
            content = document.encode()
            client.sendall(f"{len(content):x}\r\n".encode() + content + b"\r\n")
            Event().wait(every)
        client.recv(1)  # until the other side hangs up

    return answer


class TestPulse:
    def test_is_patient_until_it_knows_the_heartbeat(self) -> None:
        assert Pulse().patience == LONGEST_SILENCE

    def test_waits_for_two_heartbeats(self) -> None:
        pulse = Pulse()
        for now in (100.0, 105.0, 110.0, 115.0):
            pulse.heard(now, only_alive=True)

        assert pulse.patience == 10.0

    def test_does_not_take_a_stream_that_begins_twice_for_a_quick_heart(self) -> None:
        pulse = Pulse()
        for now in (100.0, 100.1, 145.1, 190.1):
            pulse.heard(now, only_alive=True)
            assert pulse.patience == LONGEST_SILENCE

    def test_does_not_take_a_change_for_a_heartbeat(self) -> None:
        pulse = Pulse()
        for now, only_alive in (
            (90.0, True),
            (95.0, True),
            (100.0, True),
            (104.9, False),
            (105.0, True),
            (110.0, True),
        ):
            pulse.heard(now, only_alive=only_alive)

        assert pulse.patience == 10.0


class TestDocuments:
    def test_are_cut_wherever_the_wire_cuts(self) -> None:
        collected = notices.Documents()
        both = (ALIVE + said("<m:ConnectionStatus>Closed</m:ConnectionStatus>")).encode()

        found = [document for byte in both for document in collected.fed(bytes([byte]))]

        assert [notices.notice(each).closed for each in found] == [False, True]

    def test_have_an_end(self) -> None:
        collected = notices.Documents()

        with pytest.raises(wire.Unreadable):
            list(collected.fed(b" " * (notices.LONGEST + 1)))

    @pytest.mark.parametrize("document", ["<s:Envelope", "<a/>", soap("<m:Other xmlns:m='x'/>")])
    def test_that_are_no_notices_are_not_read_as_silence(self, document: str) -> None:
        with pytest.raises(wire.Unreadable):
            notices.notice(document.encode())

    def test_may_tell_of_a_folder_only(self) -> None:
        event = "<t:ModifiedEvent><t:TimeStamp>2026-06-08T09:00:00Z</t:TimeStamp><t:FolderId Id='f'/></t:ModifiedEvent>"

        assert notices.notice(said(notified(event)).encode()).changed == ("one",)


class _Open:
    """A connection that is told things, and goes on."""

    def __init__(self, client: socket.socket) -> None:
        self.sendall = client.sendall

    def recv(self, _: int) -> bytes:
        return b""


class TestAChange:
    def test_in_the_last_word_of_the_server_is_told(self) -> None:
        last = said(notified(MODIFIED) + "<m:ConnectionStatus>Closed</m:ConnectionStatus>")
        gone = http(status="503 Service Unavailable")
        with Stub(http(SUBSCRIBED), streaming(last), gone) as stub, connected(stub.url) as connector:
            hints = connector.watch([ROOM])

            assert list(islice(hints, 2)) == [Hint(HintKind.WATCHING, ROOM), Hint(HintKind.CHANGED, ROOM)]

    def test_under_a_name_that_is_not_ours_is_one_everywhere(self) -> None:
        odd = said(notified(MODIFIED, "another"))
        with Stub(http(SUBSCRIBED), streaming(odd, ALIVE)) as stub, connected(stub.url) as connector:
            hints = connector.watch([ROOM])

            assert list(islice(hints, 2)) == [Hint(HintKind.WATCHING, ROOM), Hint(HintKind.CHANGED, ROOM)]


class TestADeadLine:
    def test_is_noticed_within_two_heartbeats(self) -> None:
        answers = (http(SUBSCRIBED), streaming(*[ALIVE] * 5, every=0.5))
        with Stub(*answers) as stub, connected(stub.url) as connector:
            hints = connector.watch([ROOM])
            seen = list(islice(hints, 6))
            begin = time.monotonic()

            with pytest.raises(Definite) as failure:
                next(hints)

        assert [hint.kind for hint in seen] == [HintKind.WATCHING] + [HintKind.ALIVE] * 5
        assert failure.value.kind is Kind.TRANSIENT
        assert "silent" in str(failure.value)
        assert time.monotonic() - begin < PATIENCE

    def test_is_noticed_too_when_bytes_drip_that_never_become_a_notice(self) -> None:
        def drip(client: socket.socket) -> None:
            streaming(*[ALIVE] * 5, every=0.4)(_Open(client))  # type: ignore[arg-type]  # all that is used of it
            while True:
                client.sendall(b"1\r\n \r\n")
                Event().wait(0.1)

        with Stub(http(SUBSCRIBED), drip) as stub, connected(stub.url) as connector:
            hints = connector.watch([ROOM])
            list(islice(hints, 6))
            begin = time.monotonic()

            with pytest.raises(Definite) as failure:
                next(hints)

        assert failure.value.kind is Kind.TRANSIENT
        assert time.monotonic() - begin < PATIENCE

    def test_that_was_closed_without_a_last_word_is_an_error(self) -> None:
        def cut(client: socket.socket) -> None:
            streaming_once = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            client.sendall(streaming_once)
            client.shutdown(socket.SHUT_RDWR)

        with (
            Stub(http(SUBSCRIBED), cut) as stub,
            connected(stub.url) as connector,
            pytest.raises(Definite) as failure,
        ):
            list(connector.watch([ROOM]))

        assert failure.value.kind is Kind.TRANSIENT

    @pytest.mark.parametrize(
        ("said_by_the_server", "kind"),
        [
            (streaming(said(code="ErrorSubscriptionNotFound")), Kind.TRANSIENT),
            (streaming(said(code="ErrorAccessDenied")), Kind.FORBIDDEN),
            (http(REFUSED, status="500 Internal Server Error"), Kind.THROTTLED),
            (http(status="503 Service Unavailable"), Kind.TRANSIENT),
            (streaming("<nonsense></Envelope>"), Kind.TRANSIENT),
        ],
    )
    def test_says_why(self, said_by_the_server: Answer, kind: Kind) -> None:
        with (
            Stub(http(SUBSCRIBED), said_by_the_server) as stub,
            connected(stub.url) as connector,
            pytest.raises(Definite) as failure,
        ):
            list(connector.watch([ROOM]))

        assert failure.value.kind is kind


class TestAffinity:
    def test_leads_every_request_of_a_watch_to_the_same_server(self) -> None:
        cookie = "Set-Cookie: X-BackEndOverrideCookie=MBX7~1; path=/\r\n"
        gone = http(status="503 Service Unavailable")
        answers = (http(SUBSCRIBED, headers=cookie), http(SUBSCRIBED), streaming(ALIVE), gone)
        with Stub(*answers) as stub, connected(stub.url) as connector:
            hints = connector.watch([ROOM, OTHER])
            next(hints)

            requests = [each.lower() for each in stub.requests]

        assert len(requests) == 3
        assert all(f"x-anchormailbox: {ROOM}" in each for each in requests)
        assert all("x-preferserveraffinity: true" in each for each in requests)
        assert ["cookie: x-backendoverridecookie=mbx7~1" in each for each in requests] == [False, True, True]


class TestAWatch:
    def operations(self, world: SandboxWorld) -> list[str]:
        return [request.operation for request in world.sandbox.requests()]

    def test_costs_one_request_for_each_mailbox_and_one_more(self, connector: Connector, world: SandboxWorld) -> None:
        hints = connector.watch([ROOM, OTHER, ROOM.upper()])

        next(hints)

        assert self.operations(world) == ["Subscribe", "Subscribe", "GetStreamingEvents"]

    def test_goes_on_with_its_subscriptions_and_misses_nothing(self, connector: Connector, world: SandboxWorld) -> None:
        hints = connector.watch([ROOM])
        next(hints)
        waiting.until(lambda: not world.sandbox.hanging(), what="the end of the first answer")

        world.put(at(9, 10))

        assert Hint(HintKind.CHANGED, ROOM) in islice(hints, 20)
        assert self.operations(world).count("Subscribe") == 1

    def test_says_so_when_the_server_has_forgotten_it(self, connector: Connector, world: SandboxWorld) -> None:
        hints = connector.watch([ROOM])
        next(hints)

        world.sandbox.lose_subscriptions()

        with pytest.raises(Definite) as failure:
            list(islice(hints, 50))
        assert failure.value.kind is Kind.TRANSIENT
        assert failure.value.code == "ErrorSubscriptionNotFound"

    def test_leaves_nothing_behind_when_it_is_closed(self, connector: Connector, world: SandboxWorld) -> None:
        hints = connector.watch([ROOM, OTHER])
        next(hints)
        reader = Thread(target=lambda: list(hints))
        reader.start()

        connector.close()

        reader.join(PATIENCE)
        assert self.operations(world)[-2:] == ["Unsubscribe", "Unsubscribe"]
        assert world.sandbox.subscriptions() == 0

    def test_does_not_hold_the_line_of_other_calls(self, connector: Connector, world: SandboxWorld) -> None:
        hints = connector.watch([ROOM])
        next(hints)

        assert connector.resolve(ROOM) is not None
        assert world.sandbox.hanging() == 1

    def test_is_not_to_be_had_from_a_server_of_2007(self, world: SandboxWorld) -> None:
        assert world.connect(version="Exchange2007_SP1").limits.watched_mailboxes == 0
        assert world.connect().limits.watched_mailboxes == 200
