"""One EWS request from sign-in to answer, with the faults that were asked for on the way."""

import logging
import time
from dataclasses import dataclass, field
from http import HTTPStatus

from booking.sandbox.exchange.ews import access, sign_in, soap
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError, Fault
from booking.sandbox.exchange.ews.soap import Request
from booking.sandbox.exchange.ews.table import OPERATIONS
from booking.sandbox.exchange.ews.xml import find_all
from booking.sandbox.exchange.faults import Fault as FaultKnob
from booking.sandbox.exchange.faults import Faults
from booking.sandbox.exchange.personalities import EXCHANGE_2016, Personality
from booking.sandbox.exchange.request_log import LoggedRequest, RequestLog
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Account
from booking.sandbox.exchange.state.store import Store
from booking.sandbox.exchange.traffic import DROPPED, HttpAnswer, HttpRequest, as_text, as_xml

logger = logging.getLogger(__name__)

PATH = "/ews/exchange.asmx"
_NAMING = (".//t:DistinguishedFolderId/t:Mailbox/t:EmailAddress", ".//t:MailboxData/t:Email/t:Address")
_ITEM_ID_ATTRIBUTES = ("Id", "RecurringMasterId", "OccurrenceId")
_SIGN_IN_FIRST = {"WWW-Authenticate": 'Basic realm="Sandbox Exchange"'}


@dataclass(slots=True)
class Endpoint:
    """The EWS service over a store."""

    store: Store
    faults: Faults
    log: RequestLog
    personality: Personality = field(default=EXCHANGE_2016)

    def answer(self, http: HttpRequest) -> HttpAnswer:
        """What goes back over the wire; always logged."""
        header = http.headers.get("authorization", "")
        with self.store.change():
            account = sign_in.account(self.store, header)
        if account is None:
            self._note("", [], sign_in.user_name(header), "401")
            return as_text("Unauthorized", 401, _SIGN_IN_FIRST)
        if http.method != "POST":
            return as_text("Exchange Web Services of the sandbox. Calls are sent by POST.")
        try:
            request = soap.read(http.body)
        except Fault as error:
            self._note("", [], account.email, error.code)
            return as_xml(soap.fault(error, self.personality.version), 500)
        return self._faulty(request, account)

    def _faulty(self, request: Request, account: Account) -> HttpAnswer:
        """The answer as the knobs leave it: late, lost, refused, unreadable, or as it should be."""
        mailboxes = _mailboxes(request, account, self.store)
        knobs = self.faults.take(request.operation, set(mailboxes))
        time.sleep(sum(knob.latency for knob in knobs))
        refused = next((knob for knob in knobs if knob.status is not None), None)
        if any(knob.drop_before for knob in knobs):
            answer, outcome = DROPPED, "dropped before"
        elif refused is not None:
            answer, outcome = _refused(refused), str(refused.status)
        else:
            answer, outcome = self._served(request, account, knobs)
            answer, outcome = _spoilt(answer, outcome, knobs)
        self._note(request.operation, mailboxes, account.email, outcome)
        return answer

    def _served(self, request: Request, account: Account, knobs: list[FaultKnob]) -> tuple[HttpAnswer, str]:
        operation = OPERATIONS.get(request.operation)
        try:
            if operation is None:
                raise Fault("ErrorSchemaValidation", f"The sandbox does not know the operation {request.operation}.")
            with self.store.change():
                caller = access.caller(self.store, account, request.impersonated)
                call = Call(request, caller, self.store, self.personality)
                _tell(call, next((knob for knob in knobs if knob.error is not None), None))
                content = operation(call)
        except EwsError as error:
            return as_xml(soap.fault(error, self.personality.version), 500), error.code
        except (ValueError, IndexError, StopIteration) as error:
            # Exchange checks requests against its schema first; what trips us here would have failed there.
            logger.warning("%s is not a valid request", request.operation, exc_info=True)
            invalid = EwsError("ErrorSchemaValidation", f"The request failed schema validation: {error}")
            return as_xml(soap.fault(invalid, self.personality.version), 500), invalid.code
        outcome = next((code for code in call.codes if code != "NoError"), "NoError")
        return as_xml(soap.answer(content, self.personality.version)), outcome

    def _note(self, operation: str, mailboxes: list[str], account: str, outcome: str) -> None:
        self.log.add(
            LoggedRequest(
                at=self.store.now(),
                operation=operation,
                mailboxes=tuple(mailboxes),
                account=account,
                outcome=outcome,
            )
        )


def _refused(knob: FaultKnob) -> HttpAnswer:
    headers = dict(_SIGN_IN_FIRST) if knob.status == HTTPStatus.UNAUTHORIZED else {}
    if knob.retry_after is not None:
        headers["Retry-After"] = str(knob.retry_after)
    return as_text("The sandbox was told to refuse.", knob.status or 500, headers)


def _spoilt(answer: HttpAnswer, outcome: str, knobs: list[FaultKnob]) -> tuple[HttpAnswer, str]:
    if any(knob.drop_after for knob in knobs):
        return DROPPED, "dropped after"
    if any(knob.garble for knob in knobs):
        return as_xml(answer.body[: len(answer.body) // 2]), "garbled"
    return answer, outcome


def _tell(call: Call, knob: FaultKnob | None) -> None:
    """Have the call refuse as the knob says; a busy server refuses the whole call at once."""
    if knob is None or knob.error is None:
        return
    if knob.error == "ErrorServerBusy":
        values = {} if knob.back_off is None else {"BackOffMilliseconds": str(knob.back_off)}
        raise Fault(knob.error, values=values)
    call.refuse = EwsError(knob.error, "The sandbox was told to refuse.")
    call.refuse_for = knob.mailbox


def _mailboxes(request: Request, account: Account, store: Store) -> list[str]:
    """The mailboxes whose folders or items the request names; the one it acts as if it names none."""
    named = [element.text or "" for path in _NAMING for element in find_all(request.body, path)]
    items = (element.get(name) for element in request.body.iter() for name in _ITEM_ID_ATTRIBUTES)
    named += [_mailbox_of(store, item_id) for item_id in items if item_id]
    found = dict.fromkeys(address.strip().lower() for address in named if address)
    return list(found) or [request.impersonated or account.email]


def _mailbox_of(store: Store, item_id: str) -> str:
    try:
        item = store.items.get(ids.split(item_id)[0])
    except ValueError:
        return ""
    return "" if item is None else item.mailbox
