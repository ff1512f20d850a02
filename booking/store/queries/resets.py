"""Resets of pairings: marked, running, and how the last one of each ended. One run for each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from booking.store.database import Session
from booking.store.models import SyncRun

KIND = "reset"
MARKED, RUNNING = "marked", "running"


@dataclass(frozen=True, slots=True)
class ResetRow:
    """A reset of a pairing, as it is stored; `report` is JSON."""

    id: int
    link_id: int
    marked_at: datetime
    ended_at: datetime | None
    outcome: str
    report: str


def latest(session: Session, link_id: int) -> ResetRow | None:
    """Return a pairing's last reset, whatever became of it."""
    query = select(SyncRun).where(SyncRun.link_id == link_id, SyncRun.kind == KIND).order_by(SyncRun.id.desc()).limit(1)
    found = session.scalar(query)
    return _row(found) if found else None


def get(session: Session, run_id: int) -> ResetRow | None:
    """Return one reset."""
    found = session.get(SyncRun, run_id)
    return _row(found) if found is not None and found.kind == KIND else None


def still_open(session: Session) -> tuple[ResetRow, ...]:
    """Return every reset that is marked or running, oldest first."""
    query = select(SyncRun).where(SyncRun.kind == KIND, SyncRun.outcome.in_((MARKED, RUNNING))).order_by(SyncRun.id)
    return tuple(_row(each) for each in session.scalars(query))


def count_open(session: Session, link_id: int) -> int:
    """Return how many resets of a pairing are marked or running: one at most."""
    query = select(func.count()).where(
        SyncRun.link_id == link_id, SyncRun.kind == KIND, SyncRun.outcome.in_((MARKED, RUNNING))
    )
    return session.scalars(query).one()


def lock(session: Session, run_id: int) -> SyncRun | None:
    """Return one reset, locked until the transaction ends."""
    return session.scalar(
        select(SyncRun)
        .where(SyncRun.id == run_id, SyncRun.kind == KIND)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def _row(run: SyncRun) -> ResetRow:
    return ResetRow(run.id, run.link_id or 0, run.started_at, run.ended_at, run.outcome, run.report)
