"""Which part of the sandbox answers a request."""

import logging
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import format_datetime

from booking.sandbox.exchange import control
from booking.sandbox.exchange.autodiscover import service
from booking.sandbox.exchange.autodiscover.service import Autodiscover
from booking.sandbox.exchange.control import Control
from booking.sandbox.exchange.ews import endpoint
from booking.sandbox.exchange.ews.endpoint import Endpoint
from booking.sandbox.exchange.pages.site import Site
from booking.sandbox.exchange.server_clock import ServerClock
from booking.sandbox.exchange.state.store import Store
from booking.sandbox.exchange.traffic import HttpAnswer, HttpRequest, as_text

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Routes:
    """EWS, autodiscover, the control interface, and the Outlook page."""

    store: Store
    clock: ServerClock
    control: Control
    ews: Endpoint
    autodiscover: Autodiscover

    def respond(self, http: HttpRequest) -> HttpAnswer:
        """The answer to any request; a fault of the sandbox's own is logged and says so."""
        try:
            answer = self._answer(http)
        except Exception:
            logger.exception("the sandbox failed at %s %s", http.method, http.path)
            answer = as_text("The sandbox itself failed; its log says why.", 500)
        date = format_datetime(self.clock().astimezone(UTC), usegmt=True)
        return replace(answer, headers={"Date": date, **answer.headers})

    def _answer(self, http: HttpRequest) -> HttpAnswer:
        path = http.path.lower()
        if path == endpoint.PATH:
            return self.ews.answer(http)
        if path.startswith(service.PREFIX):
            return self.autodiscover.answer(http)
        if path.startswith(control.PREFIX):
            return self.control.answer(http)
        return Site(self.store).answer(http)
