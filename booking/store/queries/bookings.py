"""Bookings and their dates: for pages as rows, for services as models."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from booking.domain.errors import NotFound
from booking.domain.intervals import Interval
from booking.domain.opening import local_day
from booking.domain.permissions import Scope
from booking.domain.rules import FIRST_DAY, LAST_DAY, LONGEST_OCCURRENCE
from booking.domain.states import BookingState, Channel, HeldReason, OccurrenceState
from booking.domain.titles import full_name
from booking.store.database import Session
from booking.store.models import Booking, ExternalEvent, Location, Occurrence, Person, Space
from booking.store.queries import audit, calendar_entries, pages, places
from booking.store.queries.audit import AuditRow
from booking.store.queries.calendar_entries import SyncView
from booking.store.queries.pages import Page
from booking.store.queries.places import SpaceRow

#: Days of places in whatever zone; the day after the last one must still be reckoned with.
_FIRST_DAY, _LAST_DAY = FIRST_DAY + timedelta(days=2), LAST_DAY - timedelta(days=2)


@dataclass(frozen=True, slots=True)
class OccurrenceRow:
    """One date of a booking. `sync` is None where its space has no calendar; `when` is UTC."""

    id: int
    key: str
    space: SpaceRow
    when: Interval
    state: OccurrenceState
    held_reason: HeldReason | None
    holds: bool
    cancelled_by: Channel | None
    sync: SyncView | None

    @property
    def zone(self) -> str:
        """Return the IANA time zone of its location."""
        return self.space.zone


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A booking with its dates in order, for its own patron or for staff."""

    id: int
    ref: str
    first_name: str
    last_name: str
    email: str
    title: str
    nickname: str
    state: BookingState
    channel: Channel
    created_at: datetime
    updated_at: datetime | None
    occurrences: tuple[OccurrenceRow, ...]

    @property
    def patron_name(self) -> str:
        """Return both names of the patron."""
        return full_name(self.first_name, self.last_name)

    @property
    def space(self) -> SpaceRow:
        """Return the space of the first date."""
        return self.occurrences[0].space

    @property
    def scope(self) -> Scope:
        """Return the place that permissions are asked for."""
        return self.space.scope


def busy(
    session: Session, *, space_id: int, during: Interval, except_occurrences: Iterable[int] = ()
) -> list[Interval]:
    """Return what takes a space for some of that time: dates that hold it, and outside events that block it.

    A cancelled date that still stands in the calendar, waiting to be deleted, takes nothing.
    """
    ours = select(Occurrence.starts_at, Occurrence.ends_at).where(
        Occurrence.space_id == space_id,
        Occurrence.holds,
        *touches(Occurrence, during),
        Occurrence.id.not_in(tuple(except_occurrences)),
    )
    theirs = select(ExternalEvent.starts_at, ExternalEvent.ends_at).where(
        ExternalEvent.space_id == space_id, *blocking(), *touches(ExternalEvent, during)
    )
    return sorted(Interval(start, end) for start, end in session.execute(ours.union_all(theirs)))


def is_taken_by(session: Session, refs: Iterable[str], *, space_id: int, during: Interval) -> bool:
    """Tell whether one of these bookings has the space for some of that time."""
    found = (
        select(Occurrence.id)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .where(Booking.ref.in_(tuple(refs)), Occurrence.space_id == space_id)
        .where(Occurrence.holds, *touches(Occurrence, during))
    )
    return session.scalar(found.limit(1)) is not None


def busy_by_space(session: Session, *, space_ids: Sequence[int], during: Interval) -> dict[int, list[Interval]]:
    """Return the same for many spaces at once."""
    ours = select(Occurrence.space_id, Occurrence.starts_at, Occurrence.ends_at).where(
        Occurrence.space_id.in_(space_ids), Occurrence.holds, *touches(Occurrence, during)
    )
    theirs = select(ExternalEvent.space_id, ExternalEvent.starts_at, ExternalEvent.ends_at).where(
        ExternalEvent.space_id.in_(space_ids), *blocking(), *touches(ExternalEvent, during)
    )
    found: dict[int, list[Interval]] = {space_id: [] for space_id in space_ids}
    for space_id, start, end in session.execute(ours.union_all(theirs)):
        found[space_id].append(Interval(start, end))
    return found


def blocking() -> tuple[ColumnElement[bool], ...]:
    """Return what makes an outside event take its space."""
    return ExternalEvent.blocks.is_(True), ExternalEvent.gone_at.is_(None)


def touches(table: type[Occurrence | ExternalEvent], window: Interval) -> tuple[ColumnElement[bool], ...]:
    """Return the condition for sharing time with a window; the known longest length bounds the scan."""
    return (
        table.starts_at > window.start - LONGEST_OCCURRENCE - timedelta(seconds=1),
        table.starts_at < window.end,
        table.ends_at > window.start,
    )


def space_ids_of(session: Session, booking_id: int) -> list[int]:
    """Return the spaces a booking is about: those to lock before it is changed.

    Raises:
        NotFound: there is no such booking.
    """
    found = list(session.scalars(select(Occurrence.space_id).where(Occurrence.booking_id == booking_id).distinct()))
    if not found:
        raise NotFound(what="booking")
    return found


def for_change(session: Session, booking_id: int) -> Booking:
    """Return a booking as it stands now, with its patron and its dates; lock its spaces first.

    Raises:
        NotFound: there is no such booking.
    """
    found = session.scalar(
        select(Booking)
        .where(Booking.id == booking_id)
        .options(*_with_dates())
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(what="booking")
    return found


def coming(session: Session, space_id: int, *, now: datetime) -> tuple[Occurrence, ...]:
    """Return the dates that hold a space and are not over, earliest first, with booking, patron and location."""
    query = (
        select(Occurrence)
        .where(Occurrence.space_id == space_id, Occurrence.holds, Occurrence.ends_at > now)
        .options(
            joinedload(Occurrence.booking).joinedload(Booking.patron),
            joinedload(Occurrence.space).joinedload(Space.location),
        )
        .order_by(Occurrence.starts_at, Occurrence.id)
    )
    return tuple(session.scalars(query.execution_options(populate_existing=True)))


def by_request_key(session: Session, request_key: str) -> Booking | None:
    """Return the booking that a form, sent twice, made the first time."""
    return session.scalar(select(Booking).where(Booking.request_key == request_key).options(*_with_dates()))


def is_ref_taken(session: Session, ref: str) -> bool:
    """Tell whether a booking has that reference."""
    return session.scalar(select(Booking.id).where(Booking.ref == ref)) is not None


def by_ref(session: Session, ref: str) -> BookingRow | None:
    """Return a booking for staff."""
    found = session.scalar(select(Booking).where(Booking.ref == ref.strip().upper()).options(*_with_dates()))
    return None if found is None else _rows(session, [found], for_staff=True)[0]


def by_ref_and_secret(session: Session, ref: str, secret: str) -> BookingRow | None:
    """Return a booking for its own patron; None, the same and as fast, for an unknown reference and a wrong secret."""
    found = session.scalar(select(Booking).where(Booking.ref == ref).options(*_with_dates()))
    right = hmac.compare_digest((found.secret if found else "").encode(), secret.encode())
    return _rows(session, [found], for_staff=False)[0] if found is not None and right else None


def search(
    session: Session,
    *,
    scopes: Iterable[Scope],
    text: str = "",
    day_from: date | None = None,
    day_to: date | None = None,
    state: BookingState | None = None,
    location_id: int | None = None,
    page: int = 1,
) -> Page[BookingRow]:
    """Return one page of the bookings in these places, for staff.

    By date, earliest first, when asked from a day on; else latest first. Days are those of each location.
    """
    conditions = [in_scopes(scopes), *_like(text)]
    if state is not None:
        conditions.append(Booking.state == state)
    if location_id is not None:
        conditions.append(Space.location_id == location_id)
    if day_from is not None or day_to is not None:
        conditions.append(_on_days(session, day_from or _FIRST_DAY, day_to or _LAST_DAY))
    first = func.min(Occurrence.starts_at)
    matches = (
        select(Booking.id)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .join(Space, Space.id == Occurrence.space_id)
        .join(Location, Location.id == Space.location_id)
        .join(Person, Person.id == Booking.patron_id)
        .where(*conditions)
        .group_by(Booking.id)
    )
    total = session.scalar(select(func.count()).select_from(matches.subquery())) or 0
    order = first if day_from is not None else first.desc()
    ids = list(session.scalars(matches.order_by(order, Booking.id).offset(pages.offset(page)).limit(pages.PER_PAGE)))
    found = {
        each.id: each for each in session.scalars(select(Booking).where(Booking.id.in_(ids)).options(*_with_dates()))
    }
    rows = _rows(session, [found[each] for each in ids], for_staff=True)
    return Page(rows, number=max(page, 1), total=total)


def history(session: Session, booking_id: int) -> tuple[AuditRow, ...]:
    """Return what was done with a booking, oldest first."""
    return audit.of_booking(session, booking_id)


def _with_dates() -> tuple[ExecutableOption, ...]:
    space = selectinload(Booking.occurrences).joinedload(Occurrence.space, innerjoin=True)
    return (
        joinedload(Booking.patron, innerjoin=True),
        space.joinedload(Space.category, innerjoin=True),
        space.joinedload(Space.location, innerjoin=True),
        space.joinedload(Space.zone),
    )


def in_scopes(scopes: Iterable[Scope]) -> ColumnElement[bool]:
    """Return the condition that a space lies in one of these places; nothing does if there are none."""
    return or_(false(), *(_in_scope(each) for each in scopes))


def _in_scope(scope: Scope) -> ColumnElement[bool]:
    if scope.location_id is None:
        return true()
    if scope.category_id is None:
        return Space.location_id == scope.location_id
    return and_(Space.location_id == scope.location_id, Space.category_id == scope.category_id)


def _like(text: str) -> list[ColumnElement[bool]]:
    """Return a condition for each word: it stands in the reference, the title, a name or the address."""
    columns = (Booking.ref, Booking.title, Person.first_name, Person.last_name, Person.email)
    return [or_(*(each.icontains(word, autoescape=True) for each in columns)) for word in text.split()]


def _on_days(session: Session, first: date, last: date) -> ColumnElement[bool]:
    first, last = (min(max(day, _FIRST_DAY), _LAST_DAY) for day in (first, last))
    zones = session.scalars(select(Location.zone).distinct())
    return or_(
        false(),
        *(
            and_(
                Location.zone == zone,
                Occurrence.ends_at > local_day(first, zone).start,
                Occurrence.starts_at < local_day(last, zone).end,
            )
            for zone in zones
        ),
    )


def _rows(session: Session, bookings: Sequence[Booking], *, for_staff: bool) -> tuple[BookingRow, ...]:
    dates = [occurrence for booking in bookings for occurrence in booking.occurrences]
    views = calendar_entries.views(session, dates, for_staff=for_staff)
    return tuple(
        BookingRow(
            id=booking.id,
            ref=booking.ref,
            first_name=booking.patron.first_name,
            last_name=booking.patron.last_name,
            email=booking.patron.email,
            title=booking.title,
            nickname=booking.nickname,
            state=booking.state,
            channel=booking.channel,
            created_at=booking.created_at,
            updated_at=booking.updated_at,
            occurrences=tuple(
                OccurrenceRow(
                    id=each.id,
                    key=each.key,
                    space=places.space_row(each.space),
                    when=each.when,
                    state=each.state,
                    held_reason=each.held_reason,
                    holds=each.holds,
                    cancelled_by=each.cancelled_by,
                    sync=views.get(each.id),
                )
                for each in booking.occurrences
            ),
        )
        for booking in bookings
    )
