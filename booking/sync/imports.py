"""The import: bookings that stood before a pairing are written into its calendar, each checked for a clash first."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.domain import permissions
from booking.domain.errors import NotFound, NotPossible
from booking.domain.permissions import Actor, Permission
from booking.domain.states import Channel, LinkState, PushState
from booking.services import audit, calendars
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import SyncRun
from booking.sync.engine import Engine

_DONE = frozenset({PushState.CLEAN, PushState.GONE, PushState.CONFLICT, PushState.DEAD})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. `conflicts` were left unwritten because something stood there; staff see each."""

    total: int
    done: int
    conflicts: int
    failed: int
    seconds_left: int | None
    finished: bool


def count(session: Session, link_id: int, *, now: datetime) -> int:
    """Return how many bookings an import would write: not over yet, and not in this calendar."""
    link = queries.links.model(session, link_id)
    return 0 if link is None else len(queries.push.unwritten(session, link, now=now))


def run(engine: Engine, link_id: int, *, actor: Actor, now: datetime) -> int:
    """Have every booking that is not over written into the calendar; return the run's number for `progress`.

    Run again it adds nothing: a booking has one row on a link, ever.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing.
        NotPossible: the pairing is paused or leaving.
    """
    with transaction() as session:
        row = queries.links.row(session, link_id)
        if row is None:
            raise NotFound(what="pairing")
        space = queries.places.lock_space(session, row.space_id)
        permissions.require(actor, Permission.PAIR_SPACES, on=queries.places.space_row(space).scope)
        link = queries.links.lock(session, link_id)
        if link.state in {LinkState.PAUSED, LinkState.LEAVING, LinkState.ENDED}:
            raise NotPossible("Resume this pairing first; nothing is written to its calendar now.")
        unwritten = queries.push.unwritten(session, link, now=now)
        items = [calendars.new_row(session, each, link, now=now) for each in unwritten]
        session.add_all(items)
        session.flush()
        link.imported_at = now
        found = SyncRun(
            link_id=link_id,
            kind="import",
            started_at=now,
            outcome="running",
            report=json.dumps({"items": [item.id for item in items]}),
        )
        session.add(found)
        session.flush()
        audit.note(
            session,
            "link.imported",
            actor=actor,
            channel=Channel.STAFF,
            now=now,
            subject=f"Pairing {link_id}",
            detail=f"{len(items)} bookings to be written to {link.mailbox}",
        )
        run_id = found.id
    engine.bell.ring(link_id)
    return run_id


def progress(session: Session, run_id: int, *, now: datetime) -> Progress:
    """Return how far an import is.

    Raises:
        NotFound: there is no such import.
    """
    found = session.get(SyncRun, run_id)
    if found is None or found.kind != "import":
        raise NotFound(what="import")
    items = json.loads(found.report)["items"]
    states = queries.push.states(session, items)
    done = sum(number for state, number in states.items() if state in _DONE)
    left = len(items) - done
    return Progress(
        total=len(items),
        done=done,
        conflicts=states.get(PushState.CONFLICT, 0),
        failed=states.get(PushState.DEAD, 0),
        seconds_left=_seconds_left(now - found.started_at, done, left),
        finished=not left,
    )


def _seconds_left(since: timedelta, done: int, left: int) -> int | None:
    """Return a guess from the pace so far; None while there is none."""
    if not left:
        return 0
    return round(since.total_seconds() / done * left) if done else None
