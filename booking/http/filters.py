"""Times, days and lengths as people read them. Always in a location's own zone, never in the viewer's."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask

from booking.domain.intervals import Interval

#: Here and not `%A`: the machine's locale has no say in what pages read.
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MINUTES = 60
_DAY_MINUTES = 24 * _MINUTES


def local(moment: datetime, zone: str | None = None) -> datetime:
    """Return `moment` on the wall clock of `zone`; without one, as it stands."""
    return moment.astimezone(ZoneInfo(zone)) if zone else moment


def clock_time(moment: datetime, zone: str | None = None) -> str:
    """14:00."""
    return f"{local(moment, zone):%H:%M}"


def day_name(day: date) -> str:
    """Tuesday 24 November."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def short_day(day: date) -> str:
    """Tue 24 Nov."""
    return f"{DAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]}"


def date_words(moment: date, zone: str | None = None) -> str:
    """Tuesday 24 November 2026; of a moment, its date in `zone`."""
    day = local(moment, zone) if isinstance(moment, datetime) else moment
    return f"{day_name(day)} {day.year}"


def iso_day(moment: date) -> str:
    """2026-11-24, as addresses name a day."""
    return f"{moment:%Y-%m-%d}"


def time_range(when: Interval, zone: str | None = None) -> str:
    """Start and end with a dash; with the day of the end when it is another."""
    start, end = local(when.start, zone), local(when.end, zone)
    if end.date() == start.date() or (end - start <= timedelta(days=1) and f"{end:%H:%M}" == "00:00"):
        return f"{clock_time(start)}–{clock_time(end)}"
    return f"{clock_time(start)}–{clock_time(end)} ({short_day(end)})"


def duration_words(length: timedelta) -> str:
    """1 h 30 min."""
    minutes = round(length.total_seconds() / 60)
    days, rest = divmod(minutes, _DAY_MINUTES)
    if days and not rest:
        return "1 day" if days == 1 else f"{days} days"
    hours, left = divmod(minutes, _MINUTES)
    parts = [f"{hours} h" if hours else "", f"{left} min" if left or not hours else ""]
    return " ".join(part for part in parts if part)


def ago(moment: datetime | None, now: datetime) -> str:
    """3 min ago; "never" for None."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    if seconds < 0:
        return "just now"
    if seconds < _MINUTES:
        return f"{int(seconds)} s ago"
    if seconds < _DAY_MINUTES * _MINUTES:
        minutes = int(seconds // _MINUTES)
        return f"{duration_words(timedelta(minutes=minutes))} ago"
    days = int(seconds // (_DAY_MINUTES * _MINUTES))
    return "1 day ago" if days == 1 else f"{days} days ago"


def stamp(moment: datetime, zone: str | None = None) -> str:
    """Tue 24 Nov, 14:00."""
    wall = local(moment, zone)
    return f"{short_day(wall)}, {clock_time(wall)}"


def zone_name(moment: datetime, zone: str) -> str:
    """GMT; for zones without letters of their own, UTC+05:30."""
    wall = local(moment, zone)
    name = wall.tzname() or ""
    return name if name.isalpha() else f"UTC{wall:%z}"


def initials(name: str) -> str:
    """AL for Ada Lovelace: where a whole name has no room."""
    return "".join(word[0] for word in name.split()[:3]).upper()


def utc_stamp(moment: datetime) -> str:
    """2026-11-24T14:00Z: how addresses name a moment; short, and the same on both sides of a clock change."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


FILTERS = (
    ago,
    clock_time,
    date_words,
    day_name,
    duration_words,
    initials,
    iso_day,
    local,
    short_day,
    stamp,
    time_range,
    utc_stamp,
    zone_name,
)


def offer_filters(app: Flask) -> None:
    """Give them to the templates by name."""
    for each in FILTERS:
        app.add_template_filter(each)
