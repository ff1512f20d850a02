"""Calendar links: what a reader or writer needs of one, who holds its claim, which are due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, case, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from booking.domain import retry, rules
from booking.domain.states import LIVE, Authority, LinkState
from booking.store.database import Session, server_now
from booking.store.models import CalendarLink, Category, Connection, Location, Space
from booking.store.queries import directions

#: Links whose calendars are read and written.
WORKING = frozenset({LinkState.ACTIVE, LinkState.DEGRADED, LinkState.AUTH_FAILED, LinkState.GONE, LinkState.FROZEN})
#: Links that bookings wait for. A paused one too: what its calendar holds meanwhile is not known, so not free.
TAKES_WRITES = WORKING | {LinkState.PAUSED}


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A pairing of a space with a mailbox, and how well it is known."""

    id: int
    space_id: int
    space_name: str
    space_slug: str
    location_id: int
    category_id: int
    location_name: str
    zone: str
    window: timedelta
    connection_id: int
    connection_name: str
    mailbox: str
    mailbox_name: str
    authority: Authority
    state: LinkState
    state_since: datetime
    state_reason: str
    writes: int
    fence: int
    near_read_at: datetime | None
    far_read_at: datetime | None
    near_digest: str
    far_digest: str
    rest_digest: str
    read_at: datetime | None
    read_until: datetime | None
    full_read_at: datetime | None
    look_at: datetime | None
    next_read_at: datetime | None
    written_at: datetime | None
    read_failures: int
    last_error: str
    imported_at: datetime | None
    watched_at: datetime | None
    reconciled_at: datetime | None
    recovering: bool
    first_written_at: datetime | None
    first_read_at: datetime | None

    @property
    def place(self) -> dict[str, int]:
        """Return where it is, as `directions` asks."""
        return {"location_id": self.location_id, "category_id": self.category_id, "space_id": self.space_id}


def row(session: Session, link_id: int) -> LinkRow | None:
    """Return one link, ended or not."""
    found = session.execute(_select().where(CalendarLink.id == link_id)).one_or_none()
    return _row(found) if found else None


def row_of_space(session: Session, space_id: int) -> LinkRow | None:
    """Return the live link of a space."""
    query = _select().where(CalendarLink.space_id == space_id, CalendarLink.state.in_(LIVE))
    found = session.execute(query).one_or_none()
    return _row(found) if found else None


def row_of_mailbox(session: Session, mailbox: str) -> LinkRow | None:
    """Return the live link of a mailbox; there is one at most in the whole installation."""
    query = _select().where(CalendarLink.mailbox == mailbox.lower(), CalendarLink.state.in_(LIVE))
    found = session.execute(query).one_or_none()
    return _row(found) if found else None


def rows(session: Session, *, states: Iterable[LinkState] = LIVE) -> tuple[LinkRow, ...]:
    """Return all links in these states, by place."""
    query = _select().where(CalendarLink.state.in_(tuple(states)))
    found = session.execute(query.order_by(Location.position, Location.name, Space.position, Space.name, Space.id))
    return tuple(_row(each) for each in found)


def rows_in(
    session: Session, *, location_id: int, category_id: int | None = None, space_id: int | None = None
) -> tuple[LinkRow, ...]:
    """Return the live links of a location, of a category in it, or of one space."""
    query = _select().where(CalendarLink.state.in_(LIVE), Space.location_id == location_id)
    if category_id is not None:
        query = query.where(Space.category_id == category_id)
    if space_id is not None:
        query = query.where(Space.id == space_id)
    return tuple(_row(each) for each in session.execute(query.order_by(Space.position, Space.name, Space.id)))


def is_over(until: InstrumentedAttribute[datetime | None], now: datetime) -> ColumnElement[bool]:
    """Return the condition that a wait is over, as `domain.retry.is_over` says it."""
    return or_(until.is_(None), until <= now, until > now + retry.LONGEST_SENSIBLE)


def readable(session: Session, *, now: datetime) -> tuple[LinkRow, ...]:
    """Return the links that may be read now, longest unread first; none of a place whose sync is switched off."""
    query = (
        _select()
        .join(Connection, Connection.id == CalendarLink.connection_id)
        .where(
            CalendarLink.state.in_(tuple(WORKING)),
            Connection.paused.is_(False),
            is_over(CalendarLink.next_read_at, now),
            is_over(Connection.breaker_until, now),
            is_over(Connection.throttled_until, now),
        )
        .order_by(CalendarLink.read_at.is_not(None), CalendarLink.read_at, CalendarLink.id)
    )
    ways = directions.load(session)
    found = [_row(each) for each in session.execute(query)]
    return tuple(each for each in found if ways.of(**each.place).active)


def _select() -> Select[CalendarLink, Space, Category, Location, str]:
    return (
        select(CalendarLink, Space, Category, Location, _connection_name())
        .join(Space, Space.id == CalendarLink.space_id)
        .join(Category, Category.id == Space.category_id)
        .join(Location, Location.id == Space.location_id)
    )


def _connection_name() -> ScalarSelect[str]:
    name = select(Connection.name).where(Connection.id == CalendarLink.connection_id)
    return name.correlate(CalendarLink).scalar_subquery()  # else a query that joins the connection loses it here


def _row(found: Row[CalendarLink, Space, Category, Location, str]) -> LinkRow:
    link, space, category, location, connection_name = found
    return LinkRow(
        id=link.id,
        space_id=space.id,
        space_name=space.name,
        space_slug=space.slug,
        location_id=location.id,
        category_id=category.id,
        location_name=location.name,
        zone=location.zone,
        window=rules.effective(space, category).window,
        connection_id=link.connection_id,
        connection_name=connection_name,
        mailbox=link.mailbox,
        mailbox_name=link.mailbox_name,
        authority=link.authority,
        state=link.state,
        state_since=link.state_since,
        state_reason=link.state_reason,
        writes=link.writes,
        fence=link.fence,
        near_read_at=link.near_read_at,
        far_read_at=link.far_read_at,
        near_digest=link.near_digest,
        far_digest=link.far_digest,
        rest_digest=link.rest_digest,
        read_at=link.read_at,
        read_until=link.read_until,
        full_read_at=link.full_read_at,
        look_at=link.look_at,
        next_read_at=link.next_read_at,
        written_at=link.written_at,
        read_failures=link.read_failures,
        last_error=link.last_error,
        imported_at=link.imported_at,
        watched_at=link.watched_at,
        reconciled_at=link.reconciled_at,
        recovering=link.recovering,
        first_written_at=link.first_written_at,
        first_read_at=link.first_read_at,
    )


# ------------------------------------------------------------------- for whoever will change one


def of_space(session: Session, space_id: int) -> CalendarLink | None:
    """Return the live link of a space, to be changed or asked."""
    return session.scalar(
        select(CalendarLink).where(CalendarLink.space_id == space_id, CalendarLink.state.in_(LIVE)),
    )


def lock(session: Session, link_id: int) -> CalendarLink:
    """Return the link, locked until the transaction ends; the space's lock comes first (SYNC.md section 2)."""
    return session.scalars(
        select(CalendarLink)
        .where(CalendarLink.id == link_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True),
    ).one()


def model(session: Session, link_id: int) -> CalendarLink | None:
    """Return one link, ended or not, to be asked."""
    return session.get(CalendarLink, link_id)


def lock_all(session: Session, link_ids: Iterable[int]) -> None:
    """Lock several links, in the order of their ids: whoever changes push rows holds their links."""
    session.execute(
        select(CalendarLink.id)
        .where(CalendarLink.id.in_(tuple(link_ids)))
        .order_by(CalendarLink.id)
        .with_for_update(key_share=True),
    )


def standing(session: Session, link_ids: Iterable[int]) -> frozenset[int]:
    """Return those of the links that are not on their way out, as they are at this moment."""
    query = select(CalendarLink.id).where(
        CalendarLink.id.in_(tuple(link_ids)), CalendarLink.state.not_in((LinkState.LEAVING, LinkState.ENDED))
    )
    return frozenset(session.scalars(query))


def still_good(session: Session, link_ids: Iterable[int], *, read_at: datetime, near_only: bool) -> None:
    """Note that the free/busy of these rooms was read and is as it was."""
    values = {"near_read_at": read_at} if near_only else {"near_read_at": read_at, "far_read_at": read_at}
    session.execute(
        update(CalendarLink)
        .where(CalendarLink.id.in_(tuple(link_ids)))
        .values(**values)
        .execution_options(synchronize_session=False),
    )


def wholly_good(session: Session, link_ids: Iterable[int], *, read_at: datetime, until: datetime) -> None:
    """Note that the free/busy of these rooms was read up to then, and is as it was: no narrower look does better."""
    known = CalendarLink.read_until
    session.execute(
        update(CalendarLink)
        .where(CalendarLink.id.in_(tuple(link_ids)))
        .values(
            near_read_at=read_at,
            far_read_at=read_at,
            read_at=read_at,
            read_until=case((known > until, known), else_=until),
        )
        .execution_options(synchronize_session=False),
    )


def marked(session: Session, marks: Mapping[int, str], *, column: str) -> None:
    """Store what a look saw that brought nothing new: as of another day it reads differently."""
    for link_id, mark in marks.items():
        session.execute(
            update(CalendarLink)
            .where(CalendarLink.id == link_id)
            .values({column: mark})
            .execution_options(synchronize_session=False),
        )


def claim(session: Session, link_id: int, *, by: str, lasting: timedelta) -> int | None:
    """Take the link for one worker: return the fence of the claim, or None while another's lasts.

    Compare-and-set by the database's own clock: works on both databases and on any machine.
    """
    now = server_now(session)
    return session.scalar(
        update(CalendarLink)
        .where(
            CalendarLink.id == link_id,
            or_(CalendarLink.claimed_until.is_(None), CalendarLink.claimed_until <= now),
        )
        .values(claimed_by=by, claimed_until=now + lasting, fence=CalendarLink.fence + 1)
        .returning(CalendarLink.fence)
        .execution_options(synchronize_session=False),
    )


def release(session: Session, link_id: int, *, fence: int) -> None:
    """Let go of a claim, if it still is the newest."""
    session.execute(
        update(CalendarLink)
        .where(CalendarLink.id == link_id, CalendarLink.fence == fence)
        .values(claimed_by="", claimed_until=None)
        .execution_options(synchronize_session=False),
    )


def move_states(
    session: Session,
    connection_id: int,
    *,
    old: LinkState,
    new: LinkState,
    now: datetime,
    reason: str,
) -> None:
    """Put all of a connection's links that are `old` into `new`."""
    concerned = CalendarLink.connection_id == connection_id, CalendarLink.state == old
    lock_all(session, session.scalars(select(CalendarLink.id).where(*concerned)))
    session.execute(
        update(CalendarLink)
        .where(*concerned)
        .values(state=new, state_since=now, state_reason=reason)
        .execution_options(synchronize_session=False),
    )


def ids_of_connection(session: Session, connection_id: int) -> tuple[int, ...]:
    """Return the live links of a connection, in the order in which to lock them."""
    query = select(CalendarLink.id).where(CalendarLink.connection_id == connection_id, CalendarLink.state.in_(LIVE))
    return tuple(session.scalars(query.order_by(CalendarLink.id)))


def ids_of_spaces(session: Session, space_ids: Iterable[int]) -> tuple[int, ...]:
    """Return the live links of these spaces."""
    query = select(CalendarLink.id).where(CalendarLink.space_id.in_(tuple(space_ids)), CalendarLink.state.in_(LIVE))
    return tuple(session.scalars(query))


def hint(session: Session, link_id: int, *, at: datetime) -> None:
    """Have the link's calendar read, at that time or when it was due already."""
    session.execute(
        update(CalendarLink)
        .where(CalendarLink.id == link_id, or_(CalendarLink.look_at.is_(None), CalendarLink.look_at > at))
        .values(look_at=at)
        .execution_options(synchronize_session=False),
    )


def hurry(session: Session, connection_id: int) -> None:
    """Have a connection's calendars read now that could not be read lately, but for those with trouble of their own."""
    lock_all(session, ids_of_connection(session, connection_id))
    session.execute(
        update(CalendarLink)
        .where(
            CalendarLink.connection_id == connection_id,
            CalendarLink.state.in_((LinkState.ACTIVE, LinkState.AUTH_FAILED, LinkState.FROZEN)),
            CalendarLink.next_read_at.is_not(None),
        )
        .values(next_read_at=None)
        .execution_options(synchronize_session=False),
    )
