"""AcceptItem, TentativelyAcceptItem, DeclineItem and CancelCalendarItem: answers that a client creates like items.

Sources: learn.microsoft.com, EWS reference, DeclineItem, CancelCalendarItem, and ResponseCode for the errors.
"""

from booking.sandbox.exchange.ews import targets
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, find, local, text
from booking.sandbox.exchange.outlook import answers, edits
from booking.sandbox.exchange.outlook.answers import Answer
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Item

ANSWERS = {
    "AcceptItem": Answer.ACCEPT,
    "TentativelyAcceptItem": Answer.TENTATIVE,
    "DeclineItem": Answer.DECLINE,
}
#: What the error codes end with.
_WORDS = {Answer.ACCEPT: "Accept", Answer.TENTATIVE: "Tentative", Answer.DECLINE: "Decline"}


def answer(call: Call, element: Element) -> Item:
    """Answer the meeting that the element names; returns the copy as it then is, wherever it then lies.

    Raises:
        EwsError: nothing named, not there, changed since, cancelled, or no invitation: its own organiser cannot answer.
    """
    copy = _meeting(call, element)
    given = ANSWERS[local(element)]
    if copy.is_organized_by(copy.mailbox):
        raise EwsError(f"ErrorCalendarIsOrganizerFor{_WORDS[given]}", "The organizer cannot answer the meeting.")
    if copy.cancelled:
        raise EwsError(f"ErrorCalendarIsCancelledFor{_WORDS[given]}", "The meeting is cancelled.")
    return answers.answer(call.store, copy, given, text=text(element, "t:Body"), tell=_tells(call))


def cancel(call: Call, element: Element) -> Item:
    """Call off the meeting that the element names, or one date of it; all who are invited hear of it.

    Raises:
        EwsError: nothing named, not there, changed since, or somebody else's meeting.
    """
    meeting = _meeting(call, element)
    if not meeting.is_organized_by(meeting.mailbox):
        raise EwsError("ErrorCalendarIsNotOrganizer", "Only its organizer can cancel a meeting.")
    edits.delete(call.store, meeting, edits.Disposal.TRASH, tell=_tells(call))
    return meeting


def _meeting(call: Call, element: Element) -> Item:
    """The item that the answer is about, which the caller may change."""
    if call.body.get("MessageDisposition") is None:
        raise EwsError("ErrorMessageDispositionRequired", "Message disposition is required.")
    named = find(element, "t:ReferenceItemId")
    if named is None:
        raise EwsError("ErrorMissingInformationReferenceItemId", "The answer names no item.")
    copy = targets.by_id(call.caller, named.get("Id", ""))
    call.caller.require_write(copy.mailbox)
    _require_current(call, copy, named.get("ChangeKey"))
    return copy


def _tells(call: Call) -> bool:
    return call.body.get("MessageDisposition") in {"SendOnly", "SendAndSaveCopy"}


def _require_current(call: Call, copy: Item, key: str | None) -> None:
    if not key:
        raise EwsError("ErrorChangeKeyRequired", "A change key is required for this operation.")
    try:
        seen = ids.change_number(key)
    except ValueError as error:
        raise EwsError("ErrorInvalidChangeKey", "The change key is invalid.") from error
    if call.personality.checks_change_keys and seen != copy.change:
        raise EwsError("ErrorStaleObject")
