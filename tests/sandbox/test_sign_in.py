"""Signing in by NTLM, judged by the client that exchangelib uses (requests-ntlm) and by exchangelib itself."""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import spnego
from exchangelib.errors import UnauthorizedError
from requests_ntlm import HttpNtlmAuth

from booking.sandbox.exchange import ExchangeSandbox
from tests.sandbox.exchange import NOW, PASSWORD, SERVICE, Exchange, furnish

DOMAIN_LOGIN = "WEXCOMBE\\svc-rooms"
NAMES = pytest.mark.parametrize("name", [SERVICE, SERVICE.upper(), DOMAIN_LOGIN, DOMAIN_LOGIN.lower()])


@pytest.fixture
def client() -> Iterator[requests.Session]:
    """A client that keeps its connection."""
    with requests.Session() as session:
        yield session


def get(client: requests.Session, sandbox: ExchangeSandbox, **options: object) -> requests.Response:
    return client.get(sandbox.ews_url, timeout=10, **options)  # type: ignore[arg-type]  # options of requests


def rows(sandbox: ExchangeSandbox) -> list[tuple[str, str, bool]]:
    return [(each.outcome, each.sign_in, each.judged) for each in sandbox.requests()]


class TestNtlm:
    @NAMES
    def test_takes_an_address_and_a_domain_name(self, exchange: Exchange, client: requests.Session, name: str) -> None:
        answer = get(client, exchange.sandbox, auth=HttpNtlmAuth(name, PASSWORD))

        assert answer.status_code == 200

    def test_needs_no_header_later_on_the_connection(self, exchange: Exchange, client: requests.Session) -> None:
        get(client, exchange.sandbox, auth=HttpNtlmAuth(SERVICE, PASSWORD))

        answer = get(client, exchange.sandbox)

        assert answer.status_code == 200
        assert "Authorization" not in answer.request.headers

    def test_signs_in_no_other_connection(self, exchange: Exchange, client: requests.Session) -> None:
        get(client, exchange.sandbox, auth=HttpNtlmAuth(SERVICE, PASSWORD))

        answer = requests.get(exchange.sandbox.ews_url, timeout=10)

        assert answer.status_code == 401

    def test_outlives_a_change_of_the_password(self, exchange: Exchange, client: requests.Session) -> None:
        get(client, exchange.sandbox, auth=HttpNtlmAuth(SERVICE, PASSWORD))
        exchange.sandbox.set_password(SERVICE, "another")

        answers = [
            get(client, exchange.sandbox).status_code,
            get(client, exchange.sandbox, auth=HttpNtlmAuth(SERVICE, "another")).status_code,
            get(client, exchange.sandbox, auth=HttpNtlmAuth(SERVICE, PASSWORD)).status_code,
        ]

        assert answers == [200, 200, 200]

    def test_judges_a_wrong_password_once(self, exchange: Exchange, client: requests.Session) -> None:
        answer = get(client, exchange.sandbox, auth=HttpNtlmAuth(SERVICE, "wrong"))

        assert answer.status_code == 401
        assert rows(exchange.sandbox) == [("401", "", False), ("401 challenge", "ntlm", False), ("401", "ntlm", True)]
        assert [each.account for each in exchange.sandbox.sign_ins()] == [SERVICE]

    def test_knows_nobody_of_that_name(self, exchange: Exchange, client: requests.Session) -> None:
        answer = get(client, exchange.sandbox, auth=HttpNtlmAuth("OTHER\\svc-rooms", PASSWORD))

        assert answer.status_code == 401

    def test_judges_a_right_one_once_for_all_calls_of_a_client(self, exchange: Exchange) -> None:
        account = exchange.account(auth_type="NTLM")

        exchange.event(account)

        (signed_in,) = exchange.sandbox.sign_ins()
        assert (signed_in.account, signed_in.outcome, signed_in.sign_in) == (SERVICE, "NoError", "ntlm")
        assert {each.sign_in for each in exchange.sandbox.requests() if each.operation} == {"ntlm"}

    def test_refuses_exchangelib_with_one_sign_in(self, exchange: Exchange) -> None:
        account = exchange.account(auth_type="NTLM", password="wrong")

        with pytest.raises(UnauthorizedError):
            exchange.event(account)

        assert [each.outcome for each in exchange.sandbox.sign_ins()] == ["401"]

    def test_refuses_an_answer_to_no_challenge(self, exchange: Exchange, client: requests.Session) -> None:
        signed = get(client, exchange.sandbox, auth=HttpNtlmAuth(SERVICE, PASSWORD))
        replayed = {"Authorization": signed.request.headers["Authorization"]}

        answer = requests.get(exchange.sandbox.ews_url, headers=replayed, timeout=10)

        assert answer.status_code == 401
        assert len(exchange.sandbox.sign_ins()) == 1

    @pytest.mark.parametrize(
        "token", [b"", b"hello", b"NTLMSSP\x00", b"NTLMSSP\x00\x02\x00\x00\x00", b"NTLMSSP\x00\x01\x00\x00\x00"]
    )
    def test_calls_what_is_no_message_a_bad_request(self, exchange: Exchange, token: bytes) -> None:
        headers = {"Authorization": f"NTLM {b64encode(token).decode()}"}

        answer = requests.get(exchange.sandbox.ews_url, headers=headers, timeout=10)

        assert answer.status_code == 400
        assert exchange.sandbox.sign_ins() == []

    def test_notices_a_message_changed_on_its_way(self, exchange: Exchange, client: requests.Session) -> None:
        initiator = spnego.client(SERVICE, PASSWORD, protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
        begun = get(client, exchange.sandbox, headers=_header(initiator.step() or b""))
        challenge = b64decode(begun.headers["WWW-Authenticate"].removeprefix("NTLM "))
        answered = bytearray(initiator.step(challenge) or b"")
        answered[-1] ^= 1  # the last byte of the session key; no proof covers it, only the MIC

        answer = get(client, exchange.sandbox, headers=_header(bytes(answered)))

        assert answer.status_code == 401


def _header(token: bytes) -> dict[str, str]:
    return {"Authorization": f"NTLM {b64encode(token).decode()}"}


class TestWaysToSignIn:
    @pytest.mark.parametrize(
        ("ways", "offered"),
        [
            (("basic",), 'Basic realm="Sandbox Exchange"'),
            (("ntlm",), "NTLM"),
            (("basic", "ntlm"), 'NTLM, Basic realm="Sandbox Exchange"'),
        ],
    )
    def test_are_offered_as_set(self, ways: tuple[str, ...], offered: str) -> None:
        with ExchangeSandbox(sign_in=ways) as sandbox:
            answer = requests.get(sandbox.ews_url, timeout=10)

        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, offered)

    def test_that_are_not_offered_do_not_work(self) -> None:
        with ExchangeSandbox(sign_in=("ntlm",)) as sandbox:
            furnish(sandbox)

            answer = requests.get(sandbox.ews_url, auth=(SERVICE, PASSWORD), timeout=10)

            assert answer.status_code == 401
            assert sandbox.sign_ins() == []


class TestTls:
    def test_is_trusted_by_who_knows_its_authority(self, tmp_path: Path) -> None:
        with ExchangeSandbox(tls=True) as sandbox:
            authority = _kept(sandbox, tmp_path)

            answer = requests.get(sandbox.ews_url, verify=authority, timeout=10)

        assert sandbox.ews_url.startswith("https://127.0.0.1:")
        assert answer.status_code == 401

    def test_is_trusted_by_nobody_else(self) -> None:
        with ExchangeSandbox(tls=True) as sandbox, pytest.raises(requests.exceptions.SSLError):
            requests.get(sandbox.ews_url, timeout=10)

    def test_binds_ntlm_to_its_certificate(self, tmp_path: Path) -> None:
        with ExchangeSandbox(tls=True, extended_protection=True, now=lambda: NOW) as sandbox:
            furnish(sandbox)

            bound, unbound = (_over_tls(sandbox, tmp_path, send_cbt=each) for each in (True, False))

        assert (bound, unbound) == (200, 401)

    def test_trusts_a_client_that_binds_nothing_unless_told_otherwise(self, tmp_path: Path) -> None:
        with ExchangeSandbox(tls=True) as sandbox:
            furnish(sandbox)

            assert _over_tls(sandbox, tmp_path, send_cbt=False) == 200

    def test_refuses_a_sign_in_bound_to_another_certificate(self, client: requests.Session, tmp_path: Path) -> None:
        with ExchangeSandbox(tls=True) as sandbox:
            furnish(sandbox)
            other = spnego.channel_bindings.GssChannelBindings(application_data=b"tls-server-end-point:" + bytes(32))
            initiator = spnego.client(
                SERVICE, PASSWORD, protocol="ntlm", channel_bindings=other, options=spnego.NegotiateOptions.use_ntlm
            )
            trusted = _kept(sandbox, tmp_path)
            begun = get(client, sandbox, headers=_header(initiator.step() or b""), verify=trusted)
            challenge = b64decode(begun.headers["WWW-Authenticate"].removeprefix("NTLM "))

            answer = get(client, sandbox, headers=_header(initiator.step(challenge) or b""), verify=trusted)

        assert answer.status_code == 401


def _kept(sandbox: ExchangeSandbox, folder: Path) -> str:
    file = folder / "ca.pem"
    file.write_text(sandbox.ca_pem)
    return str(file)


def _over_tls(sandbox: ExchangeSandbox, folder: Path, *, send_cbt: bool) -> int:
    auth = HttpNtlmAuth(SERVICE, PASSWORD, send_cbt=send_cbt)
    return requests.get(sandbox.ews_url, auth=auth, verify=_kept(sandbox, folder), timeout=10).status_code
