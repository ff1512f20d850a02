"""What Exchange says when something happens to an item: more than one event each time, never in a fixed number.

Sources: learn.microsoft.com, "Notification subscriptions, mailbox events, and EWS in Exchange" (calendar events are
noisy, one action raises several); EWS reference, MovedEvent; EXCHANGE-FACTS.md section 1.4.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from booking.sandbox.exchange.state.happenings import Happening
from booking.sandbox.exchange.state.model import Item

_SEEN_IN_FREE_BUSY = ("start", "end", "busy", "all_day", "recurrence", "overrides", "removed", "cancelled")


class Kind(StrEnum):
    """The events that a subscription may ask for and that the sandbox has."""

    CREATED = "CreatedEvent"
    DELETED = "DeletedEvent"
    MODIFIED = "ModifiedEvent"
    MOVED = "MovedEvent"
    FREE_BUSY_CHANGED = "FreeBusyChangedEvent"


class Place(NamedTuple):
    """A folder: its mailbox and its key there."""

    mailbox: str
    folder: str


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Without `item` it is about the folder itself; `old` is what a moved item was before."""

    kind: Kind
    at: datetime
    place: Place
    item: Item | None = None
    old: Item | None = None

    @property
    def places(self) -> tuple[Place, ...]:
        """The folders whose subscribers hear of it: a move is told where it came from, too."""
        return (self.place,) if self.old is None else (self.place, _place(self.old))

    @property
    def without_item(self) -> "Event":
        """The same, from a server that names only the folder."""
        return Event(Kind.MODIFIED, self.at, self.place)


def of(happening: Happening, at: datetime) -> Iterator[Event]:
    """The events of a happening, in the order in which they are told."""
    before, after = happening.before, happening.after
    if after is None:
        yield from () if before is None else _gone(before, at)
    elif before is None:
        yield from _come(after, at)
    elif before.id != after.id:
        yield from _moved(before, after, at)
    else:
        yield from _changed(before, after, at)


def _come(item: Item, at: datetime) -> Iterator[Event]:
    yield Event(Kind.CREATED, at, _place(item), item)
    yield Event(Kind.MODIFIED, at, _place(item))
    yield Event(Kind.FREE_BUSY_CHANGED, at, _place(item), item)
    yield Event(Kind.MODIFIED, at, _place(item), item)


def _changed(before: Item, after: Item, at: datetime) -> Iterator[Event]:
    yield Event(Kind.MODIFIED, at, _place(after), after)
    if any(getattr(before, name) != getattr(after, name) for name in _SEEN_IN_FREE_BUSY):
        yield Event(Kind.FREE_BUSY_CHANGED, at, _place(after), after)
    yield Event(Kind.MODIFIED, at, _place(after))


def _moved(before: Item, after: Item, at: datetime) -> Iterator[Event]:
    yield Event(Kind.MOVED, at, _place(after), after, before)
    yield Event(Kind.FREE_BUSY_CHANGED, at, _place(before), before)
    yield Event(Kind.MODIFIED, at, _place(before))
    yield Event(Kind.MODIFIED, at, _place(after))


def _gone(item: Item, at: datetime) -> Iterator[Event]:
    yield Event(Kind.DELETED, at, _place(item), item)
    yield Event(Kind.FREE_BUSY_CHANGED, at, _place(item), item)
    yield Event(Kind.MODIFIED, at, _place(item))


def _place(item: Item) -> Place:
    return Place(item.mailbox, item.folder)
