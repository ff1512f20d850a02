"""The error report: what went wrong with calendars, as far as somebody may see it, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from booking.store.database import Session
from booking.store.models import (
    Booking,
    CalendarLink,
    Connection,
    Location,
    Occurrence,
    PushItem,
    Space,
    SyncError,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which errors are asked for; what is None or empty does not matter.

    `spaces` and `connections` are those that the person may see: of errors of a whole connection, those of these
    connections. None: every one.
    """

    spaces: frozenset[int] | None = None
    connections: frozenset[int] | None = None
    space_id: int | None = None
    connection_id: int | None = None
    ref: str = ""
    kind: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """Something that went wrong, in words, and what it was about: a space, or a whole connection (then none)."""

    at: datetime
    connection_id: int | None
    connection: str
    location: str
    space_id: int | None
    space: str
    space_slug: str
    mailbox: str
    booking: str
    operation: str
    kind: str
    message: str


def rows(session: Session, wanted: Wanted, *, at_most: int) -> tuple[ReportedRow, ...]:
    """Return the errors asked for, newest first."""
    columns = SyncError, CalendarLink.mailbox, Connection.id, Connection.name, Space, Location.name, Booking.ref
    query = _joined(select(*columns)).where(*_conditions(wanted))
    found = session.execute(query.order_by(SyncError.at.desc(), SyncError.id.desc()).limit(at_most))
    return tuple(
        ReportedRow(
            at=error.at,
            connection_id=connection_id,
            connection=connection or "",
            location=location or "",
            space_id=space.id if space else None,
            space=space.name if space else "",
            space_slug=space.slug if space else "",
            mailbox=mailbox or "",
            booking=ref or "",
            operation=error.operation,
            kind=error.kind,
            message=error.message,
        )
        for error, mailbox, connection_id, connection, space, location, ref in found
    )


def count(session: Session, wanted: Wanted) -> int:
    """Return how many errors those are."""
    return session.scalar(_joined(select(func.count(SyncError.id))).where(*_conditions(wanted))) or 0


def concerned(session: Session) -> tuple[int, ...]:
    """Return the spaces that are or were paired, by place: others have no errors."""
    query = (
        select(Space.id)
        .join(Location, Location.id == Space.location_id)
        .where(Space.id.in_(select(CalendarLink.space_id)))
        .order_by(Location.position, Location.name, Space.position, Space.name, Space.id)
    )
    return tuple(session.scalars(query))


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(SyncError)
        .outerjoin(CalendarLink, CalendarLink.id == SyncError.link_id)
        .outerjoin(Space, Space.id == CalendarLink.space_id)
        .outerjoin(Location, Location.id == Space.location_id)
        .outerjoin(Connection, Connection.id == func.coalesce(SyncError.connection_id, CalendarLink.connection_id))
        .outerjoin(PushItem, PushItem.id == SyncError.push_item_id)
        .outerjoin(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .outerjoin(Booking, Booking.id == Occurrence.booking_id)
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.spaces is not None or wanted.connections is not None:
        whole = and_(SyncError.link_id.is_(None), Connection.id.in_(wanted.connections or ()))
        found.append(or_(CalendarLink.space_id.in_(wanted.spaces or ()), whole))
    if wanted.space_id is not None:
        found.append(CalendarLink.space_id == wanted.space_id)
    if wanted.connection_id is not None:
        found.append(Connection.id == wanted.connection_id)
    found += [column == value for column, value in ((Booking.ref, wanted.ref), (SyncError.kind, wanted.kind)) if value]
    if wanted.since is not None:
        found.append(SyncError.at >= wanted.since)
    return found
