"""Whether a meeting keeps to a room's rules, and who may book against them.

Sources: MicrosoftDocs/office-docs-powershell, Set-CalendarProcessing; working hours: Set-MailboxCalendarConfiguration.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from booking.sandbox.exchange.calendar import occurrences, recurrence, zones
from booking.sandbox.exchange.state.model import Item, Mailbox, Processing

_MINUTES = 60
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Way(Enum):
    """What becomes of a request whose time is free."""

    BOOK = auto()
    ASK_DELEGATE = auto()
    DECLINE = auto()


def way(rules: Processing, organizer: str, *, within_rules: bool) -> Way:
    """What becomes of this organiser's request."""
    if within_rules:
        if rules.all_book_in_policy or organizer in rules.book_in_policy:
            return Way.BOOK
        asks = rules.all_request_in_policy or organizer in rules.request_in_policy
    else:
        asks = rules.all_request_out_of_policy or organizer in rules.request_out_of_policy
    return Way.ASK_DELEGATE if asks else Way.DECLINE


def horizon(room: Mailbox, now: datetime) -> datetime:
    """The moment from which on the room cannot be booked yet: the end of the last day of its window."""
    last = zones.wall(now, room.zone).date() + timedelta(days=room.processing.booking_window_in_days)
    return zones.midnight(last + timedelta(days=1), room.zone)


def objection(room: Mailbox, meeting: Item, now: datetime) -> str:
    """The first rule of the room that the meeting breaks, in words for its organiser; nothing if it breaks none."""
    return next(_objections(room, meeting, now), "")


def shortened(room: Mailbox, meeting: Item, now: datetime) -> Item:
    """A series without the dates beyond the room's window; anything else as it is."""
    last = zones.wall(horizon(room, now), room.zone).date() - timedelta(days=1)
    if meeting.recurrence is None or not _repeats_after(meeting, horizon(room, now)):
        return meeting
    return replace(meeting, recurrence=replace(meeting.recurrence, last=last, count=None))


def _objections(room: Mailbox, meeting: Item, now: datetime) -> Iterator[str]:
    rules, length = room.processing, (meeting.end - meeting.start) / timedelta(minutes=1)
    if meeting.recurrence is not None and not rules.allow_recurring_meetings:
        yield "Recurring meetings are not allowed."
    if rules.maximum_duration_in_minutes and length > rules.maximum_duration_in_minutes:
        yield f"The meeting is longer than {rules.maximum_duration_in_minutes} minutes."
    if length < rules.minimum_duration_in_minutes:
        yield f"The meeting is shorter than {rules.minimum_duration_in_minutes} minutes."
    if meeting.start >= horizon(room, now):
        yield f"The meeting is more than {rules.booking_window_in_days} days ahead."
    if rules.enforce_scheduling_horizon and _repeats_after(meeting, horizon(room, now)):
        yield f"The series ends more than {rules.booking_window_in_days} days ahead."
    if rules.schedule_only_during_work_hours and not _in_working_hours(room, meeting):
        yield "The meeting is outside of working hours."
    if rules.enforce_capacity and _people(meeting, room) > rules.capacity:
        yield f"The room holds no more than {rules.capacity} people."


def _repeats_after(meeting: Item, moment: datetime) -> bool:
    if meeting.recurrence is None:
        return False
    last = recurrence.last_date(meeting.recurrence)
    return last is None or occurrences.on(meeting, last).start >= moment


def _in_working_hours(room: Mailbox, meeting: Item) -> bool:
    """True if the meeting, or the first date of a series, lies within one working day."""
    rules = room.processing
    start, end = zones.wall(meeting.start, room.zone), zones.wall(meeting.end, room.zone)
    if start.date() != end.date() or _DAYS[start.weekday()] not in rules.work_days:
        return False
    begins, ends = start.hour * _MINUTES + start.minute, end.hour * _MINUTES + end.minute
    return rules.working_hours_start_minutes <= begins and ends <= rules.working_hours_end_minutes


def _people(meeting: Item, room: Mailbox) -> int:
    """Everybody who comes, the organiser among them."""
    invited = {each.address for each in meeting.attendees if each.role != "resource"} - {room.address}
    return len(invited | ({meeting.organizer.address} if meeting.organizer else set()))
