"""Which part of the sandbox answers a request."""

import logging
from dataclasses import dataclass

from booking.sandbox.exchange import control
from booking.sandbox.exchange.control import Control
from booking.sandbox.exchange.ews import endpoint
from booking.sandbox.exchange.ews.endpoint import Endpoint
from booking.sandbox.exchange.faults import Faults
from booking.sandbox.exchange.pages.site import Site
from booking.sandbox.exchange.request_log import RequestLog
from booking.sandbox.exchange.state.store import Store
from booking.sandbox.exchange.traffic import HttpAnswer, HttpRequest, as_text

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Routes:
    """EWS, the control interface, and the Outlook page."""

    store: Store
    faults: Faults
    log: RequestLog
    ews: Endpoint

    def respond(self, http: HttpRequest) -> HttpAnswer:
        """The answer to any request; a fault of the sandbox's own is logged and says so."""
        try:
            return self._answer(http)
        except Exception:
            logger.exception("the sandbox failed at %s %s", http.method, http.path)
            return as_text("The sandbox itself failed; its log says why.", 500)

    def _answer(self, http: HttpRequest) -> HttpAnswer:
        path = http.path.lower()
        if path == endpoint.PATH:
            return self.ews.answer(http)
        if path.startswith(control.PREFIX):
            return Control(self.store, self.faults, self.log).answer(http)
        return Site(self.store).answer(http)
