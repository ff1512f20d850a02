"""The HTTP server: one thread a connection, connections kept open, each request handed to who answers it."""

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from booking.sandbox.exchange.traffic import HttpAnswer, HttpRequest

Responder = Callable[[HttpRequest], HttpAnswer]


class Server:
    """Listens from `start` to `stop`, on threads of its own."""

    def __init__(self, host: str, port: int, respond: Responder) -> None:
        self._host = host
        self._port = port
        self._respond = respond
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
        self._http = _Http((self._host, self._port), _Handler)
        self._http.respond = self._respond
        self._port = self.port  # a later start listens where callers already look
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the listening socket and every open connection."""
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
    respond: Responder

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__(address, handler)

    def remember(self, connection: socket.socket) -> None:
        with self._connections_lock:
            self._connections.add(connection)

    def forget(self, connection: socket.socket) -> None:
        with self._connections_lock:
            self._connections.discard(connection)

    def close_connections(self) -> None:
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

    def finish(self) -> None:
        self.server.forget(self.connection)
        super().finish()

    def _serve(self) -> None:
        answer = self.server.respond(self._request())
        if answer.dropped:
            self.close_connection = True
            close(self.connection)
            return
        self.send_response(answer.status)
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_OPTIONS = _serve  # noqa: N815  (the names that http.server calls)

    def _request(self) -> HttpRequest:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return HttpRequest(
            method=self.command,
            path=address.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            query=dict(parse_qsl(address.query, keep_blank_values=True)),
            body=body,
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's own name)
        """Say nothing; the request log says more."""


def close(connection: socket.socket) -> None:
    """Close a connection at once, whatever was to come over it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
