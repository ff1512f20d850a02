"""A small real proxy that tunnels by CONNECT, with a telephone book of its own: so names of no network lead to us."""

import socket
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Self


class ConnectProxy:
    """Connects to where its book says, or straight to what is an address. `asked` is what it was told to connect to."""

    def __init__(self, book: Mapping[str, int] | None = None, *, known: str = "") -> None:
        """A proxy; the book leads names to ports of this machine, `known` is the one user:password that it takes."""
        self.asked: list[str] = []
        self.heads: list[str] = []
        self._book = dict(book or {})
        self._known = f"Basic {b64encode(known.encode()).decode()}" if known else ""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for each in self._open:
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._open.append(client)
        with suppress(OSError), client:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                more = client.recv(1)
                if not more:
                    return
                head += more
            lines = head.decode().split("\r\n")
            self.heads.append(head.decode())
            target = lines[0].split(" ")[1]
            self.asked.append(target)
            if self._known and f"Proxy-Authorization: {self._known}" not in lines:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            self._connect(client, target)

    def _connect(self, client: socket.socket, target: str) -> None:
        host, _, port = target.rpartition(":")
        where = ("127.0.0.1", self._book[host]) if host in self._book else (host, int(port))
        if host not in self._book and not host[0].isdigit():
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        with socket.create_connection(where, timeout=10) as server:
            self._open.append(server)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = Thread(target=_pour, args=(server, client), daemon=True)
            back.start()
            _pour(client, server)
            back.join(timeout=10)


def _pour(source: socket.socket, into: socket.socket) -> None:
    """Carry bytes over until one side ends, and then end the other."""
    with suppress(OSError):
        while data := source.recv(65_536):
            into.sendall(data)
    with suppress(OSError):
        into.shutdown(socket.SHUT_RDWR)
