"""Calendar folders beside the rooms' own calendars: what staff see of them, and what the readers of them need."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, exists, or_, select, update

from booking.domain import rules
from booking.domain.states import LIVE, FolderState
from booking.store.database import Session
from booking.store.models import (
    CalendarLink,
    Category,
    Connection,
    Location,
    RemoteFolderRow,
    Space,
)
from booking.store.queries import directions
from booking.store.queries.links import is_over

#: Of these the events are read and block.
READ = (FolderState.TICKED, FolderState.FROZEN)


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A calendar folder, the space that it blocks, and how well it is known."""

    id: int
    connection_id: int
    mailbox: str
    remote_id: str
    path: tuple[str, ...]
    state: FolderState
    state_since: datetime
    listed_at: datetime | None
    missing_since: datetime | None
    free_at: datetime | None
    readings: int
    read_at: datetime | None
    read_until: datetime | None
    next_read_at: datetime | None
    read_failures: int
    last_error: str
    vanishing: int
    matched_with: str
    space_id: int | None = None
    space_name: str = ""
    space_slug: str = ""
    location_id: int = 0
    location_name: str = ""
    category_id: int = 0
    zone: str = "UTC"
    window: timedelta = timedelta()

    @property
    def is_own(self) -> bool:
        """Tell whether it is the calendar of the service account itself."""
        return not self.remote_id

    @property
    def name(self) -> str:
        """Return its names from the top down, in one line."""
        return " / ".join(self.path)


def row(session: Session, folder_id: int) -> FolderRow | None:
    """Return one folder."""
    found = session.execute(_select().where(RemoteFolderRow.id == folder_id)).one_or_none()
    return _row(found) if found else None


def rows(session: Session, connection_id: int) -> tuple[FolderRow, ...]:
    """Return all folders of a connection: the public ones first, then by mailbox and path; the account's own too."""
    query = _select().where(RemoteFolderRow.connection_id == connection_id)
    found = [_row(each) for each in session.execute(query)]
    return tuple(sorted(found, key=lambda each: (each.mailbox, [name.casefold() for name in each.path], each.id)))


def own(session: Session, connection_id: int) -> FolderRow | None:
    """Return the service account's own calendar, once it was switched on."""
    query = _select().where(RemoteFolderRow.connection_id == connection_id, RemoteFolderRow.remote_id == "")
    found = session.execute(query).one_or_none()
    return _row(found) if found else None


def connections_without_own(session: Session) -> tuple[int, ...]:
    """Return the connections whose account's own calendar shall be read and has no row that says so."""
    has = exists().where(
        RemoteFolderRow.connection_id == Connection.id,
        RemoteFolderRow.remote_id == "",
        RemoteFolderRow.state != FolderState.LISTED,
    )
    return tuple(session.scalars(select(Connection.id).where(Connection.reads_own_calendar, ~has)))


def of_space(session: Session, space_id: int) -> tuple[FolderRow, ...]:
    """Return the folders that are ticked for a space."""
    query = _select().where(RemoteFolderRow.space_id == space_id, RemoteFolderRow.state.in_(READ))
    return tuple(_row(each) for each in session.execute(query.order_by(RemoteFolderRow.id)))


def read_at_all(session: Session) -> tuple[FolderRow, ...]:
    """Return every folder that is read: ticked or frozen, and the accounts' own calendars."""
    query = _select().where(RemoteFolderRow.state.in_(READ)).order_by(RemoteFolderRow.id)
    return tuple(_row(each) for each in session.execute(query))


def due(session: Session, *, now: datetime) -> tuple[FolderRow, ...]:
    """Return the folders that are to be read now, longest unread first; none of a place whose sync is switched off."""
    query = (
        _select()
        .join(Connection, Connection.id == RemoteFolderRow.connection_id)
        .where(
            RemoteFolderRow.state.in_(READ),
            or_(RemoteFolderRow.remote_id != "", Connection.reads_own_calendar),
            Connection.paused.is_(False),
            is_over(RemoteFolderRow.next_read_at, now),
            is_over(Connection.breaker_until, now),
            is_over(Connection.throttled_until, now),
        )
        .order_by(RemoteFolderRow.read_at.is_not(None), RemoteFolderRow.read_at, RemoteFolderRow.id)
    )
    ways = directions.load(session)
    found = [_row(each) for each in session.execute(query)]
    return tuple(each for each in found if each.space_id is None or _way(ways, each))


def _way(ways: directions.Directions, each: FolderRow) -> bool:
    return ways.of(location_id=each.location_id, category_id=each.category_id, space_id=each.space_id or 0).reads


def freshness(session: Session) -> dict[int, tuple[datetime | None, datetime | None]]:
    """Return, by space, when the ticked folder that was not read for longest was read well, and how far ahead."""
    columns = select(RemoteFolderRow.space_id, RemoteFolderRow.read_at, RemoteFolderRow.read_until)
    found: dict[int, tuple[datetime | None, datetime | None]] = {}
    for space_id, read_at, until in session.execute(columns.where(RemoteFolderRow.state.in_(READ))):
        if space_id is None:
            continue
        known = found.get(space_id, (read_at, until))
        found[space_id] = (_earlier(known[0], read_at), _earlier(known[1], until))
    return found


def _earlier(first: datetime | None, second: datetime | None) -> datetime | None:
    return None if first is None or second is None else min(first, second)


def troubled(session: Session) -> tuple[FolderRow, ...]:
    """Return the folders that could not be read lately, or are frozen; none of a connection that is paused."""
    query = (
        _select()
        .join(Connection, Connection.id == RemoteFolderRow.connection_id)
        .where(
            RemoteFolderRow.state.in_(READ),
            or_(RemoteFolderRow.remote_id != "", Connection.reads_own_calendar),
            or_(RemoteFolderRow.read_failures > 0, RemoteFolderRow.state == FolderState.FROZEN),
            Connection.paused.is_(False),
        )
        .order_by(RemoteFolderRow.id)
    )
    return tuple(_row(each) for each in session.execute(query))


def leaving(session: Session, *, now: datetime) -> tuple[FolderRow, ...]:
    """Return the unticked folders whose times are to be free from now on."""
    query = _select().where(RemoteFolderRow.state == FolderState.LEAVING, is_over(RemoteFolderRow.free_at, now))
    return tuple(_row(each) for each in session.execute(query))


def _select() -> Select[RemoteFolderRow, Space, Category, Location]:
    return (
        select(RemoteFolderRow, Space, Category, Location)
        .outerjoin(Space, Space.id == RemoteFolderRow.space_id)
        .outerjoin(Category, Category.id == Space.category_id)
        .outerjoin(Location, Location.id == Space.location_id)
    )


def _row(found: Row[RemoteFolderRow, Space, Category, Location]) -> FolderRow:
    """Return a folder; one that is ticked for nothing has no space."""
    folder, space, category, location = found
    row = _bare(folder)
    if folder.space_id is None:
        return row
    return replace(
        row,
        space_id=space.id,
        space_name=space.name,
        space_slug=space.slug,
        location_id=location.id,
        location_name=location.name,
        category_id=category.id,
        zone=location.zone,
        window=rules.effective(space, category).window,
    )


def _bare(folder: RemoteFolderRow) -> FolderRow:
    return FolderRow(
        id=folder.id,
        connection_id=folder.connection_id,
        mailbox=folder.mailbox,
        remote_id=folder.remote_id,
        path=tuple(json.loads(folder.path)),
        state=folder.state,
        state_since=folder.state_since,
        listed_at=folder.listed_at,
        missing_since=folder.missing_since,
        free_at=folder.free_at,
        readings=folder.readings,
        read_at=folder.read_at,
        read_until=folder.read_until,
        next_read_at=folder.next_read_at,
        read_failures=folder.read_failures,
        last_error=folder.last_error,
        vanishing=folder.vanishing,
        matched_with=folder.matched_with,
    )


# ------------------------------------------------------------------- for whoever will change one


def lock(session: Session, folder_id: int) -> RemoteFolderRow | None:
    """Return the folder, locked until the transaction ends; locks of spaces come first."""
    return session.scalars(
        select(RemoteFolderRow)
        .where(RemoteFolderRow.id == folder_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True),
    ).one_or_none()


def claim(session: Session, folder: FolderRow, *, until: datetime) -> bool:
    """Take a folder for one reading: compare-and-set, works on any machine; nobody else reads it before `until`."""
    taken = session.scalar(
        update(RemoteFolderRow)
        .where(RemoteFolderRow.id == folder.id, RemoteFolderRow.readings == folder.readings)
        .values(readings=RemoteFolderRow.readings + 1, next_read_at=until)
        .returning(RemoteFolderRow.id)
        .execution_options(synchronize_session=False),
    )
    return taken is not None


def models(session: Session, connection_id: int, mailbox: str) -> tuple[RemoteFolderRow, ...]:
    """Return what is known of one tree, locked in the order of ids; without the account's own calendar."""
    query = select(RemoteFolderRow).where(
        RemoteFolderRow.connection_id == connection_id,
        RemoteFolderRow.mailbox == mailbox,
        RemoteFolderRow.remote_id != "",
    )
    return tuple(session.scalars(query.order_by(RemoteFolderRow.id).with_for_update(key_share=True)))


# ------------------------------------------------------------------- what events are matched with


@dataclass(frozen=True, slots=True)
class Matchable:
    """A space as an event may name it: by its mailbox, or by its name."""

    space_id: int
    name: str
    location_name: str
    mailbox: str  # empty: not paired
    connected: bool  # its location uses the connection in question
    active: bool  # what stands in calendars comes to us there


def matchable(session: Session, connection_id: int) -> tuple[Matchable, ...]:
    """Return every space that may be booked, with the mailbox that it is paired with."""
    query = (
        select(Space, Location, CalendarLink.mailbox)
        .join(Category, Category.id == Space.category_id)
        .join(Location, Location.id == Space.location_id)
        .outerjoin(CalendarLink, (CalendarLink.space_id == Space.id) & CalendarLink.state.in_(LIVE))
        .where(~Space.retired, ~Category.retired, ~Location.retired)
        .order_by(Space.id)
    )
    ways = directions.load(session)
    return tuple(
        Matchable(
            space.id,
            space.name,
            location.name,
            mailbox or "",
            connected=location.connection_id == connection_id,
            active=ways.of(location_id=location.id, category_id=space.category_id, space_id=space.id).reads,
        )
        for space, location, mailbox in session.execute(query)
    )


def windows(session: Session, space_ids: Collection[int]) -> timedelta:
    """Return how far ahead the farthest of these spaces may be booked."""
    query = select(Space, Category).join(Category, Category.id == Space.category_id).where(Space.id.in_(space_ids))
    return max((rules.effective(space, kind).window for space, kind in session.execute(query)), default=timedelta())
