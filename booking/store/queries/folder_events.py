"""Events of folders as they are stored: what they block, what they overlap, and what is about no space."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from booking.domain.intervals import Interval
from booking.store.database import Session
from booking.store.models import Booking, ExternalEvent, Location, Occurrence, RemoteFolderRow, Space, UnmatchedEvent
from booking.store.queries.bookings import blocking


@dataclass(frozen=True, slots=True)
class Overlap:
    """A booking that stands at a time that an event of a folder takes."""

    folder_id: int
    space_name: str
    zone: str
    ref: str
    when: Interval
    theirs: Interval


@dataclass(frozen=True, slots=True)
class UnmatchedRow:
    """An event of the service account's own calendar that is about no space of ours."""

    when: Interval
    private: bool
    place: str
    why: str
    seen_at: datetime


def has_events(session: Session, folder_ids: Collection[int]) -> frozenset[int]:
    """Return those of the folders of which events are stored, gone ones too."""
    query = select(ExternalEvent.folder_id).where(ExternalEvent.folder_id.in_(folder_ids)).distinct()
    return frozenset(each for each in session.scalars(query) if each is not None)


def known(
    session: Session, folder_id: int | None, space_id: int, *, during: Interval, uids: Iterable[str] = ()
) -> tuple[ExternalEvent, ...]:
    """Return a folder's events for a space that touch `during` or bear one of these UIDs, gone ones too."""
    query = select(ExternalEvent).where(
        ExternalEvent.folder_id == folder_id,
        ExternalEvent.space_id == space_id,
        or_(
            (ExternalEvent.starts_at < during.end) & (ExternalEvent.ends_at > during.start),
            ExternalEvent.uid.in_(tuple(uids)),
        ),
    )
    return tuple(session.scalars(query.execution_options(populate_existing=True)))


def standing(session: Session, folder_id: int, *, now: datetime) -> tuple[ExternalEvent, ...]:
    """Return the events of a folder that are neither gone nor over, in order."""
    query = select(ExternalEvent).where(
        ExternalEvent.folder_id == folder_id, ExternalEvent.gone_at.is_(None), ExternalEvent.ends_at > now
    )
    return tuple(session.scalars(query.order_by(ExternalEvent.starts_at, ExternalEvent.id)))


def kept(session: Session, folder_id: int) -> tuple[ExternalEvent, ...]:
    """Return every event of a folder that is not gone, over or not."""
    query = select(ExternalEvent).where(ExternalEvent.folder_id == folder_id, ExternalEvent.gone_at.is_(None))
    return tuple(session.scalars(query))


def blocks(session: Session, folder_ids: Collection[int], *, now: datetime) -> dict[int, int]:
    """Return how many times to come each folder blocks."""
    query = (
        select(ExternalEvent.folder_id, func.count())
        .where(ExternalEvent.folder_id.in_(folder_ids), *blocking(), ExternalEvent.ends_at > now)
        .group_by(ExternalEvent.folder_id)
    )
    return {folder_id: number for folder_id, number in session.execute(query) if folder_id is not None}


def let_go(session: Session, folder_id: int, *, now: datetime) -> int:
    """Free every time that a folder takes; return how many there were."""
    freed = session.execute(
        update(ExternalEvent)
        .where(ExternalEvent.folder_id == folder_id, ExternalEvent.gone_at.is_(None))
        .values(gone_at=now, missing_since=None)
        .returning(ExternalEvent.id)
        .execution_options(synchronize_session=False),
    )
    return len(freed.all())


def mark_missing(session: Session, folder_id: int, ids: frozenset[str], *, now: datetime) -> None:
    """Note that exactly these events of a folder are not shown; since when, if that is known already."""
    named = ExternalEvent.remote_id.in_(tuple(ids))
    since = ExternalEvent.missing_since
    for which, value in ((named & since.is_(None), now), (~named & since.is_not(None), None)):
        session.execute(
            update(ExternalEvent)
            .where(ExternalEvent.folder_id == folder_id, which)
            .values(missing_since=value)
            .execution_options(synchronize_session=False),
        )


def overlaps(session: Session, connection_id: int, *, now: datetime, at_most: int = 50) -> tuple[Overlap, ...]:
    """Return the bookings to come that stand at a time that a folder's event takes, in order."""
    meets: ColumnElement[bool] = and_(
        Occurrence.space_id == ExternalEvent.space_id,
        Occurrence.holds,
        Occurrence.starts_at < ExternalEvent.ends_at,
        Occurrence.ends_at > ExternalEvent.starts_at,
        Occurrence.ends_at > now,
    )
    query = (
        select(ExternalEvent, Occurrence, Booking.ref, Space.name, Location.zone)
        .join(RemoteFolderRow, RemoteFolderRow.id == ExternalEvent.folder_id)
        .join(Occurrence, meets)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(Space, Space.id == ExternalEvent.space_id)
        .join(Location, Location.id == Space.location_id)
        .where(RemoteFolderRow.connection_id == connection_id, *blocking(), ExternalEvent.ends_at > now)
        .order_by(Occurrence.starts_at, Occurrence.id)
        .limit(at_most)
    )
    return tuple(
        Overlap(event.folder_id or 0, space, zone, ref, ours.when, event.when)
        for event, ours, ref, space, zone in session.execute(query)
    )


def unmatched(session: Session, folder_id: int, *, now: datetime, at_most: int = 100) -> tuple[UnmatchedRow, ...]:
    """Return the events of the service account's own calendar that are about no space and not over, in order."""
    query = (
        select(UnmatchedEvent)
        .where(UnmatchedEvent.folder_id == folder_id, UnmatchedEvent.ends_at > now)
        .order_by(UnmatchedEvent.starts_at, UnmatchedEvent.id)
        .limit(at_most)
    )
    return tuple(
        UnmatchedRow(each.when, each.private, "" if each.private else each.place, each.why, each.seen_at)
        for each in session.scalars(query)
    )


def unmatched_models(session: Session, folder_id: int) -> tuple[UnmatchedEvent, ...]:
    """Return them all, to be changed."""
    return tuple(session.scalars(select(UnmatchedEvent).where(UnmatchedEvent.folder_id == folder_id)))


def forget_unmatched(session: Session, folder_id: int) -> None:
    """Drop them all: nothing of theirs is followed any more."""
    session.execute(delete(UnmatchedEvent).where(UnmatchedEvent.folder_id == folder_id))
