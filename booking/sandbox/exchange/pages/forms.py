"""The form for an item: filled from one, read from a request, checked, and turned into a wish."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qs

from booking.sandbox.exchange.calendar import zones
from booking.sandbox.exchange.outlook import people
from booking.sandbox.exchange.outlook.people import Wish
from booking.sandbox.exchange.state.model import BUSY_STATUSES, Item

_LONGEST_SUBJECT = 255
_REPEATS = ("", people.DAILY, people.WEEKLY, people.OTHER)
_ONE_DAY = timedelta(days=1)
_NAMES = (
    "subject", "location", "start_date", "start_time", "end_date", "end_time", "all_day", "repeat", "until", "busy",
    "private", "body",
)  # fmt: skip


@dataclass(slots=True)
class EventForm:
    """What stands in the fields, as text, and what is wrong with it, by field."""

    values: dict[str, str]
    rooms: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def wish(self, zone: str) -> Wish | None:
        """What the person wants, or None and the errors that say why it cannot be."""
        start, end = self._times()
        until = self._date("until") if self.values["until"] else None
        self._check_choices()
        if start is None or end is None or self.errors:
            return None
        if end < start or (end == start and not self.values["all_day"]):
            self.errors["end_date"] = "The end has to be after the start."
        if until is not None and until < start.date():
            self.errors["until"] = "The last day has to be on or after the first."
        if self.errors:
            return None
        all_day = bool(self.values["all_day"])
        return Wish(
            subject=self.values["subject"].strip(),
            location=self.values["location"].strip(),
            body=self.values["body"].replace("\r\n", "\n"),
            start=zones.utc(start, zone).astimezone(UTC),
            end=zones.utc(end + _ONE_DAY if all_day else end, zone).astimezone(UTC),
            zone=zone,
            busy=self.values["busy"],
            private=bool(self.values["private"]),
            all_day=all_day,
            repeat=self.values["repeat"] or None,
            until=until,
            attendees=tuple(self.rooms),
        )

    def _times(self) -> tuple[datetime | None, datetime | None]:
        first, last = self._date("start_date"), self._date("end_date")
        if self.values["all_day"]:
            begins: time | None = time()
            ends: time | None = time()
        else:
            begins, ends = self._time("start_time"), self._time("end_time")
        start = None if first is None or begins is None else datetime.combine(first, begins)
        end = None if last is None or ends is None else datetime.combine(last, ends)
        return start, end

    def _date(self, name: str) -> date | None:
        try:
            return date.fromisoformat(self.values[name].strip())
        except ValueError:
            self.errors[name] = "This is not a date; write it like 2026-11-23."
            return None

    def _time(self, name: str) -> time | None:
        try:
            found = time.fromisoformat(self.values[name].strip())
        except ValueError:
            self.errors[name] = "This is not a time of day; write it like 14:30."
            return None
        return found.replace(second=0, microsecond=0, tzinfo=None)

    def _check_choices(self) -> None:
        if len(self.values["subject"]) > _LONGEST_SUBJECT:
            self.errors["subject"] = f"The title may have at most {_LONGEST_SUBJECT} letters."
        if self.values["busy"] not in BUSY_STATUSES:
            self.errors["busy"] = "Choose one of the list."
        if self.values["repeat"] not in _REPEATS:
            self.errors["repeat"] = "Choose one of the list."


def blank(day: date) -> EventForm:
    """A new item on that day, from ten to eleven."""
    values = dict.fromkeys(_NAMES, "")
    when = day.isoformat()
    return EventForm(
        values | {"start_date": when, "start_time": "10:00", "end_date": when, "end_time": "11:00", "busy": "Busy"}
    )


def of(item: Item, zone: str) -> EventForm:
    """The item as it is, to be changed."""
    shown = item.zone if item.all_day else zone
    start, end = zones.wall(item.start, shown), zones.wall(item.end, shown)
    last = end.date() - _ONE_DAY if item.all_day else end.date()
    until = None if item.recurrence is None else item.recurrence.last
    values = {
        "subject": item.subject,
        "location": item.location,
        "start_date": start.date().isoformat(),
        "start_time": f"{start:%H:%M}",
        "end_date": last.isoformat(),
        "end_time": f"{end:%H:%M}",
        "all_day": "yes" if item.all_day else "",
        "repeat": people.repeat_of(item),
        "until": "" if until is None else until.isoformat(),
        "busy": item.busy,
        "private": "yes" if item.private else "",
        "body": item.body,
    }
    return EventForm(values, [each.address for each in item.attendees])


def read(body: bytes) -> EventForm:
    """What a person sent; a box that is not ticked is not sent."""
    sent = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    values = {name: sent.get(name, [""])[-1] for name in _NAMES}
    return EventForm(values, [room.strip().lower() for room in sent.get("room", [])])
