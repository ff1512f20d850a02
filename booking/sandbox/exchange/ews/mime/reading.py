"""iCalendar text into an item: what CreateItem means when it carries MIME content."""

from base64 import b64decode
from binascii import Error as BadBase64
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vCalAddress, vDDDTypes, vRecur

from booking.sandbox.exchange.calendar import occurrences, zones
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.mime import rules
from booking.sandbox.exchange.state.model import Attendee, Item, Person

_SENSITIVITIES = {"PRIVATE": "Private", "CONFIDENTIAL": "Confidential"}
_ROLES = {"OPT-PARTICIPANT": "optional", "NON-PARTICIPANT": "optional"}
_BUSY = {
    "FREE": "Free",
    "TENTATIVE": "Tentative",
    "BUSY": "Busy",
    "OOF": "OOF",
    "WORKINGELSEWHERE": "WorkingElsewhere",
}


def applied(item: Item, encoded: str, zone: str) -> Item:
    """The item with what the event in base64-encoded MIME content says; `zone` is that of bare times.

    Raises:
        EwsError: ErrorMimeContentInvalid or ErrorMimeContentInvalidBase64String.
    """
    try:
        calendar = Calendar.from_ical(b64decode("".join(encoded.split()), validate=True))
        event = next(each for each in calendar.events if "RECURRENCE-ID" not in each)
    except BadBase64 as error:
        raise EwsError("ErrorMimeContentInvalidBase64String", "The MIME content is no base64.") from error
    except (ValueError, StopIteration) as error:
        raise EwsError("ErrorMimeContentInvalid", "The MIME content is no calendar item.") from error
    read = _timed(_peopled(_described(item, event), event), event, zone)
    return read if read.recurrence is None else _with_exceptions(read, event, calendar.events)


def _described(item: Item, event: Event) -> Item:
    busy = _BUSY.get(_text(event, "X-MICROSOFT-CDO-BUSYSTATUS"))
    return replace(
        item,
        uid=_text(event, "UID") or item.uid,
        subject=_text(event, "SUMMARY"),
        body=_text(event, "DESCRIPTION"),
        body_type="Text",
        location=_text(event, "LOCATION"),
        categories=tuple(str(each) for each in event.categories),
        sensitivity=_SENSITIVITIES.get(_text(event, "CLASS"), "Normal"),
        busy=busy or ("Free" if _text(event, "TRANSP") == "TRANSPARENT" else "Busy"),
        reminder=bool(event.walk("VALARM")),
        reminder_minutes=_minutes(event),
    )


def _peopled(item: Item, event: Event) -> Item:
    """The item with who is invited, and by whom if not by its own mailbox."""
    invited = [_attendee(each) for each in event.attendees]
    organizer = event.get("ORGANIZER")
    address = _address(organizer) if isinstance(organizer, vCalAddress) else ""
    if not invited or not isinstance(organizer, vCalAddress) or address in {"", item.mailbox}:
        return replace(item, attendees=tuple(each for each in invited if each.address != item.mailbox))
    return replace(item, attendees=tuple(invited), organizer=Person(_name(organizer), address), invited=True)


def _attendee(line: vCalAddress) -> Attendee:
    is_thing = str(line.params.get("CUTYPE", "")).upper() in {"ROOM", "RESOURCE"}
    role = "resource" if is_thing else _ROLES.get(str(line.params.get("ROLE", "")).upper(), "required")
    return Attendee(name=_name(line), address=_address(line), role=role)


def _name(line: vCalAddress) -> str:
    return str(line.params.get("CN", "")) or _address(line)


def _address(line: vCalAddress) -> str:
    return str(line).lower().removeprefix("mailto:")


def _timed(item: Item, event: Event, fallback: str) -> Item:
    written = event.get("DTSTART")
    named = str(written.params.get("TZID", "")) if isinstance(written, vDDDTypes) else ""
    zone = zones.iana(named) or fallback
    start = _moment(event, "DTSTART", zone)
    end = _moment(event, "DTEND", zone) if "DTEND" in event else start + event.duration
    whole_days = _text(event, "X-MICROSOFT-CDO-ALLDAYEVENT") == "TRUE" or not isinstance(event.DTSTART, datetime)
    rule = event.get("RRULE")
    repeats = rules.read(rule, start, zone) if isinstance(rule, vRecur) else None
    return replace(item, zone=zone, start=start, end=end, all_day=whole_days, recurrence=repeats)


def _with_exceptions(series: Item, event: Event, events: list[Event]) -> Item:
    """The series without the dates that its event excludes, and with those that have events of their own."""
    excluded = event.get("EXDATE", [])
    for listed in excluded if isinstance(excluded, list) else [excluded]:
        for moment in listed.dts:
            series = occurrences.without(series, _utc(moment.dt, str(listed.params.get("TZID", "")), series.zone))
    for each in events:
        if "RECURRENCE-ID" not in each:
            continue
        planned = occurrences.at(series, _moment(each, "RECURRENCE-ID", series.zone))
        if planned is not None:
            changed = _timed(_described(planned, each), each, series.zone)
            series = occurrences.with_changed(series, replace(changed, exceptional=True))
    return series


def _moment(event: Event, name: str, zone: str) -> datetime:
    """A time of the event in UTC."""
    written = event.get(name)
    if not isinstance(written, vDDDTypes) or not isinstance(written.dt, date):
        raise EwsError("ErrorMimeContentInvalid", f"The MIME content has no {name}.")
    return _utc(written.dt, str(written.params.get("TZID", "")), zone)


def _utc(value: date, named: str, zone: str) -> datetime:
    """A day or time in UTC. The Windows name of its zone counts, not the rules that came with it."""
    if not isinstance(value, datetime):
        return zones.midnight(value, zone)
    if value.tzinfo is not None and not named:
        return value.astimezone(UTC)
    return zones.utc(value.replace(tzinfo=None), zones.iana(named) or zone)


def _minutes(event: Event) -> int:
    """How long before the start the first reminder comes, 15 minutes if there is none."""
    triggers = [alarm.TRIGGER for alarm in event.subcomponents if isinstance(alarm, Alarm)]
    lead = next((-trigger for trigger in triggers if isinstance(trigger, timedelta)), timedelta(minutes=15))
    return max(round(lead.total_seconds() / 60), 0)


def _text(event: Event, name: str) -> str:
    return str(event.get(name, ""))
