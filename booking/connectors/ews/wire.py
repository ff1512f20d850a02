"""Exchange's XML as plain values, exactly as it stands there: nothing is guessed and nothing gets a default.

exchangelib's own item classes invent values for what the server left out (busy, not private, not all-day)
and turn all-day dates with this machine's zone; so items are read here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple, Protocol, Self

TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"


class Element(Protocol):
    """What we use of an XML element (lxml's, or the standard library's in tests)."""

    @property
    def tag(self) -> object: ...
    @property
    def text(self) -> str | None: ...
    def get(self, key: str, /) -> str | None: ...
    def find(self, path: str, /) -> Self | None: ...
    def findall(self, path: str, /) -> list[Self]: ...
    def __iter__(self) -> Iterator[Self]: ...


class Unreadable(ValueError):
    """The server's answer lacks what it must hold."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a series repeats, in Exchange's words."""

    name: str  # "Daily", "Weekly", "AbsoluteMonthly", "RelativeMonthly", "AbsoluteYearly", "RelativeYearly"
    interval: int = 1
    days: tuple[str, ...] = ()
    first_day: str = "Monday"
    day_of_month: int = 0
    week: str = ""
    month: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """One date of a series that was moved."""

    original_start: datetime
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Series:
    """What a recurring master says about its dates."""

    pattern: Pattern
    until: date | None
    count: int | None
    zone: str  # Exchange's name of the zone in which it repeats
    deleted: tuple[datetime, ...] = ()
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One calendar item. Empty text and None mean that the server did not say."""

    id: str
    change_key: str
    start: datetime
    end: datetime
    uid: str = ""
    kind: str = ""
    all_day: bool = False
    busy: str = ""
    sensitivity: str = ""
    cancelled: bool = False
    subject: str = ""
    location: str = ""
    organizer_name: str = ""
    organizer_address: str = ""
    last_modified_by: str = ""
    original_start: datetime | None = None
    mark: str = ""
    version: str = ""
    stamped_uid: str = ""
    categories: tuple[str, ...] = ()
    reminder: bool = False
    reminder_minutes: str = ""
    series: Series | None = None


@dataclass(frozen=True, slots=True)
class ItemId:
    """Which item, in which state."""

    id: str
    change_key: str


class Block(NamedTuple):
    """A stretch of a free/busy answer. A plain tuple, since there are thousands in one answer."""

    start: datetime
    end: datetime
    busy: str


@dataclass(frozen=True, slots=True)
class FreeBusyView:
    """One mailbox's free/busy answer. `view` says how much the server was willing to show."""

    view: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """One mailbox that a name resolved to, with all the addresses it answers to."""

    address: str
    name: str
    kind: str
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox that the server lists."""

    address: str
    name: str


def item(element: Element) -> Item:
    """Return the calendar item, without its series.

    Raises:
        Unreadable: no id, or no times.
    """
    name = item_id(element)
    extended = _extended(element)
    return Item(
        id=name.id,
        change_key=name.change_key,
        start=_required_time(element, "Start"),
        end=_required_time(element, "End"),
        uid=text(element, "UID"),
        kind=text(element, "CalendarItemType"),
        all_day=_flag(element, "IsAllDayEvent"),
        busy=text(element, "LegacyFreeBusyStatus"),
        sensitivity=text(element, "Sensitivity"),
        cancelled=_flag(element, "IsCancelled"),
        subject=text(element, "Subject"),
        location=text(element, "Location"),
        organizer_name=text(element, "Organizer", "Mailbox", "Name"),
        organizer_address=text(element, "Organizer", "Mailbox", "EmailAddress"),
        last_modified_by=text(element, "LastModifiedName"),
        original_start=_time(element, "OriginalStart"),
        mark=extended.get("BookingStamp", ""),
        version=extended.get("BookingVersion", ""),
        stamped_uid=extended.get("BookingUid", ""),
        categories=tuple(each.text or "" for each in element.findall(f"{TYPES}Categories/{TYPES}String")),
        reminder=_flag(element, "ReminderIsSet"),
        reminder_minutes=text(element, "ReminderMinutesBeforeStart"),
        series=_series(element),
    )


def item_id(element: Element) -> ItemId:
    """Return which item the element is about.

    Raises:
        Unreadable: it does not say.
    """
    found = element.find(f"{TYPES}ItemId")
    name = "" if found is None else found.get("Id") or ""
    if found is None or not name:
        raise Unreadable("an item without an id")
    return ItemId(name, found.get("ChangeKey") or "")


def free_busy(element: Element) -> FreeBusyView:
    """Return one mailbox's free/busy view. The hot one: it reads each element once."""
    events = element.find(_EVENTS)
    blocks = () if events is None else tuple(map(_block, events))
    return FreeBusyView(text(element, "FreeBusyViewType"), blocks)


def _block(event: Element) -> Block:
    found = {each.tag: each.text for each in event}
    start, end = _instant(found.get(_START) or ""), _instant(found.get(_END) or "")
    if start is None or end is None or end < start:
        raise Unreadable("a busy stretch without its times")
    return Block(start, end, found.get(_BUSY) or "")


_EVENTS, _START, _END, _BUSY = (f"{TYPES}{name}" for name in ("CalendarEventArray", "StartTime", "EndTime", "BusyType"))


def rights(element: Element) -> frozenset[str]:
    """Return the names of the effective rights that a folder grants, such as "CreateContents"."""
    found = element.find(f"{TYPES}EffectiveRights")
    if found is None:
        raise Unreadable("a folder without rights")
    known = ("CreateContents", "Delete", "Modify", "Read")
    return frozenset(name for name in known if _flag(found, name))


def resolution(element: Element) -> Resolution:
    """Return one mailbox that a name resolved to."""
    address = text(element, "Mailbox", "EmailAddress").lower()
    entries = element.findall(f"{TYPES}Contact/{TYPES}EmailAddresses/{TYPES}Entry")
    others = {(entry.text or "").strip().lower().removeprefix("smtp:") for entry in entries}
    return Resolution(
        address=address,
        name=text(element, "Mailbox", "Name"),
        kind=text(element, "Mailbox", "MailboxType"),
        addresses=frozenset(others | {address}),
    )


def address(element: Element, *path: str) -> Address:
    """Return a mailbox of a list; `path` leads to it."""
    return Address(text(element, *path, "EmailAddress").lower(), text(element, *path, "Name"))


def _series(element: Element) -> Series | None:
    recurrence = element.find(f"{TYPES}Recurrence")
    if recurrence is None:
        return None
    name, how = _first_of(recurrence, PATTERNS)
    boundary, limit = _first_of(recurrence, BOUNDARIES)
    zone = element.find(f"{TYPES}StartTimeZone")
    return Series(
        pattern=Pattern(
            name=name,
            interval=int(text(how, "Interval") or 1),
            days=tuple(text(how, "DaysOfWeek").split()),
            first_day=text(how, "FirstDayOfWeek") or "Monday",
            day_of_month=int(text(how, "DayOfMonth") or 0),
            week=text(how, "DayOfWeekIndex"),
            month=text(how, "Month"),
        ),
        until=_date(text(limit, "EndDate")) if boundary == "EndDate" else None,
        count=int(text(limit, "NumberOfOccurrences")) if boundary == "Numbered" else None,
        zone=(zone.get("Id") or "") if zone is not None else "",
        deleted=tuple(
            _required_time(each, "Start")
            for each in element.findall(f"{TYPES}DeletedOccurrences/{TYPES}DeletedOccurrence")
        ),
        moved=tuple(
            Moved(
                _required_time(each, "OriginalStart"),
                _required_time(each, "Start"),
                _required_time(each, "End"),
            )
            for each in element.findall(f"{TYPES}ModifiedOccurrences/{TYPES}Occurrence")
        ),
    )


PATTERNS = ("Daily", "Weekly", "AbsoluteMonthly", "RelativeMonthly", "AbsoluteYearly", "RelativeYearly")
BOUNDARIES = ("NoEnd", "EndDate", "Numbered")


def _first_of(recurrence: Element, names: tuple[str, ...]) -> tuple[str, Element]:
    for name in names:
        found = recurrence.find(f"{TYPES}{name}Recurrence")
        if found is not None:
            return name, found
    raise Unreadable("a recurrence of an unknown kind")


def _extended(element: Element) -> dict[str, str]:
    """Return the named extended properties; only ours are asked for."""
    found = {}
    for each in element.findall(f"{TYPES}ExtendedProperty"):
        uri = each.find(f"{TYPES}ExtendedFieldURI")
        if uri is not None:
            found[uri.get("PropertyName") or ""] = text(each, "Value")
    return found


def text(element: Element, *path: str) -> str:
    """Return what stands in the element below; empty when it is not there."""
    found = element.find("/".join(f"{TYPES}{name}" for name in path))
    return "" if found is None else found.text or ""


def _flag(element: Element, name: str) -> bool:
    return text(element, name).strip().lower() in ("true", "1")


def _required_time(element: Element, name: str) -> datetime:
    found = _time(element, name)
    if found is None:
        raise Unreadable(f"an item without {name}")
    return found


def _time(element: Element, name: str) -> datetime | None:
    """Return a time in UTC; one without a zone is in the zone that we asked for, which is UTC."""
    return _instant(text(element, name))


@lru_cache(maxsize=4096)  # rooms are busy from nine to ten, and from ten to eleven
def _instant(written: str) -> datetime | None:
    written = written.strip()
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError as error:
        raise Unreadable("a time that is none") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _date(written: str) -> date:
    """Return a date; some servers write a zone behind it ("2026-12-31+01:00")."""
    return date.fromisoformat(written[:10])
