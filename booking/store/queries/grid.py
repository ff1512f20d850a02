"""One day of a location: every space, slot by slot, once for patrons and once for staff.

Two functions, because what a patron may not know is left out here, once: a patron's rows hold no name, title,
organiser or reference, except of bookings that are theirs. The number of statements does not depend on how many
spaces there are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from functools import cached_property, partial
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, select

from booking.domain import availability, opening
from booking.domain.availability import Cadence, Mark, Row, Slot, SlotState
from booking.domain.intervals import Interval, merged
from booking.domain.opening import OpeningPlan
from booking.domain.rules import SpaceRules
from booking.domain.states import OccurrenceState
from booking.domain.titles import full_name
from booking.store.database import Session
from booking.store.models import Booking, ExternalEvent, Occurrence, Person, Space
from booking.store.queries import bookings, free, places, profiles
from booking.store.queries import opening as opening_rows
from booking.store.queries.places import LocationRow, SpaceRow

STEP = timedelta(minutes=30)

CHANGEOVER = "Kept free for changeover"
OUTLOOK = "BUSY in Outlook"
PRIVATE = "Private"


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of one row, `columns` wide; times are aware, with the offset of the location's zone at that moment."""

    start: datetime
    end: datetime
    state: SlotState
    columns: int
    text: str  # staff: a name; closed: why
    ref: str | None
    note: str


@dataclass(frozen=True)
class GridRow:
    """One space. `free_runs` are the times that can be booked, exact, in the location's zone; `marks` what takes it.

    `cells` are made when a page draws them: a program that asks for the day needs none.
    """

    space: SpaceRow
    marks: tuple[Mark, ...]
    free_runs: tuple[Interval, ...]
    rules: SpaceRules
    draw: Callable[[], tuple[Cell, ...]] = field(repr=False, compare=False)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The row slot by slot."""
        return self.draw()


@dataclass(frozen=True, slots=True)
class GridGroup:
    """The spaces of one category."""

    category: str
    rows: tuple[GridRow, ...]


@dataclass(frozen=True, slots=True)
class DayGrid:
    """A day: columns from the first opening to the last closing; none at all when nothing is open."""

    location: LocationRow
    day: date
    starts: tuple[datetime, ...]
    ends: datetime
    step: timedelta
    opening_text: str
    groups: tuple[GridGroup, ...]
    now: datetime


class _Walls(dict[datetime, datetime]):
    """Moments on the location's clock, each worked out once: a thousand rooms share a day's few edges."""

    def __init__(self, zone: str) -> None:
        super().__init__()
        self._zone = ZoneInfo(zone)

    def __missing__(self, moment: datetime) -> datetime:
        self[moment] = _wall(moment, self._zone)
        return self[moment]


@dataclass(frozen=True, slots=True)
class _Day:
    """What is the same for all rows of a day."""

    location: LocationRow
    day: date
    spaces: Sequence[SpaceRow]
    plans: Mapping[int | None, OpeningPlan]
    open_times: Mapping[int, list[Interval]]
    whole: Interval  # from midnight to midnight
    columns: Sequence[Interval]
    span: Interval  # what the columns cover
    walls: _Walls

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.location.zone)

    @property
    def space_ids(self) -> list[int]:
        return [each.id for each in self.spaces]


def patron_day(
    session: Session,
    *,
    location: LocationRow,
    day: date,
    now: datetime,
    cadence: Cadence,
    mine: frozenset[str] = frozenset(),
) -> DayGrid:
    """Return a location's day as patrons see it: free, taken, closed, not certain, and which are theirs.

    Args:
        session: to read with.
        location: whose spaces.
        day: in the location's zone.
        now: the present moment.
        cadence: how often calendars are read.
        mine: references of bookings that belong to whoever looks.
    """
    found = _day(session, location, day)
    marks = [*_marks_for_patrons(session, found, mine), *_outside_for_patrons(session, found)]
    return _grid(session, found, marks, now=now, cadence=cadence, changeover="")


def staff_day(session: Session, *, location: LocationRow, day: date, now: datetime, cadence: Cadence) -> DayGrid:
    """Return a location's day as its staff see it: who has which space, and what Outlook blocks.

    Bookings that stand outside today's hours, since those were changed or the place was closed, are shown too.
    """
    found = _day(session, location, day)
    if strays := _outside_hours(session, found):
        found = _reaching(found, strays)
    marks = [*_marks_for_staff(session, found), *_outside_for_staff(session, found)]
    return _grid(session, found, marks, now=now, cadence=cadence, changeover=CHANGEOVER)


def _day(session: Session, location: LocationRow, day: date) -> _Day:
    """Read the location's spaces and when each is open that day: four statements."""
    spaces = places.spaces(session, location_id=location.id)
    whole = opening.local_day(day, location.zone)
    ids = [each.id for each in spaces]
    plans = opening_rows.plans_for_spaces(session, location.id, ids, zone=location.zone, around=whole)
    unlike = {id(plan): plan for plan in plans.values()}  # most spaces share one plan
    hours = {key: opening.open_on(plan, day) for key, plan in unlike.items()}
    open_times = {space_id: hours[id(plans[space_id])] for space_id in ids}
    walls = _Walls(location.zone)
    found = _Day(location, day, spaces, plans, open_times, whole, columns=(), span=whole, walls=walls)
    return _reaching(found, ())


def _reaching(day: _Day, strays: Iterable[Interval]) -> _Day:
    """Return the day with columns from its first opening to its last closing, and as far as `strays`."""
    parts = [*strays, *(part for each in day.open_times.values() for part in each)]
    if not parts:
        return day
    start = day.whole.start + (min(part.start for part in parts) - day.whole.start) // STEP * STEP
    columns = availability.columns(Interval(start, max(part.end for part in parts)), STEP)
    return replace(day, columns=columns, span=Interval(start, columns[-1].end))


def _outside_hours(session: Session, day: _Day) -> list[Interval]:
    """Return the times of bookings that begin that day and lie outside its hours, and yesterday's past midnight."""
    found = session.execute(
        select(Occurrence.space_id, Occurrence.starts_at, Occurrence.ends_at)
        .where(Occurrence.space_id.in_(day.space_ids), Occurrence.holds.is_(True))
        .where(Occurrence.starts_at >= day.whole.start, Occurrence.starts_at < day.whole.end)
    )
    strays = []
    for space_id, start, end in found:
        when = Interval(start, end)
        if not any(each.covers(when) for each in merged(_hours_until(day, space_id))):
            strays.append(when.clipped(day.whole) or when)
    return strays


def _hours_until(day: _Day, space_id: int) -> list[Interval]:
    yesterday = day.day - timedelta(days=1)
    return [*opening.open_on(day.plans[space_id], yesterday), *day.open_times[space_id]]


def _marks_for_patrons(session: Session, day: _Day, mine: frozenset[str]) -> Iterable[tuple[int, Mark]]:
    """Yield what our own bookings take. Names are not even read, and references only where some may be theirs."""
    wanted = select(Occurrence.space_id, Occurrence.starts_at, Occurrence.ends_at).where(*_ours(day))
    yours = _refs(session, day, mine) if mine else {}
    for space_id, start, end in session.execute(wanted.order_by(Occurrence.starts_at)):
        when = Interval(start, end)
        ref = yours.get((space_id, start))
        yield space_id, Mark(when, SlotState.TAKEN) if ref is None else Mark(when, SlotState.YOURS, ref=ref)


def _refs(session: Session, day: _Day, mine: frozenset[str]) -> dict[tuple[int, datetime], str]:
    """Return which of these bookings stand where; a space has one booking at a time."""
    found = session.execute(
        select(Occurrence.space_id, Occurrence.starts_at, Booking.ref)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .where(Booking.ref.in_(mine), *_ours(day))
    )
    return {(space_id, start): ref for space_id, start, ref in found}


def _marks_for_staff(session: Session, day: _Day) -> Iterable[tuple[int, Mark]]:
    found = session.execute(
        select(
            Occurrence.space_id,
            Occurrence.starts_at,
            Occurrence.ends_at,
            Occurrence.state,
            Booking.ref,
            Person.first_name,
            Person.last_name,
        )
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(Person, Person.id == Booking.patron_id)
        .where(*_ours(day))
        .order_by(Occurrence.starts_at)
    )
    for space_id, start, end, state, ref, first_name, last_name in found:
        when = Interval(start, end)
        seen = SlotState.HELD if state is OccurrenceState.HELD else SlotState.TAKEN
        yield space_id, Mark(when, seen, full_name(first_name, last_name), ref, _clock_times(when, day.zone))


def _outside_for_patrons(session: Session, day: _Day) -> Iterable[tuple[int, Mark]]:
    """Yield what Outlook blocks: to a patron it is simply taken."""
    columns = select(ExternalEvent.space_id, ExternalEvent.starts_at, ExternalEvent.ends_at)
    for space_id, start, end in session.execute(columns.where(*_theirs(day))):
        yield space_id, Mark(Interval(start, end), SlotState.TAKEN)


def _outside_for_staff(session: Session, day: _Day) -> Iterable[tuple[int, Mark]]:
    """Yield what Outlook blocks; a title or organiser only where the profile had them stored."""
    found = session.execute(
        select(
            ExternalEvent.space_id,
            ExternalEvent.starts_at,
            ExternalEvent.ends_at,
            ExternalEvent.private,
            ExternalEvent.title,
            ExternalEvent.organizer,
        ).where(*_theirs(day))
    ).all()
    said = profiles.showing_private(session, day.location.id) if any(row.private for row in found) else frozenset()
    for space_id, start, end, private, title, organizer in found:
        when = Interval(start, end)
        words = [OUTLOOK, PRIVATE if space_id in said else ""] if private else [OUTLOOK, title, organizer]
        text = " · ".join(word for word in words if word)
        yield space_id, Mark(when, SlotState.OUTLOOK, text, note=_clock_times(when, day.zone))


def _ours(day: _Day) -> tuple[ColumnElement[bool], ...]:
    window = _watched(day)
    return Occurrence.space_id.in_(_spaces(day)), Occurrence.holds.is_(True), *bookings.touches(Occurrence, window)


def _theirs(day: _Day) -> tuple[ColumnElement[bool], ...]:
    window = _watched(day)
    return (
        ExternalEvent.space_id.in_(_spaces(day)),
        *bookings.blocking(),
        *bookings.touches(ExternalEvent, window),
    )


def _spaces(day: _Day) -> Select[int]:
    """Return the question for the location's spaces: a thousand ids by name would take longer than the answer."""
    return select(Space.id).where(Space.location_id == day.location.id)


def _watched(day: _Day) -> Interval:
    """Return the shown part of the day, and what around it may need a changeover within."""
    margin = max((each.rules.changeover for each in day.spaces), default=timedelta())
    return day.span.padded(before=margin, after=margin)


def _grid(
    session: Session,
    day: _Day,
    marks: Iterable[tuple[int, Mark]],
    *,
    now: datetime,
    cadence: Cadence,
    changeover: str,
) -> DayGrid:
    by_space: dict[int, list[Mark]] = defaultdict(list)
    for space_id, mark in marks:
        by_space[space_id].append(mark)
    fresh = free.freshness(session, day.space_ids)
    rows = []
    for space in day.spaces:
        row = Row(
            rules=space.rules,
            zone=space.zone,
            open_times=day.open_times[space.id],
            marks=sorted(by_space[space.id], key=lambda mark: mark.when),
            unsure=availability.unsure_times(fresh.get(space.id), day.span, now=now, cadence=cadence),
            why_closed=partial(opening.reason_closed, day.plans[space.id]),
            changeover=changeover,
        )
        rows.append(_row(day, space, row, now=now))
    groups = groupby(rows, key=lambda row: (row.space.category_id, row.space.category_name))
    return DayGrid(
        location=day.location,
        day=day.day,
        starts=tuple(day.walls[column.start] for column in day.columns),
        ends=_wall(day.span.end, day.zone),
        step=STEP,
        opening_text=_opening_text(day),
        groups=tuple(GridGroup(name, tuple(each)) for (_, name), each in groups),
        now=_wall(now, day.zone),
    )


def _row(day: _Day, space: SpaceRow, row: Row, *, now: datetime) -> GridRow:
    def cells() -> tuple[Cell, ...]:
        return tuple(_cell(slot, day.walls) for slot in availability.slots(row, day.columns, now=now))

    return GridRow(
        space=space,
        marks=tuple(row.marks),
        free_runs=tuple(
            Interval(day.walls[run.start], day.walls[run.end]) for run in availability.free_runs(row, now=now)
        ),
        rules=space.rules,
        draw=cells,
    )


def _cell(slot: Slot, walls: _Walls) -> Cell:
    start, end = walls[slot.when.start], walls[slot.when.end]
    return Cell(start, end, slot.state, slot.columns, slot.text, slot.ref, slot.note)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment in the zone, with the offset that it has there then.

    Not with the zone itself: Python compares and subtracts two times of one zone by their wall clock, which is
    wrong in the night when clocks go back.

    Source: docs.python.org, datetime, "datetime objects", supported operations.
    """
    local = moment.astimezone(zone)
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta(), local.tzname() or ""))


def _clock_times(when: Interval, zone: ZoneInfo) -> str:
    return f"{when.start.astimezone(zone):%H:%M} to {when.end.astimezone(zone):%H:%M}"


def _opening_text(day: _Day) -> str:
    """Return when the location is open that day, in words."""
    plan = day.plans[None]
    hours = opening.open_on(plan, day.day)
    if not hours:
        reason = opening.reason_closed(plan, opening.local_day(day.day, day.location.zone))
        return f"Closed: {reason}" if reason else "Closed"
    if hours == [opening.local_day(day.day, day.location.zone)]:
        return "Open 24 hours"
    return "Open " + ", ".join(_clock_times(each, day.zone) for each in hours)
