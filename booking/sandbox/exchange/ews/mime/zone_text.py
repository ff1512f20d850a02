"""A time zone as a VTIMEZONE, by its Windows name and with the rules of one year, as Exchange writes it."""

from datetime import datetime, timedelta

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from booking.sandbox.exchange.calendar import transitions, zones

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: Where Windows' rules begin. Source: [MS-OXCICAL] 2.1.3.1.1.19.
_BEGINNING = datetime(1601, 1, 1)  # noqa: DTZ001  (a time on the wall, as the format wants it)


def component(zone: str, year: int) -> Timezone:
    """The VTIMEZONE of an IANA zone."""
    rules = transitions.of_year(zone, year)
    written = Timezone()
    written.add("TZID", zones.windows(zone))
    written.add_component(_described(TimezoneStandard(), rules.daylight, rules.standard, rules.ends))
    if rules.begins is not None:
        written.add_component(_described(TimezoneDaylight(), rules.standard, rules.daylight, rules.begins))
    return written


def _described(
    period: TimezoneStandard | TimezoneDaylight, before: timedelta, after: timedelta, change: transitions.Change | None
) -> TimezoneStandard | TimezoneDaylight:
    period.add("DTSTART", _BEGINNING + (timedelta() if change is None else change.time))
    period.add("TZOFFSETFROM", before)
    period.add("TZOFFSETTO", after)
    if change is not None:
        week = -1 if change.week == transitions.LAST_WEEK else change.week
        day = f"{week}{_DAYS[change.weekday]}"
        period.add("RRULE", {"FREQ": ["YEARLY"], "BYDAY": [day], "BYMONTH": [change.month]})
    return period
