"""A server that answers what a test tells it to: for failures that no well-meaning server shows."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Self

Answer = Callable[[socket.socket], None]
HEAD = '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
NAMESPACES = (
    'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"'
    ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"'
)


def http(body: str | bytes = b"", *, status: str = "200 OK", headers: str = "", length: int | None = None) -> Answer:
    """An answer; `length` promises more or less than there is."""
    content = body.encode() if isinstance(body, str) else body
    size = len(content) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {size}\r\n{headers}\r\n"
    return lambda client: client.sendall(head.encode() + content)


def soap(body: str) -> str:
    """An EWS answer with this in its body."""
    version = f'<t:ServerVersionInfo {NAMESPACES} MajorVersion="15" MinorVersion="2" MajorBuildNumber="1544"/>'
    return f"{HEAD}<s:Header>{version}</s:Header><s:Body>{body}</s:Body></s:Envelope>"


def found(*items: str, last: bool = True) -> str:
    """A FindItem answer with these items."""
    return soap(
        f"<m:FindItemResponse {NAMESPACES}><m:ResponseMessages>"
        '<m:FindItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        f'<m:RootFolder TotalItemsInView="{len(items)}" IncludesLastItemInRange="{str(last).lower()}">'
        f"<t:Items>{''.join(items)}</t:Items></m:RootFolder>"
        "</m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse>"
    )


def got(item: str) -> str:
    """A GetItem answer with this item."""
    return soap(
        f"<m:GetItemResponse {NAMESPACES}><m:ResponseMessages>"
        '<m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        f"<m:Items>{item}</m:Items></m:GetItemResponseMessage></m:ResponseMessages></m:GetItemResponse>"
    )


def item(name: str, start: str, end: str, more: str = "") -> str:
    """A calendar item."""
    return (
        f'<t:CalendarItem><t:ItemId Id="{name}" ChangeKey="CK"/><t:Subject>{name}</t:Subject>'
        f"<t:Sensitivity>Normal</t:Sensitivity><t:UID>uid-{name}</t:UID><t:Start>{start}</t:Start><t:End>{end}</t:End>"
        f"<t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus>{more}</t:CalendarItem>"
    )


class Stub:
    """Answers request after request with the answers given; the last one again and again.

    `requests` is what came, head and body. An answer that returns without sending closes the connection.
    """

    def __init__(self, *answers: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[str] = []
        self.connections = 0
        self._answers = list(answers)
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}/EWS/Exchange.asmx"

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
                self.connections += 1
                Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._open.append(client)
        with suppress(OSError), self._tls.wrap_socket(client, server_side=True) if self._tls else client as served:
            while request := _read(served):
                self.requests.append(request)
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                before = served.fileno()
                answer(served)
                if before != served.fileno() or answer is close:
                    return


def then_close(answer: Answer) -> Answer:
    """Answer, and then close the connection."""

    def both(client: socket.socket) -> None:
        answer(client)
        client.close()

    return both


def hang(client: socket.socket) -> None:
    """Say nothing until the other side hangs up."""
    while client.recv(65536):
        pass


def drip(client: socket.socket) -> None:
    """Send a byte now and then, so that no single read is late; until the other side hangs up."""
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    pause = Event()
    while True:
        client.sendall(b" ")
        pause.wait(0.05)


def close(_client: socket.socket) -> None:
    """Close the connection without a word."""


def _read(client: socket.socket) -> str:
    """Read one request, head and body."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(65536)
        if not more:
            return ""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    while lengths and len(body) < int(lengths[0]):
        body += client.recv(65536)
    return (head + b"\r\n\r\n" + body).decode()
