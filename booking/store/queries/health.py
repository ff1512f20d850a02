"""How each paired space is doing: what waits, what failed, what staff must decide."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select

from booking.domain.states import LIVE, PushState, Way
from booking.store.database import Session, server_now
from booking.store.models import (
    Booking,
    CalendarLink,
    Conflict,
    Connection,
    Installation,
    Location,
    Occurrence,
    OutboxMessage,
    PushItem,
    Space,
    SyncError,
    Watch,
)
from booking.store.queries import connections, directions, links, runs
from booking.store.queries.connections import ConnectionRow
from booking.store.queries.links import LinkRow
from booking.store.queries.push import OPEN
from booking.store.queries.runs import UnderWay


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is still to be written on a link."""

    number: int = 0
    oldest: datetime | None = None
    given_up: int = 0
    given_up_since: datetime | None = None
    last_error: str = ""
    tried: int = 0  # of those that wait, how many were sent or tried before
    in_conflict: int = 0  # not written, for something else stands there


@dataclass(frozen=True, slots=True)
class Health:
    """One link with all that its state is judged by."""

    link: LinkRow
    connection: ConnectionRow
    waiting: Waiting
    conflicts: int
    conflicts_since: datetime | None = None
    stopped: str = ""  # why this whole installation writes nothing
    stopped_since: datetime | None = None
    way: Way = field(default_factory=Way)  # which way sync goes there, by the nearest profile
    under_way: Mapping[str, UnderWay] = field(default_factory=dict)  # by kind: first_read, import, reset, ...


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """Something that went wrong, in words; with the space and the booking that it was about, if it was about one."""

    at: datetime
    connection: str
    space: str
    booking: str
    operation: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A booking that the calendar does not show as it should yet."""

    booking: str
    starts_at: datetime
    what: str  # "create", "change" or "delete"
    state: PushState
    since: datetime
    attempts: int
    next_try: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class WatchRow:
    """A group of mailboxes that is listened to, or should be."""

    connection_id: int
    connection: str
    number: int
    claimed: bool
    began_at: datetime | None
    heard_at: datetime | None
    last_error: str


def all_links(session: Session) -> tuple[Health, ...]:
    """Return the state of every live link, by place; the same number of statements however many there are."""
    known = {each.id: each for each in connections.rows(session)}
    waiting, conflicts = _waiting(session), _conflicts(session)
    why_stopped, stopped_since = stopped(session)
    ways, under_way = directions.load(session), runs.under_way(session)
    return tuple(
        Health(
            link=each,
            connection=known[each.connection_id],
            waiting=waiting.get(each.id, Waiting()),
            conflicts=conflicts.get(each.id, (0, None))[0],
            conflicts_since=conflicts.get(each.id, (0, None))[1],
            stopped=why_stopped,
            stopped_since=stopped_since,
            way=ways.of(location_id=each.location_id, category_id=each.category_id, space_id=each.space_id),
            under_way=under_way.get(each.id, {}),
        )
        for each in links.rows(session)
    )


def _waiting(session: Session) -> dict[int, Waiting]:
    is_open = PushItem.state.in_(OPEN)
    is_dead = PushItem.state == PushState.DEAD
    was_tried = (PushItem.state != PushState.DIRTY) | (PushItem.attempts > 0) | (PushItem.acked_version > 0)
    query = (
        select(
            PushItem.link_id,
            func.count().filter(is_open),
            func.min(_since()).filter(is_open),
            func.count().filter(is_dead),
            func.min(_since()).filter(is_dead),
            func.max(PushItem.last_error).filter(PushItem.state.in_((*OPEN, PushState.DEAD))),
            func.count().filter(is_open & was_tried),
            func.count().filter(PushItem.state == PushState.CONFLICT),
        )
        .where(PushItem.state.in_((*OPEN, PushState.DEAD, PushState.CONFLICT)))
        .group_by(PushItem.link_id)
    )
    return {
        link_id: Waiting(number, oldest, given_up, given_up_since, last_error or "", tried, in_conflict)
        for link_id, number, oldest, given_up, given_up_since, last_error, tried, in_conflict in session.execute(query)
    }


def _since() -> ColumnElement[datetime]:
    """Return since when a row lacks what is wanted; of one that does not say, since it was made or changed."""
    made = case((PushItem.acked_version == 0, PushItem.created_at), else_=PushItem.updated_at)
    return func.coalesce(PushItem.wanted_at, made)


def _conflicts(session: Session) -> dict[int, tuple[int, datetime | None]]:
    query = (
        select(Conflict.link_id, func.count(), func.min(Conflict.found_at))
        .where(Conflict.resolved_at.is_(None))
        .group_by(Conflict.link_id)
    )
    return {link_id: (number, oldest) for link_id, number, oldest in session.execute(query)}


def errors(
    session: Session,
    link_id: int | None = None,
    *,
    connection_id: int | None = None,
    ref: str = "",
    kind: str = "",
    since: datetime | None = None,
    at_most: int = 20,
) -> tuple[ErrorRow, ...]:
    """Return the last things that went wrong, newest first: of a link with its connection, or all; as far as asked."""
    query = (
        select(SyncError, Connection.name, Space.slug, Booking.ref)
        .outerjoin(CalendarLink, CalendarLink.id == SyncError.link_id)
        .outerjoin(Space, Space.id == CalendarLink.space_id)
        .outerjoin(Connection, Connection.id == func.coalesce(SyncError.connection_id, CalendarLink.connection_id))
        .outerjoin(PushItem, PushItem.id == SyncError.push_item_id)
        .outerjoin(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .outerjoin(Booking, Booking.id == Occurrence.booking_id)
        .order_by(SyncError.at.desc(), SyncError.id.desc())
        .limit(at_most)
    )
    wanted = {Booking.ref: ref, SyncError.kind: kind}
    query = query.where(*(column == value for column, value in wanted.items() if value))
    if link_id is not None:
        of_link = select(CalendarLink.connection_id).where(CalendarLink.id == link_id).scalar_subquery()
        query = query.where((SyncError.link_id == link_id) | (SyncError.connection_id == of_link))
    if connection_id is not None:
        query = query.where(Connection.id == connection_id)
    if since is not None:
        query = query.where(SyncError.at >= since)
    return tuple(
        ErrorRow(found.at, name or "", slug or "", of or "", found.operation, found.kind, found.message)
        for found, name, slug, of in session.execute(query)
    )


def waiting_rows(session: Session, link_id: int, *, at_most: int = 100) -> tuple[WaitingRow, ...]:
    """Return what is still to be written on a link, longest waiting first; what was given up comes before all."""
    since = _since()
    query = (
        select(PushItem, since, Occurrence.starts_at, Booking.ref)
        .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .where(PushItem.link_id == link_id, PushItem.state.in_((*OPEN, PushState.DEAD)))
        .order_by(PushItem.state != PushState.DEAD, since, PushItem.id)
        .limit(at_most)
    )
    return tuple(
        WaitingRow(
            booking=ref,
            starts_at=starts_at,
            what=_what(found),
            state=found.state,
            since=waits_since,
            attempts=found.attempts,
            next_try=found.next_at,
            last_error=found.last_error,
        )
        for found, waits_since, starts_at, ref in session.execute(query)
    )


def _what(item: PushItem) -> str:
    if not item.want_present:
        return "delete"
    return "change" if item.remote_id else "create"


def watches(session: Session) -> tuple[WatchRow, ...]:
    """Return the groups that are listened to, by connection."""
    now = server_now(session)
    query = (
        select(Watch, Connection.name)
        .join(Connection, Connection.id == Watch.connection_id)
        .order_by(Connection.name, Watch.number)
    )
    return tuple(
        WatchRow(
            connection_id=found.connection_id,
            connection=name,
            number=found.number,
            claimed=found.claimed_until is not None and found.claimed_until > now,
            began_at=found.began_at,
            heard_at=found.heard_at,
            last_error=found.last_error,
        )
        for found, name in session.execute(query)
    )


def stopped(session: Session) -> tuple[str, datetime | None]:
    """Return why nothing is written to any calendar, and since when; an empty reason when writes go."""
    found = session.execute(select(Installation.stopped, Installation.stopped_since)).first()
    return (found.stopped, found.stopped_since) if found else ("", None)


def synced_spaces(session: Session) -> tuple[int, ...]:
    """Return the spaces that could have a calendar, by place: where there is a server, and those that are paired."""
    paired = select(CalendarLink.space_id).where(CalendarLink.state.in_(LIVE))
    query = (
        select(Space.id)
        .join(Location, Location.id == Space.location_id)
        .where(~Space.retired, ~Location.retired, Location.connection_id.is_not(None) | Space.id.in_(paired))
        .order_by(Location.position, Location.name, Space.position, Space.name, Space.id)
    )
    return tuple(session.scalars(query))


def mails(session: Session) -> dict[str, int]:
    """Return how many messages are in which state."""
    found = session.execute(select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state))
    return {state: number for state, number in found}  # noqa: C416 - rows, not pairs
