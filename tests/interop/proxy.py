"""What stands between a client and the sandbox, and shows every message to the judge."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.interop.judge import Judge

_OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "accept-encoding"}
_PATIENCE = 60


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    judge: Judge
    client: str
    forward: str

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever hangs up, client or sandbox, the other one notices."""


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client, with one to the sandbox behind it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Proxy

    def setup(self) -> None:
        super().setup()
        target = urlsplit(self.server.forward)
        self._upstream = http.client.HTTPConnection(target.hostname or "", target.port, timeout=_PATIENCE)

    def finish(self) -> None:
        self._upstream.close()
        super().finish()

    def _relay(self) -> None:
        judge, client = self.server.judge, self.server.client
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self._asked(body)
        # Only what was let in is a message: NTLM's legs, and davmail's first tries without a sign-in, are none.
        refused = answer.status == HTTPStatus.UNAUTHORIZED
        operation = judge.request(client, body) if self.command == "POST" and not refused else ""
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_ONE_HOP:
                self.send_header(name, value)
        if operation and answer.chunked:
            self._stream(answer, operation)
        else:
            self._send(answer.read(), operation)

    do_GET = do_POST = do_HEAD = do_OPTIONS = _relay  # noqa: N815  (the names that http.server calls)

    def _asked(self, body: bytes) -> http.client.HTTPResponse:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_ONE_HOP}
        self._upstream.request(self.command, self.path, body=body or None, headers=headers)
        return self._upstream.getresponse()

    def _send(self, data: bytes, operation: str) -> None:
        self.server.judge.answer(self.server.client, operation, data)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, answer: http.client.HTTPResponse, operation: str) -> None:
        take = self.server.judge.streamed(self.server.client, operation)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while piece := answer.read1(65536):
            take(piece)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's own name)
        """Say nothing; the judge keeps count."""


@contextmanager
def judged(judge: Judge, client: str, forward: str) -> Iterator[str]:
    """Listen before the server at `forward`, and give the address to use in its place."""
    server = _Proxy(("127.0.0.1", 0), _Handler)
    server.judge, server.client, server.forward = judge, client, forward
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name=f"proxy for {client}", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
