"""Alerts: what has been wrong for long enough that its owner was told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from booking.domain.permissions import INSTALLATION, Scope
from booking.store.database import Session
from booking.store.models import Alert, CalendarLink, Connection, Installation, Space


@dataclass(frozen=True, slots=True)
class AlertRow:
    """Something that is wrong, or was; of a space, of a whole connection, or of the installation (both empty)."""

    id: int
    key: str
    code: str
    connection_id: int | None
    connection: str
    link_id: int | None
    space_name: str
    space_slug: str
    scope: Scope
    words: str
    since: datetime
    raised_at: datetime
    resolved_at: datetime | None

    @property
    def heading(self) -> str:
        """Return what is wrong, in one line."""
        return self.words.partition("\n")[0]

    @property
    def lines(self) -> tuple[str, ...]:
        """Return why, and what to do."""
        return tuple(self.words.split("\n")[1:])


def still_open(session: Session) -> tuple[AlertRow, ...]:
    """Return what is wrong now, oldest first."""
    query = (
        select(Alert, Connection.name, Space)
        .outerjoin(CalendarLink, CalendarLink.id == Alert.link_id)
        .outerjoin(Connection, Connection.id == func.coalesce(Alert.connection_id, CalendarLink.connection_id))
        .outerjoin(Space, Space.id == CalendarLink.space_id)
        .where(Alert.resolved_at.is_(None))
        .order_by(Alert.since, Alert.id)
    )
    return tuple(_row(alert, name, space) for alert, name, space in session.execute(query))


def _row(alert: Alert, connection: str | None, space: Space | None) -> AlertRow:
    return AlertRow(
        id=alert.id,
        key=alert.key,
        code=alert.code,
        connection_id=alert.connection_id,
        connection=connection or "",
        link_id=alert.link_id,
        space_name=space.name if space else "",
        space_slug=space.slug if space else "",
        scope=Scope(space.location_id, space.category_id) if space else INSTALLATION,
        words=alert.words,
        since=alert.since,
        raised_at=alert.raised_at,
        resolved_at=alert.resolved_at,
    )


def models_open(session: Session) -> dict[str, Alert]:
    """Return the open alerts by key, to be changed. Whoever asks holds the installation's row (`lock`)."""
    return {each.key: each for each in session.scalars(select(Alert).where(Alert.resolved_at.is_(None)))}


def lock(session: Session) -> None:
    """Let one process at a time raise and end alerts: two would tell the same thing twice."""
    session.execute(select(Installation.id).with_for_update())


def raised_lately(session: Session, key: str, *, since: datetime) -> int:
    """Return how often an alert about that was raised since then."""
    return session.scalar(select(func.count()).where(Alert.key == key, Alert.raised_at >= since)) or 0


def open_by_code(session: Session) -> dict[str, int]:
    """Return how many alerts of which code are open."""
    query = select(Alert.code, func.count()).where(Alert.resolved_at.is_(None)).group_by(Alert.code)
    return {code: number for code, number in session.execute(query)}  # noqa: C416 - rows, not pairs
