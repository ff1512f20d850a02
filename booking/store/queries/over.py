"""What is over and was never settled: the room's calendar could not be reached in time, or staff let it be."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select

from booking.domain.states import OccurrenceState, PushState
from booking.store.database import Session
from booking.store.models import Conflict, Occurrence, PushItem


def held(session: Session, *, now: datetime) -> tuple[int, ...]:
    """Return the dates that still wait for something and are over, but for those whose entry is known to stand."""
    written = exists().where(PushItem.occurrence_id == Occurrence.id, PushItem.remote_id != "")
    query = select(Occurrence.id).where(Occurrence.state == OccurrenceState.HELD, Occurrence.ends_at <= now, ~written)
    return tuple(session.scalars(query.order_by(Occurrence.id)))


def links(session: Session, *, now: datetime) -> tuple[int, ...]:
    """Return the links on which something that is over still asks for somebody."""
    rows = select(PushItem.link_id).join(Occurrence, Occurrence.id == PushItem.occurrence_id)
    quarrels = select(Conflict.link_id).outerjoin(Occurrence, Occurrence.id == Conflict.occurrence_id)
    both = rows.where(PushItem.state == PushState.DEAD, Occurrence.ends_at <= now).union(
        quarrels.where(Conflict.resolved_at.is_(None), _is_over(now))
    )
    return tuple(sorted(session.scalars(both)))


def given_up(session: Session, link_id: int, *, now: datetime) -> tuple[PushItem, ...]:
    """Return a link's rows that were given up and whose time is over; lock the link first."""
    query = (
        select(PushItem)
        .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .where(PushItem.link_id == link_id, PushItem.state == PushState.DEAD, Occurrence.ends_at <= now)
    )
    return tuple(session.scalars(query))


def conflicts(session: Session, link_id: int, *, now: datetime) -> tuple[Conflict, ...]:
    """Return a link's open conflicts about what is over."""
    query = (
        select(Conflict)
        .outerjoin(Occurrence, Occurrence.id == Conflict.occurrence_id)
        .where(Conflict.link_id == link_id, Conflict.resolved_at.is_(None), _is_over(now))
    )
    return tuple(session.scalars(query))


def _is_over(now: datetime) -> ColumnElement[bool]:
    """Return a condition on a conflict: its date is over, or the entry that no booking of ours is known for."""
    return or_(Occurrence.ends_at <= now, and_(Conflict.occurrence_id.is_(None), Conflict.theirs_ends_at <= now))
