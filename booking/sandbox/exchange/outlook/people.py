"""What a person does in Outlook: add, invite, move, edit and delete, in plain values."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from booking.sandbox.exchange.calendar import occurrences, recurrence, zones
from booking.sandbox.exchange.outlook import edits, meetings
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Attendee, Item, MailboxKind, Person, Recurrence
from booking.sandbox.exchange.state.store import Store

DAILY, WEEKLY, OTHER = "daily", "weekly", "other"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class NotThere(LookupError):
    """No such item: it was deleted, or moved, or never was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person fills in; `until` None means without end."""

    subject: str
    start: datetime
    end: datetime
    zone: str
    body: str = ""
    location: str = ""
    busy: str = "Busy"
    private: bool = False
    all_day: bool = False
    repeat: str | None = None
    until: date | None = None
    attendees: tuple[str, ...] = ()
    by: str = ""  # the name of the delegate who writes it


def add(store: Store, mailbox: str, wish: Wish) -> Item:
    """Write a new item into that calendar, and invite whom it names."""
    item = replace(_item(store, mailbox, wish), attendees=_invited(store, wish.attendees, ()))
    return edits.create(store, item, tell=True)


def add_to(store: Store, mailbox: str, folder: str, wish: Wish) -> Item:
    """Write a new item into another folder than the calendar, a public one for example; nobody is invited."""
    return edits.create(store, replace(_item(store, mailbox, wish), folder=folder), tell=False)


def invite_from_outside(store: Store, organizer: Person, room: str, wish: Wish) -> str:
    """Send a room an invitation from somebody who has no mailbox here; returns what it answered."""
    item = replace(_item(store, room, wish), organizer=organizer, invited=True)
    return meetings.receive(store, store.mailboxes[room], occurrences.settled(None, item))


def rewrite(store: Store, item: Item, wish: Wish) -> Item:
    """Give an item everything that the filled-in form says; who is or was invited hears of it.

    A date of a series keeps its rule and its invitations; an attendee's copy keeps who is invited.
    """
    new = _filled_in(item, wish)
    if item.original is None:
        new = replace(new, recurrence=_rewritten_rule(item, wish))
        if item.is_organized_by(item.mailbox):
            new = replace(new, attendees=_invited(store, wish.attendees, item.attendees))
    return edits.update(store, item, new, tell=True)


def repeat_of(item: Item) -> str:
    """How often the item repeats, in a form's words: daily, weekly, another rule, or not at all."""
    rule_now = item.recurrence
    if rule_now is None:
        return ""
    plain = rule_now.interval == 1 and rule_now.count is None
    if plain and rule_now.pattern == "DailyRecurrence":
        return DAILY
    if plain and rule_now.pattern == "WeeklyRecurrence" and len(rule_now.days) == 1:
        return WEEKLY
    return OTHER


def rule(wish: Wish) -> Recurrence | None:
    """The repeat rule of a wish, from its first day on."""
    first = zones.wall(wish.start, wish.zone).date()
    match wish.repeat:
        case "daily":
            return Recurrence(pattern="DailyRecurrence", first=first, last=wish.until)
        case "weekly":
            day = _DAYS[first.weekday()]
            return Recurrence(pattern="WeeklyRecurrence", first=first, last=wish.until, days=(day,))
        case _:
            return None


def find(store: Store, mailbox: str, item_id: str) -> Item:
    """The item, or that date of a series as an item of its own; raises NotThere."""
    try:
        stored_id, original = ids.split(item_id)
    except ValueError as error:
        raise NotThere(item_id) from error
    stored = store.items.get(stored_id)
    if stored is None or stored.mailbox != mailbox:
        raise NotThere(item_id)
    found = stored if original is None else occurrences.at(stored, original)
    if found is None:
        raise NotThere(item_id)
    return found


def move(store: Store, item: Item, start: datetime, end: datetime) -> Item:
    """Give the item, one date, or a whole series another time; who is invited hears of it."""
    moved = replace(item, start=start, end=end)
    if item.recurrence is not None:
        moved = replace(moved, recurrence=_shifted(item, start))
    return edits.update(store, item, moved, tell=True)


def edit(store: Store, item: Item, changes: dict[str, Any]) -> Item:
    """Change fields of the item; who is invited hears of it."""
    return edits.update(store, item, replace(item, **changes), tell=True)


def delete(store: Store, item: Item) -> None:
    """Delete the item, one date or a whole series, as Outlook does: into Deleted Items; who is invited hears of it."""
    edits.delete(store, item, edits.Disposal.TRASH, tell=True)


def _item(store: Store, mailbox: str, wish: Wish) -> Item:
    now = store.now()
    blank = Item(
        id=ids.new_item(),
        mailbox=mailbox,
        uid=ids.new_uid(),
        start=wish.start,
        end=wish.end,
        created=now,
        modified=now,
        zone=wish.zone,
    )
    return replace(_filled_in(blank, wish), recurrence=rule(wish))


def _filled_in(item: Item, wish: Wish) -> Item:
    return replace(
        item,
        subject=wish.subject,
        body=wish.body,
        location=wish.location,
        start=wish.start,
        end=wish.end,
        busy=wish.busy,
        sensitivity="Private" if wish.private else "Normal",
        all_day=wish.all_day,
        modified_by=wish.by or item.modified_by,
    )


def _rewritten_rule(item: Item, wish: Wish) -> Recurrence | None:
    if item.recurrence is None or wish.repeat != repeat_of(item):
        return rule(wish)
    kept = _shifted(item, wish.start)
    if kept is None or wish.until == item.recurrence.last:
        return kept
    return replace(kept, last=wish.until, count=None)


def _invited(store: Store, addresses: Iterable[str], before: Iterable[Attendee]) -> tuple[Attendee, ...]:
    """Those addresses as attendees, rooms as resources; answers already given are kept."""
    known = {each.address: each for each in before}
    return tuple(known.get(address) or _attendee(store, address) for address in addresses)


def _attendee(store: Store, address: str) -> Attendee:
    mailbox = store.mailboxes.get(address)
    if mailbox is None:
        return Attendee(name=address, address=address)
    role = "resource" if mailbox.kind is MailboxKind.ROOM else "required"
    return Attendee(name=mailbox.name, address=address, role=role)


def _shifted(item: Item, start: datetime) -> Recurrence | None:
    """The rule of a series that now starts at `start`: a weekly one follows to another day of the week."""
    rule_now = item.recurrence
    day = zones.wall(start, item.zone).date()
    before = zones.wall(item.start, item.zone).date()
    if rule_now is None or day == before:
        return rule_now
    last = None if rule_now.last is None else max(rule_now.last + (day - before), day)
    days = rule_now.days
    if rule_now.pattern == "WeeklyRecurrence" and len(days) == 1:
        days = (_DAYS[day.weekday()],)
    shifted = replace(rule_now, first=day, last=last, days=days)
    return shifted if recurrence.first_date(shifted) else rule_now
