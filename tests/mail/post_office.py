"""A real mail server for tests: takes messages, or behaves as mail servers at times do."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.mail.certificate import Certificate
from tests.support import processes

USERNAME, PASSWORD = "rooms", "correct horse"


class Manner(StrEnum):
    """How the server behaves."""

    TAKES = "takes"
    BUSY = "busy"  # 451 to the recipient
    REFUSES = "refuses"  # 550 to the recipient
    REFUSES_SENDER = "refuses the sender"  # 530 to whoever sends: it wants a sign-in first
    REFUSES_HELLO = "refuses the hello"  # 554 to the greeting: our address is on a list
    REFUSES_TEXT = "refuses the text"  # 554 after the text
    HANGS = "hangs"  # takes the text and never answers
    DRIPS = "drips"  # answers with a line that never ends
    DROPS = "drops"  # takes the text and hangs up without an answer


class PostOffice:
    """What arrived, and how to behave next."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.manner = Manner.TAKES
        self.arrived: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self._ends = asyncio.Event()

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return ["554 5.7.1 not from your address"] if self.manner is Manner.REFUSES_HELLO else responses

    async def handle_HELO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, _envelope: Envelope, hostname: str
    ) -> str:
        session.host_name = hostname
        refused = self.manner is Manner.REFUSES_HELLO
        return "554 5.7.1 not from your address" if refused else f"250 {server.hostname}"

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.manner is Manner.REFUSES_SENDER:
            return "530 5.7.0 sign in first"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        match self.manner:
            case Manner.BUSY:
                return "451 4.3.2 come back later"
            case Manner.REFUSES:
                return "550 5.1.1 nobody of that name"
            case _:
                envelope.rcpt_tos.append(address)
                return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        match self.manner:
            case Manner.REFUSES_TEXT:
                return "554 5.6.0 not this text"
            case Manner.HANGS:
                await self._ends.wait()
            case Manner.DRIPS:
                while not _line(server).is_closing():
                    await server.push("250-wait")
                    await asyncio.sleep(0.05)
            case Manner.DROPS:
                self._keep(envelope)
                _line(server).abort()
            case _:
                self._keep(envelope)
        return "250 taken"

    def _keep(self, envelope: Envelope) -> None:
        raw = envelope.content
        assert isinstance(raw, bytes)
        self.raw.append(raw)
        self.arrived.append(message_from_bytes(raw, policy=policy.default))


def _line(server: SMTP) -> asyncio.WriteTransport:
    assert isinstance(server.transport, asyncio.WriteTransport)
    return server.transport


def _sign_in(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword) -> AuthResult:
    known = (data.login, data.password) == (USERNAME.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


@contextmanager
def post_office(*, certificate: Certificate | None = None) -> Iterator[PostOffice]:
    """Run a mail server on a port of its own; with a certificate, it wants STARTTLS and a sign-in."""
    office = PostOffice(processes.free_port())
    private = certificate is not None
    controller = Controller(
        office,
        hostname="127.0.0.1",
        port=office.port,
        authenticator=_sign_in if private else None,
        auth_required=private,
        require_starttls=private,
        tls_context=certificate.server if certificate else None,
    )
    controller.start()
    try:
        yield office
    finally:
        controller.loop.call_soon_threadsafe(office._ends.set)
        controller.stop()
