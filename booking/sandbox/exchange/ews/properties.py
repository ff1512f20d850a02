"""Each property of a calendar item as an element, in the order that the schema asks for."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.sandbox.exchange.calendar import occurrences, zones
from booking.sandbox.exchange.ews import mapi, patterns
from booking.sandbox.exchange.ews.access import Caller
from booking.sandbox.exchange.ews.mime import writing
from booking.sandbox.exchange.ews.xml import Element, boolean, moment, t
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Attendee, Item, ItemKind, Person

Build = Callable[[Item, Caller, str], Element | None]


@dataclass(frozen=True, slots=True)
class Property:
    """How one property is asked for, whether a FindItem may ask for it, and how it is written."""

    uri: str
    build: Build
    findable: bool = True
    in_default_shape: bool = False

    @property
    def name(self) -> str:
        return self.uri.partition(":")[2]


def item_id(item: Item) -> Element:
    """The item's id with its change key."""
    return t("ItemId", Id=item.id, ChangeKey=ids.change_key(item.change))


def mailbox(name: str, address: str) -> Element:
    """A mailbox as EWS writes people and rooms."""
    return t(
        "Mailbox",
        t("Name", name),
        t("EmailAddress", address) if address else None,
        t("RoutingType", "SMTP"),
        t("MailboxType", "Mailbox"),
    )


def effective_rights(caller: Caller, address: str) -> Element:
    """What the caller may do in that mailbox's folder or with an item in it."""
    rights = caller.rights(caller.mailbox(address))
    write, read = boolean(rights.write), boolean(rights.read)
    return t(
        "EffectiveRights",
        t("CreateAssociated", write),
        t("CreateContents", write),
        t("CreateHierarchy", write),
        t("Delete", write),
        t("Modify", write),
        t("Read", read),
        t("ViewPrivateItems", boolean(rights.private)),
    )


def zone_definition(name: str, zone: str) -> Element:
    """A time zone by its Windows name, without its rules."""
    windows = zones.windows(zone)
    return t(name, Id=windows, Name=windows)


def duration(length: timedelta) -> str:
    """A length of time as XML writes it: P1DT2H30M."""
    minutes, days = length.seconds // 60, length.days
    hours, minutes = divmod(minutes, 60)
    parts = [f"{value}{unit}" for value, unit in ((hours, "H"), (minutes, "M")) if value]
    if not parts:
        return f"P{days}D" if days else "PT0S"
    return "P" + (f"{days}D" if days else "") + "T" + "".join(parts)


def _text(name: str, read: Callable[[Item], str]) -> Build:
    return lambda item, _caller, _body: t(name, read(item))


def _text_if_any(name: str, read: Callable[[Item], str]) -> Build:
    return lambda item, _caller, _body: t(name, read(item)) if read(item) else None


def _flag(name: str, read: Callable[[Item], bool]) -> Build:
    return lambda item, _caller, _body: t(name, boolean(read(item)))


def _time(name: str, read: Callable[[Item], datetime | None]) -> Build:
    def build(item: Item, _caller: Caller, _body: str) -> Element | None:
        value = read(item)
        return None if value is None else t(name, moment(value))

    return build


def _attendees(name: str, role: str) -> Build:
    def build(item: Item, _caller: Caller, _body: str) -> Element | None:
        invited = [attendee for attendee in item.attendees if attendee.role == role]
        return t(name, *map(_attendee, invited)) if invited else None

    return build


def _attendee(attendee: Attendee) -> Element:
    responded = attendee.responded
    return t(
        "Attendee",
        mailbox(attendee.name, attendee.address),
        t("ResponseType", attendee.response),
        None if responded is None else t("LastResponseTime", moment(responded)),
    )


def _organizer(item: Item, caller: Caller, _body: str) -> Element | None:
    person = item.organizer or _owner(item, caller)
    return t("Organizer", mailbox(person.name, person.address))


def _owner(item: Item, caller: Caller) -> Person:
    owner = caller.store.mailboxes[item.mailbox]
    return Person(owner.name, owner.address)


def _body(item: Item, _caller: Caller, wanted: str) -> Element:
    if wanted == "Text" or (wanted == "Best" and item.body_type == "Text"):
        return t("Body", item.body, BodyType="Text")
    return t("Body", patterns.as_html(item.body, item.body_type), BodyType="HTML")


def _categories(item: Item, _caller: Caller, _body: str) -> Element | None:
    return t("Categories", *(t("String", name) for name in item.categories)) if item.categories else None


def _parent(item: Item, _caller: Caller, _body: str) -> Element:
    return t("ParentFolderId", Id=ids.folder(item.mailbox, item.folder), ChangeKey=ids.change_key(0))


def _instance(name: str, find: Callable[[Item], Item | None]) -> Build:
    def build(item: Item, _caller: Caller, _body: str) -> Element | None:
        found = find(item)
        return None if found is None else _occurrence(name, found)

    return build


def _occurrence(name: str, item: Item) -> Element:
    return t(
        name,
        item_id(item),
        t("Start", moment(item.start)),
        t("End", moment(item.end)),
        t("OriginalStart", moment(item.original or item.start)),
    )


def _modified(item: Item, _caller: Caller, _body: str) -> Element | None:
    changed = [occurrences.at(item, override.original) for override in item.overrides]
    found = [_occurrence("Occurrence", each) for each in changed if each is not None]
    return t("ModifiedOccurrences", *found) if found else None


def _deleted(item: Item, _caller: Caller, _body: str) -> Element | None:
    found = [t("DeletedOccurrence", t("Start", moment(start))) for start in item.removed]
    return t("DeletedOccurrences", *found) if found else None


def _recurrence(item: Item, _caller: Caller, _body: str) -> Element | None:
    return None if item.recurrence is None else patterns.write(item.recurrence)


def _my_response(item: Item) -> str:
    if not item.is_meeting:
        return "Unknown"
    return "Organizer" if item.is_organized_by(item.mailbox) else item.my_response


def _mime(item: Item, caller: Caller, _body: str) -> Element:
    return t("MimeContent", b64encode(writing.content(item, _owner(item, caller))).decode(), CharacterSet="UTF-8")


#: Not one of AllProperties: it comes when it is named, or with IncludeMimeContent.
MIME_CONTENT = "item:MimeContent"
#: In the order of t:ItemType and t:CalendarItemType; extended properties stand after HasAttachments.
PROPERTIES = (
    Property(MIME_CONTENT, _mime, findable=False),
    Property("item:ItemId", lambda item, _caller, _body: item_id(item), in_default_shape=True),
    Property("item:ParentFolderId", _parent),
    Property("item:ItemClass", _text("ItemClass", lambda _item: "IPM.Appointment")),
    Property("item:Subject", _text_if_any("Subject", lambda item: item.subject), in_default_shape=True),
    Property("item:Sensitivity", _text("Sensitivity", lambda item: item.sensitivity)),
    Property("item:Body", _body, findable=False, in_default_shape=True),
    Property("item:DateTimeReceived", _time("DateTimeReceived", lambda item: item.created)),
    Property("item:Size", _text("Size", lambda item: str(1000 + len(item.body)))),
    Property("item:Categories", _categories),
    Property("item:Importance", _text("Importance", lambda item: item.importance)),
    Property("item:IsDraft", _flag("IsDraft", lambda _item: False)),
    Property("item:DateTimeSent", _time("DateTimeSent", lambda item: item.created)),
    Property("item:DateTimeCreated", _time("DateTimeCreated", lambda item: item.created)),
    Property("item:ReminderIsSet", _flag("ReminderIsSet", lambda item: item.reminder)),
    Property(
        "item:ReminderMinutesBeforeStart",
        _text("ReminderMinutesBeforeStart", lambda item: str(item.reminder_minutes)),
    ),
    Property("item:DisplayCc", _text_if_any("DisplayCc", mapi.people("optional"))),
    Property("item:DisplayTo", _text_if_any("DisplayTo", mapi.people("required", "resource"))),
    Property("item:HasAttachments", _flag("HasAttachments", lambda _item: False), in_default_shape=True),
    Property("item:EffectiveRights", lambda item, caller, _body: effective_rights(caller, item.mailbox)),
    Property("item:LastModifiedName", _text_if_any("LastModifiedName", lambda item: item.modified_by)),
    Property("item:LastModifiedTime", _time("LastModifiedTime", lambda item: item.modified)),
    Property("item:TextBody", lambda item, _caller, _body: t("TextBody", item.body, BodyType="Text"), findable=False),
    Property("calendar:UID", _text("UID", lambda item: item.uid)),
    Property("calendar:RecurrenceId", _time("RecurrenceId", lambda item: item.original)),
    Property("calendar:DateTimeStamp", _time("DateTimeStamp", lambda item: item.modified)),
    Property("calendar:Start", _time("Start", lambda item: item.start), in_default_shape=True),
    Property("calendar:End", _time("End", lambda item: item.end), in_default_shape=True),
    Property("calendar:OriginalStart", _time("OriginalStart", lambda item: item.original)),
    Property("calendar:IsAllDayEvent", _flag("IsAllDayEvent", lambda item: item.all_day)),
    Property(
        "calendar:LegacyFreeBusyStatus",
        _text("LegacyFreeBusyStatus", lambda item: item.busy),
        in_default_shape=True,
    ),
    Property("calendar:Location", _text_if_any("Location", lambda item: item.location), in_default_shape=True),
    Property("calendar:IsMeeting", _flag("IsMeeting", lambda item: item.is_meeting)),
    Property("calendar:IsCancelled", _flag("IsCancelled", lambda item: item.cancelled)),
    Property("calendar:IsRecurring", _flag("IsRecurring", lambda item: item.kind is not ItemKind.SINGLE)),
    Property("calendar:MeetingRequestWasSent", _flag("MeetingRequestWasSent", lambda item: item.invited)),
    Property("calendar:IsResponseRequested", _flag("IsResponseRequested", lambda item: item.response_requested)),
    Property(
        "calendar:CalendarItemType", _text("CalendarItemType", lambda item: item.kind.value), in_default_shape=True
    ),
    Property("calendar:MyResponseType", _text("MyResponseType", _my_response)),
    Property("calendar:Organizer", _organizer, in_default_shape=True),
    Property("calendar:RequiredAttendees", _attendees("RequiredAttendees", "required"), findable=False),
    Property("calendar:OptionalAttendees", _attendees("OptionalAttendees", "optional"), findable=False),
    Property("calendar:Resources", _attendees("Resources", "resource"), findable=False),
    Property("calendar:Duration", _text("Duration", lambda item: duration(item.end - item.start))),
    Property("calendar:TimeZone", _text("TimeZone", lambda item: zones.windows(item.zone))),
    Property("calendar:AppointmentSequenceNumber", _text("AppointmentSequenceNumber", lambda item: str(item.sequence))),
    Property("calendar:AppointmentState", _text("AppointmentState", mapi.state)),
    Property("calendar:Recurrence", _recurrence, findable=False),
    Property("calendar:FirstOccurrence", _instance("FirstOccurrence", occurrences.first), findable=False),
    Property("calendar:LastOccurrence", _instance("LastOccurrence", occurrences.last), findable=False),
    Property("calendar:ModifiedOccurrences", _modified, findable=False),
    Property("calendar:DeletedOccurrences", _deleted, findable=False),
    Property("calendar:StartTimeZone", lambda item, _caller, _body: zone_definition("StartTimeZone", item.zone)),
    Property("calendar:EndTimeZone", lambda item, _caller, _body: zone_definition("EndTimeZone", item.zone)),
    Property("calendar:StartTimeZoneId", _text("StartTimeZoneId", lambda item: zones.windows(item.zone))),
    Property("calendar:EndTimeZoneId", _text("EndTimeZoneId", lambda item: zones.windows(item.zone))),
    Property("calendar:IsOrganizer", _flag("IsOrganizer", lambda item: item.is_organized_by(item.mailbox))),
)

BY_URI = {each.uri: each for each in PROPERTIES}
#: Extended properties are written right after this one.
BEFORE_EXTENDED = "item:HasAttachments"
