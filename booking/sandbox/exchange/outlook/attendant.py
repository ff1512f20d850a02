"""A room's booking attendant: answers invitations as its settings say, and keeps the room's copy.

Sources: MicrosoftDocs/office-docs-powershell, Set-CalendarProcessing; EXCHANGE-FACTS.md section 2.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from booking.sandbox.exchange.calendar import occurrences, recurrence, view, zones
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Item, Mailbox, Processing
from booking.sandbox.exchange.state.store import Store

ACCEPTED, DECLINED, UNANSWERED = "Accept", "Decline", "NoResponseReceived"


def answer(store: Store, room: Mailbox, meeting: Item, copy: Item | None) -> str:
    """Answer an invitation or its update, in EWS's word; the room's calendar then says the same."""
    match room.processing.automate_processing:
        case "AutoAccept":
            return _decide(store, room, meeting, copy)
        case "AutoUpdate":
            _keep(store, room, meeting, copy, response=UNANSWERED, busy="Tentative")
            return UNANSWERED
        case _:
            return UNANSWERED


def _decide(store: Store, room: Mailbox, meeting: Item, copy: Item | None) -> str:
    rules = room.processing
    if copy is not None and _same_times(copy, meeting):
        _keep(store, room, meeting, copy, response=ACCEPTED, busy="Busy")
        return ACCEPTED
    if not _allowed(rules, meeting, store.now()):
        return _decline(store, copy)
    wanted = list(_dates(meeting, store.now() + timedelta(days=rules.booking_window_in_days)))
    clashing = [] if rules.allow_conflicts else [each for each in wanted if _is_taken(store, room, meeting, each)]
    if clashing and (meeting.recurrence is None or _too_many(rules, len(clashing), len(wanted))):
        return _decline(store, copy)
    for each in clashing:
        if each.original is not None:
            meeting = occurrences.without(meeting, each.original)
    _keep(store, room, meeting, copy, response=ACCEPTED, busy="Busy")
    return ACCEPTED


def _allowed(rules: Processing, meeting: Item, now: datetime) -> bool:
    """True if the room's limits on length, repetition and distance allow the meeting."""
    horizon = now + timedelta(days=rules.booking_window_in_days)
    longest = timedelta(minutes=rules.maximum_duration_in_minutes)
    if meeting.recurrence is not None and not rules.allow_recurring_meetings:
        return False
    if longest and meeting.end - meeting.start > longest:
        return False
    if meeting.start > horizon:
        return False
    return not (meeting.recurrence is not None and rules.enforce_scheduling_horizon and _ends_after(meeting, horizon))


def _ends_after(meeting: Item, horizon: datetime) -> bool:
    if meeting.recurrence is None:
        return meeting.end > horizon
    last = recurrence.last_date(meeting.recurrence)
    return last is None or zones.midnight(last, meeting.zone) > horizon


def _dates(meeting: Item, horizon: datetime) -> Iterator[Item]:
    if meeting.recurrence is None:
        yield meeting
    else:
        yield from occurrences.between(meeting, meeting.start, horizon)


def _is_taken(store: Store, room: Mailbox, meeting: Item, wanted: Item) -> bool:
    others = [item for item in store.items_of(room.address) if item.uid != meeting.uid]
    found = view.overlapping(others, wanted.start, wanted.end)
    return any(item.busy != "Free" and not item.cancelled for item in found)


def _too_many(rules: Processing, clashing: int, wanted: int) -> bool:
    """True if a series clashes more often than the room lets pass; the rest is accepted without those dates."""
    within_number = clashing <= rules.maximum_conflict_instances
    within_share = clashing * 100 <= rules.conflict_percentage_allowed * wanted
    return not (within_number and within_share)


def _same_times(copy: Item, meeting: Item) -> bool:
    names = ("start", "end", "all_day", "zone", "recurrence", "removed")
    moved = [(each.original, each.item.start, each.item.end) for each in meeting.overrides]
    kept = [(each.original, each.item.start, each.item.end) for each in copy.overrides]
    return moved == kept and all(getattr(copy, name) == getattr(meeting, name) for name in names)


def _decline(store: Store, copy: Item | None) -> str:
    if copy is not None:
        store.remove_item(copy.id)
    return DECLINED


def _keep(store: Store, room: Mailbox, meeting: Item, copy: Item | None, *, response: str, busy: str) -> None:
    """Write the room's copy: the organiser's meeting with what the room's settings leave of it."""
    shown = _shown(room.processing, meeting)
    overrides = tuple(
        replace(override, item=replace(_shown(room.processing, override.item), busy=busy))
        for override in meeting.overrides
    )
    store.save_item(
        replace(
            shown,
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


def _shown(rules: Processing, meeting: Item) -> Item:
    subject = "" if rules.delete_subject else meeting.subject
    if rules.add_organizer_to_subject and meeting.organizer is not None:
        subject = f"{meeting.organizer.name} {subject}".strip()
    return replace(
        meeting,
        subject=subject,
        body="" if rules.delete_comments else meeting.body,
        sensitivity="Normal" if rules.remove_private_property and meeting.private else meeting.sensitivity,
    )
