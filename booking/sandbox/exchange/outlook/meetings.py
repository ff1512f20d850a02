"""A meeting's organiser tells the invited: rooms answer through their attendant, people find it in their calendar."""

from collections.abc import Iterable
from dataclasses import replace

from booking.sandbox.exchange.outlook import attendant, room_copy
from booking.sandbox.exchange.outlook.attendant import Decision
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Attendee, Item, Mailbox, MailboxKind
from booking.sandbox.exchange.state.store import Store


def send(store: Store, meeting: Item) -> Item:
    """Bring every attendee's copy in step with the organiser's; returns the organiser's with the answers so far.

    The organiser's whole series goes out each time, so one changed or removed date needs no message of its own.
    """
    if not meeting.attendees:
        return meeting
    asked = tuple(_asked(store, meeting, each) for each in meeting.attendees)
    sequence = meeting.sequence + int(meeting.invited)
    sent = store.save_item(replace(meeting, attendees=asked, invited=True, sequence=sequence))
    for attendee in sent.attendees:
        mailbox = store.mailboxes.get(attendee.address)
        if mailbox is not None and mailbox.address != sent.mailbox:
            _deliver(store, mailbox, sent)
    return store.items[sent.id]


def receive(store: Store, room: Mailbox, meeting: Item) -> str:
    """Have a room hear of a meeting whose organiser is elsewhere; returns what it answered."""
    decision = attendant.decide(store, room, meeting)
    if decision is None:
        return attendant.UNANSWERED
    store.put_off(lambda: _carry_out(store, decision))
    return decision.response


def withdraw(store: Store, meeting: Item, attendees: Iterable[Attendee]) -> None:
    """Tell these that the meeting is cancelled, or that they are no longer wanted."""
    for attendee in attendees:
        copy = copy_of(store, attendee.address, meeting)
        mailbox = store.mailboxes.get(attendee.address)
        if copy is None or mailbox is None:
            continue
        if mailbox.kind is MailboxKind.ROOM and mailbox.processing.remove_canceled_meetings:
            store.remove_item(copy.id)
        else:
            subject = f"Canceled: {copy.subject}"
            store.save_item(replace(copy, subject=subject, cancelled=True, busy="Free", sequence=copy.sequence + 1))


def copy_of(store: Store, address: str, meeting: Item) -> Item | None:
    """That attendee's copy of the meeting, found by its UID."""
    return room_copy.of(store, address, meeting)


def _asked(store: Store, meeting: Item, attendee: Attendee) -> Attendee:
    """An attendee who was sent the invitation; a room answers for itself, and until then it has not."""
    mailbox = store.mailboxes.get(attendee.address)
    if mailbox is None or mailbox.kind is not MailboxKind.ROOM or mailbox.address == meeting.mailbox:
        return attendee
    return replace(attendee, response=attendant.UNANSWERED) if attendee.response == "Unknown" else attendee


def _deliver(store: Store, mailbox: Mailbox, meeting: Item) -> None:
    if mailbox.kind is not MailboxKind.ROOM:
        _note(store, mailbox.address, meeting)
        return
    decision = attendant.decide(store, mailbox, meeting)
    if decision is not None:
        store.put_off(lambda: _carry_out(store, decision))


def _carry_out(store: Store, decision: Decision) -> None:
    """Write what a room's attendant decided, and tell the organiser; not if a newer invitation is under way."""
    meeting = decision.meeting
    with store.change():
        organizers = store.items.get(meeting.id)
        foreign = meeting.organizer is not None and meeting.organizer.address not in store.mailboxes
        if not foreign and (organizers is None or organizers.sequence != meeting.sequence):
            return
        attendant.write(store, decision)
        if organizers is not None:
            told = attendant.heard(organizers, decision, store.now())
            if told != organizers:
                store.save_item(told)


def _note(store: Store, address: str, meeting: Item) -> None:
    """Put the invitation into a person's calendar, tentatively, as Exchange does before they answer."""
    copy = copy_of(store, address, meeting)
    delivered = replace(
        meeting,
        id=ids.new_item() if copy is None else copy.id,
        mailbox=address,
        busy="Tentative" if copy is None else copy.busy,
        my_response="NoResponseReceived" if copy is None else copy.my_response,
        extended=() if copy is None else copy.extended,
        touched={},
        invited=True,
    )
    store.save_item(delivered)
