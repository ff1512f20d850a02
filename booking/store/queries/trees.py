"""Readings of folder trees that staff asked for, and how far they are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update

from booking.domain.states import TreeState
from booking.store.database import Session
from booking.store.models import TreeReading


@dataclass(frozen=True, slots=True)
class TreeRow:
    """How far the reading of one tree is. `found` are calendars so far; `done_at` is the last good reading."""

    id: int
    connection_id: int
    mailbox: str
    state: TreeState
    wanted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    done_at: datetime | None
    found: int
    error: str

    @property
    def is_under_way(self) -> bool:
        """Tell whether it is wanted or running."""
        return self.state in {TreeState.WANTED, TreeState.RUNNING}


def rows(session: Session, connection_id: int) -> tuple[TreeRow, ...]:
    """Return the readings of a connection, the public folders' first."""
    query = select(TreeReading).where(TreeReading.connection_id == connection_id).order_by(TreeReading.mailbox)
    return tuple(_row(each) for each in session.scalars(query))


def row(session: Session, tree_id: int) -> TreeRow | None:
    """Return one reading."""
    found = session.get(TreeReading, tree_id, populate_existing=True)
    return _row(found) if found else None


def of_mailbox(session: Session, connection_id: int, mailbox: str) -> TreeReading | None:
    """Return the reading of a mailbox's tree, or of the public one, to be changed."""
    query = select(TreeReading).where(TreeReading.connection_id == connection_id, TreeReading.mailbox == mailbox)
    return session.scalar(query.with_for_update(key_share=True))


def due(session: Session, *, stuck_since: datetime) -> tuple[int, ...]:
    """Return those that wait, and those whose reader must have died: they began before `stuck_since`."""
    stuck = (TreeReading.state == TreeState.RUNNING) & (TreeReading.started_at < stuck_since)
    query = select(TreeReading.id).where(or_(TreeReading.state == TreeState.WANTED, stuck))
    return tuple(session.scalars(query.order_by(TreeReading.wanted_at)))


def begin(session: Session, tree_id: int, *, now: datetime, stuck_since: datetime) -> bool:
    """Take a reading for one worker: compare-and-set."""
    stuck = (TreeReading.state == TreeState.RUNNING) & (TreeReading.started_at < stuck_since)
    taken = session.scalar(
        update(TreeReading)
        .where(TreeReading.id == tree_id, or_(TreeReading.state == TreeState.WANTED, stuck))
        .values(state=TreeState.RUNNING, started_at=now, ended_at=None, found=0, error="")
        .returning(TreeReading.id)
        .execution_options(synchronize_session=False),
    )
    return taken is not None


def note(session: Session, tree_id: int, *, found: int) -> None:
    """Keep how many calendars were found so far."""
    session.execute(
        update(TreeReading)
        .where(TreeReading.id == tree_id)
        .values(found=found)
        .execution_options(synchronize_session=False),
    )


def _row(found: TreeReading) -> TreeRow:
    return TreeRow(
        id=found.id,
        connection_id=found.connection_id,
        mailbox=found.mailbox,
        state=found.state,
        wanted_at=found.wanted_at,
        started_at=found.started_at,
        ended_at=found.ended_at,
        done_at=found.done_at,
        found=found.found,
        error=found.error,
    )
