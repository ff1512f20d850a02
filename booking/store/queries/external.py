"""What stands in the rooms' calendars and is not ours, and the quarrels over a time."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import joinedload

from booking.domain.intervals import Interval
from booking.domain.states import HOLDING
from booking.store.database import Session
from booking.store.models import Booking, Conflict, ExternalEvent, Occurrence, PushItem


def known(session: Session, link_id: int, *, during: Interval, uids: Iterable[str] = ()) -> tuple[ExternalEvent, ...]:
    """Return a link's events that touch `during` or bear one of these UIDs, gone ones too."""
    query = select(ExternalEvent).where(
        ExternalEvent.link_id == link_id,
        or_(
            (ExternalEvent.starts_at < during.end) & (ExternalEvent.ends_at > during.start),
            ExternalEvent.uid.in_(tuple(uids)),
        ),
    )
    return tuple(session.scalars(query.execution_options(populate_existing=True)))


def expected(session: Session, link_id: int, *, during: Interval, now: datetime) -> tuple[ExternalEvent, ...]:
    """Return the events that a read of `during` should show and that are not over."""
    query = select(ExternalEvent).where(
        ExternalEvent.link_id == link_id,
        ExternalEvent.gone_at.is_(None),
        ExternalEvent.ends_at > max(now, during.start),
        ExternalEvent.starts_at < during.end,
    )
    return tuple(session.scalars(query))


def all_of_link(session: Session, link_id: int) -> tuple[ExternalEvent, ...]:
    """Return every event of a link that is not gone."""
    return tuple(
        session.scalars(
            select(ExternalEvent).where(ExternalEvent.link_id == link_id, ExternalEvent.gone_at.is_(None)),
        ),
    )


def holding(session: Session, space_id: int, *, during: Interval) -> tuple[Occurrence, ...]:
    """Return the occurrences that hold a space for some of `during`."""
    query = (
        select(Occurrence)
        .where(
            Occurrence.space_id == space_id,
            Occurrence.state.in_(tuple(HOLDING)),
            Occurrence.starts_at < during.end,
            Occurrence.ends_at > during.start,
        )
        .options(joinedload(Occurrence.booking).joinedload(Booking.patron))
        .order_by(Occurrence.starts_at)
    )
    return tuple(session.scalars(query))


def open_conflicts(session: Session, link_id: int) -> tuple[Conflict, ...]:
    """Return a link's conflicts that nobody has settled."""
    return tuple(
        session.scalars(select(Conflict).where(Conflict.link_id == link_id, Conflict.resolved_at.is_(None))),
    )


def mark_missing(session: Session, link_id: int, ids: frozenset[str], *, now: datetime) -> None:
    """Note that exactly these entries of a link are not shown; since when, if that is known already."""
    for table in (ExternalEvent, PushItem):
        named = table.remote_id.in_(tuple(ids))
        since = table.missing_since
        for which, value in ((named & since.is_(None), now), (~named & since.is_not(None), None)):
            session.execute(
                update(table)
                .where(table.link_id == link_id, which)
                .values(missing_since=value)
                .execution_options(synchronize_session=False),
            )
