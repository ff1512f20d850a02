"""Readings and imports that staff may want to see."""

from sqlalchemy import select

from booking.store.database import Session
from booking.store.models import SyncRun


def latest_import(session: Session, link_id: int) -> int | None:
    """Return the number of a link's last import, or None if there was none."""
    query = select(SyncRun.id).where(SyncRun.link_id == link_id, SyncRun.kind == "import")
    return session.scalar(query.order_by(SyncRun.id.desc()).limit(1))
