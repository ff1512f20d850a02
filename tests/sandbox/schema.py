"""Check what passes between exchangelib and the sandbox against the official EWS schema."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import requests
from lxml import etree
from requests.adapters import HTTPAdapter

SOAP_BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
MESSAGES = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
END = b"</s:Envelope>"
SCHEMA = Path(__file__).parents[3] / "shared" / "ews-schema" / "messages.xsd"


@cache
def ews_schema() -> etree.XMLSchema:
    """Microsoft's schema; its absence is an error, never a reason to pass."""
    if not SCHEMA.exists():
        msg = f"The EWS schema is missing. It belongs beside the checkout: {SCHEMA.parent.name}/ in ../shared"
        raise FileNotFoundError(msg)
    return etree.XMLSchema(etree.parse(SCHEMA))


class Checker:
    """Counts messages by name, and keeps what the schema says against them."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []

    def check(self, raw: bytes, direction: str) -> None:
        body = etree.fromstring(raw).find(SOAP_BODY)
        if body is None or not len(body):
            self.wrong.append(f"{direction} without a SOAP body")
            return
        message = body[0]
        name = etree.QName(message).localname
        self.seen[f"{direction} {name}"] += 1
        if message.tag.startswith(MESSAGES) and not ews_schema().validate(etree.ElementTree(message)):
            self.wrong.append(f"{direction} {name}: {ews_schema().error_log}")


class Adapter(HTTPAdapter):
    """exchangelib's way out, with a look at everything that passes."""

    checker = Checker()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT002 - the signature of requests
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: FBT002 - as above
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        if body:
            self.checker.check(bytes(body), "request")
        answer = super().send(request, stream, timeout, verify, cert, proxies)
        if answer.headers.get("Transfer-Encoding") == "chunked":
            self._watch(answer)
        elif "xml" in answer.headers.get("Content-Type", ""):
            self.checker.check(answer.content, "response")
        return answer

    def _watch(self, answer: requests.Response) -> None:
        """Check each envelope of a hanging answer as it goes by."""
        plain, checker = answer.iter_content, self.checker

        def watched(chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[bytes]:  # noqa: FBT002 - the signature of requests
            seen = b""
            for piece in plain(chunk_size, decode_unicode):
                seen += piece
                while END in seen:
                    whole, _, seen = seen.partition(END)
                    checker.check(whole + END, "response")
                yield piece

        answer.iter_content = watched  # type: ignore[method-assign]  # what exchangelib reads a stream by
