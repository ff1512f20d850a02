"""The first sync of a space, each way: when it began, and when all that stood on one side stood on the other."""

import json
from datetime import datetime, timedelta

from booking.domain.states import Counted, Tier, Way
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import CalendarLink, SyncRun
from booking.store.queries.links import LinkRow
from booking.sync.readings import Reading

FIRST_READING = "first_read"
READING = "read"
#: A first reading that has not ended for so long died with its process.
LONGEST = timedelta(minutes=15)


def begin_reading(link: LinkRow, *, now: datetime) -> None:
    """Note that a calendar is being read that was never read before, so that staff see it going on."""
    if link.read_at is not None:
        return
    with transaction() as session:
        queries.links.lock(session, link.id)
        run = _first_reading(session, link.id, now=now)
        run.started_at, run.ended_at, run.outcome = now, None, "running"


def reading_failed(session: Session, link: CalendarLink, message: str, *, now: datetime) -> None:
    """Note that a calendar could not be read for the first time; it is tried again."""
    if link.read_at is not None:
        return
    run = _first_reading(session, link.id, now=now)
    run.ended_at, run.outcome, run.report = now, "failed", json.dumps({"problem": message})


def _first_reading(session: Session, link_id: int, *, now: datetime) -> SyncRun:
    """Return the one line of a link's first reading, however often it is tried."""
    known = queries.runs.first_reading(session, link_id)
    if known is not None:
        return known
    made = SyncRun(link_id=link_id, tier=Tier.T2, kind=FIRST_READING, started_at=now, report="")
    session.add(made)
    return made


def was_read(session: Session, link: CalendarLink, reading: Reading, *, changes: int, now: datetime) -> None:
    """Count a reading of the whole calendar, and keep a line of one that was the first, or brought something."""
    queries.counts.add(session, [link.id], Counted.READ, at=now)
    told = json.dumps({"entries": len(reading.events), "changes": changes})
    if link.first_read_at is None and not reading.uncertain:
        link.first_read_at = now
        run = _first_reading(session, link.id, now=reading.read_at)
        run.ended_at, run.outcome, run.report = now, "done", told
    elif changes:
        session.add(
            SyncRun(
                link_id=link.id,
                tier=Tier.T2,
                kind=READING,
                started_at=reading.read_at,
                ended_at=now,
                outcome="done",
                report=told,
            )
        )


def settle_writing(session: Session, link: CalendarLink, way: Way, *, now: datetime) -> None:
    """Note when all that should stand in the calendar stands there for the first time.

    What was booked before the pairing counts only once staff have it imported, or something else was written.
    """
    if link.first_written_at is not None or not way.writes or link.read_at is None:
        return
    if queries.push.unsettled(session, link.id):
        return
    if link.written_at is None and queries.push.unwritten(session, link, now=now):
        return
    link.first_written_at = now
