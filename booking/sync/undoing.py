"""Having stand again what sync cancelled: one date, or all that one reading of a room took with it."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from booking import services
from booking.connectors.port import ConnectorError
from booking.domain.errors import Refused
from booking.domain.intervals import Interval
from booking.domain.permissions import Actor
from booking.services.undoing import UNDO_WITHIN
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import Occurrence
from booking.store.queries.cancelled import CancelledRow
from booking.sync import pull
from booking.sync.calls import NotNow
from booking.sync.engine import Engine

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of one date. `refusal` is None when it stands again."""

    row: CancelledRow
    refusal: Refused | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Dates of one space that one reading cancelled, in order of time."""

    rows: tuple[CancelledRow, ...]

    @property
    def first(self) -> CancelledRow:
        """Return one that stands for all: they share their space and their moment."""
        return self.rows[0]


def batches(session: Session, *, now: datetime) -> tuple[Batch, ...]:
    """Return what sync has cancelled within the time in which that can be undone, the latest first."""
    found: dict[tuple[int, datetime], list[CancelledRow]] = {}
    for row in queries.cancelled.by_sync(session, since=now - UNDO_WITHIN, now=now):
        found.setdefault((row.space_id, row.ended_at), []).append(row)
    return tuple(Batch(tuple(rows)) for rows in found.values())


def together(session: Session, occurrence_id: int, *, now: datetime) -> tuple[CancelledRow, ...]:
    """Return what was cancelled by the same reading as this date, itself among it; nothing if it cannot be undone."""
    for batch in batches(session, now=now):
        if any(each.occurrence_id == occurrence_id for each in batch.rows):
            return batch.rows
    return ()


def undo(engine: Engine, rows: Iterable[CancelledRow], *, actor: Actor, now: datetime) -> tuple[Undone, ...]:
    """Have these dates stand again, each by itself: one whose slot is gone does not keep the others.

    Their rooms are read first, so that what came into the calendar meanwhile is known.
    """
    wanted = tuple(rows)
    for space_id in {each.space_id for each in wanted}:
        _look(engine, [each for each in wanted if each.space_id == space_id])
    return tuple(_undone(engine, each, actor=actor, now=now) for each in wanted)


def _look(engine: Engine, rows: list[CancelledRow]) -> None:
    with reading() as session:
        link = queries.links.row_of_space(session, rows[0].space_id)
    if link is None:
        return
    window = Interval(min(each.when.start for each in rows), max(each.when.end for each in rows))
    try:
        pull.read_part(engine, link.id, window)
    except (ConnectorError, NotNow) as failure:  # then the look before writing finds what stands there
        log.info("link %s could not be read before an undo: %s", link.id, failure)


def _undone(engine: Engine, row: CancelledRow, *, actor: Actor, now: datetime) -> Undone:
    try:
        with transaction() as session:
            occurrence = session.get_one(Occurrence, row.occurrence_id)
            services.bookings.undo_cancel(session, occurrence, actor=actor, now=now)
            links = queries.push.links_of_booking(session, row.ref, now=now)
    except Refused as refusal:
        return Undone(row, refusal)
    if links:
        engine.bell.ring(*links)
    return Undone(row)
