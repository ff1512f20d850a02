"""Signing in with NTLM, against a server that misbehaves."""

import logging
import socket
import time
from base64 import b64decode, b64encode
from threading import Event
from typing import Any

import pytest

from booking.connectors.port import Ambiguous, Definite, Kind, SignIn, StepResult
from tests.connectors import stub
from tests.connectors.ews.calling import EMPTY, WRITES, connected, write
from tests.connectors.stub import Stub, drip, hang, http, then_close
from tests.connectors.world import ROOM, STAMP, WEEK, draft

#: A challenge as an Exchange of the domain LIB would send it. Source: MS-NLMP, 2.2.1.2.
CHALLENGE = "TlRMTVNTUAACAAAABgAGADAAAAAFgokAMTIzNDU2NzgAAAAAAAAAAA4ADgA2AAAATABJAEIAAgAGAEwASQBCAAAAAAA="
BOTH = http(status="401 Unauthorized", headers='WWW-Authenticate: NTLM\r\nWWW-Authenticate: Basic realm="x"\r\n')
OFFER = http(status="401 Unauthorized", headers="WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n")
ASKED = http(status="401 Unauthorized", headers=f"WWW-Authenticate: NTLM {CHALLENGE}\r\n")
LEGS = (OFFER, ASKED)


def ntlm(server: Stub, **changes: Any) -> Any:
    return connected(server.url, sign_in=SignIn.NTLM, **changes)


def shown(request: str) -> str:
    """What a request says of who sends it: nothing, the first message of NTLM, or the last, which is judged."""
    for line in request.splitlines():
        if line.lower().startswith("authorization:"):
            scheme, _, token = line.partition(":")[2].strip().partition(" ")
            return f"{scheme} {b64decode(token)[8]}"
    return ""


def asked(server: Stub) -> list[str]:
    return [shown(request) for request in server.requests]


class TestNtlm:
    def test_signs_a_connection_in_once_and_sends_what_follows_once(self) -> None:
        with Stub(*LEGS, EMPTY) as server, ntlm(server) as connector:
            connector.window(ROOM, WEEK)
            connector.window(ROOM, WEEK)

            assert asked(server) == ["", "NTLM 1", "NTLM 3", ""]
            assert server.connections == 1

    def test_signs_in_anew_on_a_new_connection(self) -> None:
        with Stub(*LEGS, then_close(EMPTY), *LEGS, EMPTY) as server, ntlm(server) as connector:
            connector.window(ROOM, WEEK)  # and then the server hangs up
            snapshot = connector.window(ROOM, WEEK)

            assert snapshot.complete
            assert asked(server) == ["", "NTLM 1", "NTLM 3"] * 2
            assert server.connections == 2

    def test_takes_the_name_under_which_the_server_offers_it(self) -> None:
        offer = http(status="401 Unauthorized", headers="WWW-Authenticate: Negotiate\r\n")
        challenge = http(status="401 Unauthorized", headers=f"WWW-Authenticate: Negotiate {CHALLENGE}\r\n")
        with Stub(offer, challenge, EMPTY) as server, ntlm(server) as connector:
            connector.window(ROOM, WEEK)

            assert asked(server) == ["", "Negotiate 1", "Negotiate 3"]

    def test_knows_names_of_all_letters(self) -> None:
        with Stub(*LEGS, EMPTY) as server, ntlm(server, username="LIB\\Bücherei-Śląsk") as connector:
            connector.window(ROOM, WEEK)

            token = b64decode(server.requests[2].split("Authorization: NTLM ")[1].split("\r\n")[0])
        assert "Bücherei-Śląsk".encode("utf-16-le") in token

    def test_never_logs_a_message_of_the_sign_in(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        with Stub(*LEGS, EMPTY) as server, ntlm(server) as connector:
            connector.window(ROOM, WEEK)

            token = server.requests[2].split("Authorization: NTLM ")[1].split("\r\n")[0]
        assert token not in caplog.text
        assert b64encode(b64decode(token)[:24]).decode() not in caplog.text

    def test_shows_nobody_to_who_answers_like_a_proxy(self) -> None:
        proxy = http(status="407 Proxy Authentication Required", headers="Proxy-Authenticate: NTLM\r\n")
        with Stub(proxy) as server, ntlm(server) as connector, pytest.raises(Definite):
            connector.window(ROOM, WEEK)

        assert asked(server) == [""]


class TestWrongPassword:
    @pytest.mark.parametrize("call", ["window", *WRITES])
    def test_is_judged_once(self, call: str) -> None:
        with Stub(*LEGS, OFFER) as server:
            with ntlm(server) as connector, pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK) if call == "window" else write(connector, call)

            assert refusal.value.kind is Kind.SIGN_IN
            assert asked(server) == ["", "NTLM 1", "NTLM 3"]

    def test_costs_a_check_one_try(self) -> None:
        with Stub(BOTH, *LEGS, OFFER) as server, ntlm(server) as connector:
            steps = {step.name: step for step in connector.check(ROOM)}

            assert steps["sign_in"].result is StepResult.FAILED
            assert "Extended Protection" in steps["sign_in"].remedy
            assert asked(server) == ["", "", "NTLM 1", "NTLM 3"]


class TestMidSession:
    @pytest.mark.parametrize("name", WRITES)
    def test_a_401_leaves_a_write_ambiguous_and_sent_once(self, name: str) -> None:
        with Stub(*LEGS, EMPTY, OFFER) as server, ntlm(server) as connector:
            connector.window(ROOM, WEEK)

            with pytest.raises(Ambiguous):
                write(connector, name)

            assert asked(server) == ["", "NTLM 1", "NTLM 3", ""]

    def test_a_401_after_a_check_leaves_a_write_ambiguous_and_sent_once(self) -> None:
        """The check asks on a connection of its own, which is not the one that is signed in."""
        with Stub(*LEGS, EMPTY, BOTH, EMPTY, OFFER) as server, ntlm(server) as connector:
            connector.window(ROOM, WEEK)
            connector.check()

            with pytest.raises(Ambiguous):
                connector.create(ROOM, draft(), STAMP)

            assert asked(server) == ["", "NTLM 1", "NTLM 3", "", "", ""]

    def test_a_401_that_offers_other_ways_only_leaves_a_write_ambiguous(self) -> None:
        basic = http(status="401 Unauthorized", headers='WWW-Authenticate: Basic realm="x"\r\n')
        with Stub(*LEGS, EMPTY, basic) as server, ntlm(server) as connector:
            connector.window(ROOM, WEEK)

            with pytest.raises(Ambiguous):
                connector.create(ROOM, draft(), STAMP)


class TestOffers:
    @pytest.mark.parametrize("call", ["window", *WRITES])
    def test_without_ntlm_cost_no_try_and_say_what_to_choose(self, call: str) -> None:
        basic = http(status="401 Unauthorized", headers='WWW-Authenticate: Basic realm="ntlm, negotiate"\r\n')
        with Stub(basic) as server:
            with ntlm(server) as connector, pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK) if call == "window" else write(connector, call)

            assert refusal.value.kind is Kind.SIGN_IN
            assert "choose Basic" in str(refusal.value)
            assert asked(server) == [""]

    def test_without_basic_cost_a_check_no_try(self) -> None:
        with Stub(OFFER) as server, connected(server.url) as connector:
            steps = {step.name: step for step in connector.check()}

            assert "choose NTLM" in steps["sign_in"].detail
            assert "Set-WebServicesVirtualDirectory" in steps["sign_in"].remedy
            assert ["Authorization" in request for request in server.requests] == [False]

    def test_are_told_by_a_check_that_signs_in(self) -> None:
        with Stub(BOTH, *LEGS, EMPTY) as server, ntlm(server) as connector:
            steps = {step.name: step for step in connector.check()}

        assert "The server offers Basic and NTLM." in steps["sign_in"].detail


class TestBrokenHandshake:
    @pytest.mark.parametrize("call", ["window", *WRITES])
    @pytest.mark.parametrize(
        "second", [OFFER, http(status="401 Unauthorized", headers="WWW-Authenticate: NTLM TlRMTVNTUAAC\r\n")]
    )
    def test_costs_no_try_and_is_no_riddle(self, second: stub.Answer, call: str) -> None:
        with Stub(OFFER, second) as server:
            with ntlm(server) as connector, pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK) if call == "window" else write(connector, call)

            assert refusal.value.kind is Kind.TRANSIENT
            assert "load balancer" in str(refusal.value)
            assert asked(server) == ["", "NTLM 1"]

    def test_is_told_by_its_status(self) -> None:
        slow = http(status="503 Slow", headers="Retry-After: 7\r\n")
        with Stub(OFFER, slow) as server, ntlm(server) as connector, pytest.raises(Definite) as refusal:
            connector.window(ROOM, WEEK)

        assert refusal.value.kind is Kind.THROTTLED

    def test_in_which_the_request_was_done_early_counts_as_done(self) -> None:
        with Stub(OFFER, EMPTY) as server, ntlm(server) as connector:
            assert connector.window(ROOM, WEEK).complete
            assert asked(server) == ["", "NTLM 1"]


class TestDeadline:
    """Half a second instead of thirty; the machinery is the same."""

    @pytest.mark.parametrize("how", [hang, drip])
    @pytest.mark.parametrize("leg", [0, 1, 2])
    def test_covers_each_leg_of_the_handshake(self, how: stub.Answer, leg: int) -> None:
        with Stub(*LEGS[:leg], how) as server, ntlm(server, deadline_seconds=0.5) as connector:
            began = time.monotonic()

            with pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)

            assert time.monotonic() - began < 8
            assert refusal.value.kind is Kind.TRANSIENT
            assert len(server.requests) == leg + 1

    def test_covers_all_legs_together(self) -> None:
        def late(answer: stub.Answer) -> stub.Answer:
            def slowly(client: socket.socket) -> None:
                Event().wait(0.4)
                answer(client)

            return slowly

        with Stub(late(OFFER), late(ASKED), late(EMPTY)) as server, ntlm(server, deadline_seconds=0.6) as connector:
            with pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)

            assert "0.6 seconds" in str(refusal.value)
