"""When places are open, as plans for the domain and as rows for forms."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, delete, select

from booking.domain.errors import NotFound
from booking.domain.intervals import Interval
from booking.domain.opening import ClosedTime, DayException, Hours, OpeningPlan
from booking.store.database import Session
from booking.store.models import Closure, Location, OpeningException, OpeningHours, Space

_DAY = timedelta(days=1)
#: Hours of a day may end this much later than the day does, and local days differ from UTC's.
_AROUND = 2 * _DAY

RowT = TypeVar("RowT", OpeningHours, OpeningException, Closure)


@dataclass(frozen=True, slots=True)
class HoursOfPlace:
    """What a form about hours shows: of a location, or of one space. `own` tells whether the week is its own."""

    week: Mapping[int, tuple[Hours, ...]]
    exceptions: tuple[DayException, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class ClosureRow:
    """A closure; `space_id` is None for one of the whole location."""

    id: int
    location_id: int
    space_id: int | None
    space_name: str
    when: Interval
    reason: str


@dataclass(frozen=True, slots=True)
class _Rows:
    hours: Sequence[OpeningHours]
    exceptions: Sequence[OpeningException]
    closures: Sequence[Closure]


def plan_for(session: Session, space_id: int, *, around: Interval) -> OpeningPlan:
    """Return when one space is open around that time.

    Raises:
        NotFound: there is no such space.
    """
    found = session.execute(
        select(Space.location_id, Location.zone)
        .join(Location, Location.id == Space.location_id)
        .where(Space.id == space_id)
    ).one_or_none()
    if found is None:
        raise NotFound(what="space")
    rows = _rows(session, found.location_id, around)
    return _plan(rows, zone=found.zone, space_id=space_id)


def plans_for_spaces(
    session: Session, location_id: int, space_ids: Iterable[int], *, zone: str, around: Interval
) -> Mapping[int | None, OpeningPlan]:
    """Return when each of these spaces of a location is open around that time; under None, the location itself."""
    different = different_plans(session, location_id, zone=zone, around=around)
    return {space_id: different.get(space_id, different[None]) for space_id in (None, *space_ids)}


def different_plans(
    session: Session, location_id: int, *, zone: str, around: Interval
) -> Mapping[int | None, OpeningPlan]:
    """Return the plan of the location, under None, and of the spaces that differ from it; the others share it."""
    rows = _rows(session, location_id, around)
    own = {each.space_id for table in (rows.hours, rows.exceptions, rows.closures) for each in table}
    return {space_id: _plan(rows, zone=zone, space_id=space_id) for space_id in {None, *own}}


def hours_of(session: Session, location_id: int, space_id: int | None = None) -> HoursOfPlace:
    """Return the week and all exceptions that a location, or one of its spaces, has of its own."""
    week = session.scalars(
        select(OpeningHours)
        .where(OpeningHours.location_id == location_id, _of(OpeningHours, space_id))
        .order_by(OpeningHours.weekday, OpeningHours.opens_minute)
    ).all()
    exceptions = session.scalars(
        select(OpeningException)
        .where(OpeningException.location_id == location_id, _of(OpeningException, space_id))
        .order_by(OpeningException.day, OpeningException.opens_minute)
    ).all()
    return HoursOfPlace(_week(week), tuple(_exceptions(exceptions).values()), own=bool(week))


def closures(session: Session, location_id: int) -> tuple[ClosureRow, ...]:
    """Return all closures of a location and its spaces, by their start."""
    found = session.execute(
        select(Closure, Space.name)
        .outerjoin(Space, Space.id == Closure.space_id)
        .where(Closure.location_id == location_id)
        .order_by(Closure.starts_at)
    )
    return tuple(
        ClosureRow(
            id=closure.id,
            location_id=closure.location_id,
            space_id=closure.space_id,
            space_name=name or "",
            when=Interval(closure.starts_at, closure.ends_at),
            reason=closure.reason,
        )
        for closure, name in found
    )


def drop_week(session: Session, location_id: int, space_id: int | None) -> None:
    """Take away the ordinary week that a location, or one of its spaces, has of its own."""
    session.execute(delete(OpeningHours).where(OpeningHours.location_id == location_id, _of(OpeningHours, space_id)))


def drop_exception(session: Session, location_id: int, space_id: int | None, day: date) -> None:
    """Take away what a location, or one of its spaces, has of its own for that date."""
    session.execute(
        delete(OpeningException)
        .where(OpeningException.location_id == location_id, _of(OpeningException, space_id))
        .where(OpeningException.day == day)
    )


def _of(table: type[OpeningHours | OpeningException], space_id: int | None) -> ColumnElement[bool]:
    return table.space_id.is_(None) if space_id is None else table.space_id == space_id


def _rows(session: Session, location_id: int, around: Interval) -> _Rows:
    """Read all hours, exceptions and closures of a location around that time: three statements."""
    start, end = around.start - _AROUND, around.end + _AROUND
    hours = select(OpeningHours).where(OpeningHours.location_id == location_id).order_by(OpeningHours.opens_minute)
    exceptions = (
        select(OpeningException)
        .where(OpeningException.location_id == location_id)
        .where(OpeningException.day.between(start.date(), end.date()))
        .order_by(OpeningException.opens_minute)
    )
    closed = (
        select(Closure)
        .where(Closure.location_id == location_id, Closure.starts_at < end, Closure.ends_at > start)
        .order_by(Closure.starts_at)
    )
    return _Rows(session.scalars(hours).all(), session.scalars(exceptions).all(), session.scalars(closed).all())


def _plan(rows: _Rows, *, zone: str, space_id: int | None) -> OpeningPlan:
    """Put one place's plan together: its own week and exceptions before its location's, closures of both."""
    own_week = _for(rows.hours, space_id) if space_id is not None else []
    exceptions = _exceptions(_for(rows.exceptions, None))
    if space_id is not None:
        exceptions |= _exceptions(_for(rows.exceptions, space_id))
    return OpeningPlan(
        zone=zone,
        week=_week(own_week or _for(rows.hours, None)),
        exceptions=exceptions,
        closures=tuple(
            ClosedTime(Interval(each.starts_at, each.ends_at), each.reason)
            for each in rows.closures
            if each.space_id in {None, space_id}
        ),
    )


def _for(rows: Iterable[RowT], space_id: int | None) -> list[RowT]:
    return [each for each in rows if each.space_id == space_id]


def _week(rows: Iterable[OpeningHours]) -> dict[int, tuple[Hours, ...]]:
    week: dict[int, list[Hours]] = defaultdict(list)
    for each in rows:
        week[each.weekday].append(Hours(each.opens_minute, each.closes_minute))
    return {weekday: tuple(hours) for weekday, hours in week.items()}


def _exceptions(rows: Iterable[OpeningException]) -> dict[date, DayException]:
    days: dict[date, DayException] = {}
    for each in rows:
        so_far = days.get(each.day, DayException(each.day, (), each.note))
        hours = (
            ()
            if each.opens_minute is None or each.closes_minute is None
            else (Hours(each.opens_minute, each.closes_minute),)
        )
        days[each.day] = DayException(each.day, so_far.hours + hours, so_far.note)
    return days
