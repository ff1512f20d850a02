"""Signing in to the stand-in Exchange: each way, over TLS of its own authority, and found from an address."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from booking.connectors import registry
from booking.connectors.places import FoundServer
from booking.connectors.port import Ambiguous, ConnectionSettings, Connector, Definite, Kind, SignIn, StepResult
from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.personalities import EXCHANGE_2010
from tests.connectors.connect_proxy import ConnectProxy
from tests.connectors.world import ROOM, STAMP, WEEK, draft

ACCOUNT = "svc-räume@library.example"
LOGIN = "LIB\\svc-räume"
PASSWORD = "Größe über alles: żółć"
MAIL, AUTODISCOVER = "mail.library.example", "autodiscover.library.example"
WAYS = (SignIn.BASIC, SignIn.NTLM)


def filled(**how: Any) -> ExchangeSandbox:
    sandbox = ExchangeSandbox(**how)
    sandbox.add_account(username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Service", domain_login=LOGIN)
    sandbox.add_room(ROOM, "Reading Room")
    sandbox.grant(ACCOUNT, ROOM, "impersonate")
    return sandbox


@contextmanager
def connected(sandbox: ExchangeSandbox, **changes: Any) -> Iterator[Connector]:
    usual = ConnectionSettings(
        "ews", sandbox.ews_url, ACCOUNT, PASSWORD, email=ACCOUNT, allow_local=True, ca_pem=sandbox.ca_pem
    )
    made = registry.connect(replace(usual, **changes))
    try:
        yield made
    finally:
        made.close()


class TestOverTls:
    @pytest.mark.parametrize("username", [ACCOUNT, LOGIN])
    @pytest.mark.parametrize("way", WAYS)
    def test_works_with_names_and_passwords_of_all_letters(self, way: SignIn, username: str) -> None:
        with filled(tls=True) as sandbox, connected(sandbox, sign_in=way, username=username) as connector:
            made = connector.create(ROOM, draft(), STAMP)

            assert [event.ref.id for event in connector.window(ROOM, WEEK).events] == [made.id]
            assert {each.sign_in for each in sandbox.sign_ins()} == {way}

    def test_binds_ntlm_to_the_certificate(self) -> None:
        with (
            filled(tls=True, extended_protection=True) as sandbox,
            connected(sandbox, sign_in=SignIn.NTLM) as connector,
        ):
            connector.window(ROOM, WEEK)
            connector.window(ROOM, WEEK)

            assert [each.outcome for each in sandbox.sign_ins()] == ["NoError"]

    @pytest.mark.parametrize("way", WAYS)
    def test_is_a_whole_check(self, way: SignIn) -> None:
        with filled(tls=True) as sandbox, connected(sandbox, sign_in=way) as connector:
            steps = connector.check(ROOM)

        assert [step.result for step in steps] == [StepResult.OK] * 9

    def test_leads_through_a_proxy(self) -> None:
        with (
            filled(tls=True, names=[MAIL], extended_protection=True) as sandbox,
            ConnectProxy({MAIL: sandbox.port}) as way,
            connected(sandbox, server=MAIL, proxy=way.url, allow_local=False, sign_in=SignIn.NTLM) as connector,
        ):
            assert connector.window(ROOM, WEEK).complete


class TestAWrongPassword:
    @pytest.mark.parametrize("way", WAYS)
    @pytest.mark.parametrize("call", ["window", "create", "check"])
    def test_is_judged_once(self, way: SignIn, call: str) -> None:
        with filled(tls=True) as sandbox, connected(sandbox, sign_in=way, password="no") as connector:
            match call:
                case "check":
                    failed = [step.name for step in connector.check(ROOM) if step.result is StepResult.FAILED]
                    assert failed == ["sign_in"]
                case "create":
                    with pytest.raises(Definite) as refusal:
                        connector.create(ROOM, draft(), STAMP)
                    assert refusal.value.kind is Kind.SIGN_IN
                case _:
                    with pytest.raises(Definite) as refusal:
                        connector.window(ROOM, WEEK)
                    assert refusal.value.kind is Kind.SIGN_IN

            assert [each.outcome for each in sandbox.sign_ins()] == ["401"]

    @pytest.mark.parametrize(("offered", "chosen"), [("basic", SignIn.NTLM), ("ntlm", SignIn.BASIC)])
    def test_is_not_judged_where_the_way_is_not_offered(self, offered: str, chosen: SignIn) -> None:
        with filled(sign_in=(offered,)) as sandbox, connected(sandbox, sign_in=chosen) as connector:
            steps = {step.name: step for step in connector.check()}

            assert f"choose {'Basic' if offered == 'basic' else 'NTLM'}" in steps["sign_in"].detail
            assert sandbox.sign_ins() == []


class TestVersion:
    def test_of_an_old_server_is_found_out(self) -> None:
        with filled(personality=EXCHANGE_2010) as sandbox, connected(sandbox) as connector:
            made = connector.create(ROOM, draft(), STAMP)
            steps = {step.name: step for step in connector.check()}

            assert [event.ref.id for event in connector.window(ROOM, WEEK).events] == [made.id]
        assert steps["version"].detail.startswith("Exchange Server 2010 (build 14.3.513).")
        assert "found out: Exchange2010_SP2" in steps["version"].detail

    def test_chosen_too_new_says_what_to_choose(self) -> None:
        with filled(personality=EXCHANGE_2010) as sandbox, connected(sandbox, version="Exchange2016") as connector:
            with pytest.raises(Definite, match="Choose “Exchange 2010 SP2 or SP3”"):
                connector.create(ROOM, draft(), STAMP)

            assert sandbox.items(ROOM) == []


class TestDeadline:
    @pytest.mark.parametrize("way", WAYS)
    def test_holds_for_an_answer_of_one_byte_a_second(self, way: SignIn) -> None:
        with filled(tls=True) as sandbox, connected(sandbox, sign_in=way, deadline_seconds=1.5) as connector:
            sandbox.fault(operation="FindItem", drip=1)
            sandbox.fault(operation="CreateItem", drip=1)
            began = time.monotonic()

            with pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)
            with pytest.raises(Ambiguous):
                connector.create(ROOM, draft(), STAMP)

        assert time.monotonic() - began < 10
        assert refusal.value.kind is Kind.TRANSIENT


class TestFindServer:
    @pytest.mark.parametrize("way", WAYS)
    def test_signs_in_once_and_tells_what_the_server_says(self, way: SignIn) -> None:
        with filled(tls=True, names=[MAIL, AUTODISCOVER], sign_in=(way,)) as sandbox:
            with ConnectProxy({AUTODISCOVER: sandbox.port, MAIL: sandbox.port}) as through:
                found = registry.find_server(
                    "", ACCOUNT, PASSWORD, sign_in=way, ca_pem=sandbox.ca_pem, proxy=through.url
                )

            assert found == FoundServer(f"https://{AUTODISCOVER}/EWS/Exchange.asmx", "Exchange2016", "Service")
            assert [each.outcome for each in sandbox.sign_ins()] == ["NoError"]

    @pytest.mark.parametrize("way", WAYS)
    def test_tries_a_wrong_password_once(self, way: SignIn) -> None:
        with filled(tls=True, names=[MAIL, AUTODISCOVER, "library.example"]) as sandbox:
            names = (AUTODISCOVER, "library.example", MAIL)
            with ConnectProxy(dict.fromkeys(names, sandbox.port)) as through, pytest.raises(Definite) as refusal:
                registry.find_server("", ACCOUNT, "no", sign_in=way, ca_pem=sandbox.ca_pem, proxy=through.url)

            assert refusal.value.kind is Kind.SIGN_IN
            assert [each.outcome for each in sandbox.sign_ins()] == ["401"]

    def test_signs_in_nowhere_without_a_password(self) -> None:
        with filled(tls=True, names=[MAIL]) as sandbox, ConnectProxy({MAIL: sandbox.port}) as through:
            found = registry.find_server(ACCOUNT, ca_pem=sandbox.ca_pem, proxy=through.url)

            assert found == FoundServer(f"https://{MAIL}/EWS/Exchange.asmx")
            assert sandbox.sign_ins() == []
