"""Create, change and delete items, as EWS and the Outlook page both do: kept right, and told to who is invited."""

from dataclasses import replace
from enum import StrEnum

from booking.sandbox.exchange.calendar import occurrences
from booking.sandbox.exchange.outlook import meetings
from booking.sandbox.exchange.state.model import DELETED_ITEMS, RECOVERABLE_ITEMS, Item, Person
from booking.sandbox.exchange.state.store import Store


class Disposal(StrEnum):
    """EWS's words for how thoroughly something is deleted."""

    HARD = "HardDelete"
    SOFT = "SoftDelete"
    TRASH = "MoveToDeletedItems"


class CrossesNeighbour(Exception):
    """A date of a series would move past the one before or after it."""


class EndsBeforeItStarts(Exception):
    """An item's end lies before its start."""


def create(store: Store, item: Item, *, tell: bool) -> Item:
    """Put the item into its calendar and, if told to, invite its attendees; returns it as it then is."""
    with store.change():
        item = occurrences.settled(None, _checked(item))
        if item.attendees and item.organizer is None:
            item = replace(item, organizer=_owner(store, item))
        saved = store.save_item(item)
        return meetings.send(store, saved) if tell else saved


def update(store: Store, before: Item, after: Item, *, tell: bool) -> Item:
    """Replace an item, or one date of a series; returns it as it then is.

    Raises:
        CrossesNeighbour: a date moved past its neighbour.
        EndsBeforeItStarts: it would.
    """
    with store.change():
        after = _checked(after)
        if after.attendees and after.organizer is None:
            after = replace(after, organizer=_owner(store, after))
        saved = _saved(store, before, after)
        if tell and saved.is_organized_by(saved.mailbox):
            dropped = [each for each in before.attendees if each.address not in _addresses(saved)]
            meetings.withdraw(store, saved, dropped)
            saved = meetings.send(store, saved)
        if before.original is None:
            return saved
        return occurrences.at(saved, before.original) or saved


def delete(store: Store, item: Item, how: Disposal, *, tell: bool) -> None:
    """Delete an item, or one date of a series; a meeting's attendees are told if wanted."""
    with store.change():
        if item.original is not None:
            saved = store.save_item(occurrences.without(store.items[item.master], item.original))
            if tell and saved.is_organized_by(saved.mailbox):
                meetings.send(store, saved)
            return
        if tell and item.is_organized_by(item.mailbox):
            meetings.withdraw(store, item, item.attendees)
        if how is Disposal.HARD:
            store.remove_item(item.id)
        else:
            store.move_item(item, DELETED_ITEMS if how is Disposal.TRASH else RECOVERABLE_ITEMS)


def _saved(store: Store, before: Item, after: Item) -> Item:
    if before.original is None:
        return store.save_item(occurrences.settled(before, after))
    master = store.items[before.master]
    _require_between_neighbours(master, before, after)
    settled = replace(occurrences.settled(before, after), exceptional=True)
    return store.save_item(occurrences.with_changed(master, settled))


def _require_between_neighbours(master: Item, before: Item, after: Item) -> None:
    if (before.start, before.end) == (after.start, after.end):
        return
    earlier, later = occurrences.neighbours(master, before)
    if (earlier is not None and after.start < earlier.end) or (later is not None and after.end > later.start):
        raise CrossesNeighbour


def _checked(item: Item) -> Item:
    if item.end < item.start:
        raise EndsBeforeItStarts
    return item


def _addresses(item: Item) -> set[str]:
    return {each.address for each in item.attendees}


def _owner(store: Store, item: Item) -> Person:
    owner = store.mailboxes[item.mailbox]
    return Person(owner.name, owner.address)
