"""Who we are, as the calendars show it: what stops our writes, and which entries this database cannot know."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, true

from booking.domain.states import LIVE, PushState
from booking.store.database import Session
from booking.store.models import (
    CalendarLink,
    Conflict,
    Connection,
    ExternalEvent,
    Installation,
    Location,
    Occurrence,
    PushItem,
    Space,
)

#: As `sync.conflicts.Quarrel.RESTORED` stands in the database.
RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class StoppedConnection:
    """A connection through which nothing is written, and why."""

    id: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Strange:
    """A room whose calendar holds entries of ours that this database cannot know, and newer ones of known bookings."""

    link_id: int
    connection_id: int
    space_name: str
    space_slug: str
    location_name: str
    mailbox: str
    unknown: int
    newer: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is connected: live pairings, entries of ours to come there, what is known of others, connections."""

    pairings: int
    entries: int
    outside: int
    connections: tuple[str, ...]


def halted() -> ColumnElement[bool]:
    """Return a condition that holds while the whole installation writes to no calendar."""
    return select(Installation.id).where(Installation.stopped != "").exists()


def why(session: Session, connection_id: int) -> str:
    """Return why nothing is written through a connection; empty: it is."""
    both = select(Installation.stopped, Connection.writes_stopped).join_from(Connection, Installation, true())
    query = both.where(Connection.id == connection_id)
    return next((reason for found in session.execute(query) for reason in found if reason), "")


def is_stopped(session: Session) -> bool:
    """Tell whether anything at all is stopped until an administrator decides; one statement, for every staff page."""
    of_one = select(Connection.id).where(Connection.writes_stopped != "").exists()
    return bool(session.scalar(select(or_(halted(), of_one))))


def stopped_connections(session: Session) -> tuple[StoppedConnection, ...]:
    """Return the connections that the restore guard has stopped, by name."""
    query = select(Connection).where(Connection.writes_stopped != "").order_by(Connection.name)
    return tuple(StoppedConnection(each.id, each.name, each.writes_stopped) for each in session.scalars(query))


def strange(session: Session) -> tuple[Strange, ...]:
    """Return the rooms in which something was found that nobody has decided about, by place."""
    query = (
        select(
            CalendarLink,
            Space,
            Location.name,
            func.count().filter(Conflict.occurrence_id.is_(None)),
            func.count().filter(Conflict.occurrence_id.is_not(None)),
            func.min(Conflict.found_at),
        )
        .select_from(Conflict)
        .join(CalendarLink, CalendarLink.id == Conflict.link_id)
        .join(Space, Space.id == CalendarLink.space_id)
        .join(Location, Location.id == Space.location_id)
        .where(
            Conflict.kind == RESTORED,
            Conflict.resolved_at.is_(None),
            Conflict.accepted_at.is_(None),
            CalendarLink.state.in_(LIVE),
        )
        .group_by(CalendarLink.id, Space.id, Location.id)
        .order_by(Location.position, Location.name, Space.position, Space.name, Space.id)
    )
    return tuple(
        Strange(link.id, link.connection_id, space.name, space.slug, place, link.mailbox, unknown, newer, since)
        for link, space, place, unknown, newer, since in session.execute(query)
    )


def open_findings(session: Session, link_id: int) -> tuple[Conflict, ...]:
    """Return a room's findings that are not settled, decided about or not."""
    query = select(Conflict).where(
        Conflict.link_id == link_id, Conflict.kind == RESTORED, Conflict.resolved_at.is_(None)
    )
    return tuple(session.scalars(query))


def accepted(session: Session, link_id: int) -> frozenset[str]:
    """Return under which UIDs entries stand that the database cannot know, and may: whatever staff do later."""
    query = select(Conflict.external_uid).where(
        Conflict.link_id == link_id, Conflict.kind == RESTORED, Conflict.accepted_at.is_not(None)
    )
    return frozenset(session.scalars(query))


def live_links(session: Session, *, connection_ids: tuple[int, ...] | None = None) -> tuple[tuple[int, int], ...]:
    """Return id and space of each live pairing, of these connections or of all, in the order in which to lock them."""
    query = select(CalendarLink.id, CalendarLink.space_id).where(CalendarLink.state.in_(LIVE))
    if connection_ids is not None:
        query = query.where(CalendarLink.connection_id.in_(connection_ids))
    return tuple((link_id, space_id) for link_id, space_id in session.execute(query.order_by(CalendarLink.id)))


def extent(session: Session, *, now: datetime) -> Extent:
    """Return how much is connected."""
    live = select(CalendarLink.id).where(CalendarLink.state.in_(LIVE))
    entries = (
        select(func.count())
        .select_from(PushItem)
        .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .where(
            PushItem.link_id.in_(live),
            PushItem.remote_id != "",
            PushItem.state != PushState.GONE,
            Occurrence.ends_at > now,
        )
    )
    outside = (
        select(func.count())
        .select_from(ExternalEvent)
        .where(
            ExternalEvent.link_id.in_(live),
            ExternalEvent.gone_at.is_(None),
            ExternalEvent.blocks.is_(True),
            ExternalEvent.ends_at > now,
        )
    )
    return Extent(
        pairings=session.scalars(select(func.count()).select_from(live.subquery())).one(),
        entries=session.scalars(entries).one(),
        outside=session.scalars(outside).one(),
        connections=tuple(session.scalars(select(Connection.name).order_by(Connection.name))),
    )
