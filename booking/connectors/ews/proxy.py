"""The way out through a proxy: a tunnel by CONNECT, with TLS to the server inside it.

The proxy's address comes from the settings file alone, so it may be on this machine. What goes through the tunnel is
the server's own TLS; the proxy sees only its name.

Source: RFC 9110, 9.3.6 CONNECT; RFC 7617, Basic.
"""

import re
import socket
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

USUAL_PORT = 3128
LONGEST_HEAD = 16_384
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")


class ProxyRefused(OSError):
    """The proxy did not let us through, so nothing reached the server. The message says why, without its password."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy is, and how we show who we are."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """Return it as people may see it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def proxy(address: str) -> Proxy | None:
    """Return the proxy at an address like http://user:password@proxy.example.org:3128; None for an empty one.

    Raises:
        ValueError: it is none. The message never repeats it, since a password may stand in it.
    """
    if not address.strip():
        return None
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port or USUAL_PORT
    except ValueError:
        raise ValueError(NO_PROXY) from None
    if parts.scheme != "http" or not host:
        raise ValueError(NO_PROXY)
    if parts.username is None:
        return Proxy(host, port)
    known = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(host, port, f"Basic {b64encode(known.encode()).decode()}")


NO_PROXY = "The outbound proxy of the settings file is no address like http://proxy.example.org:3128."


def tunnel(used: socket.socket, host: str, port: int, through: Proxy, left: Callable[[], float]) -> None:
    """Have the proxy at the other end of `used` connect us to `host`; `left` are the seconds for each step.

    Raises:
        ProxyRefused: it does not.
        OSError: it does not answer in time.
    """
    try:
        name = host.encode("idna").decode()
    except UnicodeError:
        raise ProxyRefused(f"{host} is no name that the outbound proxy {through.name} could look up.") from None
    target = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if through.authorization:
        lines.append(f"Proxy-Authorization: {through.authorization}")
    used.settimeout(left())
    used.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    status = _status(used, through, left)
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise ProxyRefused(_words(status, host, through))


def _status(used: socket.socket, through: Proxy, left: Callable[[], float]) -> int:
    """Read the head of the answer, and not a byte of what follows it: that is the server's."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        used.settimeout(left())
        more = used.recv(1)
        head += more
        if not more or len(head) > LONGEST_HEAD:
            break
    match = _STATUS.match(head)
    if match is None or not head.endswith(b"\r\n\r\n"):
        raise ProxyRefused(f"The outbound proxy {through.name} did not answer as a proxy does.")
    return int(match[1])


def _words(status: int, host: str, through: Proxy) -> str:
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        if through.authorization:
            return f"The outbound proxy {through.name} does not accept its user name and password of the settings file."
        return f"The outbound proxy {through.name} wants a user name and a password; the settings file has none."
    if status == HTTPStatus.FORBIDDEN:
        return f"The outbound proxy {through.name} does not let us connect to {host}."
    return f"The outbound proxy {through.name} could not connect us to {host} (HTTP {status})."
