"""What stands in a mailbox in memory, and how it is shown."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.connectors import digests, stamps
from booking.connectors.port import EventKind, RemoteEvent, RemotePerson, RemoteRef, Stamp
from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass

STEPS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as its owner sees it, private details and all. A series repeats in the wall time of `zone`."""

    id: str
    change: int = 1
    uid: str
    when: Interval
    subject: str = ""
    body: str = ""
    location: str = ""
    zone: str = "UTC"
    busy: BusyClass = BusyClass.BUSY
    categories: tuple[str, ...] = ()
    reminder_minutes: int | None = None
    all_day: bool = False
    private: bool = False
    cancelled: bool = False
    organizer: RemotePerson | None = None
    last_modified_by: str = ""
    stamp: Stamp | None = None
    repeat: str = ""  # "", "daily", "weekly"
    until: date | None = None
    without: frozenset[datetime] = frozenset()  # the dates of a series that are no more, by their start
    guests: frozenset[str] = frozenset()  # the addresses of all that are invited
    invitation: bool = False  # somebody asked for the room, and can be told no

    @property
    def etag(self) -> str:
        """Return the state it is in."""
        return f"{self.id}.{self.change}"


def shown(entry: Entry) -> RemoteEvent:
    """Return a whole entry as the port shows it; a series as its master."""
    kind = EventKind.MASTER if entry.repeat else EventKind.SINGLE
    return _event(entry, entry.id, entry.when, kind, None)


def whole(entry: Entry, event: RemoteEvent) -> RemoteEvent:
    """Return an event of an entry with what is told only when it is asked for by itself."""
    categories = () if entry.private else entry.categories
    return replace(event, categories=categories, reminder_minutes=entry.reminder_minutes)


def occurrences(entry: Entry, window: Interval) -> Iterator[RemoteEvent]:
    """Yield what of an entry touches the window, a series date by date."""
    if not entry.repeat:
        if entry.when.overlaps(window):
            yield shown(entry)
        return
    for number, when in enumerate(_dates(entry, window.end), start=1):
        if when.overlaps(window) and when.start not in entry.without:
            yield _event(entry, f"{entry.id}/{number}", when, EventKind.OCCURRENCE, when.start)


def one(entry: Entry, entry_id: str) -> RemoteEvent | None:
    """Return the entry, or the one date that an id like "AAMk1/3" means; None if that is no more."""
    number = entry_id.partition("/")[2]
    if not number:
        return shown(entry)
    when = next(itertools.islice(_dates(entry), int(number) - 1, None), None)
    if when is None or when.start in entry.without:
        return None
    return _event(entry, entry_id, when, EventKind.OCCURRENCE, when.start)


def _dates(entry: Entry, before: datetime | None = None) -> Iterator[Interval]:
    """Yield each date of a series, or each that starts before a moment."""
    zone = ZoneInfo(entry.zone)
    start = entry.when.start.astimezone(zone).replace(tzinfo=None)
    length = entry.when.end.astimezone(zone).replace(tzinfo=None) - start
    while entry.until is None or start.date() <= entry.until:
        begins, ends = _instant(start, zone), _instant(start + length, zone)
        when = Interval(begins, ends if ends > begins else begins + entry.when.length)  # over the hour that comes twice
        if before and when.start >= before:
            return
        yield when
        start += STEPS[entry.repeat]


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _event(
    entry: Entry, entry_id: str, when: Interval, kind: EventKind, original_start: datetime | None
) -> RemoteEvent:
    private = entry.private
    return RemoteEvent(
        ref=RemoteRef(entry_id, entry.etag, entry.uid),
        when=when,
        all_day=entry.all_day,
        busy=entry.busy,
        private=private,
        cancelled=entry.cancelled,
        subject="" if private else entry.subject,
        location="" if private else entry.location,
        organizer=None if private else entry.organizer,
        last_modified_by="" if private else entry.last_modified_by,
        kind=kind,
        original_start=original_start,
        stamp=stamps.sound(entry.stamp),
        text_hash=digests.text(entry.subject, entry.location),
    )
