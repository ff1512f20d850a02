"""What should stand in a room's calendar and is not on its way there: nobody was told, or nothing came of it."""

from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from booking.domain.states import HOLDING, PushState
from booking.store.database import Session
from booking.store.models import Booking, CalendarLink, Occurrence, PushItem
from booking.store.queries import profiles


def forgotten(
    session: Session, link_id: int, *, now: datetime, since: datetime | None = None
) -> tuple[Occurrence, ...]:
    """Return the dates that hold a paired space and have no row on its link, as far back as its profile looks.

    `since` is another moment at or after which they must end.
    Not those from before the pairing, unless they were imported: staff have not said that they be written.
    """
    space_id = select(CalendarLink.space_id).where(CalendarLink.id == link_id)
    since = since or profiles.begins(session, session.scalars(space_id).one(), now=now)
    query = (
        select(Occurrence)
        .join(CalendarLink, and_(CalendarLink.id == link_id, CalendarLink.space_id == Occurrence.space_id))
        .join(Booking, Booking.id == Occurrence.booking_id)
        .outerjoin(PushItem, and_(PushItem.occurrence_id == Occurrence.id, PushItem.link_id == link_id))
        .where(
            PushItem.id.is_(None),
            Occurrence.state.in_(tuple(HOLDING)),
            Occurrence.ends_at >= since,
            or_(CalendarLink.imported_at.is_not(None), Booking.created_at > CalendarLink.created_at),
        )
        .options(joinedload(Occurrence.booking))
        .order_by(Occurrence.starts_at)
    )
    return tuple(session.scalars(query))


def without_entry(session: Session, link_id: int, *, now: datetime) -> tuple[PushItem, ...]:
    """Return the rows that are at rest although no entry is known of a date that is to come."""
    query = (
        select(PushItem)
        .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .where(
            PushItem.link_id == link_id,
            PushItem.state == PushState.CLEAN,
            PushItem.want_present.is_(True),
            PushItem.remote_id == "",
            Occurrence.state.in_(tuple(HOLDING)),
            Occurrence.ends_at > now,
        )
    )
    return tuple(session.scalars(query))
