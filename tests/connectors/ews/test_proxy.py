"""The way out through a proxy."""

import logging
import ssl
import time

import pytest
import trustme

from booking.connectors.ews import proxy
from booking.connectors.port import Definite, Kind, StepResult
from tests.connectors import stub
from tests.connectors.connect_proxy import ConnectProxy
from tests.connectors.ews.calling import EMPTY, WRITES, connected, write
from tests.connectors.stub import Stub, drip, hang, http
from tests.connectors.world import ROOM, WEEK

MAIL = "mail.library.example"  # no name server in the world knows it


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_pem(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


def secure(authority: trustme.CA, *answers: stub.Answer, names: tuple[str, ...] = (MAIL,)) -> Stub:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return Stub(*answers, tls=context)


class TestProxy:
    @pytest.mark.parametrize(
        ("address", "name"),
        [
            ("http://proxy.example.org:3128", "proxy.example.org:3128"),
            ("http://proxy.example.org", "proxy.example.org:3128"),
            ("http://ada:secret@proxy.example.org:80/", "proxy.example.org:80"),
            ("http://[2001:db8::7]:8080", "[2001:db8::7]:8080"),
        ],
    )
    def test_is_read_from_an_address(self, address: str, name: str) -> None:
        found = proxy.proxy(address)

        assert found is not None
        assert found.name == name
        assert "secret" not in repr(found)

    @pytest.mark.parametrize(
        "address", ["https://proxy.example.org", "proxy.example.org:3128", "http://", "http://a:secret@b:port"]
    )
    def test_that_is_none_is_refused_without_repeating_it(self, address: str) -> None:
        with pytest.raises(ValueError, match="settings file") as refusal:
            proxy.proxy(address)

        assert "secret" not in str(refusal.value)
        assert refusal.value.__cause__ is None


class TestTunnel:
    def test_leads_to_a_name_that_only_the_proxy_knows(self, authority: trustme.CA, ca_pem: str) -> None:
        with secure(authority, EMPTY) as server, ConnectProxy({MAIL: server.port}) as way:
            with connected(MAIL, proxy=way.url, ca_pem=ca_pem, allow_local=False) as connector:
                connector.window(ROOM, WEEK)
                connector.window(ROOM, WEEK)

            assert way.asked == [f"{MAIL}:443"]
            assert len(server.requests) == 2

    def test_shows_the_proxy_nothing_of_what_goes_through(self, authority: trustme.CA, ca_pem: str) -> None:
        with secure(authority, EMPTY) as server, ConnectProxy({MAIL: server.port}) as way:
            with connected(MAIL, proxy=way.url, ca_pem=ca_pem, allow_local=False) as connector:
                connector.window(ROOM, WEEK)

            assert "Authorization" not in way.heads[0]

    def test_trusts_no_other_certificate_for_that(self, authority: trustme.CA, ca_pem: str) -> None:
        with secure(authority, EMPTY, names=("other.example",)) as server, ConnectProxy({MAIL: server.port}) as way:
            with (
                connected(MAIL, proxy=way.url, ca_pem=ca_pem, allow_local=False) as connector,
                pytest.raises(Definite) as refusal,
            ):
                connector.window(ROOM, WEEK)

            assert "not trusted" in str(refusal.value)
            assert server.requests == []

    def test_signs_in_at_the_proxy(self, authority: trustme.CA, ca_pem: str) -> None:
        with secure(authority, EMPTY) as server, ConnectProxy({MAIL: server.port}, known="ada:s@crët") as way:
            url = way.url.replace("http://", "http://ada:s%40cr%C3%ABt@")
            with connected(MAIL, proxy=url, ca_pem=ca_pem, allow_local=False) as connector:
                assert connector.window(ROOM, WEEK).complete

    def test_names_a_server_of_any_alphabet_as_dns_does(self, authority: trustme.CA, ca_pem: str) -> None:
        spoken, written = "bücherei.example", "xn--bcherei-n2a.example"
        with (
            secure(authority, EMPTY, names=(spoken,)) as server,
            ConnectProxy({written: server.port}) as way,
            connected(spoken, proxy=way.url, ca_pem=ca_pem, allow_local=False) as connector,
        ):
            steps = connector.check()

            assert [step.result for step in steps] == [StepResult.OK] * 5
            assert set(way.asked) == {f"{written}:443"}

    def test_is_used_by_every_step_of_a_check(self, authority: trustme.CA, ca_pem: str) -> None:
        with secure(authority, EMPTY) as server, ConnectProxy({MAIL: server.port}) as way:
            with connected(MAIL, proxy=way.url, ca_pem=ca_pem, allow_local=False) as connector:
                steps = {step.name: step for step in connector.check()}

            assert "looked up by the proxy" in steps["resolve"].detail
            assert way.url.removeprefix("http://") in steps["resolve"].detail
            assert [step.result for step in steps.values()] == [StepResult.OK] * 5
            assert set(way.asked) == {f"{MAIL}:443"}


class TestRefusals:
    @pytest.mark.parametrize("call", ["window", *WRITES])
    def test_of_the_proxy_are_definite_since_nothing_was_sent(self, call: str) -> None:
        with (
            ConnectProxy() as way,
            connected(MAIL, proxy=way.url, allow_local=False) as connector,
            pytest.raises(Definite) as refusal,
        ):
            connector.window(ROOM, WEEK) if call == "window" else write(connector, call)

        assert refusal.value.kind is Kind.TRANSIENT
        assert f"could not connect us to {MAIL} (HTTP 502)" in str(refusal.value)

    def test_for_want_of_a_password_never_show_the_one_that_was_tried(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        with ConnectProxy(known="ada:right") as way:
            url = way.url.replace("http://", "http://ada:wrong-secret@")
            with connected(MAIL, proxy=url, allow_local=False) as connector, pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)
            with connected(MAIL, proxy=url, allow_local=False) as connector:
                steps = connector.check()

        shown = caplog.text + repr(refusal.value) + repr(steps)
        assert "does not accept its user name and password" in str(refusal.value)
        assert "wrong-secret" not in shown
        assert "YWRhOndyb25n" not in shown

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "sub.localhost", "2130706433", "169.254.169.254"])
    def test_of_local_hosts_hold_here_too(self, host: str) -> None:
        with ConnectProxy() as way:
            with connected(host, proxy=way.url, allow_local=False) as connector, pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)

            assert refusal.value.kind is Kind.PERMANENT
            assert way.asked == []

    @pytest.mark.parametrize("answer", [http("<html>Welcome</html>", status="403 Forbidden"), stub.close])
    def test_come_in_words(self, answer: stub.Answer) -> None:
        with Stub(answer) as way:
            url = f"http://127.0.0.1:{way.port}"
            with connected(MAIL, proxy=url, allow_local=False) as connector:
                steps = {step.name: step for step in connector.check()}

        assert steps["tls"].result is StepResult.FAILED
        assert "outbound proxy 127.0.0.1" in steps["tls"].detail

    def test_name_a_proxy_that_is_not_there(self) -> None:
        with connected(MAIL, proxy="http://proxy.invalid:3128", allow_local=False) as connector:
            with pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)
            steps = {step.name: step for step in connector.check()}

        assert "proxy.invalid" in str(refusal.value)
        assert "proxy.invalid" in steps["tls"].detail

    def test_name_settings_that_cannot_be_read(self) -> None:
        with connected(MAIL, proxy="socks5://ada:secret@proxy.example") as connector:
            with pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)
            steps = connector.check()

        assert refusal.value.kind is Kind.PERMANENT
        assert "secret" not in str(refusal.value) + repr(steps)


class TestDeadline:
    """Half a second instead of thirty; the machinery is the same."""

    @pytest.mark.parametrize("how", [hang, drip])
    def test_holds_for_a_proxy_that_never_ends(self, how: stub.Answer) -> None:
        with Stub(how) as way:
            url = f"http://127.0.0.1:{way.port}"
            with connected(MAIL, proxy=url, allow_local=False, deadline_seconds=0.5) as connector:
                began = time.monotonic()

                with pytest.raises(Definite) as refusal:
                    write(connector, "create")

        assert time.monotonic() - began < 8
        assert refusal.value.kind is Kind.TRANSIENT
