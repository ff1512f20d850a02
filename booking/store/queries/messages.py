"""Messages for staff: what waits, what went out, what could not be sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, func, or_, select, true

from booking.domain.permissions import Scope
from booking.domain.titles import full_name
from booking.store.database import Session
from booking.store.models import Booking, Occurrence, OutboxMessage, Person, Space
from booking.store.queries import pages
from booking.store.queries.pages import Page


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message to one person, and how far it got."""

    id: int
    kind: str
    ref: str
    patron_name: str
    to_address: str
    state: str
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    attempts: int
    subject: str
    message_id: str
    last_error: str


def search(session: Session, *, scopes: Iterable[Scope], state: str = "", page: int = 1) -> Page[MessageRow]:
    """Return one page of the messages about bookings in these places, newest first."""
    wanted = _select().where(_in_scopes(scopes))
    if state:
        wanted = wanted.where(OutboxMessage.state == state)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    newest = wanted.order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
    found = session.execute(newest.offset(pages.offset(page)).limit(pages.PER_PAGE))
    return Page(tuple(_row(each) for each in found), number=max(page, 1), total=total)


def counts(session: Session, *, scopes: Iterable[Scope]) -> Mapping[str, int]:
    """Return how many messages about bookings in these places are in which state."""
    found = session.execute(
        select(OutboxMessage.state, func.count()).where(_in_scopes(scopes)).group_by(OutboxMessage.state)
    )
    return {state: count for state, count in found}  # noqa: C416 - rows, not pairs


def row(session: Session, message_id: int) -> MessageRow | None:
    """Return one message."""
    found = session.execute(_select().where(OutboxMessage.id == message_id)).one_or_none()
    return _row(found) if found else None


def scope(session: Session, message_id: int) -> Scope | None:
    """Return the place of the booking that a message is about."""
    found = session.execute(
        select(Space.location_id, Space.category_id)
        .join(Occurrence, Occurrence.space_id == Space.id)
        .join(OutboxMessage, OutboxMessage.booking_id == Occurrence.booking_id)
        .where(OutboxMessage.id == message_id)
        .order_by(Occurrence.starts_at)
        .limit(1)
    ).one_or_none()
    return Scope(found.location_id, found.category_id) if found else None


def lock(session: Session, message_id: int) -> OutboxMessage | None:
    """Return a message, locked, to be changed."""
    return session.scalar(select(OutboxMessage).where(OutboxMessage.id == message_id).with_for_update())


def _select() -> Select[OutboxMessage, Booking, Person]:
    return (
        select(OutboxMessage, Booking, Person)
        .join(Booking, Booking.id == OutboxMessage.booking_id)
        .join(Person, Person.id == Booking.patron_id)
    )


def _in_scopes(scopes: Iterable[Scope]) -> ColumnElement[bool]:
    return or_(false(), *(_in_scope(each) for each in scopes))


def _in_scope(place: Scope) -> ColumnElement[bool]:
    if place.location_id is None:
        return true()
    here = Space.location_id == place.location_id
    if place.category_id is not None:
        here = and_(here, Space.category_id == place.category_id)
    return exists(
        select(Occurrence.id)
        .join(Space, Space.id == Occurrence.space_id)
        .where(Occurrence.booking_id == OutboxMessage.booking_id, here)
    )


def _row(found: Row[OutboxMessage, Booking, Person]) -> MessageRow:
    message, booking, patron = found
    return MessageRow(
        id=message.id,
        kind=message.kind,
        ref=booking.ref,
        patron_name=full_name(patron.first_name, patron.last_name),
        to_address=message.to_address,
        state=message.state,
        created_at=message.created_at,
        due_at=message.due_at,
        sent_at=message.sent_at,
        attempts=message.attempts,
        subject=message.subject,
        message_id=message.message_id,
        last_error=message.last_error,
    )
