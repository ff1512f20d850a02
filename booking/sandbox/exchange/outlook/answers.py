"""An invited mailbox answers a meeting: its own copy says so, and the organiser's copy hears of it.

Sources: learn.microsoft.com, EWS reference, AcceptItem, TentativelyAcceptItem, DeclineItem.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from booking.sandbox.exchange.calendar import occurrences
from booking.sandbox.exchange.outlook import meetings
from booking.sandbox.exchange.state.model import DELETED_ITEMS, Attendee, Item
from booking.sandbox.exchange.state.store import Store


class Answer(StrEnum):
    """The three answers, in EWS's words for an attendee's response."""

    ACCEPT = "Accept"
    TENTATIVE = "Tentative"
    DECLINE = "Decline"


@dataclass(frozen=True, slots=True)
class _Reply:
    """What the organiser hears, from whom, and when."""

    address: str
    answer: Answer
    text: str
    at: datetime


def answer(store: Store, copy: Item, with_answer: Answer, *, text: str, tell: bool) -> Item:
    """Answer a meeting, or one date of a series, from an invited mailbox's copy; returns that copy as it then is.

    Declined, the copy lies in Deleted Items; a declined date is taken out of its series.
    """
    with store.change():
        if tell:
            _tell(store, copy, _Reply(copy.mailbox, with_answer, text, store.now()))
        if with_answer is Answer.DECLINE:
            return _dropped(store, replace(copy, my_response=with_answer.value))
        busy = "Tentative" if with_answer is Answer.TENTATIVE else _intended(store, copy)
        return _kept(store, copy, replace(copy, my_response=with_answer.value, busy=busy))


def _tell(store: Store, copy: Item, reply: _Reply) -> None:
    """Write the answer beside the attendee in the organiser's copy, if the organiser is one of ours."""
    meeting = _organizers(store, copy)
    if meeting is None:
        return
    if copy.original is None:
        store.save_item(_answered(meeting, reply))
        return
    date = occurrences.at(meeting, copy.original)
    if date is not None:
        changed = replace(_answered(date, reply), exceptional=True)
        store.save_item(occurrences.with_changed(meeting, changed))


def _answered(meeting: Item, reply: _Reply) -> Item:
    def heard(attendee: Attendee) -> Attendee:
        if attendee.address != reply.address:
            return attendee
        return replace(attendee, response=reply.answer.value, responded=reply.at, comment=reply.text)

    return replace(meeting, attendees=tuple(map(heard, meeting.attendees)))


def _organizers(store: Store, copy: Item) -> Item | None:
    if copy.organizer is None:
        return None
    stored = store.items.get(copy.master or copy.id)
    return None if stored is None else meetings.copy_of(store, copy.organizer.address, stored)


def _intended(store: Store, copy: Item) -> str:
    """How busy the organiser meant the meeting to make those who come."""
    meeting = _organizers(store, copy)
    return "Busy" if meeting is None else meeting.busy


def _dropped(store: Store, copy: Item) -> Item:
    if copy.original is None:
        return store.move_item(store.save_item(copy), DELETED_ITEMS)
    store.save_item(occurrences.without(store.items[copy.master], copy.original))
    return copy


def _kept(store: Store, before: Item, after: Item) -> Item:
    if before.original is None:
        return store.save_item(after)
    saved = store.save_item(occurrences.with_changed(store.items[before.master], replace(after, exceptional=True)))
    return occurrences.at(saved, before.original) or after
