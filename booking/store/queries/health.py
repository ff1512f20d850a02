"""How each paired space is doing: what waits, what failed, what staff must decide."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from booking.domain.states import PushState
from booking.store.database import Session
from booking.store.models import Booking, CalendarLink, Conflict, Occurrence, PushItem, Space, SyncError
from booking.store.queries import connections, links
from booking.store.queries.connections import ConnectionRow
from booking.store.queries.links import LinkRow
from booking.store.queries.push import OPEN


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is still to be written on a link."""

    number: int = 0
    oldest: datetime | None = None
    given_up: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """One link with all that its state is judged by."""

    link: LinkRow
    connection: ConnectionRow
    waiting: Waiting
    conflicts: int


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """Something that staff must look at."""

    id: int
    link_id: int
    space_id: int
    space_name: str
    booking_ref: str
    kind: str
    detail: str
    found_at: datetime


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """Something that went wrong, in words."""

    at: datetime
    operation: str
    kind: str
    message: str


def all_links(session: Session) -> tuple[Health, ...]:
    """Return the state of every live link, by place; the same number of statements however many there are."""
    known = {each.id: each for each in connections.rows(session)}
    waiting, conflicts = _waiting(session), _conflicts(session)
    return tuple(
        Health(
            link=each,
            connection=known[each.connection_id],
            waiting=waiting.get(each.id, Waiting()),
            conflicts=conflicts.get(each.id, 0),
        )
        for each in links.rows(session)
    )


def _waiting(session: Session) -> dict[int, Waiting]:
    is_open = PushItem.state.in_(OPEN)
    # Each try changes a row: what was never written yet has waited since it was made.
    since = case((PushItem.acked_version == 0, PushItem.created_at), else_=PushItem.updated_at)
    query = (
        select(
            PushItem.link_id,
            func.count().filter(is_open),
            func.min(since).filter(is_open),
            func.count().filter(PushItem.state == PushState.DEAD),
            func.max(PushItem.last_error).filter(PushItem.state.in_((*OPEN, PushState.DEAD))),
        )
        .where(PushItem.state.in_((*OPEN, PushState.DEAD)))
        .group_by(PushItem.link_id)
    )
    return {
        link_id: Waiting(number, oldest, given_up, last_error or "")
        for link_id, number, oldest, given_up, last_error in session.execute(query)
    }


def _conflicts(session: Session) -> dict[int, int]:
    query = select(Conflict.link_id, func.count()).where(Conflict.resolved_at.is_(None)).group_by(Conflict.link_id)
    return {link_id: number for link_id, number in session.execute(query)}  # noqa: C416 - rows, not pairs


def open_conflicts(session: Session, *, link_id: int | None = None) -> tuple[ConflictRow, ...]:
    """Return what staff must look at, newest first."""
    query = (
        select(Conflict, Space.id, Space.name, Booking.ref)
        .join(CalendarLink, CalendarLink.id == Conflict.link_id)
        .join(Space, Space.id == CalendarLink.space_id)
        .outerjoin(Occurrence, Occurrence.id == Conflict.occurrence_id)
        .outerjoin(Booking, Booking.id == Occurrence.booking_id)
        .where(Conflict.resolved_at.is_(None))
        .order_by(Conflict.found_at.desc(), Conflict.id.desc())
    )
    if link_id is not None:
        query = query.where(Conflict.link_id == link_id)
    return tuple(
        ConflictRow(
            id=found.id,
            link_id=found.link_id,
            space_id=space_id,
            space_name=space_name,
            booking_ref=ref or "",
            kind=found.kind,
            detail=found.detail,
            found_at=found.found_at,
        )
        for found, space_id, space_name, ref in session.execute(query)
    )


def errors(session: Session, link_id: int, *, at_most: int = 20) -> tuple[ErrorRow, ...]:
    """Return the last things that went wrong on a link or its connection, newest first."""
    connection_id = select(CalendarLink.connection_id).where(CalendarLink.id == link_id).scalar_subquery()
    query = (
        select(SyncError)
        .where((SyncError.link_id == link_id) | (SyncError.connection_id == connection_id))
        .order_by(SyncError.at.desc(), SyncError.id.desc())
        .limit(at_most)
    )
    return tuple(ErrorRow(each.at, each.operation, each.kind, each.message) for each in session.scalars(query))
