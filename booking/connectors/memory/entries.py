"""What stands in a mailbox in memory, and how it is shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.connectors import digests
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
    all_day: bool = False
    private: bool = False
    cancelled: bool = False
    organizer: RemotePerson | None = None
    stamp: Stamp | None = None
    repeat: str = ""  # "", "daily", "weekly"
    until: date | None = None

    @property
    def etag(self) -> str:
        """Return the state it is in."""
        return f"{self.id}.{self.change}"


def shown(entry: Entry) -> RemoteEvent:
    """Return a whole entry as the port shows it; a series as its master."""
    kind = EventKind.MASTER if entry.repeat else EventKind.SINGLE
    return _event(entry, entry.id, entry.when, kind, None)


def occurrences(entry: Entry, window: Interval) -> Iterator[RemoteEvent]:
    """Yield what of an entry touches the window, a series date by date."""
    if not entry.repeat:
        if entry.when.overlaps(window):
            yield shown(entry)
        return
    for number, when in enumerate(_dates(entry, window.end), start=1):
        if when.overlaps(window):
            yield _event(entry, f"{entry.id}/{number}", when, EventKind.OCCURRENCE, when.start)


def _dates(entry: Entry, before: datetime) -> Iterator[Interval]:
    """Yield each date of a series that starts before a moment."""
    zone = ZoneInfo(entry.zone)
    start = entry.when.start.astimezone(zone).replace(tzinfo=None)
    length = entry.when.end.astimezone(zone).replace(tzinfo=None) - start
    while entry.until is None or start.date() <= entry.until:
        when = Interval(_instant(start, zone), _instant(start + length, zone))
        if when.start >= before:
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
        kind=kind,
        original_start=original_start,
        stamp=entry.stamp,
        text_hash=digests.text(entry.subject, entry.location),
    )
