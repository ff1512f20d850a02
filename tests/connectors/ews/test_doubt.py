"""What must not be taken for an answer: a change that may have been made, and a calendar that is not all there."""

import socket
import time

import pytest

from booking.connectors.ews import answers, wire
from booking.connectors.port import Ambiguous, Definite, FreeBusy, Kind, StepResult
from tests.connectors import stub
from tests.connectors.ews.calling import EMPTY, REF, WRITES, connected, write
from tests.connectors.ews.test_patience import refusal_of_all
from tests.connectors.stub import NAMESPACES, Answer, Stub, found, http, soap
from tests.connectors.world import OTHER, ROOM, STAMP, WEEK, draft

BOOMS = '<!DOCTYPE s:Envelope [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
THREE = found(*(stub.item(name, f"2026-06-08T{hour}:00:00Z", f"2026-06-08T{hour}:30:00Z") for name, hour in
                (("a", "08"), ("b", "10"), ("c", "12"))))  # fmt: skip


def answered(operation: str, what: str = "", *, code: str = "NoError") -> Answer:
    """An answer with one message; without `what` and with "NoError" it says that all is well, and nothing else."""
    kind = "Success" if code == "NoError" else "Error"
    return http(
        soap(
            f"<m:{operation}Response {NAMESPACES}><m:ResponseMessages><m:{operation}ResponseMessage"
            f' ResponseClass="{kind}"><m:ResponseCode>{code}</m:ResponseCode>{what}</m:{operation}ResponseMessage>'
            f"</m:ResponseMessages></m:{operation}Response>"
        )
    )


def empty(operation: str) -> Answer:
    """An answer without any message."""
    return http(soap(f"<m:{operation}Response {NAMESPACES}><m:ResponseMessages/></m:{operation}Response>"))


def availability(*rooms: str) -> Answer:
    return http(
        soap(
            f"<m:GetUserAvailabilityResponse {NAMESPACES}><m:FreeBusyResponseArray>{''.join(rooms)}"
            "</m:FreeBusyResponseArray></m:GetUserAvailabilityResponse>"
        )
    )


def room(view: str, *, kind: str = "Success", code: str = "NoError") -> str:
    message = f'<m:ResponseMessage ResponseClass="{kind}"><m:ResponseCode>{code}</m:ResponseCode></m:ResponseMessage>'
    return f"<m:FreeBusyResponse>{message}{view}</m:FreeBusyResponse>"


def view(start: str = "", end: str = "") -> str:
    block = (
        f"<t:CalendarEvent><t:StartTime>{start}</t:StartTime><t:EndTime>{end}</t:EndTime>"
        "<t:BusyType>Busy</t:BusyType></t:CalendarEvent>"
    )
    blocks = f"<t:CalendarEventArray>{block if start else ''}</t:CalendarEventArray>"
    return f"<m:FreeBusyView><t:FreeBusyViewType>FreeBusy</t:FreeBusyViewType>{blocks}</m:FreeBusyView>"


class TestAWrite:
    @pytest.mark.parametrize("name", WRITES)
    @pytest.mark.parametrize("code", ["ErrorInternalServerTransientError", "ErrorTimeoutExpired"])
    def test_in_which_the_server_stumbled_is_ambiguous_and_no_sign_of_a_busy_server(self, name: str, code: str) -> None:
        with Stub(refusal_of_all(code)) as server, connected(server.url) as connector:
            with pytest.raises(Ambiguous):
                write(connector, name)

            assert len(server.requests) == 1

    def test_in_which_the_server_stumbled_over_one_message_is_ambiguous(self) -> None:
        stumbled = answered("CreateItem", code="ErrorInternalServerTransientError")
        with Stub(stumbled) as server, connected(server.url) as connector, pytest.raises(Ambiguous):
            connector.create(ROOM, draft(), STAMP)

    def test_that_is_answered_with_nothing_is_ambiguous(self) -> None:
        with Stub(empty("DeleteItem"), empty("CreateItem")) as server, connected(server.url) as connector:
            with pytest.raises(Ambiguous):
                connector.delete(ROOM, REF)
            with pytest.raises(Ambiguous):
                connector.decline(ROOM, REF, "no")

    def test_that_is_answered_without_an_id_is_ambiguous(self) -> None:
        nameless = answered("CreateItem", "<m:Items><t:CalendarItem><t:ItemId/></t:CalendarItem></m:Items>")
        with Stub(nameless) as server, connected(server.url) as connector, pytest.raises(Ambiguous):
            connector.create(ROOM, draft(), STAMP)

    @pytest.mark.parametrize("location", ["http://[none", "\xff\xfe"])
    def test_that_is_sent_to_an_address_that_is_none_is_ambiguous(self, location: str) -> None:
        head = f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n".encode("latin-1")
        with Stub(lambda client: client.sendall(head)) as server, connected(server.url) as connector:
            with pytest.raises(Ambiguous):
                connector.create(ROOM, draft(), STAMP)
            steps = {step.name: step for step in connector.check()}

        assert steps["sign_in"].result is StepResult.FAILED

    def test_is_not_sent_any_more_when_finding_the_version_took_all_the_time(self) -> None:
        def slow(client: object) -> None:
            time.sleep(0.4)
            refusal_of_all("ErrorInvalidServerVersion")(client)  # type: ignore[arg-type]  # a socket

        with Stub(slow) as server, connected(server.url, deadline_seconds=0.6) as connector:
            began = time.monotonic()
            with pytest.raises((Definite, Ambiguous)):
                connector.create(ROOM, draft(), STAMP)

            assert time.monotonic() - began < 1.6
            assert len(server.requests) <= 2


class TestAView:
    @pytest.mark.parametrize(
        "broken",
        [
            THREE.replace('<t:CalendarItem><t:ItemId Id="b"', '</t:Items></m:RootFolder><a><t:ItemId Id="b"'),
            THREE[: THREE.index('Id="b"')] + THREE[THREE.index('Id="c"') + 3 :],
            THREE.replace("<t:Subject>b<", "<t:Subject <<b<"),
        ],
        ids=["closed too early", "cut in the middle", "garbled"],
    )  # fmt: skip
    def test_that_is_broken_in_the_middle_is_not_mended(self, broken: str) -> None:
        with Stub(http(broken)) as server, connected(server.url) as connector, pytest.raises(Definite) as refusal:
            connector.window(ROOM, WEEK)

        assert refusal.value.kind is Kind.TRANSIENT

    @pytest.mark.parametrize("said", ["&#x0B;", "&#11;", "&#xD83D;&#xDE00;", "&#55357;&#56832;", "\x1f", "&#xFFFE;"])
    def test_with_what_xml_cannot_hold_in_a_subject_is_read(self, said: str) -> None:
        odd = THREE.replace("<t:Subject>b", f"<t:Subject>b{said}&#x20AC;&#8364;")
        with Stub(http(odd)) as server, connected(server.url) as connector:
            snapshot = connector.window(ROOM, WEEK)

        assert snapshot.complete
        assert [event.subject for event in snapshot.events] == ["a", "b€€", "c"]

    def test_with_notes_between_its_items_is_read(self) -> None:
        noted = THREE.replace("<t:CalendarItem>", "<!-- one --><?more?><t:CalendarItem>")
        with Stub(http(noted)) as server, connected(server.url) as connector:
            snapshot = connector.window(ROOM, WEEK)

        assert (snapshot.complete, len(snapshot.events)) == (True, 3)

    @pytest.mark.parametrize("where", ['Id="&b;"', ">&b;<"])
    def test_with_definitions_of_its_own_is_refused(self, where: str) -> None:
        bomb = THREE.replace("<s:Envelope", f"{BOOMS}<s:Envelope", 1).replace('Id="b"', where, 1)
        with Stub(http(bomb)) as server, connected(server.url) as connector, pytest.raises(Definite):
            connector.window(ROOM, WEEK)
        with pytest.raises(wire.Unreadable):
            answers.root(bomb.encode())

    def test_without_an_end_is_given_up_before_it_fills_the_memory(self) -> None:
        def endless(client: socket.socket) -> None:
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n")
            for _ in range(90):
                client.sendall(b" " * 1_000_000)

        with Stub(endless) as server, connected(server.url) as connector:
            began = time.monotonic()
            with pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)

        assert refusal.value.kind is Kind.TRANSIENT
        assert time.monotonic() - began < 15  # the deadline is later


class TestFreeBusy:
    @pytest.mark.parametrize(
        "second",
        [
            room(""),
            room(view("when", "ever")),
            room(view("2026-06-08T10:00:00", "2026-06-08T09:00:00")),
            room("", kind="Error", code="ErrorOfAFutureExchange"),
            room(view(), kind="Warning", code="ErrorFreeBusyGenerationFailed"),
        ],
        ids=["no view", "no times", "ends before it starts", "unknown code", "warning"],
    )
    def test_that_shows_too_little_of_one_room_is_its_error_alone_and_never_free(self, second: str) -> None:
        with Stub(availability(room(view()), second)) as server, connected(server.url) as connector:
            shown = connector.free_busy([ROOM, OTHER], WEEK)

            assert isinstance(shown[ROOM], FreeBusy)
            assert isinstance(shown[OTHER], Definite)
            assert len(server.requests) == 1


class TestACheck:
    def test_of_a_line_that_is_signed_in_leaves_it_so(self) -> None:
        with Stub(EMPTY) as server, connected(server.url) as connector:
            connector.window(ROOM, WEEK)

            connector.check()
            connector.window(ROOM, WEEK)

            assert ["Authorization" in each for each in server.requests] == [True, False, True, True]
