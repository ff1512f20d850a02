"""Messages on their way out: which one is next, and what it has to say."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from booking.domain.intervals import Interval
from booking.domain.states import OccurrenceState
from booking.store.models.bookings import Booking, Occurrence
from booking.store.models.mail import OutboxMessage
from booking.store.models.places import Location, Space
from booking.store.models.sync import Installation

WAITING, SENDING, SENT, FAILED, OVERTAKEN = "waiting", "sending", "sent", "failed", "overtaken"


@dataclass(frozen=True, slots=True)
class DateFacts:
    """One date of the booking, as it is now; `when` is UTC."""

    when: Interval
    space: str
    state: OccurrenceState
    holds: bool


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """Where the booking is, and whom to ask there."""

    name: str
    zone: str
    address: str = ""
    phone: str = ""
    contact_name: str = ""
    contact_email: str = ""


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """All that a message can say. `extra` is what the service noted when it queued the message."""

    kind: str
    message_id: str
    to_address: str
    first_name: str
    last_name: str
    ref: str
    secret: str = field(repr=False)
    title: str
    library: str
    place: PlaceFacts
    dates: tuple[DateFacts, ...]
    about: DateFacts | None  # the one date the message is about, where there is one
    extra: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """All that a notice to staff can say: it is about no booking, and so holds no patron and no secret."""

    kind: str
    message_id: str
    to_address: str
    library: str
    extra: Mapping[str, Any]


def next_due(session: Session, *, now: datetime, claims_now: datetime) -> OutboxMessage | None:
    """Return the message that has waited longest, locked; also one whose sender died while it was sending.

    Args:
        session: of a transaction.
        now: what `due_at` is compared with.
        claims_now: the database's own time, which claims are measured by.
    """
    abandoned = and_(OutboxMessage.state == SENDING, OutboxMessage.claimed_until < claims_now)
    waiting = and_(OutboxMessage.state == WAITING, OutboxMessage.due_at <= now)
    return session.scalars(
        select(OutboxMessage)
        .where(or_(waiting, abandoned))
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def is_queued(session: Session, once: str) -> bool:
    """Tell whether a message with that mark was queued before."""
    return session.scalar(select(OutboxMessage.id).where(OutboxMessage.once == once)) is not None


def waiting_notice(session: Session, kind: str, to_address: str) -> OutboxMessage | None:
    """Return the notice of that kind that waits for somebody, locked: what happens meanwhile goes along with it."""
    return session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.kind == kind, OutboxMessage.to_address == to_address, OutboxMessage.state == WAITING)
        .order_by(OutboxMessage.id)
        .limit(1)
        .with_for_update()
    ).one_or_none()


def last_notice(session: Session, kind: str, to_address: str) -> datetime | None:
    """Return when the last notice of that kind to somebody was due."""
    return session.scalar(
        select(func.max(OutboxMessage.due_at)).where(OutboxMessage.kind == kind, OutboxMessage.to_address == to_address)
    )


def due(session: Session, *, now: datetime) -> Sequence[OutboxMessage]:
    """Return all messages that wait and could go out, locked; those that another worker looks at are left out."""
    return session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.state == WAITING, OutboxMessage.due_at <= now)
        .with_for_update(skip_locked=True)
    ).all()


def forget_waiting(session: Session) -> None:
    """Have nothing go out that waits: whoever is to be told hears of it from somebody else."""
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.state == WAITING)
        .values(state=OVERTAKEN)
        .execution_options(synchronize_session=False)
    )


def claimed(session: Session, message_id: int, *, attempt: int) -> OutboxMessage | None:
    """Return the message, locked, if it is still ours to record: nobody has begun a later attempt."""
    return session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.state == SENDING, OutboxMessage.attempts == attempt)
        .with_for_update()
    ).one_or_none()


def facts(session: Session, message_id: int) -> MessageFacts | NoticeFacts:
    """Return what a message has to say, be it about a booking or not."""
    message = session.get_one(OutboxMessage, message_id)
    if message.booking_id is not None:
        return message_facts(session, message_id)
    return NoticeFacts(
        kind=message.kind,
        message_id=message.message_id,
        to_address=message.to_address,
        library=session.scalars(select(Installation.name)).first() or "Library",
        extra=json.loads(message.facts or "{}"),
    )


def message_facts(session: Session, message_id: int) -> MessageFacts:
    """Return what the message about a booking has to say, as things stand now."""
    message = session.get_one(OutboxMessage, message_id)
    booking = session.scalars(
        select(Booking)
        .where(Booking.id == message.booking_id)
        .options(
            joinedload(Booking.patron),
            selectinload(Booking.occurrences).joinedload(Occurrence.space).joinedload(Space.location),
        )
    ).one()
    dates = {each.id: _date(each) for each in booking.occurrences}
    return MessageFacts(
        kind=message.kind,
        message_id=message.message_id,
        to_address=message.to_address,
        first_name=booking.patron.first_name,
        last_name=booking.patron.last_name,
        ref=booking.ref,
        secret=booking.secret,
        title=booking.title,
        library=session.scalars(select(Installation.name)).first() or "Library",
        place=_place(booking.occurrences[0].space.location),
        dates=tuple(dates.values()),
        about=dates.get(message.occurrence_id) if message.occurrence_id is not None else None,
        extra=json.loads(message.facts or "{}"),
    )


def _date(occurrence: Occurrence) -> DateFacts:
    return DateFacts(occurrence.when, occurrence.space.name, occurrence.state, occurrence.holds)


def _place(location: Location) -> PlaceFacts:
    return PlaceFacts(
        name=location.name,
        zone=location.zone,
        address=location.address,
        phone=location.phone,
        contact_name=location.contact_name,
        contact_email=location.contact_email,
    )
