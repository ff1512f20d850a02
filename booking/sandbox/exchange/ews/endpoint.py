"""One EWS request from sign-in to answer, with the faults that were asked for on the way."""

import logging
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field

from booking.sandbox.exchange.ews import access, disturbing, naming, soap, versions
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.disturbing import House, Passage
from booking.sandbox.exchange.ews.errors import EwsError, Fault
from booking.sandbox.exchange.ews.sign_in import Verdict
from booking.sandbox.exchange.ews.soap import Request
from booking.sandbox.exchange.ews.table import OPERATIONS
from booking.sandbox.exchange.ews.xml import Element
from booking.sandbox.exchange.faults import Fault as FaultKnob
from booking.sandbox.exchange.faults import Faults, Sight
from booking.sandbox.exchange.personalities import EXCHANGE_2016, Personality, Version
from booking.sandbox.exchange.request_log import LoggedRequest, RequestLog
from booking.sandbox.exchange.state.model import Account
from booking.sandbox.exchange.throttle import Busy, Throttle, TooManyAtOnce
from booking.sandbox.exchange.traffic import Connection, HttpAnswer, HttpRequest, as_text, as_xml

logger = logging.getLogger(__name__)

PATH = "/ews/exchange.asmx"


@dataclass(frozen=True, slots=True)
class _Visit:
    """A signed-in caller's request, with what the log will want to know."""

    request: Request
    account: Account
    connection: Connection
    mailboxes: list[str]


@dataclass(slots=True)
class Endpoint:
    """The EWS service."""

    house: House
    faults: Faults
    log: RequestLog
    throttle: Throttle
    personality: Personality = field(default=EXCHANGE_2016)

    def answer(self, http: HttpRequest) -> HttpAnswer:
        """What goes back over the wire; always logged."""
        begun = time.perf_counter()
        verdict = self.house.gate.judge(http)
        if verdict.account is None:
            self._note(verdict, begun, verdict.outcome)
            return verdict.refusal
        if http.method != "POST":
            self._note(verdict, begun, "200")
            return as_text("Exchange Web Services of the sandbox. Calls are sent by POST.")
        try:
            request = soap.read(http.body)
        except Fault as error:
            self._note(verdict, begun, error.code)
            return self._refused(error)
        visit = _Visit(request, verdict.account, http.connection, self._mailboxes(request, verdict.account))
        answer, outcome = self._admitted(visit)
        self._note(verdict, begun, outcome, visit)
        return answer

    def _admitted(self, visit: _Visit) -> tuple[HttpAnswer, str]:
        """The answer within the caller's budget, else the refusal; with what the log says of it."""
        try:
            with self.throttle.passing(visit.request.impersonated or visit.account.email):
                return self._disturbed(visit)
        except (Busy, TooManyAtOnce) as excess:
            error = _excess(excess)
            return self._refused(error), error.code

    def _disturbed(self, visit: _Visit) -> tuple[HttpAnswer, str]:
        """The answer as the knobs leave it: late, lost, refused, unreadable, or as it should be."""
        sight = Sight(
            visit.request.operation,
            frozenset(visit.mailboxes),
            self.house.clock(),
            naming.continues(visit.request.body),
        )
        knobs = self.faults.take(sight)
        passage = Passage(self.house, visit.account, knobs, lambda: self._served(visit, passage))
        return passage.answer(), passage.outcome

    def _served(self, visit: _Visit, passage: Passage) -> HttpAnswer:
        """The answer if nothing disturbs it; the passage then knows how it went."""
        try:
            versions.require_known(visit.request.version, self.personality)
            with self.house.store.change():
                call, content = self._carried_out(visit, passage.knobs)
        except EwsError as error:
            passage.outcome = error.code
            return self._refused(error)
        except (ValueError, IndexError, StopIteration) as error:
            # Exchange checks requests against its schema first; what trips us here would have failed there.
            logger.warning("%s is not a valid request", visit.request.operation, exc_info=True)
            invalid = EwsError("ErrorSchemaValidation", f"The request failed schema validation: {error}")
            passage.outcome = invalid.code
            return self._refused(invalid)
        passage.outcome = next((code for code in call.codes if code != "NoError"), "NoError")
        first = soap.answer(content, self.personality.version)
        if call.following is None:
            return as_xml(first)
        stream = _streamed(first, call.following, self.personality.version)
        return HttpAnswer(content_type="text/xml; charset=utf-8", stream=stream)

    def _carried_out(self, visit: _Visit, knobs: list[FaultKnob]) -> tuple[Call, Element]:
        request, store = visit.request, self.house.store
        operation = OPERATIONS.get(request.operation)
        if operation is None or not self.personality.knows(request.operation):
            raise Fault("ErrorSchemaValidation", f"The server does not know the operation {request.operation}.")
        versions.require_words(request.body, self.personality)
        caller = access.caller(store, visit.account, request.impersonated)
        call = Call(request, caller, store, self.personality, self.house.notices, visit.connection)
        disturbing.during(call, knobs)
        content = operation(call)
        disturbing.listed(content, knobs)
        return call, content

    def _refused(self, error: EwsError) -> HttpAnswer:
        return as_xml(soap.fault(error, self.personality.version), 500)

    def _mailboxes(self, request: Request, account: Account) -> list[str]:
        """The mailboxes that the request is about; the one it acts as if it names none."""
        with self.house.store.change():
            named = naming.mailboxes(request.body, self.house.store)
        return named or [request.impersonated or account.email]

    def _note(self, verdict: Verdict, begun: float, outcome: str, visit: _Visit | None = None) -> None:
        request = None if visit is None else visit.request
        self.log.add(
            LoggedRequest(
                at=self.house.clock.true(),
                operation="" if request is None else request.operation,
                mailboxes=() if visit is None else tuple(visit.mailboxes),
                account=verdict.name if verdict.account is None else verdict.account.email,
                outcome=outcome,
                sign_in=verdict.way,
                judged=verdict.judged,
                handshake=verdict.handshake,
                impersonated=(request and request.impersonated) or "",
                version="" if request is None else request.version,
                duration_ms=(time.perf_counter() - begun) * 1000,
            )
        )


def _excess(excess: Busy | TooManyAtOnce) -> EwsError:
    """How EWS says that an account asks too much."""
    if isinstance(excess, Busy):
        return EwsError("ErrorServerBusy", values={"BackOffMilliseconds": str(excess.back_off)})
    return EwsError(
        "ErrorExceededConnectionCount",
        "You have exceeded the available concurrent connections for your account. "
        "Try again once your other requests have completed.",
        values={"Policy": "MaxConcurrency", "MaxConcurrencyLimit": str(excess.most)},
    )


def _streamed(
    first: bytes, following: Generator[Element, None, None], version: Version
) -> Generator[bytes, None, None]:
    """Envelope after envelope, on a line that hangs."""
    with closing(following):
        yield first
        for content in following:
            yield soap.answer(content, version)
