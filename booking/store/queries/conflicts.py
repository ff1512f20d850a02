"""Conflicts: for sync as models, for pages as rows with both sides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select, update

from booking.domain.intervals import Interval
from booking.domain.permissions import Scope
from booking.domain.states import OccurrenceState, PushState
from booking.domain.titles import full_name
from booking.store.database import Session
from booking.store.models import (
    Booking,
    CalendarLink,
    Conflict,
    ExternalEvent,
    Location,
    Occurrence,
    Person,
    PushItem,
    Space,
)

# ------------------------------------------------------------------------------------------------ for sync


def open_about(
    session: Session, link_id: int, *, occurrence_id: int | None, kinds: frozenset[str], uid: str | None = None
) -> Conflict | None:
    """Return the oldest unsettled conflict of these kinds about a date; about one event, if its UID is given."""
    query = select(Conflict).where(
        Conflict.link_id == link_id,
        Conflict.occurrence_id == occurrence_id if occurrence_id is not None else Conflict.occurrence_id.is_(None),
        Conflict.kind.in_(tuple(kinds)),
        Conflict.resolved_at.is_(None),
    )
    if uid is not None:
        query = query.where(Conflict.external_uid == uid)
    return session.scalars(query.order_by(Conflict.id)).first()


def decided(
    session: Session, link_id: int, *, occurrence_id: int | None, choices: Sequence[str]
) -> tuple[Conflict, ...]:
    """Return what was decided so about a date, settled or not."""
    query = select(Conflict).where(
        Conflict.link_id == link_id,
        Conflict.occurrence_id == occurrence_id if occurrence_id is not None else Conflict.occurrence_id.is_(None),
        Conflict.decision.in_(tuple(choices)),
    )
    return tuple(session.scalars(query))


def for_change(session: Session, conflict_id: int) -> Conflict | None:
    """Return a conflict as it stands now; its space and its link are locked before."""
    query = select(Conflict).where(Conflict.id == conflict_id).execution_options(populate_existing=True)
    return session.scalar(query)


def to_clear(session: Session, *, choice: str, tried_before: datetime) -> tuple[int, ...]:
    """Return the open conflicts that were decided so and whose server has given no answer yet."""
    query = select(Conflict.id).where(
        Conflict.resolved_at.is_(None),
        Conflict.decision == choice,
        Conflict.answer == "",
        or_(Conflict.tried_at.is_(None), Conflict.tried_at <= tried_before),
    )
    return tuple(session.scalars(query.order_by(Conflict.id)))


def take(session: Session, conflict_id: int, *, tried_before: datetime, now: datetime) -> bool:
    """Note that their server is asked now, unless somebody asked a moment ago; compare-and-set."""
    taken = session.scalar(
        update(Conflict)
        .where(Conflict.id == conflict_id, or_(Conflict.tried_at.is_(None), Conflict.tried_at <= tried_before))
        .values(tried_at=now)
        .returning(Conflict.id)
        .execution_options(synchronize_session=False),
    )
    return taken is not None


def blocks_of(session: Session, link_id: int, remote_id: str) -> tuple[ExternalEvent, ...]:
    """Return the times that an item takes as an outside event."""
    query = select(ExternalEvent).where(
        ExternalEvent.link_id == link_id, ExternalEvent.remote_id == remote_id, ExternalEvent.gone_at.is_(None)
    )
    return tuple(session.scalars(query))


def is_an_entry_of_ours(session: Session, link_id: int, remote_id: str) -> bool:
    """Tell whether a row of ours stands behind that item: then it is no copy, and not to be cleared away."""
    query = select(PushItem.id).where(
        PushItem.link_id == link_id, PushItem.remote_id == remote_id, PushItem.state != PushState.GONE
    )
    return session.scalars(query).first() is not None


# ----------------------------------------------------------------------------------------------- for pages


@dataclass(frozen=True, slots=True)
class Ours:
    """Our side: whose booking, when it is now, and how it stands."""

    occurrence_id: int
    key: str
    ref: str
    booking_id: int
    patron_name: str
    email: str
    space_id: int
    space_name: str
    location_name: str
    when: Interval
    state: OccurrenceState
    holds: bool


@dataclass(frozen=True, slots=True)
class Theirs:
    """Their side. Title and organiser only where the profile keeps them, and never of what is private."""

    when: Interval | None
    private: bool
    title: str = ""
    organizer: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A conflict with both sides, as staff see it."""

    id: int
    link_id: int
    kind: str
    detail: str
    found_at: datetime
    resolved_at: datetime | None
    decision: str
    decided_by: str
    answer: str
    accepted_at: datetime | None
    remote_id: str
    remote_etag: str
    external_uid: str
    connection_id: int
    mailbox: str
    space_id: int
    space_name: str
    space_slug: str
    zone: str
    location_name: str
    scope: Scope
    ours: Ours | None
    ours_when_found: Interval | None
    theirs: Theirs

    @property
    def stand(self) -> str:
        """Return which state of affairs this shows, so that nobody decides about another."""
        sides = (self.ours.when if self.ours else None, self.theirs.when)
        times = ":".join(f"{each.start:%y%m%d%H%M}-{each.end:%y%m%d%H%M}" if each else "" for each in sides)
        return f"{self.kind}:{self.decision}:{times}:{self.resolved_at is not None}"


def unsettled(session: Session, *, link_id: int | None = None) -> tuple[ConflictRow, ...]:
    """Return what staff must look at, newest first."""
    query = _query().where(Conflict.resolved_at.is_(None))
    if link_id is not None:
        query = query.where(Conflict.link_id == link_id)
    return _rows(session, query.order_by(Conflict.found_at.desc(), Conflict.id.desc()))


def settled_since(session: Session, moment: datetime, *, at_most: int = 50) -> tuple[ConflictRow, ...]:
    """Return what was settled from that moment on, by whom or by itself, newest first."""
    query = _query().where(Conflict.resolved_at >= moment)
    return _rows(session, query.order_by(Conflict.resolved_at.desc(), Conflict.id.desc()).limit(at_most))


def of_booking(session: Session, booking_id: int) -> tuple[ConflictRow, ...]:
    """Return the open conflicts of a booking."""
    query = _query().where(Conflict.resolved_at.is_(None), Occurrence.booking_id == booking_id)
    return _rows(session, query.order_by(Conflict.id))


def row(session: Session, conflict_id: int) -> ConflictRow | None:
    """Return one conflict, open or not."""
    return next(iter(_rows(session, _query().where(Conflict.id == conflict_id))), None)


def count(session: Session, scopes: Iterable[Scope]) -> int:
    """Return how many conflicts are open in these places."""
    query = (
        select(Space.location_id, Space.category_id, func.count())
        .select_from(Conflict)
        .join(CalendarLink, CalendarLink.id == Conflict.link_id)
        .join(Space, Space.id == CalendarLink.space_id)
        .where(Conflict.resolved_at.is_(None))
        .group_by(Space.location_id, Space.category_id)
    )
    places = tuple(scopes)
    return sum(
        number
        for location_id, category_id, number in session.execute(query)
        if any(scope.covers(Scope(location_id, category_id)) for scope in places)
    )


_OUR_SPACE = Space.__table__.alias("our_space")  # that of the booking: it may have moved to another room since
_OUR_LOCATION = Location.__table__.alias("our_location")

_Found = Select[Conflict, CalendarLink, Space, Location, Occurrence, Booking, Person, str, str]


def _query() -> _Found:
    ours = _OUR_SPACE.c.name, _OUR_LOCATION.c.name
    return (
        select(Conflict, CalendarLink, Space, Location, Occurrence, Booking, Person, *ours)
        .join(CalendarLink, CalendarLink.id == Conflict.link_id)
        .join(Space, Space.id == CalendarLink.space_id)
        .join(Location, Location.id == Space.location_id)
        .outerjoin(Occurrence, Occurrence.id == Conflict.occurrence_id)
        .outerjoin(Booking, Booking.id == Occurrence.booking_id)
        .outerjoin(Person, Person.id == Booking.patron_id)
        .outerjoin(_OUR_SPACE, _OUR_SPACE.c.id == Occurrence.space_id)
        .outerjoin(_OUR_LOCATION, _OUR_LOCATION.c.id == _OUR_SPACE.c.location_id)
    )


def _rows(session: Session, query: _Found) -> tuple[ConflictRow, ...]:
    found = session.execute(query).all()
    known = _external(session, [each[0] for each in found])
    return tuple(
        ConflictRow(
            id=conflict.id,
            link_id=link.id,
            kind=conflict.kind,
            detail=conflict.detail,
            found_at=conflict.found_at,
            resolved_at=conflict.resolved_at,
            decision=conflict.decision,
            decided_by=conflict.decided_by,
            answer=conflict.answer,
            accepted_at=conflict.accepted_at,
            remote_id=conflict.remote_id,
            remote_etag=conflict.remote_etag,
            external_uid=conflict.external_uid,
            connection_id=link.connection_id,
            mailbox=link.mailbox,
            space_id=space.id,
            space_name=space.name,
            space_slug=space.slug,
            zone=location.zone,
            location_name=location.name,
            scope=Scope(location.id, space.category_id),
            ours=_ours(occurrence, booking, patron, *where),
            ours_when_found=_interval(conflict.ours_starts_at, conflict.ours_ends_at),
            theirs=_theirs(conflict, known.get((link.id, conflict.remote_id))),
        )
        for conflict, link, space, location, occurrence, booking, patron, *where in found
    )


def _ours(
    occurrence: Occurrence | None, booking: Booking, patron: Person, space_name: str, location_name: str
) -> Ours | None:
    if occurrence is None:  # it is about an entry alone
        return None
    return Ours(
        occurrence_id=occurrence.id,
        key=occurrence.key,
        ref=booking.ref,
        booking_id=booking.id,
        patron_name=full_name(patron.first_name, patron.last_name),
        email=patron.email,
        space_id=occurrence.space_id,
        space_name=space_name,
        location_name=location_name,
        when=occurrence.when,
        state=occurrence.state,
        holds=occurrence.holds,
    )


def _theirs(conflict: Conflict, event: ExternalEvent | None) -> Theirs:
    private = conflict.theirs_private or (event is not None and event.private)
    return Theirs(
        when=_interval(conflict.theirs_starts_at, conflict.theirs_ends_at),
        private=private,
        title="" if private or event is None else event.title,
        organizer="" if private or event is None else event.organizer,
        gone=event is not None and event.gone_at is not None,
    )


def _interval(start: datetime | None, end: datetime | None) -> Interval | None:
    return Interval(start, end) if start is not None and end is not None else None


def _external(session: Session, conflicts: Sequence[Conflict]) -> dict[tuple[int, str], ExternalEvent]:
    ids = {each.remote_id for each in conflicts if each.remote_id}
    if not ids:
        return {}
    found = session.scalars(select(ExternalEvent).where(ExternalEvent.remote_id.in_(ids)))
    return {(each.link_id, each.remote_id): each for each in found if each.link_id is not None}
