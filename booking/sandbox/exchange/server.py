"""The HTTP server: one thread a connection, connections kept open, each request handed to who answers it."""

import select
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from booking.sandbox.exchange import sending
from booking.sandbox.exchange.tls import Identity
from booking.sandbox.exchange.traffic import Connection, HttpAnswer, HttpRequest

Responder = Callable[[HttpRequest], HttpAnswer]


class Server:
    """Listens from `start` to `stop`, on threads of its own; over TLS if it has an identity."""

    def __init__(self, host: str, port: int, respond: Responder, identity: Identity | None = None) -> None:
        self._host = host
        self._port = port
        self._respond = respond
        self._identity = identity
        self._http: _Http | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port it listens on; the one it was given while it does not."""
        return self._port if self._http is None else int(self._http.server_address[1])

    def start(self) -> None:
        """Listen; returns as soon as connections are accepted."""
        if self._http is not None:
            return
        self._http = _Http((self._host, self._port), self._respond, self._identity)
        self._port = self.port  # a later start listens where callers already look
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the listening socket and every open connection, whatever hangs on it."""
        if self._http is None or self._thread is None:
            return
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self._http.close_connections()
        self._http = None


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], respond: Responder, identity: Identity | None) -> None:
        self.respond = respond
        self.identity = identity
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[socket.socket, object]:
        """The next connection; TLS shakes hands when the connection's own thread first reads, not here."""
        connection, client = super().get_request()
        if self.identity is not None:
            context = self.identity.context
            connection = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, client

    def remember(self, connection: socket.socket) -> None:
        with self._connections_lock:
            self._connections.add(connection)

    def forget(self, connection: socket.socket) -> None:
        with self._connections_lock:
            self._connections.discard(connection)

    def close_connections(self) -> None:
        self.stopping.set()
        with self._connections_lock:
            for connection in self._connections:
                close(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is no fault of ours, and a fault of ours was answered with a 500."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "SandboxExchange"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.server.remember(self.connection)
        identity = self.server.identity
        self._known = Connection(certificate=None if identity is None else identity.binding, gone=self._is_gone)

    def finish(self) -> None:
        self.server.forget(self.connection)
        try:
            super().finish()
        finally:
            self.rfile.close()  # a client that hung up makes the line above fail before it comes to this

    def _serve(self) -> None:
        answer = self.server.respond(self._request())
        if answer.dropped:
            self.close_connection = True
            close(self.connection)
            return
        self.send_response_only(answer.status)  # the Date is the sandbox's own
        self.send_header("Server", self.server_version)
        for name, value in sending.headers(answer):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            sending.body(answer, self._write, self.server.stopping)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_OPTIONS = _serve  # noqa: N815  (the names that http.server calls)

    def _write(self, piece: bytes) -> None:
        self.wfile.write(piece)
        self.wfile.flush()

    def _is_gone(self) -> bool:
        """True if the client hung up: it has nothing to say before the answer ends, so what can be read is the end."""
        if self.server.stopping.is_set():
            return True
        poll = select.poll()
        try:
            poll.register(self.connection, select.POLLIN)
            return bool(poll.poll(0))
        except (OSError, ValueError):
            return True

    def _request(self) -> HttpRequest:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return HttpRequest(
            method=self.command,
            path=address.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            query=dict(parse_qsl(address.query, keep_blank_values=True)),
            body=body,
            connection=self._known,
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's own name)
        """Say nothing; the request log says more."""


def close(connection: socket.socket) -> None:
    """Close a connection at once, whatever was to come over it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
