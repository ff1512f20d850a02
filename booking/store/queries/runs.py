"""Readings, imports and comparisons that staff may want to see."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from booking.store.database import Session
from booking.store.models import CalendarLink, Space, SyncRun


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, and the room that it is about."""

    run: SyncRun
    space_name: str
    mailbox: str


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Something that has not ended: "marked" waits for its turn, "running" has begun."""

    kind: str
    outcome: str
    started_at: datetime


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


def first_reading(session: Session, link_id: int) -> SyncRun | None:
    """Return the line of a link's first reading, to be changed; whoever asks holds the link."""
    query = select(SyncRun).where(SyncRun.link_id == link_id, SyncRun.kind == "first_read")
    return session.scalars(query.order_by(SyncRun.id).limit(1)).first()


def under_way(session: Session) -> dict[int, dict[str, UnderWay]]:
    """Return what is marked or running, by link and kind; the newest of each."""
    query = (
        select(SyncRun.link_id, SyncRun.kind, SyncRun.outcome, SyncRun.started_at)
        .where(SyncRun.outcome.in_(("marked", "running")), SyncRun.link_id.is_not(None))
        .order_by(SyncRun.started_at, SyncRun.id)
    )
    found: dict[int, dict[str, UnderWay]] = defaultdict(dict)
    for link_id, kind, outcome, started_at in session.execute(query):
        found[link_id or 0][kind] = UnderWay(kind, outcome, started_at)
    return dict(found)


def of_link(session: Session, link_id: int, *, at_most: int) -> tuple[SyncRun, ...]:
    """Return what was done on a link, newest first."""
    query = select(SyncRun).where(SyncRun.link_id == link_id)
    return tuple(session.scalars(query.order_by(SyncRun.started_at.desc(), SyncRun.id.desc()).limit(at_most)))
