"""Readings, imports and comparisons that staff may want to see."""

from dataclasses import dataclass

from sqlalchemy import select

from booking.store.database import Session
from booking.store.models import CalendarLink, Space, SyncRun


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, and the room that it is about."""

    run: SyncRun
    space_name: str
    mailbox: str


def latest_import(session: Session, link_id: int) -> int | None:
    """Return the number of a link's last import, or None if there was none."""
    query = select(SyncRun.id).where(SyncRun.link_id == link_id, SyncRun.kind == "import")
    return session.scalar(query.order_by(SyncRun.id.desc()).limit(1))


def reconciled(session: Session, *, link_id: int | None, at_most: int) -> tuple[RunRow, ...]:
    """Return the last comparisons, of one link or of all, newest first."""
    query = (
        select(SyncRun, Space.name, CalendarLink.mailbox)
        .join(CalendarLink, CalendarLink.id == SyncRun.link_id)
        .join(Space, Space.id == CalendarLink.space_id)
        .where(SyncRun.kind == "reconcile")
        .order_by(SyncRun.started_at.desc(), SyncRun.id.desc())
        .limit(at_most)
    )
    if link_id is not None:
        query = query.where(SyncRun.link_id == link_id)
    return tuple(RunRow(run, name, mailbox) for run, name, mailbox in session.execute(query))
