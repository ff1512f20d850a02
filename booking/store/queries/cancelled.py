"""What sync has cancelled and may stand again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, select

from booking.domain.intervals import Interval
from booking.domain.permissions import Scope
from booking.domain.states import Channel, OccurrenceState
from booking.domain.titles import full_name
from booking.store.database import Session
from booking.store.models import Booking, Location, Occurrence, Person, Space


@dataclass(frozen=True, slots=True)
class CancelledRow:
    """A date that was cancelled from Outlook and may stand again."""

    occurrence_id: int
    key: str
    ref: str
    patron_name: str
    email: str
    space_id: int
    space_name: str
    space_slug: str
    zone: str
    location_name: str
    when: Interval
    ended_at: datetime
    scope: Scope


def by_sync(session: Session, *, since: datetime, now: datetime) -> tuple[CancelledRow, ...]:
    """Return the dates to come that sync has cancelled from that moment on, the latest cancel first."""
    query = _cancelled(since, now).order_by(Occurrence.ended_at.desc(), Occurrence.starts_at, Occurrence.id)
    return _cancelled_rows(session, query)


def together(
    session: Session, *, space_id: int, ended_at: datetime, since: datetime, now: datetime
) -> tuple[CancelledRow, ...]:
    """Return what one reading of a room has cancelled, in order of time."""
    query = _cancelled(since, now).where(Occurrence.space_id == space_id, Occurrence.ended_at == ended_at)
    return _cancelled_rows(session, query.order_by(Occurrence.starts_at, Occurrence.id))


_CancelledQuery = Select[Occurrence, Booking, Person, Space, Location]


def _cancelled(since: datetime, now: datetime) -> _CancelledQuery:
    return (
        select(Occurrence, Booking, Person, Space, Location)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(Person, Person.id == Booking.patron_id)
        .join(Space, Space.id == Occurrence.space_id)
        .join(Location, Location.id == Space.location_id)
        .where(is_undoable(since, now))
    )


def is_undoable(since: datetime, now: datetime) -> ColumnElement[bool]:
    """Return what makes a date one that sync has cancelled from that moment on, and that is to come."""
    return and_(
        Occurrence.state == OccurrenceState.CANCELLED,
        Occurrence.cancelled_by == Channel.OUTLOOK,
        Occurrence.ended_at >= since,
        Occurrence.ends_at > now,
    )


def _cancelled_rows(session: Session, query: _CancelledQuery) -> tuple[CancelledRow, ...]:
    return tuple(
        CancelledRow(
            occurrence_id=occurrence.id,
            key=occurrence.key,
            ref=booking.ref,
            patron_name=full_name(patron.first_name, patron.last_name),
            email=patron.email,
            space_id=space.id,
            space_name=space.name,
            space_slug=space.slug,
            zone=location.zone,
            location_name=location.name,
            when=occurrence.when,
            ended_at=occurrence.ended_at,
            scope=Scope(location.id, space.category_id),
        )
        for occurrence, booking, patron, space, location in session.execute(query)
        if occurrence.ended_at is not None
    )


def undoable_of_booking(session: Session, booking_id: int, *, since: datetime, now: datetime) -> frozenset[int]:
    """Return which dates of a booking sync has cancelled from that moment on, by id."""
    query = select(Occurrence.id).where(Occurrence.booking_id == booking_id, is_undoable(since, now))
    return frozenset(session.scalars(query))


def scope(session: Session, occurrence_id: int) -> Scope | None:
    """Return the place of a date, whatever became of it; None if there is no such date."""
    query = (
        select(Space.location_id, Space.category_id)
        .join(Occurrence, Occurrence.space_id == Space.id)
        .where(Occurrence.id == occurrence_id)
    )
    found = session.execute(query).first()
    return Scope(*found) if found else None
