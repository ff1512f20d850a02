"""Connections: without their secret for pages, with it for whoever signs in."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, update

from booking.store.database import Session, server_now
from booking.store.models import Connection, Installation, Location


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
    alert_email: str = ""
    netbios: str = ""
    email_domains: str = ""
    default_owner: str = ""
    password_expires_on: date | None = None
    reads_own_calendar: bool = False
    folders_read_at: datetime | None = None


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
    netbios: str = ""


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
        alert_email=found.alert_email,
        netbios=found.netbios,
        email_domains=found.email_domains,
        default_owner=found.default_owner,
        password_expires_on=found.password_expires_on,
        reads_own_calendar=found.reads_own_calendar,
        folders_read_at=found.folders_read_at,
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
        netbios=found.netbios,
    )


def lock(session: Session, connection_id: int) -> Connection:
    """Return the connection, locked, to be changed."""
    return session.scalars(
        select(Connection)
        .where(Connection.id == connection_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True),
    ).one()


def dialling_until(session: Session, connection_id: int) -> datetime | None:
    """Return until when somebody claims to be signing in, by the database's clock; None while nobody does."""
    return session.scalar(select(Connection.dialling_until).where(Connection.id == connection_id))


def take_dial(session: Session, connection_id: int, *, by: str, lasting: timedelta) -> bool:
    """Claim the first sign-in of a connection, unless another's claim lasts; compare-and-set."""
    now = server_now(session)
    free = or_(Connection.dialling_until.is_(None), Connection.dialling_until <= now)
    taken = session.scalar(
        update(Connection)
        .where(Connection.id == connection_id, free)
        .values(dialling_by=by, dialling_until=now + lasting)
        .returning(Connection.id)
        .execution_options(synchronize_session=False),
    )
    return taken is not None


def end_dial(session: Session, connection_id: int, *, by: str) -> None:
    """End a claim to be signing in, if it still is this one."""
    session.execute(
        update(Connection)
        .where(Connection.id == connection_id, Connection.dialling_by == by)
        .values(dialling_by="", dialling_until=None)
        .execution_options(synchronize_session=False),
    )


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
