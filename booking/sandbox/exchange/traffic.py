"""What passes over HTTP, apart from the server that passes it."""

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from booking.sandbox.exchange.ntlm import Handshake

Json = Any  # what JSON can hold has no type of its own


def _never_ends() -> bool:
    return False


@dataclass(slots=True, kw_only=True)
class Connection:
    """What is remembered of one connection: NTLM signs in a connection, not a request.

    `certificate` is the hash of the certificate that it was opened with; None without TLS.
    `gone` says, while an answer is on its way, that nobody waits for it any more.
    """

    certificate: bytes | None = None
    handshake: Handshake | None = None
    signed_in: str = ""
    gone: Callable[[], bool] = _never_ends


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request with its body read; `query` holds the last value of each name."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    connection: Connection = field(default_factory=Connection)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """An answer; `dropped` closes the connection without one.

    stream: sent piece by piece, as it comes, in place of `body`; closed when it ends or when nobody listens any more.
    bytes_per_second: how fast the body drips out; at once without it.
    sign_in_with: the ways to sign in that a 401 offers.
    """

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    dropped: bool = False
    stream: Generator[bytes, None, None] | None = None
    bytes_per_second: float | None = None
    sign_in_with: tuple[str, ...] = ()


DROPPED = HttpAnswer(dropped=True)


def as_json(value: Json, status: int = 200) -> HttpAnswer:
    """An answer in JSON."""
    return HttpAnswer(status=status, content_type="application/json", body=json.dumps(value, indent=1).encode())


def as_xml(body: bytes, status: int = 200) -> HttpAnswer:
    """An answer in XML."""
    return HttpAnswer(status=status, content_type="text/xml; charset=utf-8", body=body)


def as_text(text: str, status: int = 200, headers: dict[str, str] | None = None) -> HttpAnswer:
    """A plain sentence."""
    return HttpAnswer(status=status, headers=headers or {}, body=text.encode())


def see_other(where: str) -> HttpAnswer:
    """Look there instead, with GET."""
    return HttpAnswer(status=303, headers={"Location": where})
