"""A room's booking attendant: reads whether the room is free, decides as its settings say, and writes that down.

Between its read and its write a real one takes about a second, in which others may write into the room's calendar;
`Store.put_off` says how long ours takes.

Sources: MicrosoftDocs/office-docs-powershell, Set-CalendarProcessing; EXCHANGE-FACTS.md section 2; SYNC.md section 3.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from booking.sandbox.exchange.calendar import occurrences, view
from booking.sandbox.exchange.outlook import policy, room_copy
from booking.sandbox.exchange.outlook.policy import Way
from booking.sandbox.exchange.state.model import Attendee, Item, Mailbox
from booking.sandbox.exchange.state.store import Store

ACCEPTED, TENTATIVE, DECLINED, UNANSWERED = "Accept", "Tentative", "Decline", "NoResponseReceived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the attendant will write: `busy` None means that the meeting is not in the room's calendar."""

    room: Mailbox
    meeting: Item
    response: str
    busy: str | None
    text: str = ""

    @property
    def is_answer(self) -> bool:
        return self.response != UNANSWERED


def decide(store: Store, room: Mailbox, meeting: Item) -> Decision | None:
    """Read the room's calendar and decide on an invitation or its update; None: the room processes nothing."""
    match room.processing.automate_processing:
        case "AutoAccept":
            return _processed(store, room, meeting)
        case "AutoUpdate":
            return _noted(store, room, meeting)
        case _:
            return None


def write(store: Store, decision: Decision) -> None:
    """Have the room's calendar say what was decided, whatever came into it meanwhile."""
    if decision.busy is None:
        room_copy.drop(store, decision.room, decision.meeting)
    else:
        room_copy.keep(store, decision.room, decision.meeting, response=decision.response, busy=decision.busy)


def awaited(store: Store, delegate: str) -> list[Item]:
    """The requests that wait for this delegate's word, and were forwarded to them."""
    rooms = [
        room
        for room in store.mailboxes.values()
        if delegate in room.processing.resource_delegates and room.processing.forward_requests_to_delegates
    ]
    copies = [item for room in rooms for item in store.items_of(room.address) if item.invited and not item.cancelled]
    return [item for item in copies if item.my_response in {TENTATIVE, UNANSWERED}]


def _noted(store: Store, room: Mailbox, meeting: Item) -> Decision | None:
    """A delegate decides: tentative until then, if new requests are noted at all."""
    copy = room_copy.of(store, room.address, meeting)
    if copy is None and not room.processing.add_new_requests_tentatively:
        return None
    return Decision(room=room, meeting=meeting, response=UNANSWERED, busy="Tentative")


def _processed(store: Store, room: Mailbox, meeting: Item) -> Decision:
    rules, now = room.processing, store.now()
    copy = room_copy.of(store, room.address, meeting)
    if copy is not None and room_copy.same_times(copy, meeting):
        return Decision(room=room, meeting=meeting, response=copy.my_response, busy=copy.busy)
    if _is_foreign(store, meeting) and not rules.process_external_meeting_messages:
        return _declined(room, meeting, "Requests from outside of the organisation are not accepted.")
    objection = policy.objection(room, meeting, now)
    organizer = "" if meeting.organizer is None else meeting.organizer.address
    wanted = policy.way(rules, organizer, within_rules=not objection)
    if wanted is Way.DECLINE:
        return _declined(room, meeting, objection or "You may not book this room.")
    meeting = policy.shortened(room, meeting, now)
    return _unless_taken(store, room, meeting, wanted)


def _unless_taken(store: Store, room: Mailbox, meeting: Item, wanted: Way) -> Decision:
    rules = room.processing
    dates = list(_dates(meeting, policy.horizon(room, store.now())))
    clashing = [] if rules.allow_conflicts else [date for date in dates if _others(store, room, date)]
    if clashing and (meeting.recurrence is None or _too_many(room, len(clashing), len(dates))):
        return _declined(room, meeting, _conflict(store, room, clashing[0]))
    for date in clashing:
        if date.original is not None:
            meeting = occurrences.without(meeting, date.original)
    if wanted is Way.BOOK:
        text = _answer_text(room, "Your request was accepted.")
        return Decision(room=room, meeting=meeting, response=ACCEPTED, busy="Busy", text=text)
    busy = "Tentative" if rules.tentative_pending_approval else "Free"
    text = _answer_text(room, "Your request was received and waits for approval.")
    return Decision(room=room, meeting=meeting, response=TENTATIVE, busy=busy, text=text)


def _declined(room: Mailbox, meeting: Item, reason: str) -> Decision:
    text = _answer_text(room, f"Your request was declined. {reason}")
    return Decision(room=room, meeting=meeting, response=DECLINED, busy=None, text=text)


def _answer_text(room: Mailbox, reason: str) -> str:
    rules = room.processing
    parts = (reason, rules.enable_response_details), (rules.additional_response, rules.add_additional_response)
    return " ".join(text for text, wanted in parts if text and wanted)


def _conflict(store: Store, room: Mailbox, date: Item) -> str:
    other = _others(store, room, date)[0]
    if not room.processing.organizer_info or other.organizer is None:
        return "The room is taken."
    return f"The room is taken by {other.organizer.name}."


def _dates(meeting: Item, horizon: datetime) -> Iterator[Item]:
    if meeting.recurrence is None:
        yield meeting
    else:
        yield from occurrences.between(meeting, meeting.start, horizon)


def _others(store: Store, room: Mailbox, date: Item) -> list[Item]:
    """What stands in the way of that date."""
    there = [item for item in store.items_of(room.address) if item.uid != date.uid]
    found = view.overlapping(there, date.start, date.end)
    return [item for item in found if item.busy != "Free" and not item.cancelled]


def _too_many(room: Mailbox, clashing: int, wanted: int) -> bool:
    """True if a series clashes more often than the room lets pass; the rest is accepted without those dates."""
    within_number = clashing <= room.processing.maximum_conflict_instances
    within_share = clashing * 100 <= room.processing.conflict_percentage_allowed * wanted
    return not (within_number and within_share)


def _is_foreign(store: Store, meeting: Item) -> bool:
    return meeting.organizer is not None and meeting.organizer.address not in store.mailboxes


def heard(meeting: Item, decision: Decision, now: datetime) -> Item:
    """The organiser's copy with the room's answer in it; it keeps the moment of an answer that was given before."""

    def answered(attendee: Attendee) -> Attendee:
        if attendee.address != decision.room.address:
            return attendee
        again = attendee.response == decision.response
        when = now if decision.is_answer and not again else attendee.responded
        return replace(attendee, response=decision.response, responded=when, comment=decision.text or attendee.comment)

    return replace(meeting, attendees=tuple(map(answered, meeting.attendees)))
