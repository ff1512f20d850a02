"""Certificates: whom a connection trusts, and what the connection test says about it."""

import datetime as dt
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from booking.connectors.port import (
    Definite,
    Kind,
    StepResult,
)
from tests.connectors.ews.calling import EMPTY, connected
from tests.connectors.stub import Stub, hang, then_close
from tests.connectors.world import ROOM, STAMP, WEEK, draft


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a private certificate for 127.0.0.1, its own authority: `ca.pem` and `key.pem`."""
    folder = tmp_path_factory.mktemp("ca")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Wexcombe private authority")])
    usual = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(usual)
        .not_valid_after(usual + timedelta(days=365 * 60))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder


def known_by(authority: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "ca.pem", authority / "key.pem")
    return context


@pytest.fixture
def secure(authority: Path) -> Iterator[Stub]:
    with Stub(EMPTY, tls=known_by(authority)) as server:
        yield server


class TestCertificates:
    def test_of_a_private_authority_are_refused_and_nothing_is_sent(self, secure: Stub) -> None:
        with connected(f"https://localhost:{secure.port}") as connector, pytest.raises(Definite) as refusal:
            connector.create(ROOM, draft(), STAMP)

        assert refusal.value.kind is Kind.TRANSIENT
        assert "certificate is not trusted" in str(refusal.value)
        assert secure.requests == []

    def test_of_a_private_authority_are_trusted_by_the_connection_that_has_it(
        self, secure: Stub, authority: Path
    ) -> None:
        pem = (authority / "ca.pem").read_text()

        with connected(f"https://localhost:{secure.port}", ca_pem=pem) as connector:
            assert connector.window(ROOM, WEEK).complete
        with connected(f"https://localhost:{secure.port}") as another, pytest.raises(Definite):
            another.window(ROOM, WEEK)

    def test_of_a_private_authority_may_have_notes_beside_them(self, secure: Stub, authority: Path) -> None:
        pem = "Wurzel der Bücherei:\n" + (authority / "ca.pem").read_text()

        with connected(f"https://localhost:{secure.port}", ca_pem=pem) as connector:
            assert connector.window(ROOM, WEEK).complete

    def test_for_another_name_are_refused(self, secure: Stub, authority: Path) -> None:
        pem = (authority / "ca.pem").read_text()

        with connected(f"https://127.0.0.1:{secure.port}", ca_pem=pem) as connector, pytest.raises(Definite):
            connector.window(ROOM, WEEK)

        assert secure.requests == []

    @pytest.mark.parametrize("pem", ["no certificate", "kein Zertifikat für Bücher"])
    def test_that_are_none_are_said_to_be(self, pem: str) -> None:
        with connected("https://localhost:1", ca_pem=pem) as connector:
            with pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK)
            steps = connector.check()

        assert refusal.value.kind is Kind.PERMANENT
        assert "PEM" in str(refusal.value)
        assert steps[0].result is StepResult.FAILED


class TestCheckOverTls:
    def test_says_until_when_the_certificate_is_valid(self, secure: Stub, authority: Path) -> None:
        pem = (authority / "ca.pem").read_text()

        with connected(f"https://localhost:{secure.port}", ca_pem=pem) as connector:
            steps = {step.name: step for step in connector.check()}

        assert steps["tls"].result is StepResult.OK
        assert "TLSv1.3; the certificate is valid until 17 December 2079" in steps["tls"].detail

    def test_says_how_to_add_a_private_authority(self, secure: Stub) -> None:
        with connected(f"https://localhost:{secure.port}") as connector:
            steps = {step.name: step for step in connector.check(ROOM)}

        assert steps["resolve"].result is StepResult.OK
        assert steps["tls"].result is StepResult.FAILED
        assert "not trusted" in steps["tls"].detail
        assert "certificate authority" in steps["tls"].remedy
        assert [steps[name].result for name in ("sign_in", "version", "mailbox", "read", "write")] == [
            StepResult.SKIPPED
        ] * 5
        assert secure.requests == []

    def test_ends_in_time_when_the_server_accepts_and_then_hangs(self) -> None:
        with Stub(hang) as server:
            for scheme in ("http", "https"):
                url = server.url.replace("http", scheme)
                began = time.monotonic()
                with connected(url, deadline_seconds=0.5) as connector:
                    steps = connector.check(ROOM)

                assert time.monotonic() - began < 8
                assert [step.result for step in steps].count(StepResult.FAILED) == 1


class TestDeadline:
    def test_holds_for_an_answer_that_drips(self, authority: Path) -> None:
        ended = Event()

        def slowly(client: socket.socket) -> None:
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(100):  # five seconds; no single read is late
                client.sendall(b" ")
                Event().wait(0.05)
            ended.set()

        pem = (authority / "ca.pem").read_text()

        with (
            Stub(then_close(slowly), tls=known_by(authority)) as server,
            connected(f"https://localhost:{server.port}", ca_pem=pem, deadline_seconds=0.5) as connector,
            pytest.raises(Definite),
        ):
            connector.window(ROOM, WEEK)

        assert not ended.is_set()
