"""Push rows: which are due on a link, in which order, with all that is needed to write them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.base import ExecutableOption

from booking.domain.intervals import Interval
from booking.domain.states import HOLDING, HeldReason, LinkState, OccurrenceState, PushOp, PushState
from booking.store.database import Session
from booking.store.models import Booking, CalendarLink, Connection, Occurrence, PushItem, Space
from booking.store.queries import identity, profiles
from booking.store.queries.links import WORKING, is_over

#: States in which something is still to be done.
OPEN = (PushState.DIRTY, PushState.INTENT, PushState.WRITTEN, PushState.UNKNOWN)
#: States that a worker can take up when their time comes; an intent first becomes unknown.
DUE = (PushState.DIRTY, PushState.WRITTEN, PushState.UNKNOWN)


def _everything() -> tuple[ExecutableOption, ...]:
    space = joinedload(PushItem.occurrence).joinedload(Occurrence.space)
    return (
        joinedload(PushItem.occurrence).joinedload(Occurrence.booking).joinedload(Booking.patron),
        space.joinedload(Space.category),
        space.joinedload(Space.location),
    )


def next_due(session: Session, link_id: int, *, now: datetime, without_creates: bool = False) -> PushItem | None:
    """Return what to do next on a link: deletes first, then the earliest start; what is over comes last."""
    query = (
        select(PushItem)
        .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .where(PushItem.link_id == link_id, PushItem.state.in_(DUE), _is_due(now))
        .order_by(PushItem.want_present, Occurrence.ends_at <= now, Occurrence.starts_at, PushItem.id)
        .limit(1)
        .options(*_everything())
    )
    if without_creates:
        query = query.where(or_(PushItem.want_present.is_(False), PushItem.state != PushState.DIRTY))
    return session.scalar(query)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return is_over(PushItem.next_at, now)


def get(session: Session, item_id: int) -> PushItem | None:
    """Return one row with its occurrence, booking, patron and place."""
    return session.scalar(select(PushItem).where(PushItem.id == item_id).options(*_everything()))


def left_open(session: Session, link_id: int, *, fence: int) -> tuple[PushItem, ...]:
    """Return intents that a worker with an older claim left behind."""
    query = select(PushItem).where(
        PushItem.link_id == link_id,
        PushItem.state == PushState.INTENT,
        or_(PushItem.intent_fence.is_(None), PushItem.intent_fence != fence),
    )
    return tuple(session.scalars(query))


def links_with_work(session: Session, *, now: datetime) -> tuple[int, ...]:
    """Return the links on which something is due and whose server may be asked, most urgent first."""
    stale = and_(PushItem.state == PushState.INTENT, PushItem.intent_until < now)
    query = (
        select(PushItem.link_id)
        .join(CalendarLink, CalendarLink.id == PushItem.link_id)
        .join(Connection, Connection.id == CalendarLink.connection_id)
        .where(
            or_(and_(PushItem.state.in_(DUE), _is_due(now)), stale),
            _may_be_asked(now),
        )
        .group_by(PushItem.link_id)
        .order_by(func.min(PushItem.updated_at), PushItem.link_id)
    )
    return tuple(session.scalars(query))


def links_that_want(session: Session, occurrence_id: int) -> tuple[int, ...]:
    """Return the links in whose calendars an occurrence is to stand."""
    query = select(PushItem.link_id).where(PushItem.occurrence_id == occurrence_id, PushItem.want_present.is_(True))
    return tuple(session.scalars(query))


def _may_be_asked(now: datetime) -> ColumnElement[bool]:
    return and_(
        CalendarLink.state.in_((*WORKING, LinkState.LEAVING)),
        Connection.paused.is_(False),
        or_(CalendarLink.recovering.is_(False), CalendarLink.state == LinkState.LEAVING),
        Connection.writes_stopped == "",
        ~identity.halted(),
        is_over(Connection.breaker_until, now),
        is_over(Connection.throttled_until, now),
    )


def of_occurrence(session: Session, occurrence_id: int) -> tuple[PushItem, ...]:
    """Return an occurrence's rows on all links, past ones too; their links are locked before."""
    query = select(PushItem).where(PushItem.occurrence_id == occurrence_id)
    rows = tuple(session.scalars(query.execution_options(populate_existing=True)))
    for row in rows:  # reading it afresh has let go of what whoever holds the row had loaded beside it
        set_committed_value(row, "occurrence", session.get_one(Occurrence, occurrence_id))
    return rows


def newest(session: Session, occurrence_id: int) -> tuple[int, int]:
    """Return the highest version and generation that an occurrence ever had on any link; zero if it had none."""
    query = select(func.max(PushItem.want_version), func.max(PushItem.generation)).where(
        PushItem.occurrence_id == occurrence_id
    )
    version, generation = session.execute(query).one()
    return version or 0, generation or 0


def by_keys(session: Session, keys: Iterable[str]) -> dict[str, Occurrence]:
    """Return the occurrences with these keys, in whatever space."""
    query = select(Occurrence).where(Occurrence.key.in_(tuple(keys))).options(joinedload(Occurrence.booking))
    return {each.key: each for each in session.scalars(query)}


def on_link(session: Session, link_id: int, *, keys: Iterable[str], during: Interval) -> dict[str, PushItem]:
    """Return a link's rows by occurrence key: those named, and those whose entry stood in `during` when sent."""
    query = (
        select(PushItem)
        .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .where(
            PushItem.link_id == link_id,
            or_(
                Occurrence.key.in_(tuple(keys)),
                and_(Occurrence.starts_at < during.end, Occurrence.ends_at > during.start),
                and_(PushItem.sent_starts_at < during.end, PushItem.sent_ends_at > during.start),
            ),
        )
        .options(*_everything())
        .execution_options(populate_existing=True)
    )
    return {each.occurrence.key: each for each in session.scalars(query)}


def second_looks(session: Session, *, now: datetime) -> tuple[tuple[int, Interval], ...]:
    """Return, for each row whose second look is due, its link and time."""
    query = (
        select(PushItem.link_id, Occurrence.starts_at, Occurrence.ends_at)
        .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .join(CalendarLink, CalendarLink.id == PushItem.link_id)
        .where(PushItem.recheck_at <= now, CalendarLink.state.in_(tuple(WORKING)))
        .order_by(PushItem.recheck_at)
    )
    return tuple((link_id, Interval(start, end)) for link_id, start, end in session.execute(query))


def checked(session: Session, link_id: int, *, during: Interval, now: datetime) -> None:
    """Strike off the second looks that a read of `during` has answered."""
    query = (
        select(PushItem)
        .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .where(
            PushItem.link_id == link_id,
            PushItem.recheck_at <= now,
            Occurrence.starts_at >= during.start,
            Occurrence.ends_at <= during.end,
        )
    )
    for item in session.scalars(query):
        item.recheck_at = None


def waits_for_calendar(session: Session, ref: str) -> bool:
    """Tell whether any date of a booking still waits for a calendar, held or changed."""
    held = and_(Occurrence.state == OccurrenceState.HELD, Occurrence.held_reason == HeldReason.CALENDAR)
    query = (
        select(Occurrence.id)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .outerjoin(PushItem, PushItem.occurrence_id == Occurrence.id)
        .where(Booking.ref == ref, or_(held, PushItem.state.in_(OPEN)))
        .limit(1)
    )
    return session.scalar(query) is not None


def links_of_booking(session: Session, ref: str, *, now: datetime) -> tuple[int, ...]:
    """Return the links on which something of a booking can be written now."""
    query = (
        select(PushItem.link_id)
        .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(CalendarLink, CalendarLink.id == PushItem.link_id)
        .join(Connection, Connection.id == CalendarLink.connection_id)
        .where(Booking.ref == ref, PushItem.state.in_(OPEN), _may_be_asked(now))
        .distinct()
    )
    return tuple(session.scalars(query))


def unwritten(
    session: Session, link: CalendarLink, *, now: datetime, since: datetime | None = None
) -> tuple[Occurrence, ...]:
    """Return a space's holding occurrences that have no row on the link, as far back as its profile looks.

    `since` is another moment at or after which they must end.
    """
    since = since or profiles.begins(session, link.space_id, now=now)
    query = (
        select(Occurrence)
        .outerjoin(PushItem, and_(PushItem.occurrence_id == Occurrence.id, PushItem.link_id == link.id))
        .where(
            Occurrence.space_id == link.space_id,
            Occurrence.state.in_(tuple(HOLDING)),
            Occurrence.ends_at >= since,
            PushItem.id.is_(None),
        )
        .options(joinedload(Occurrence.booking))
        .order_by(Occurrence.starts_at)
    )
    return tuple(session.scalars(query))


def states(session: Session, item_ids: Iterable[int]) -> dict[PushState, int]:
    """Return how many of these rows are in which state."""
    query = select(PushItem.state, func.count()).where(PushItem.id.in_(tuple(item_ids))).group_by(PushItem.state)
    return {state: count for state, count in session.execute(query)}  # noqa: C416 - rows, not pairs


def all_of_link(session: Session, link_id: int) -> tuple[PushItem, ...]:
    """Return every row of a link with its occurrence."""
    query = select(PushItem).where(PushItem.link_id == link_id).options(*_everything())
    return tuple(session.scalars(query))


def at_rest(session: Session, link_id: int, *, now: datetime) -> tuple[PushItem, ...]:
    """Return the rows whose entry stands in the calendar as it was last wanted, for times that are not over."""
    query = (
        select(PushItem)
        .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .where(
            PushItem.link_id == link_id,
            PushItem.state == PushState.CLEAN,
            PushItem.want_present.is_(True),
            PushItem.remote_id != "",
            Occurrence.ends_at > now,
        )
        .options(*_everything())
        .execution_options(populate_existing=True)
    )
    return tuple(session.scalars(query))


def still_open(session: Session, link_id: int) -> int:
    """Return how many rows of a link are not settled."""
    query = select(func.count()).where(PushItem.link_id == link_id, PushItem.state.in_(OPEN))
    return session.scalars(query).one()


def unsettled(session: Session, link_id: int) -> int:
    """Return how many rows of a link are not as they should be: on their way, in conflict, or given up."""
    wrong = (*OPEN, PushState.CONFLICT, PushState.DEAD)
    query = select(func.count()).where(PushItem.link_id == link_id, PushItem.state.in_(wrong))
    return session.scalars(query).one()


def standing(session: Session, link_id: int, *, now: datetime) -> int:
    """Return how many of our entries stand in a calendar for times that are not over."""
    query = (
        select(func.count())
        .select_from(PushItem)
        .join(Occurrence, Occurrence.id == PushItem.occurrence_id)
        .where(
            PushItem.link_id == link_id,
            PushItem.remote_id != "",
            PushItem.state != PushState.GONE,
            Occurrence.ends_at > now,
        )
    )
    return session.scalars(query).one()


def last_error(session: Session, link_id: int) -> str:
    """Return why something on a link could not be written; empty when nothing failed."""
    query = select(func.max(PushItem.last_error)).where(
        PushItem.link_id == link_id, PushItem.state.in_((*OPEN, PushState.DEAD))
    )
    return session.scalar(query) or ""


def latest_end(session: Session, link_id: int) -> datetime | None:
    """Return when the last entry that should be in the calendar ends."""
    return session.scalar(
        select(func.max(Occurrence.ends_at))
        .join(PushItem, PushItem.occurrence_id == Occurrence.id)
        .where(PushItem.link_id == link_id, PushItem.want_present.is_(True)),
    )


def failing(session: Session, connection_id: int) -> tuple[PushItem, ...]:
    """Return a connection's rows that were given up: to be tried again when its settings change."""
    query = (
        select(PushItem)
        .join(CalendarLink, CalendarLink.id == PushItem.link_id)
        .where(
            CalendarLink.connection_id == connection_id,
            or_(PushItem.state == PushState.DEAD, PushItem.next_at.is_not(None)),
            PushItem.state != PushState.UNKNOWN,
        )
    )
    return tuple(session.scalars(query))


def held_for_calendar(session: Session, space_id: int) -> tuple[Occurrence, ...]:
    """Return the dates of a space that only wait for its calendar."""
    query = (
        select(Occurrence)
        .where(
            Occurrence.space_id == space_id,
            Occurrence.state == OccurrenceState.HELD,
            Occurrence.held_reason == HeldReason.CALENDAR,
        )
        .options(joinedload(Occurrence.booking))
        .order_by(Occurrence.starts_at)
    )
    return tuple(session.scalars(query))


def hurry(session: Session, connection_id: int, *, settled: datetime) -> None:
    """Have a connection's rows tried now that could not be tried lately.

    A create without an answer still waits until it can no longer land: its deadline lies before `settled` then.
    """
    links = select(CalendarLink.id).where(
        CalendarLink.connection_id == connection_id,
        CalendarLink.state.in_((LinkState.ACTIVE, LinkState.AUTH_FAILED, LinkState.FROZEN, LinkState.LEAVING)),
    )
    may_land = and_(
        PushItem.state == PushState.UNKNOWN, PushItem.intent_op == PushOp.CREATE, PushItem.intent_until > settled
    )
    session.execute(
        update(PushItem)
        .where(PushItem.link_id.in_(links), PushItem.state.in_(DUE), PushItem.next_at.is_not(None), ~may_land)
        .where(PushItem.last_error != "")
        .values(next_at=None)
        .execution_options(synchronize_session=False),
    )
