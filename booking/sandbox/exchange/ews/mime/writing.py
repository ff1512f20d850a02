"""An item as iCalendar text: its series with every date that differs, in the item's own time zone."""

from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Component, Event, vCalAddress

from booking.sandbox.exchange.calendar import occurrences, zones
from booking.sandbox.exchange.ews.mime import rules, zone_text
from booking.sandbox.exchange.state.model import Item, Person

PRODUCT = "Microsoft Exchange Server 2010"
_CLASSES = {"Normal": "PUBLIC", "Personal": "PRIVATE", "Private": "PRIVATE", "Confidential": "CONFIDENTIAL"}
_BUSY = {"WorkingElsewhere": "WORKINGELSEWHERE", "NoData": "FREE"}


def content(item: Item, owner: Person) -> bytes:
    """The VCALENDAR of an item; the owner of its calendar organises what names nobody else.

    Who is invited is not in it: Exchange leaves that to RequiredAttendees and its like.
    Source: davmail, EwsExchangeSession, which adds the attendees for that reason.
    """
    calendar = Calendar()
    calendar.add("METHOD", "REQUEST" if item.is_meeting else "PUBLISH")
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add_component(zone_text.component(item.zone, zones.wall(item.start, item.zone).year))
    calendar.add_component(_event(item, owner))
    changed = (occurrences.at(item, override.original) for override in item.overrides)
    for each in changed:
        if each is not None:
            calendar.add_component(_event(each, owner))
    return bytes(calendar.to_ical())


def _event(item: Item, owner: Person) -> Event:
    event = Event()
    event.add("UID", item.uid)
    if item.is_meeting:
        event.add("ORGANIZER", _organizer(item.organizer or owner))
    event.add("SUMMARY", item.subject)
    event.add("DESCRIPTION", item.body)
    event.add("LOCATION", item.location)
    event.add("CLASS", _CLASSES[item.sensitivity])
    if item.categories:
        event.add("CATEGORIES", list(item.categories))
    _add_times(event, item)
    event.add("DTSTAMP", item.modified)
    event.add("SEQUENCE", item.sequence)
    event.add("STATUS", "CANCELLED" if item.cancelled else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT" if item.busy == "Free" else "OPAQUE")
    event.add("X-MICROSOFT-CDO-BUSYSTATUS", _BUSY.get(item.busy, item.busy.upper()))
    event.add("X-MICROSOFT-CDO-ALLDAYEVENT", "TRUE" if item.all_day else "FALSE")
    if item.reminder:
        event.add_component(_alarm(item))
    return event


def _organizer(person: Person) -> vCalAddress:
    organizer = vCalAddress(f"MAILTO:{person.address}")
    organizer.params["CN"] = person.name
    return organizer


def _add_times(event: Event, item: Item) -> None:
    _add_time(event, "DTSTART", item.start, item.zone)
    _add_time(event, "DTEND", item.end, item.zone)
    if item.original is not None:
        _add_time(event, "RECURRENCE-ID", item.original, item.zone)
    if item.recurrence is not None:
        event.add("RRULE", rules.write(item.recurrence, _last_start(item)))
    for removed in item.removed:
        _add_time(event, "EXDATE", removed, item.zone)


def _last_start(item: Item) -> datetime | None:
    """When the last day of the series begins its date, in UTC; None unless the series ends by a date."""
    if item.recurrence is None or item.recurrence.last is None:
        return None
    return occurrences.on(item, item.recurrence.last).start


def _add_time(component: Component, name: str, moment: datetime, zone: str) -> None:
    component.add(name, zones.wall(moment, zone), parameters={"TZID": zones.windows(zone)})


def _alarm(item: Item) -> Alarm:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", "REMINDER")
    alarm.add("TRIGGER", timedelta(minutes=-item.reminder_minutes))
    return alarm
