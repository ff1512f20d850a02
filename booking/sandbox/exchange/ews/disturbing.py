"""What each fault knob does to a request on its way: before it is served, while it is, and to its answer.

A knob is a small function in one of the tables; the order of a table is the order in which they act.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus

from booking.sandbox.exchange.ews import listings
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.errors import Fault as SoapFault
from booking.sandbox.exchange.ews.sign_in import Gate
from booking.sandbox.exchange.ews.xml import Element, find
from booking.sandbox.exchange.faults import Fault
from booking.sandbox.exchange.later import Later
from booking.sandbox.exchange.notices.subscriptions import Notices
from booking.sandbox.exchange.server_clock import ServerClock
from booking.sandbox.exchange.state import renaming
from booking.sandbox.exchange.state.model import Account
from booking.sandbox.exchange.state.store import Store
from booking.sandbox.exchange.traffic import DROPPED, HttpAnswer, as_text, as_xml

#: Need no right in the mailbox that they name.
_OPEN_TO_ALL = {"GetUserAvailability", "ResolveNames", "GetRooms", "GetRoomLists"}
#: How operations that look for people say that there is nobody.
_NOBODY = {"GetUserAvailability": "ErrorMailRecipientNotFound", "ResolveNames": "ErrorNameResolutionNoResults"}


@dataclass(frozen=True, slots=True)
class House:
    """What the knobs turn, besides the request itself."""

    store: Store
    gate: Gate
    clock: ServerClock
    later: Later
    notices: Notices


@dataclass(slots=True)
class Passage:
    """One request on its way; `serve` is what happens if no knob says otherwise."""

    house: House
    account: Account
    knobs: list[Fault]
    serve: Callable[[], HttpAnswer]
    outcome: str = ""

    def answer(self) -> HttpAnswer:
        """What goes back, as the knobs leave it."""
        for name, act in _BEFORE.items():
            for knob in self.knobs:
                early = act(self, knob) if knob.turns(name) else None
                if early is not None:
                    return early
        answer = self.serve()
        for name, spoil in _AFTER.items():
            for knob in self.knobs:
                answer = spoil(self, knob, answer) if knob.turns(name) else answer
        return answer


def during(call: Call, knobs: list[Fault]) -> None:
    """Have the call refuse, or change what it asks, as the knobs say.

    Raises:
        SoapFault: the whole call is refused at once.
    """
    for name, act in _DURING.items():
        for knob in knobs:
            if knob.turns(name):
                act(call, knob)


def listed(content: Element, knobs: list[Fault]) -> None:
    """Spoil the listings in the answer as the knobs say."""
    for knob in knobs:
        if knob.empty_listing:
            listings.empty(content)
        elif knob.truncated_listing and knob.silently:
            listings.truncate_silently(content)
        elif knob.truncated_listing:
            listings.truncate(content)


# Before it is served: an answer ends the matter


def _wait(passage: Passage, knob: Fault) -> None:
    passage.house.later.closing.wait(knob.latency)


def _set_clock(passage: Passage, knob: Fault) -> None:
    passage.house.clock.set_offset(timedelta(seconds=knob.clock_offset or 0))


def _rename(passage: Passage, knob: Fault) -> None:
    store = passage.house.store
    if knob.mailbox in store.mailboxes and knob.renamed_to is not None:
        renaming.rename(store, knob.mailbox, knob.renamed_to.lower())


def _change_password(passage: Passage, knob: Fault) -> HttpAnswer:
    passage.house.store.put_account(replace(passage.account, password=knob.new_password or ""))
    passage.outcome = "401"
    return passage.house.gate.refusal()


def _drop_before(passage: Passage, _knob: Fault) -> HttpAnswer:
    passage.outcome = "dropped before"
    return DROPPED


def _refuse(passage: Passage, knob: Fault) -> HttpAnswer:
    passage.outcome = str(knob.status)
    headers = {} if knob.retry_after is None else {"Retry-After": str(knob.retry_after)}
    answer = as_text("The sandbox was told to refuse.", knob.status or 500, headers)
    if answer.status != HTTPStatus.UNAUTHORIZED:
        return answer
    return replace(answer, sign_in_with=passage.house.gate.refusal().sign_in_with)


def _apply_late(passage: Passage, knob: Fault) -> HttpAnswer:
    passage.house.later.after(knob.apply_late or 0.0, passage.serve)
    passage.outcome = "dropped, applied later"
    return DROPPED


# While it is served


def _error(call: Call, knob: Fault) -> None:
    """The response code asked for; a busy server refuses the whole call at once."""
    values = {} if knob.back_off is None else {"BackOffMilliseconds": str(knob.back_off)}
    if knob.error == "ErrorServerBusy" and not knob.inside:
        raise SoapFault(knob.error, values=values)
    _say_no(call, knob, EwsError(knob.error or "", "The sandbox was told to refuse.", values=values))


def _fail_over(call: Call, knob: Fault) -> None:
    _say_no(call, knob, EwsError("ErrorMailboxFailover", "The mailbox is failing over to another server."))


def _lose_mailbox(call: Call, knob: Fault) -> None:
    if knob.mailbox in {None, call.request.impersonated} and call.request.impersonated is not None:
        raise SoapFault("ErrorNonExistentMailbox")
    _say_no(call, knob, EwsError(_NOBODY.get(call.request.operation, "ErrorNonExistentMailbox")))


def _lose_rights(call: Call, knob: Fault) -> None:
    if call.request.operation not in _OPEN_TO_ALL:
        _say_no(call, knob, EwsError("ErrorItemNotFound"))


def _fail_second_page(call: Call, knob: Fault) -> None:
    _say_no(call, knob, EwsError("ErrorInternalServerTransientError", "The sandbox was told to fail here."))


def _lose_sync_state(call: Call, knob: Fault) -> None:
    state = find(call.body, "m:SyncState")
    if call.personality.refuses_unknown_sync_states:
        _say_no(call, knob, EwsError("ErrorInvalidSyncStateData"))
    elif state is not None:
        call.body.remove(state)


def _say_no(call: Call, knob: Fault, error: EwsError) -> None:
    call.refusals.append((knob.mailbox, error))


# The answer that was made


def _drop_after(passage: Passage, _knob: Fault, _answer: HttpAnswer) -> HttpAnswer:
    passage.outcome = "dropped after"
    return DROPPED


def _garble(passage: Passage, _knob: Fault, answer: HttpAnswer) -> HttpAnswer:
    passage.outcome = "garbled"
    return as_xml(answer.body[: len(answer.body) // 2])


def _drip(_passage: Passage, knob: Fault, answer: HttpAnswer) -> HttpAnswer:
    return replace(answer, bytes_per_second=knob.drip)


_BEFORE: dict[str, Callable[[Passage, Fault], HttpAnswer | None]] = {
    "latency": _wait,
    "clock_offset": _set_clock,
    "renamed_to": _rename,
    "new_password": _change_password,
    "drop_before": _drop_before,
    "status": _refuse,
    "apply_late": _apply_late,
}
_DURING: dict[str, Callable[[Call, Fault], None]] = {
    "failover": _fail_over,
    "mailbox_gone": _lose_mailbox,
    "rights_lost": _lose_rights,
    "second_page_fails": _fail_second_page,
    "lose_sync_state": _lose_sync_state,
    "error": _error,
}
_AFTER: dict[str, Callable[[Passage, Fault, HttpAnswer], HttpAnswer]] = {
    "drop_after": _drop_after,
    "garble": _garble,
    "drip": _drip,
}
