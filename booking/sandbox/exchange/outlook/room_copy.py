"""A room's own copy of a meeting: found, written, and taken out again."""

from dataclasses import replace

from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Item, Mailbox, Processing
from booking.sandbox.exchange.state.store import Store


def of(store: Store, address: str, meeting: Item) -> Item | None:
    """A mailbox's copy of the meeting, found by its UID."""
    return next((item for item in store.items_of(address) if item.uid == meeting.uid and item.id != meeting.id), None)


def keep(store: Store, room: Mailbox, meeting: Item, *, response: str, busy: str) -> Item:
    """Write the room's copy: the organiser's meeting with what the room's settings leave of it."""
    copy = of(store, room.address, meeting)
    overrides = tuple(
        replace(override, item=replace(_shown(room.processing, override.item), busy=busy))
        for override in meeting.overrides
    )
    return store.save_item(
        replace(
            _shown(room.processing, meeting),
            id=ids.new_item() if copy is None else copy.id,
            mailbox=room.address,
            created=store.now() if copy is None else copy.created,
            touched={} if copy is None else copy.touched,
            extended=() if copy is None else copy.extended,
            overrides=overrides,
            busy=busy,
            my_response=response,
            invited=True,
            reminder=False,
        )
    )


def drop(store: Store, room: Mailbox, meeting: Item) -> None:
    """Take the room's copy away, if it has one."""
    copy = of(store, room.address, meeting)
    if copy is not None:
        store.remove_item(copy.id)


def same_times(copy: Item, meeting: Item) -> bool:
    """True if the copy stands where the meeting does, with every date of a series."""
    names = ("start", "end", "all_day", "zone", "recurrence", "removed")
    moved = [(each.original, each.item.start, each.item.end) for each in meeting.overrides]
    kept = [(each.original, each.item.start, each.item.end) for each in copy.overrides]
    return moved == kept and all(getattr(copy, name) == getattr(meeting, name) for name in names)


def _shown(rules: Processing, meeting: Item) -> Item:
    """What the settings leave of a meeting; they work on rooms that accept by themselves only."""
    if rules.automate_processing != "AutoAccept":
        return meeting
    subject = "" if rules.delete_subject else meeting.subject
    if rules.add_organizer_to_subject and meeting.organizer is not None:
        subject = f"{meeting.organizer.name} {subject}".strip()
    return replace(
        meeting,
        subject=subject,
        body="" if rules.delete_comments else meeting.body,
        sensitivity="Normal" if rules.remove_private_property and meeting.private else meeting.sensitivity,
    )
