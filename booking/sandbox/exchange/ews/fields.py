"""What a caller writes into an item: elements of a CalendarItem to fields of ours."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from booking.sandbox.exchange.calendar import zones
from booking.sandbox.exchange.ews import extended, mapi, patterns
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.mime import reading
from booking.sandbox.exchange.ews.soap import Request
from booking.sandbox.exchange.ews.xml import Element, children, find, find_all, is_true, local, text
from booking.sandbox.exchange.state.model import BUSY_STATUSES, SENSITIVITIES, Attendee, Item, PropertyPath
from booking.sandbox.exchange.state.store import Store

Apply = Callable[[Item, Element, Request, Store], Item]

_ROLES = {"RequiredAttendees": "required", "OptionalAttendees": "optional", "Resources": "resource"}


def written(item: Item, element: Element, request: Request, store: Store) -> Item:
    """The item with everything that the elements of a CalendarItem say.

    Raises:
        EwsError: a value that the property cannot have, or a property that nobody can set.
    """
    named = find(element, "t:StartTimeZone")
    zone = None if named is None else zones.iana(named.get("Id", ""))
    if zone is not None:
        request = replace(request, zone=zone)  # times without an offset are meant there
    for child in children(element):
        item = applied(item, child, request, store)
    return item


def applied(item: Item, element: Element, request: Request, store: Store) -> Item:
    """The item with what one element says."""
    apply = _WRITABLE.get(local(element))
    if apply is None:
        raise EwsError("ErrorInvalidPropertySet", f"Set action is invalid for property {local(element)}.")
    return apply(item, element, request, store)


def appended(item: Item, element: Element, request: Request, store: Store) -> Item:
    """The item with the element's text or attendees added to what is there."""
    name = local(element)
    if name == "Body":
        return replace(item, body=item.body + (element.text or ""))
    if name in _ROLES:
        added = applied(replace(item, attendees=()), element, request, store).attendees
        return replace(item, attendees=(*item.attendees, *added))
    raise EwsError("ErrorInvalidPropertyAppend", f"Append action is invalid for property {name}.")


def deleted(item: Item, uri: str) -> Item:
    """The item without what stood in the property."""
    name = uri.partition(":")[2]
    if name in _ROLES:
        return replace(item, attendees=tuple(each for each in item.attendees if each.role != _ROLES[name]))
    empty = _DELETABLE.get(name)
    if empty is None:
        raise EwsError("ErrorInvalidPropertyDelete", f"Delete action is invalid for property {name}.")
    return replace(item, **empty)


def without_extended(item: Item, path: PropertyPath) -> Item:
    """The item without what stood in the extended property, which may be another name of one of its fields."""
    return mapi.written(item, path, "") or replace(item, extended=extended.without(item.extended, path))


def _plain(field: str) -> Apply:
    return lambda item, element, _request, _store: replace(item, **_one(field, (element.text or "")))


def _flag(field: str) -> Apply:
    return lambda item, element, _request, _store: replace(item, **_one(field, is_true(element.text or "")))


def _one_of(field: str, allowed: tuple[str, ...]) -> Apply:
    def apply(item: Item, element: Element, _request: Request, _store: Store) -> Item:
        value = (element.text or "").strip()
        if value not in allowed:
            raise EwsError("ErrorCalendarInvalidPropertyValue", f"{local(element)} cannot be {value!r}.")
        return replace(item, **_one(field, value))

    return apply


def _time(field: str) -> Apply:
    return lambda item, element, request, _store: replace(item, **_one(field, request.moment(element.text or "")))


def _one(field: str, value: object) -> dict[str, Any]:
    return {field: value}


def _body(item: Item, element: Element, _request: Request, _store: Store) -> Item:
    return replace(item, body=element.text or "", body_type=element.get("BodyType", "Text"))


def _zone(item: Item, element: Element, _request: Request, _store: Store) -> Item:
    zone = zones.iana(element.get("Id", ""))
    if zone is None:
        raise EwsError("ErrorCalendarInvalidTimeZone", "The time zone is not valid.")
    return replace(item, zone=zone)


def _categories(item: Item, element: Element, _request: Request, _store: Store) -> Item:
    return replace(item, categories=tuple(child.text or "" for child in element))


def _minutes(item: Item, element: Element, _request: Request, _store: Store) -> Item:
    return replace(item, reminder_minutes=int(element.text or "15"))


def _recurrence(item: Item, element: Element, _request: Request, _store: Store) -> Item:
    if item.original is not None:
        raise EwsError("ErrorInvalidPropertySet", "Recurrence can only be set on the recurring master.")
    return replace(item, recurrence=patterns.read(element))


def _attendees(item: Item, element: Element, _request: Request, store: Store) -> Item:
    role = _ROLES[local(element)]
    before = {each.address: each for each in item.attendees}
    invited = [_attendee(each, role, before, store) for each in find_all(element, "t:Attendee")]
    others = tuple(each for each in item.attendees if each.role != role)
    return replace(item, attendees=(*others, *invited))


def _attendee(element: Element, role: str, before: dict[str, Attendee], store: Store) -> Attendee:
    address = text(element, "t:Mailbox/t:EmailAddress").lower()
    if address in before:
        return replace(before[address], role=role)
    known = store.mailboxes.get(address)
    return Attendee(
        name=known.name if known else text(element, "t:Mailbox/t:Name", address), address=address, role=role
    )


def _extended(item: Item, element: Element, _request: Request, _store: Store) -> Item:
    found = extended.read(element)
    changed = mapi.written(item, found.path, found.values[0])
    return changed or replace(item, extended=extended.with_value(item.extended, found))


def _mime(item: Item, element: Element, request: Request, store: Store) -> Item:
    read = reading.applied(item, element.text or "", request.zone)
    return replace(read, attendees=tuple(_known(each, store) for each in read.attendees))


def _known(attendee: Attendee, store: Store) -> Attendee:
    """The attendee by the name of their mailbox, if it is here."""
    mailbox = store.mailboxes.get(attendee.address)
    return attendee if mailbox is None else replace(attendee, name=mailbox.name)


def _ignored(item: Item, _element: Element, _request: Request, _store: Store) -> Item:
    """Accepted and not kept: it says nothing about a calendar here."""
    return item


_WRITABLE: dict[str, Apply] = {
    "MimeContent": _mime,
    "Subject": _plain("subject"),
    "Sensitivity": _one_of("sensitivity", SENSITIVITIES),
    "Body": _body,
    "Categories": _categories,
    "Importance": _one_of("importance", ("Low", "Normal", "High")),
    "ReminderIsSet": _flag("reminder"),
    "ReminderMinutesBeforeStart": _minutes,
    "ExtendedProperty": _extended,
    "UID": _plain("uid"),
    "Start": _time("start"),
    "End": _time("end"),
    "IsAllDayEvent": _flag("all_day"),
    "LegacyFreeBusyStatus": _one_of("busy", BUSY_STATUSES),
    "Location": _plain("location"),
    "IsResponseRequested": _flag("response_requested"),
    "RequiredAttendees": _attendees,
    "OptionalAttendees": _attendees,
    "Resources": _attendees,
    "Recurrence": _recurrence,
    "StartTimeZone": _zone,
    "EndTimeZone": _ignored,
    "MeetingTimeZone": _ignored,
    "ItemClass": _ignored,
    "ConferenceType": _ignored,
    "AllowNewTimeProposal": _ignored,
    "IsOnlineMeeting": _ignored,
    "ReminderDueBy": _ignored,
    "Culture": _ignored,
    "Flag": _ignored,
}
_DELETABLE: dict[str, dict[str, Any]] = {
    "Subject": {"subject": ""},
    "Body": {"body": ""},
    "Categories": {"categories": ()},
    "Location": {"location": ""},
    "Recurrence": {"recurrence": None},
    "ReminderIsSet": {"reminder": False},
    "ReminderMinutesBeforeStart": {},
    "Importance": {},
    "Sensitivity": {"sensitivity": "Normal"},
    "LegacyFreeBusyStatus": {"busy": "Busy"},
    "IsAllDayEvent": {"all_day": False},
    "StartTimeZone": {},
    "EndTimeZone": {},
    "MeetingTimeZone": {},
    "Culture": {},
}
