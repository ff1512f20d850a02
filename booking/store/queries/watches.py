"""Who listens to which mailboxes, and what that says about how well their calendars are known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, or_, select, update

from booking.domain.states import LinkState
from booking.store.database import Session, server_now
from booking.store.models import CalendarLink, Connection, Watch
from booking.store.queries.links import is_over

#: Links whose mailboxes may be listened to: one that is gone, or that nobody reads now, has nothing to tell.
_LISTENED = (LinkState.ACTIVE, LinkState.DEGRADED, LinkState.AUTH_FAILED, LinkState.FROZEN)
#: Links whose readings are as good as they look.
_WELL = (LinkState.ACTIVE, LinkState.DEGRADED)


@dataclass(frozen=True, slots=True)
class Room:
    """A mailbox to be listened to, and the link that it belongs to."""

    link_id: int
    mailbox: str


@dataclass(frozen=True, slots=True)
class WatchRow:
    """A group of mailboxes and who listens to it. `heard_at` is when anything last came, be it a sign of life."""

    id: int
    connection_id: int
    number: int
    claimed_by: str
    claimed_until: datetime | None
    began_at: datetime | None
    heard_at: datetime | None
    last_error: str


def rooms(session: Session, *, now: datetime) -> dict[int, tuple[Room, ...]]:
    """Return, by connection, the mailboxes that may be listened to, in a lasting order; none where none may be asked.

    A connection that was told to slow down keeps its watches, which ask for nothing.
    """
    query = (
        select(CalendarLink.connection_id, CalendarLink.id, CalendarLink.mailbox)
        .join(Connection, Connection.id == CalendarLink.connection_id)
        .where(
            CalendarLink.state.in_(_LISTENED),
            Connection.paused.is_(False),
            is_over(Connection.breaker_until, now),
        )
        .order_by(CalendarLink.connection_id, CalendarLink.id)
    )
    found: dict[int, list[Room]] = {}
    for connection_id, link_id, mailbox in session.execute(query):
        found.setdefault(connection_id, []).append(Room(link_id, mailbox))
    return {connection_id: tuple(each) for connection_id, each in found.items()}


def rows(session: Session) -> tuple[WatchRow, ...]:
    """Return every group, whoever listens to it, by connection and number."""
    found = session.scalars(select(Watch).order_by(Watch.connection_id, Watch.number))
    return tuple(
        WatchRow(
            id=each.id,
            connection_id=each.connection_id,
            number=each.number,
            claimed_by=each.claimed_by,
            claimed_until=each.claimed_until,
            began_at=each.began_at,
            heard_at=each.heard_at,
            last_error=each.last_error,
        )
        for each in found
    )


def have(session: Session, connection_id: int, numbers: int) -> None:
    """Let a connection have so many groups; the connection is locked, so that nobody else does likewise."""
    known = set(session.scalars(select(Watch.number).where(Watch.connection_id == connection_id)))
    session.add_all(Watch(connection_id=connection_id, number=each) for each in set(range(numbers)) - known)
    surplus = [each for each in known if each >= numbers]
    session.execute(delete(Watch).where(Watch.connection_id == connection_id, Watch.number.in_(surplus)))


def claim(session: Session, watch_id: int, *, by: str, lasting: timedelta) -> bool:
    """Take or renew a group for one listener; False while another's claim lasts.

    Compare-and-set by the database's own clock: works on both databases and on any machine.
    """
    now = server_now(session)
    taken = session.scalar(
        update(Watch)
        .where(
            Watch.id == watch_id,
            or_(Watch.claimed_by == by, Watch.claimed_until.is_(None), Watch.claimed_until <= now),
        )
        .values(claimed_by=by, claimed_until=now + lasting)
        .returning(Watch.id)
        .execution_options(synchronize_session=False),
    )
    return taken is not None


def release(session: Session, watch_id: int, *, by: str) -> None:
    """Let go of a group, if it still is this listener's."""
    _change(session, watch_id, by, claimed_by="", claimed_until=None)


def began(session: Session, watch_id: int, *, by: str, now: datetime, words: str) -> None:
    """Note that a watch over the group has begun, and what of it could not be."""
    _change(session, watch_id, by, began_at=now, heard_at=now, last_error=words)


def failed(session: Session, watch_id: int, *, by: str, words: str) -> None:
    """Note why a group, or some of it, is not listened to."""
    _change(session, watch_id, by, last_error=words)


def _change(session: Session, watch_id: int, by: str, **values: object) -> None:
    session.execute(
        update(Watch)
        .where(Watch.id == watch_id, Watch.claimed_by == by)
        .values(**values)
        .execution_options(synchronize_session=False),
    )


def look(session: Session, link_ids: Iterable[int], *, at: datetime, now: datetime) -> None:
    """Have calendars read at that time, or when they were to be read already.

    A look that is due by now stays due, and anew: one that is under way may have begun before what we heard of.
    """
    due = CalendarLink.look_at
    session.execute(
        update(CalendarLink)
        .where(CalendarLink.id.in_(tuple(link_ids)), or_(due.is_(None), due > at, due <= now))
        .values(look_at=case((due <= now, now), else_=at))
        .execution_options(synchronize_session=False),
    )


def postpone(session: Session, link_id: int, *, before: datetime, at: datetime) -> None:
    """Put a look off that this listener asked for, as more is coming."""
    session.execute(
        update(CalendarLink)
        .where(CalendarLink.id == link_id, CalendarLink.look_at == before)
        .values(look_at=at)
        .execution_options(synchronize_session=False),
    )


def heard(session: Session, watch_id: int, link_ids: Iterable[int], *, by: str, now: datetime) -> frozenset[int]:
    """Note that the line stood at `now`; return the links whose calendars are therefore known as of then.

    Not those where a look is due or failed: what is there now we do not know, so it is not free.
    """
    _change(session, watch_id, by, heard_at=now)
    quiet = (
        select(CalendarLink.id)
        .where(
            CalendarLink.id.in_(tuple(link_ids)),
            CalendarLink.look_at.is_(None),
            CalendarLink.read_failures == 0,
            CalendarLink.state.in_(_WELL),
        )
        .with_for_update(skip_locked=True)  # whoever changes one now knows better, and nobody waits for anybody
    )
    found = frozenset(session.scalars(quiet))
    session.execute(
        update(CalendarLink)
        .where(CalendarLink.id.in_(found))
        .values(watched_at=now)
        .execution_options(synchronize_session=False),
    )
    return found


def unwatched(session: Session, link_ids: Iterable[int]) -> frozenset[int]:
    """Return which of these links no watch counts for now."""
    query = select(CalendarLink.id).where(CalendarLink.id.in_(tuple(link_ids)), CalendarLink.watched_at.is_(None))
    return frozenset(session.scalars(query))


def doubt(session: Session, link_id: int) -> None:
    """Let no watch count for a link: its calendar changed, and nobody had said so."""
    session.execute(
        update(CalendarLink)
        .where(CalendarLink.id == link_id, CalendarLink.look_at.is_(None))
        .values(watched_at=None)
        .execution_options(synchronize_session=False),
    )
