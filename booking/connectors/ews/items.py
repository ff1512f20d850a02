"""What we ask for and what we write, as exchangelib wants to be told."""

import datetime as dt
from typing import Any

import exchangelib
from exchangelib import properties
from exchangelib.fields import FieldPath
from exchangelib.folders import Calendar
from exchangelib.items import CalendarItem

from booking.connectors.ews import series
from booking.connectors.port import EventDraft, EventField, Stamp
from booking.domain.intervals import Interval

#: A set of properties of our own, so that nobody else's names get in the way.
PROPERTY_SET = "0f3f1a0e-6f0b-4f6e-9c53-5e1d7c0b9a42"
LONGEST_SUBJECT = 255  # Source: learn.microsoft.com, EWS reference, Subject


class BookingStamp(exchangelib.ExtendedProperty):
    """The mark: install id, occurrence key and generation; what a search looks for."""

    property_set_id = PROPERTY_SET
    property_name = "BookingStamp"
    property_type = "String"


class BookingVersion(exchangelib.ExtendedProperty):
    """Which version of the booking was written last."""

    property_set_id = PROPERTY_SET
    property_name = "BookingVersion"
    property_type = "String"


class BookingUid(exchangelib.ExtendedProperty):
    """The item's own UID when it was written: a copy shows itself by having another one."""

    property_set_id = PROPERTY_SET
    property_name = "BookingUid"
    property_type = "String"


CalendarItem.register("booking_stamp", BookingStamp)
CalendarItem.register("booking_version", BookingVersion)
CalendarItem.register("booking_uid", BookingUid)


def _paths(*names: str) -> list[Any]:
    return [FieldPath(field=CalendarItem.get_field_by_fieldname(name)) for name in names]


EVENT_FIELDS = _paths(
    "subject", "sensitivity", "uid", "start", "end", "original_start", "is_all_day", "legacy_free_busy_status",
    "location", "is_cancelled", "type", "organizer", "last_modified_name", "booking_stamp",
    "booking_version", "booking_uid",
)  # fmt: skip
#: Asked for with one item only: in a list they would make each answer larger, for nothing that is compared.
WHOLE_FIELDS = EVENT_FIELDS + _paths("categories", "reminder_is_set", "reminder_minutes_before_start")
SERIES_FIELDS = EVENT_FIELDS + _paths("recurrence", "modified_occurrences", "deleted_occurrences", "_start_timezone")
CONCERNED_FIELDS = _paths("location", "required_attendees", "optional_attendees", "resources")
RIGHTS_FIELDS = [FieldPath(field=Calendar.get_field_by_fieldname("effective_rights"))]

_NAMES = {
    EventField.TIME: ("start", "end", "is_all_day"),
    EventField.BUSY: ("legacy_free_busy_status",),
    EventField.SUBJECT: ("subject",),
    EventField.LOCATION: ("location",),
    EventField.BODY: ("body",),
    EventField.CATEGORIES: ("categories",),
    EventField.REMINDER: ("reminder_minutes_before_start", "reminder_is_set"),
    EventField.STAMP: ("booking_version",),
}


def names(fields: frozenset[EventField], draft: EventDraft) -> list[str]:
    """Return exchangelib's names of the fields to change; all others are left alone, and the minutes of no reminder."""
    silent = {"reminder_minutes_before_start"} if draft.reminder_minutes is None else set()
    return [name for each in EventField if each in fields for name in _NAMES[each] if name not in silent]


def named(item_id: str) -> Any:
    """Return an item to ask for by its id, or by the number of its date in a series."""
    if not series.is_date(item_id):
        return properties.ItemId(id=item_id)
    master, number = series.master_and_number(item_id)
    return properties.OccurrenceItemId(id=master, instance_index=number)


def new(draft: EventDraft, stamp: Stamp) -> Any:
    """Return a new item: no attendee, a reminder only where one is wanted, with our mark."""
    return CalendarItem(
        uid=draft.uid,
        booking_stamp=stamp.mark,
        booking_version=str(stamp.version),
        booking_uid=draft.uid,
        **_told(draft),
    )


def changed(item_id: str, change_key: str, draft: EventDraft, stamp: Stamp) -> Any:
    """Return an item as it shall be, in the state that we saw."""
    return CalendarItem(id=item_id, changekey=change_key, booking_version=str(stamp.version), **_told(draft))


def utc(instant: dt.datetime) -> Any:
    """Return a time as exchangelib wants it."""
    return exchangelib.EWSDateTime.from_datetime(instant.astimezone(dt.UTC))


def view(window: Interval, *, at_most: int) -> Any:
    """Return a calendar view. Without a maximum a truncated answer would be asked for again for ever."""
    return properties.CalendarView(start=utc(window.start), end=utc(window.end), max_items=at_most)


def _told(draft: EventDraft) -> dict[str, Any]:
    zone = _zone(draft.zone)
    minutes = draft.reminder_minutes
    return {
        "subject": draft.subject[:LONGEST_SUBJECT],
        "body": exchangelib.Body(draft.body),
        "location": draft.location,
        "start": utc(draft.when.start).astimezone(zone),
        "end": utc(draft.when.end).astimezone(zone),
        "is_all_day": False,
        "legacy_free_busy_status": draft.busy.value,
        "reminder_is_set": minutes is not None,
        **({} if minutes is None else {"reminder_minutes_before_start": minutes}),
        **({"categories": list(draft.categories)} if draft.categories else {}),
    }


def _zone(name: str) -> Any:
    """Return the zone that Windows has for an IANA one; the same times in UTC where it has none."""
    try:
        return exchangelib.EWSTimeZone(name)
    except exchangelib.UnknownTimeZone:
        return exchangelib.UTC


def iana(windows_name: str) -> str | None:
    """Return the IANA name of Exchange's zone, or None if we do not know it."""
    try:
        return str(exchangelib.EWSTimeZone.from_ms_id(windows_name).key)
    except exchangelib.UnknownTimeZone:
        return None
