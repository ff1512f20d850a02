"""Events as a CalDAV client writes them, in London's time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

_LONDON = ZoneInfo("Europe/London")
_WRITTEN = datetime(2026, 10, 26, 8, tzinfo=_LONDON)
HOUR = timedelta(hours=1)


def london(day: int, hour: int, minute: int = 0, *, month: int = 10) -> datetime:
    """A time of 2026 as a clock in London shows it."""
    return datetime(2026, month, day, hour, minute, tzinfo=_LONDON)


def event(title: str, start: date, lasts: timedelta = HOUR, **properties: object) -> Event:
    """A VEVENT; `properties` are further ones, with underscores for dashes."""
    made = Event()
    made.add("UID", f"{title.replace(' ', '-').lower()}@caldav.example")
    made.add("DTSTAMP", _WRITTEN)
    made.add("SUMMARY", title)
    made.add("DTSTART", start)
    made.add("DTEND", start + lasts)
    made.add("TRANSP", "OPAQUE")
    for name, value in properties.items():
        made.add(name.replace("_", "-"), value)
    return made


def resource(*events: Event) -> Calendar:
    """What is put as one: an event, or a series and dates that differ, with the rules of their time zones."""
    made = Calendar()
    made.add("VERSION", "2.0")
    made.add("PRODID", "-//Booking//interop//EN")
    for each in events:
        made.add_component(each)
    made.add_missing_timezones()
    return made
