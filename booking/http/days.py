"""A day's page and its address: which day, from when to when, for how many, and the same page for another day."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from booking.domain import opening, rules
from booking.domain.errors import EndsBeforeItStarts, Refused
from booking.domain.intervals import Interval
from booking.domain.opening import OpeningPlan
from booking.http import addresses, filters, words

VIEWS = ("grid", "list")
_DAY = timedelta(days=1)
YEARS = range(2000, 2200)
_MOST_SEATS = 1000
_MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for; what makes no sense in it is left out, and `complaint` says so."""

    day: date
    is_today: bool
    view: str = ""  # "grid", "list", or empty: as the width allows
    start: time | None = None
    end: time | None = None
    seats: int = 0
    asked: Interval | None = None
    complaint: str = ""

    def query(self, **other: str) -> dict[str, str]:
        """Return the same questions, with some changed, for `url_for`."""
        kept = {
            "date": self.day.isoformat(),
            "view": self.view,
            "from": f"{self.start:%H:%M}" if self.start else "",
            "to": f"{self.end:%H:%M}" if self.end else "",
            "seats": str(self.seats or ""),
        }
        return {name: value for name, value in (kept | other).items() if value}

    @property
    def before(self) -> date:
        """The day before."""
        return self.day - _DAY

    @property
    def after(self) -> date:
        """The day after."""
        return self.day + _DAY

    @property
    def narrowed(self) -> bool:
        """Tell whether something was asked for besides the day."""
        return bool(self.start or self.end or self.seats)


def wanted(query: MultiDict[str, str], *, zone: str, now: datetime) -> Wanted:
    """Read an address."""
    today = local_date(now, zone)
    day = _date(query.get("date", "")) or today
    start, end = _time(query.get("from", "")), _time(query.get("to", ""))
    asked, complaint = _asked(day, start, end, zone)
    return Wanted(
        day=day,
        is_today=day == today,
        view=query.get("view", "") if query.get("view") in VIEWS else "",
        start=start,
        end=end,
        seats=addresses.number(query.get("seats"), otherwise=0, most=_MOST_SEATS),
        asked=asked,
        complaint=complaint,
    )


def local_date(moment: datetime, zone: str) -> date:
    """Return the date on the wall calendar of `zone`."""
    return moment.astimezone(ZoneInfo(zone)).date()


def around(day: date, zone: str) -> Interval:
    """Return the local day with a margin: hours may end past midnight."""
    midnight = datetime.combine(day, time(), ZoneInfo(zone))
    return Interval(midnight - _DAY, midnight + 3 * _DAY)


def hours_words(plan: OpeningPlan, day: date) -> str:
    """Return "08:00-12:00, 13:00-17:00" with typographers' dashes; empty when closed all day."""
    return ", ".join(filters.time_range(each, plan.zone) for each in opening.open_on(plan, day))


def today_words(plan: OpeningPlan, now: datetime) -> str:
    """Return "Open today 08:00-22:00", or "Closed today" with the reason."""
    today = local_date(now, plan.zone)
    hours = hours_words(plan, today)
    if hours:
        return f"Open today {hours}"
    reason = opening.reason_closed(plan, opening.local_day(today, plan.zone))
    return f"Closed today: {reason}" if reason else "Closed today"


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def _time(text: str) -> time | None:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is None else None


def _asked(day: date, start: time | None, end: time | None, zone: str) -> tuple[Interval | None, str]:
    if start is None or end is None:
        return None, "" if start is end else "Give both times, from and to."
    try:
        ends_on = day + _DAY if end == _MIDNIGHT else day
        begins, ends = rules.wall_time(day, start, zone), rules.wall_time(ends_on, end, zone)
        if ends <= begins:
            raise EndsBeforeItStarts
    except Refused as refusal:
        return None, words.sentence(refusal, zone=zone)
    return Interval(begins, ends), ""
