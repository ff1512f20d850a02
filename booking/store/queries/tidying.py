"""Deleting what is old enough to be forgotten."""

from datetime import datetime

from sqlalchemy import delete, or_, select

from booking.domain.states import PushState
from booking.store.database import Session
from booking.store.models import Alert, ExternalEvent, PushItem, SyncError, SyncRun


def forget(session: Session, *, tombstones: datetime, errors: datetime, events: datetime) -> None:
    """Delete rows from before these moments; audit entries and bookings stay for ever."""
    old = select(PushItem.id).where(PushItem.state == PushState.GONE, PushItem.gone_at < tombstones)
    session.execute(delete(SyncError).where(or_(SyncError.at < errors, SyncError.push_item_id.in_(old))))
    session.execute(delete(PushItem).where(PushItem.state == PushState.GONE, PushItem.gone_at < tombstones))
    session.execute(delete(SyncRun).where(SyncRun.ended_at < errors))
    session.execute(delete(Alert).where(Alert.resolved_at < events))
    session.execute(delete(ExternalEvent).where(or_(ExternalEvent.gone_at < events, ExternalEvent.ends_at < events)))


def forget_readings(session: Session, *, before: datetime) -> None:
    """Delete the lines of ordinary readings that ended before that."""
    session.execute(delete(SyncRun).where(SyncRun.kind == "read", SyncRun.ended_at < before))
