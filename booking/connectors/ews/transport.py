"""The wire under exchangelib: one guarded connection, with a deadline that holds.

The timeouts of requests are per read, so a server that sends a byte now and then is never late.
The door knows the socket in use and shuts it when the whole call is over time.
"""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock, Timer
from typing import Any

from requests import RequestException, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from booking.connectors import hosts
from booking.connectors.ews.proxy import Proxy, ProxyRefused, tunnel

#: Bytes. A thousand entries for each of a hundred rooms, the most that one answer may hold, are half of it.
LONGEST_ANSWER = 64_000_000
PIECE = 65_536


class TooLong(RequestException):
    """An answer without an end would fill the memory before its time is over."""


class Door:
    """Every socket of one connector: opened only to allowed addresses, and shut when the call is over time.

    After a call that failed, `overdue` tells whether it was cut off, and `connecting` whether it got no
    further than connecting: then nothing was sent, so nothing can have been done. `sent` tells whether anything may
    have been.
    """

    def __init__(self, *, allow_local: bool, leg_seconds: float, proxy: Proxy | None = None) -> None:
        self.allow_local = allow_local
        self.leg_seconds = leg_seconds
        self.proxy = proxy
        self.connections = 0  # how many were opened; the number of the one in use
        self.overdue = False
        self.connecting = False
        self.sent = False
        self.failure: Exception | None = None  # why there was no connection
        self._ends_at: float | None = None
        self._sockets: list[socket.socket] = []
        self._lock = Lock()

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Shut every socket when the block takes longer than `seconds`; the block then fails by itself."""
        self.overdue = False
        self.connecting = False
        self.sent = False
        self.failure = None
        self._ends_at = time.monotonic() + seconds
        timer = Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._ends_at = None

    def open(self, host: str, port: int) -> socket.socket:
        """Return a connection to the first allowed address that answers, or through the proxy.

        Raises:
            HostUnknown, HostRefused: see `hosts.allowed`.
            OSError: no address answered in time, or the proxy does not let us through.
        """
        try:
            opened = self._through(self.proxy, host, port) if self.proxy else self._open(host, port)
        except (hosts.HostUnknown, hosts.HostRefused, OSError) as error:
            self.failure = error
            raise
        self.connections += 1
        return opened

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of `host`, all of them allowed; behind a proxy there may be none that we know."""
        if self.proxy:
            return hosts.allowed_beyond(host, port, allow_local=self.allow_local, seconds=self._left())
        return hosts.allowed(host, port, allow_local=self.allow_local, seconds=self._left())

    def guard(self, used: socket.socket) -> None:
        """Shut `used` too when time is over.

        Raises:
            TimeoutError: it is over already; nothing may be sent any more.
        """
        with self._lock:
            self._sockets = [each for each in self._sockets if each.fileno() != -1]
            self._sockets.append(used)
        if self.overdue:
            self.shut()
            raise TimeoutError("the call was over time before it was connected")

    def shut(self) -> None:
        """Cut every connection; whoever reads or writes there gets an error at once."""
        with self._lock:
            for each in self._sockets:
                try:
                    # The plain shutdown, also for TLS: ssl's own forgets the session that a thread is reading from.
                    socket.socket.shutdown(each, socket.SHUT_RDWR)
                except OSError:
                    continue
            self._sockets.clear()

    def _open(self, host: str, port: int) -> socket.socket:
        return self._first(self.addresses(host, port), host, port)

    def _through(self, proxy: Proxy, host: str, port: int) -> socket.socket:
        """Return a tunnel to `host`. Where the proxy itself stands is the settings file's business, and not judged."""
        self.addresses(host, port)
        try:
            known = hosts.allowed(proxy.host, proxy.port, allow_local=True, seconds=self._left())
            opened = self._first(known, proxy.host, proxy.port)
        except (hosts.HostUnknown, OSError) as error:
            raise ProxyRefused(f"The outbound proxy {proxy.name} cannot be reached.") from error
        try:
            tunnel(opened, host, port, proxy, self._left)
        except OSError:
            opened.close()
            raise
        return opened

    def _first(self, addresses: list[str], host: str, port: int) -> socket.socket:
        failure = OSError(f"{host} has no address")
        for address in addresses:
            try:
                opened = socket.create_connection((address, port), timeout=self._left())
            except OSError as error:
                failure = error
                continue
            try:
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.guard(opened)
            except OSError:
                opened.close()
                raise
            return opened
        raise failure

    def _left(self) -> float:
        """Seconds for the next step: one leg, or what remains of the whole call."""
        if self._ends_at is None:
            return self.leg_seconds
        return max(0.001, min(self.leg_seconds, self._ends_at - time.monotonic()))

    def _cut(self) -> None:
        self.overdue = True
        self.shut()


def tls_context(door: Door, ca_pem: str) -> ssl.SSLContext:
    """Return rules for certificates: the machine's own authorities, and a private one when given.

    Raises:
        ssl.SSLError, ValueError: `ca_pem` holds no certificate.
    """

    class Watched(ssl.SSLSocket):
        """Wrapping takes the connection away from the socket that the door knows; so make this one known."""

        def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of ssl
            door.guard(self)
            super().do_handshake(block)

    context = ssl.create_default_context()
    context.sslsocket_class = Watched
    if ca_pem.strip():
        context.load_verify_locations(cadata=ca_pem.encode("ascii", "ignore").decode())  # notes beside it may be words
    return context


class GuardedAdapter(HTTPAdapter):
    """Sends through one door, one connection, with its own certificate rules and no second try.

    Made per connector: nothing here is process-wide, and verification is never switched off.
    """

    def __init__(self, door: Door, context: ssl.SSLContext) -> None:
        self._door = door
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0, pool_block=True)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **_: Any) -> None:  # noqa: FBT001, FBT002 - the signature of requests
        """Make the pool of connections that go through the door."""
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, ssl_context=self._context)
        self.poolmanager.pool_classes_by_scheme = _pools(self._door)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave the certificate rules to our own context; requests would add its bundle to them."""


def read(answer: Response) -> None:
    """Read an answer to its end, as long as it has a sensible size; its `content` is there afterwards.

    Raises:
        TooLong: it has not.
    """
    pieces: list[bytes] = []
    size = 0
    for piece in answer.iter_content(PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > LONGEST_ANSWER:
            answer.close()
            raise TooLong("the answer is longer than any calendar")
    answer._content = b"".join(pieces)  # noqa: SLF001 - where requests itself puts it


def _pools(door: Door) -> dict[str, type[HTTPConnectionPool]]:
    """Return urllib3's pools, with connections that are opened and watched by the door."""

    class Plain(HTTPConnection):
        def request(self, *what: Any, **how: Any) -> None:
            door.sent = True
            super().request(*what, **how)

        def connect(self) -> None:
            door.connecting = True
            super().connect()
            door.connecting = False

        def _new_conn(self) -> socket.socket:
            return _opened(door, self)

    class Tls(HTTPSConnection):
        def request(self, *what: Any, **how: Any) -> None:
            door.sent = True
            super().request(*what, **how)

        def connect(self) -> None:
            door.connecting = True
            super().connect()
            door.connecting = False

        def _new_conn(self) -> socket.socket:
            return _opened(door, self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}


def _opened(door: Door, connection: HTTPConnection) -> socket.socket:
    try:
        return door.open(connection._dns_host, connection.port)  # noqa: SLF001 - as in urllib3's own _new_conn
    except (hosts.HostUnknown, hosts.HostRefused, OSError) as error:
        raise NewConnectionError(connection, str(error)) from error


def certificate(door: Door, host: str, port: int, context: ssl.SSLContext) -> tuple[str, datetime]:
    """Shake hands with a TLS server; return the TLS version and until when its certificate is valid.

    Raises:
        OSError: not reachable, no TLS, or a certificate that is not trusted (ssl.SSLCertVerificationError).
    """
    with context.wrap_socket(door.open(host, port), server_hostname=host) as tls:
        facts = tls.getpeercert() or {}
        until = ssl.cert_time_to_seconds(str(facts["notAfter"]))
        return tls.version() or "", datetime.fromtimestamp(until, tz=UTC)
