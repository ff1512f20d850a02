"""Resets that staff have asked for: marked, then running, then over; whoever works next takes them up.

The request is kept, so that it is carried out when the server is there again and nobody else writes; until it has
begun it can be withdrawn.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from booking.domain.errors import NotPossible, Refused
from booking.domain.permissions import SYSTEM, Actor
from booking.domain.states import Channel, LinkState
from booking.services import audit
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.database import reading as reading_session
from booking.store.models import SyncRun
from booking.store.queries.resets import ResetRow
from booking.sync import reset
from booking.sync.engine import Engine
from booking.sync.reset import Result

log = logging.getLogger(__name__)

_ALREADY = "A reset of this pairing is marked already, or running."
_NOTHING = "No reset of this pairing is marked; one that runs cannot be withdrawn."
#: One that could not be carried out is tried again so soon.
_AGAIN = timedelta(seconds=20)


class Phase(StrEnum):
    """How far a reset is; stands in the database."""

    MARKED = "marked"
    RUNNING = "running"
    DONE = "done"
    WITHDRAWN = "withdrawn"


#: What staff read while one is marked or running; afterwards nothing is shown any more.
WORDS = {
    Phase.MARKED: "Marked for reset. It has not begun: it does as soon as nobody writes to the calendar and its "
    "server answers.",
    Phase.RUNNING: "Reset in progress. When it is over, this line is gone.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """How far a running reset is, for a progress bar."""

    number: int
    of: int
    words: str


_READS, _FINDS, _COMPARES = (
    Step(1, 3, "Reading the whole calendar"),
    Step(2, 3, "Finding each entry again by its stamp"),
    Step(3, 3, "Comparing both sides"),
)
_STEPS = {step.number: step for step in (_READS, _FINDS, _COMPARES)}


@dataclass(frozen=True, slots=True)
class Reset:
    """A reset as staff see it. `problem` says why one that is marked could not begin when it was last tried."""

    run_id: int
    link_id: int
    phase: Phase
    marked_at: datetime
    ended_at: datetime | None
    step: Step | None = None
    problem: str = ""
    forgotten: int = 0
    found: int = 0
    same: int = 0
    not_found: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Tell whether it is marked or running."""
        return self.phase in WORDS

    @property
    def words(self) -> str:
        """Return how far it is, while it is marked or running; empty afterwards."""
        return WORDS.get(self.phase, "")


# ---------------------------------------------------------------------------------------------- seen


def latest(session: Session, link_id: int) -> Reset | None:
    """Return the last reset of a pairing, whatever became of it."""
    row = queries.resets.latest(session, link_id)
    return _seen(row) if row else None


def still_open(session: Session) -> dict[int, Reset]:
    """Return every reset that is marked or running, by pairing."""
    return {row.link_id: _seen(row) for row in queries.resets.still_open(session)}


def _seen(row: ResetRow) -> Reset:
    told = json.loads(row.report)
    return Reset(
        run_id=row.id,
        link_id=row.link_id,
        phase=Phase(row.outcome),
        marked_at=row.marked_at,
        ended_at=row.ended_at,
        step=_STEPS.get(told.get("step", 0)) if row.outcome == Phase.RUNNING else None,
        problem=told.get("problem", ""),
        forgotten=told.get("forgotten", 0),
        found=told.get("found_again", 0),
        same=told.get("same", 0),
        not_found=tuple(told.get("not_found", ())),
    )


# ------------------------------------------------------------------------------------- marked, withdrawn


def mark(engine: Engine, link_id: int, *, actor: Actor, now: datetime) -> int:
    """Mark a pairing for reset; return the number of the reset.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing.
        NotPossible: it is not read now, or it is marked already.
    """
    with transaction() as session:
        link = reset.to_reset(session, link_id, actor)
        if queries.resets.count_open(session, link_id):
            raise NotPossible(_ALREADY)
        found = SyncRun(
            link_id=link_id, kind=queries.resets.KIND, started_at=now, outcome=Phase.MARKED.value, report="{}"
        )
        session.add(found)
        session.flush()
        _note(session, "link.reset_marked", link_id, link.mailbox, actor=actor, now=now)
        run_id = found.id
    engine.bell.ring(link_id)
    return run_id


def withdraw(engine: Engine, link_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - sync's first argument
    """Take back a reset that has not begun.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such pairing.
        NotPossible: none is marked.
    """
    with transaction() as session:
        link = reset.to_change(session, link_id, actor)
        row = queries.resets.latest(session, link_id)
        run = queries.resets.lock(session, row.id) if row else None
        if run is None or run.outcome != Phase.MARKED:
            raise NotPossible(_NOTHING)
        run.outcome, run.ended_at = Phase.WITHDRAWN.value, now
        _note(session, "link.reset_withdrawn", link_id, link.mailbox, actor=actor, now=now)


def _note(session: Session, what: str, link_id: int, mailbox: str, *, actor: Actor, now: datetime) -> None:
    subject = f"Pairing {link_id}"
    audit.note(session, what, actor=actor, channel=Channel.STAFF, now=now, subject=subject, detail=mailbox)


# ------------------------------------------------------------------------------------------ carried out


def go_on(engine: Engine) -> int:
    """Carry out what is marked, and what a dead worker left running; return how many there were."""
    with reading_session() as session:
        rows = queries.resets.still_open(session)
    due = [row for row in rows if _is_due(engine, row)]
    for row in due:
        carry_out(engine, row.id)
    return len(due)


def _is_due(engine: Engine, row: ResetRow) -> bool:
    tried = json.loads(row.report).get("tried_at")
    if tried is None:
        return True
    wait = _AGAIN if row.outcome == Phase.MARKED else 2 * (engine.timing.deadline + engine.timing.claim)
    return abs(engine.now() - datetime.fromisoformat(tried)) >= wait


def carry_out(engine: Engine, run_id: int) -> Result | None:
    """Carry out one reset now; None when it could not be: then it stays marked, with the reason."""
    link_id = _begin(engine, run_id)
    if link_id is None:
        return None

    def tell(step: int) -> None:
        _tell(run_id, step=step)

    try:
        result = reset.reset(engine, link_id, actor=SYSTEM, now=engine.now(), tell=tell)
    except Refused as refusal:
        log.info("reset of link %s put off: %s", link_id, refusal, extra={"link": link_id})
        _end(run_id, Phase.MARKED, problem=str(refusal))
        return None
    _end(
        run_id,
        Phase.DONE,
        now=engine.now(),
        forgotten=result.forgotten,
        found_again=result.found,
        same=result.same,
        not_found=result.not_found,
        found=result.report.found if result.report else 0,  # differences, as every run tells them
    )
    return result


def _begin(engine: Engine, run_id: int) -> int | None:
    """Take a reset for this worker; None when another has it, or it is over."""
    now = engine.now()
    with transaction() as session:
        run = queries.resets.lock(session, run_id)
        if run is None or run.link_id is None:
            return None
        row = queries.resets.get(session, run_id)
        if row is None or run.outcome not in WORDS or not _is_due(engine, row):
            return None
        link = queries.links.model(session, run.link_id)
        if link is None or link.state in {LinkState.LEAVING, LinkState.ENDED}:  # there is nothing left to find
            run.outcome, run.ended_at = Phase.WITHDRAWN.value, now
            return None
        run.outcome = Phase.RUNNING.value
        run.report = json.dumps({"step": _READS.number, "tried_at": now.isoformat()})
        return run.link_id


def _tell(run_id: int, **told: object) -> None:
    with transaction() as session:
        run = queries.resets.lock(session, run_id)
        if run is not None:
            run.report = json.dumps(json.loads(run.report) | told)


def _end(run_id: int, phase: Phase, *, now: datetime | None = None, **told: object) -> None:
    with transaction() as session:
        run = queries.resets.lock(session, run_id)
        if run is not None:
            run.outcome, run.ended_at = phase.value, now
            run.report = json.dumps(json.loads(run.report) | told)
