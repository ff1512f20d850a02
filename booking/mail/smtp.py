"""Handing a message over: to a mail server, or to a folder where there is none."""

import hashlib
import os
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

#: Seconds for one answer of the server, and for the whole conversation. The claim of a message outlasts both.
LEG, DEADLINE = 20.0, 90.0

#: From here on, a reply means "never"; this one means "nobody, now". Source: RFC 5321, section 4.2.
PERMANENT, CLOSING = 500, 421


class Undelivered(Exception):
    """The message was not handed over; says why."""


class TryLater(Undelivered):
    """This message may be taken later."""


class Away(TryLater):
    """No message will be taken now: the server does not answer, or does not let us in."""


class Undeliverable(Undelivered):
    """The server says that it will never take this message."""


class Post(Protocol):
    """Something that takes messages."""

    def send(self, message: EmailMessage) -> None:
        """Hand the message over, or raise `Undelivered`."""


def post(
    folder: Path, *, host: str, port: int = 25, username: str = "", password: str = "", starttls: bool = False
) -> Post:
    """Return the mail server that the settings name, or, if they name none, `folder`."""
    if not host:
        return FolderPost(folder)
    return SmtpPost(host, port, username=username, password=password, starttls=starttls)


@dataclass(frozen=True, slots=True)
class FolderPost:
    """Lays messages into a folder, readable by its owner only, for their links are secret."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        """Write the message to a file of its own. Handed over twice, it is still one file."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256(str(message["Message-ID"]).encode()).hexdigest()[:16]
        path = self.folder / f"{message['Date'].datetime:%Y%m%d-%H%M%S}-{digest}.eml"
        path = next(self.folder.glob(f"*-{digest}.eml"), path)
        draft = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
        draft.touch(mode=0o600)
        draft.write_bytes(message.as_bytes(policy=SMTP))
        draft.replace(path)

    def kept(self, message_id: str) -> EmailMessage | None:
        """Return the message that was laid down under that Message-ID, for staff to read."""
        digest = hashlib.sha256(message_id.encode()).hexdigest()[:16]
        path = next(self.folder.glob(f"*-{digest}.eml"), None)
        return None if path is None else message_from_bytes(path.read_bytes(), policy=SMTP)


@dataclass(frozen=True, slots=True)
class SmtpPost:
    """A mail server (submission over SMTP). One conversation a message: there are few, and none blocks another."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False
    leg: float = LEG
    deadline: float = DEADLINE
    tls: ssl.SSLContext | None = None  # None: the system's authorities

    def send(self, message: EmailMessage) -> None:
        """Hand the message over.

        An answer that does not come is "try later", even after the text went out: the server may have taken it,
        and its Message-ID tells the second copy from a new message. Source: RFC 5321, section 4.5.4.1.

        Raises:
            Away: no server, no answer, a sign-in that failed, or a server that refuses us or our sender.
            TryLater: a 4xx answer to this message.
            Undeliverable: a 5xx answer to this message.
        """
        try:
            with self._conversation() as server:
                server.send_message(message)
        except smtplib.SMTPAuthenticationError as error:
            raise Away(f"the mail server refused the sign-in: {_words(error.smtp_error)}") from error
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _answer(code, text) from error
        except (smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPSenderRefused) as error:
            words = f"{error.smtp_code} {_words(error.smtp_error)}".strip()  # it is us that it refuses, not a message
            raise Away(f"the mail server takes nothing from us: {words}") from error
        except smtplib.SMTPResponseException as error:
            raise _answer(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise self._unsupported(message, error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Away(f"the mail server {self.host}:{self.port} could not be reached: {error}") from error

    @contextmanager
    def _conversation(self) -> Iterator[smtplib.SMTP]:
        server = smtplib.SMTP(self.host, self.port, timeout=self.leg)
        # The timeout is per answer: a server that drips would hold us for ever.
        watchdog = threading.Timer(self.deadline, _hang_up, [server])
        watchdog.daemon = True
        watchdog.start()
        try:
            if self.starttls:
                server.starttls(context=self.tls or ssl.create_default_context())
            if self.username:
                server.login(self.username, self.password)
            yield server
            _say_goodbye(server)
        finally:
            watchdog.cancel()
            server.close()

    def _unsupported(self, message: EmailMessage, error: smtplib.SMTPNotSupportedError) -> Undelivered:
        if not str(message["To"]).isascii() and "SMTPUTF8" in str(error):
            return Undeliverable("the mail server cannot write to this address: it takes plain letters only")
        return Away(f"the mail server lacks what the settings ask for: {error}")


def _answer(code: int, text: bytes | str) -> Undelivered:
    words = f"the mail server answered {code} {_words(text)}".strip()
    if code == CLOSING:
        return Away(words)
    return Undeliverable(words) if code >= PERMANENT else TryLater(words)


def _words(text: bytes | str) -> str:
    return text.decode(errors="replace") if isinstance(text, bytes) else text


def _hang_up(server: smtplib.SMTP) -> None:
    if isinstance(server.sock, socket.socket):
        try:
            server.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it ended in the same moment


def _say_goodbye(server: smtplib.SMTP) -> None:
    """Leave politely. The message is handed over: whatever happens now, it must not be sent again."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        return
