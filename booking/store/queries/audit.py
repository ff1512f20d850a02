"""Who did what, when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from booking.domain.states import Channel
from booking.store.database import Session
from booking.store.models import AuditEntry


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One thing that was done; `detail` is a sentence for people."""

    id: int
    at: datetime
    actor: str
    channel: Channel
    what: str
    subject: str
    detail: str


def of_booking(session: Session, booking_id: int) -> tuple[AuditRow, ...]:
    """Return what was done with a booking, oldest first."""
    found = session.scalars(
        select(AuditEntry).where(AuditEntry.booking_id == booking_id).order_by(AuditEntry.at, AuditEntry.id)
    )
    return tuple(_row(each) for each in found)


def latest(session: Session, *, at_most: int = 100) -> tuple[AuditRow, ...]:
    """Return what was done last, newest first."""
    found = session.scalars(select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(at_most))
    return tuple(_row(each) for each in found)


def _row(entry: AuditEntry) -> AuditRow:
    return AuditRow(entry.id, entry.at, entry.actor, entry.channel, entry.what, entry.subject, entry.detail)
