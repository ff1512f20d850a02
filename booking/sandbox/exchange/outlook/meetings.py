"""A meeting's organiser tells the invited: rooms answer through their attendant, people find it in their calendar."""

from collections.abc import Iterable
from dataclasses import replace

from booking.sandbox.exchange.outlook import attendant
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Attendee, Item, MailboxKind
from booking.sandbox.exchange.state.store import Store


def send(store: Store, meeting: Item) -> Item:
    """Bring every attendee's copy in step with the organiser's; returns the organiser's with their answers.

    The organiser's whole series goes out each time, so one changed or removed date needs no message of its own.
    """
    if not meeting.attendees:
        return meeting
    attendees = tuple(_informed(store, meeting, each) for each in meeting.attendees)
    sent = replace(meeting, attendees=attendees, invited=True, sequence=meeting.sequence + int(meeting.invited))
    return store.save_item(sent)


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
    return next((item for item in store.items_of(address) if item.uid == meeting.uid and item.id != meeting.id), None)


def _informed(store: Store, meeting: Item, attendee: Attendee) -> Attendee:
    mailbox = store.mailboxes.get(attendee.address)
    if mailbox is None or mailbox.address == meeting.mailbox:
        return attendee
    copy = copy_of(store, mailbox.address, meeting)
    if mailbox.kind is MailboxKind.ROOM:
        response = attendant.answer(store, mailbox, meeting, copy)
        unchanged = response == attendee.response and copy is not None
        answered = response in {"Accept", "Decline"}
        when = attendee.responded if unchanged or not answered else store.now()
        return replace(attendee, response=response, responded=when)
    _deliver(store, mailbox.address, meeting, copy)
    return attendee


def _deliver(store: Store, address: str, meeting: Item, copy: Item | None) -> None:
    """Put the invitation into a person's calendar, tentatively, as Exchange does before they answer."""
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
