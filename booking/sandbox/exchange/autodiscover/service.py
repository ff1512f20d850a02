"""Autodiscover over HTTP: who may ask, which of the two ways, and a line in the request log."""

import time
from dataclasses import dataclass

from booking.sandbox.exchange.autodiscover import pox, soap
from booking.sandbox.exchange.autodiscover.directory import Directory
from booking.sandbox.exchange.ews.sign_in import Gate, Verdict
from booking.sandbox.exchange.request_log import LoggedRequest, RequestLog
from booking.sandbox.exchange.server_clock import ServerClock
from booking.sandbox.exchange.traffic import HttpAnswer, HttpRequest, as_text, as_xml

PREFIX = "/autodiscover/"
#: What the request log calls the two.
POX, SOAP = "Autodiscover", "GetUserSettings"


@dataclass(frozen=True, slots=True)
class Autodiscover:
    """The service of one server; `scheme` and `ews_path` make the URL that it tells."""

    directory: Directory
    gate: Gate
    log: RequestLog
    clock: ServerClock
    scheme: str
    ews_path: str

    def answer(self, http: HttpRequest) -> HttpAnswer:
        """What goes back over the wire; always logged."""
        path = http.path.lower()
        if self.directory.location:
            return HttpAnswer(status=302, headers={"Location": self.directory.location})
        if path not in {pox.PATH, soap.PATH}:
            return as_text("No such page.", 404)
        begun = time.perf_counter()
        verdict = self.gate.judge(http)
        if verdict.account is None:
            self._note(verdict, begun, "", (), verdict.outcome)
            return verdict.refusal
        ews_url = f"{self.scheme}://{http.headers.get('host', '')}{self.ews_path}"
        if path == pox.PATH:
            plain = pox.answer(http.body, self.directory, ews_url=ews_url, now=self.clock())
            self._note(verdict, begun, POX, (plain.address,) if plain.address else (), plain.outcome)
            return as_xml(plain.body)
        wrapped = soap.answer(http.body, self.directory, ews_url=ews_url)
        self._note(verdict, begun, SOAP, wrapped.addresses, wrapped.outcome)
        return as_xml(wrapped.body, wrapped.status)

    def _note(self, verdict: Verdict, begun: float, operation: str, addresses: tuple[str, ...], outcome: str) -> None:
        self.log.add(
            LoggedRequest(
                at=self.clock.true(),
                operation=operation,
                mailboxes=tuple(address.lower() for address in addresses),
                account=verdict.name if verdict.account is None else verdict.account.email,
                outcome=outcome,
                sign_in=verdict.way,
                judged=verdict.judged,
                handshake=verdict.handshake,
                duration_ms=(time.perf_counter() - begun) * 1000,
            )
        )
