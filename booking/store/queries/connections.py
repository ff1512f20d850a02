"""Connections: without their secret for pages, with it for whoever signs in."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from booking.store.database import Session
from booking.store.models import Connection, Installation, Location, SyncProfile


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as staff see it; its password is never among it."""

    id: int
    name: str
    protocol: str
    server: str
    username: str
    email: str
    impersonate: bool
    sign_in: str
    version: str
    ca_pem: str
    paused: bool
    has_password: bool
    breaker_until: datetime | None
    breaker_reason: str
    throttled_until: datetime | None
    writes_stopped: str
    signed_in_at: datetime | None
    checked_at: datetime | None
    check_report: str


@dataclass(frozen=True, slots=True)
class Line:
    """What is needed to reach a server, and whether that may be done now."""

    id: int
    revision: int
    protocol: str
    server: str
    username: str
    password: str = field(repr=False)
    email: str
    impersonate: bool
    sign_in: str
    version: str
    ca_pem: str
    paused: bool
    breaker_until: datetime | None
    breaker_reason: str
    throttled_until: datetime | None


def row(session: Session, connection_id: int) -> ConnectionRow | None:
    """Return one connection for a page."""
    found = session.get(Connection, connection_id)
    return _row(found) if found else None


def rows(session: Session) -> tuple[ConnectionRow, ...]:
    """Return all connections, by name."""
    return tuple(_row(each) for each in session.scalars(select(Connection).order_by(Connection.name)))


def row_of_location(session: Session, location_id: int) -> ConnectionRow | None:
    """Return the connection that a location uses."""
    found = session.scalar(
        select(Connection).join(Location, Location.connection_id == Connection.id).where(Location.id == location_id),
    )
    return _row(found) if found else None


def _row(found: Connection) -> ConnectionRow:
    return ConnectionRow(
        id=found.id,
        name=found.name,
        protocol=found.protocol,
        server=found.server,
        username=found.username,
        email=found.email,
        impersonate=found.impersonate,
        sign_in=found.sign_in,
        version=found.version,
        ca_pem=found.ca_pem,
        paused=found.paused,
        has_password=bool(found.password),
        breaker_until=found.breaker_until,
        breaker_reason=found.breaker_reason,
        throttled_until=found.throttled_until,
        writes_stopped=found.writes_stopped,
        signed_in_at=found.signed_in_at,
        checked_at=found.checked_at,
        check_report=found.check_report,
    )


def line(session: Session, connection_id: int) -> Line:
    """Return how to reach a server, with the password: for sync alone."""
    found = session.scalars(select(Connection).where(Connection.id == connection_id)).one()
    return Line(
        id=found.id,
        revision=found.revision,
        protocol=found.protocol,
        server=found.server,
        username=found.username,
        password=found.password,
        email=found.email,
        impersonate=found.impersonate,
        sign_in=found.sign_in,
        version=found.version,
        ca_pem=found.ca_pem,
        paused=found.paused,
        breaker_until=found.breaker_until,
        breaker_reason=found.breaker_reason,
        throttled_until=found.throttled_until,
    )


def lock(session: Session, connection_id: int) -> Connection:
    """Return the connection, locked, to be changed."""
    return session.scalars(
        select(Connection)
        .where(Connection.id == connection_id)
        .with_for_update()
        .execution_options(populate_existing=True),
    ).one()


def named(session: Session, name: str) -> Connection | None:
    """Return the connection of that name."""
    return session.scalar(select(Connection).where(Connection.name == name))


def of_location(session: Session, location_id: int) -> Connection | None:
    """Return the connection that a location uses, to be changed."""
    location = session.get(Location, location_id)
    if location is None or location.connection_id is None:
        return None
    return session.get(Connection, location.connection_id)


@dataclass(frozen=True, slots=True)
class UserOfConnection:
    """A location that a connection serves."""

    id: int
    name: str
    slug: str


def locations(session: Session, connection_id: int) -> tuple[UserOfConnection, ...]:
    """Return the locations that a connection serves, by name."""
    query = select(Location).where(Location.connection_id == connection_id).order_by(Location.name)
    return tuple(UserOfConnection(each.id, each.name, each.slug) for each in session.scalars(query))


def install_id(session: Session) -> str:
    """Return the id that stands first in every stamp of ours."""
    return session.scalars(select(Installation.install_id)).one()


def profiles(session: Session, *, location_id: int, category_id: int, space_id: int) -> tuple[SyncProfile, ...]:
    """Return the sync profiles of a space and the places above it, nearest first."""
    found = session.scalars(
        select(SyncProfile).where(
            (SyncProfile.space_id == space_id)
            | (SyncProfile.category_id == category_id)
            | (SyncProfile.location_id == location_id),
        ),
    )
    return tuple(sorted(found, key=lambda each: (each.space_id is None, each.category_id is None)))


def profile_of_location(session: Session, location_id: int) -> SyncProfile | None:
    """Return a location's own sync profile."""
    return session.scalar(select(SyncProfile).where(SyncProfile.location_id == location_id))


def profile_of_category(session: Session, category_id: int) -> SyncProfile | None:
    """Return a category's own sync profile."""
    return session.scalar(select(SyncProfile).where(SyncProfile.category_id == category_id))


def profile_of_space(session: Session, space_id: int) -> SyncProfile | None:
    """Return a space's own sync profile."""
    return session.scalar(select(SyncProfile).where(SyncProfile.space_id == space_id))
