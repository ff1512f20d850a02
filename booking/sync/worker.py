"""Writing to the calendars: who takes which link, and one step after the other.

`steps` is the machine: between any two of its steps the process may die, and another worker goes on.
"""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from enum import StrEnum
from functools import partial

from booking.connectors.port import ConnectorError, RemoteEvent
from booking.domain.states import PushOp, PushState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.sync import apart, applying, asking, claims, pull, push, recording
from booking.sync.calls import NotNow
from booking.sync.claims import Claim
from booking.sync.engine import Engine
from booking.sync.jobs import Job, Todo
from booking.sync.readings import Fate

log = logging.getLogger(__name__)


class Step(StrEnum):
    """What has just been done: one transaction, or one call."""

    PICKED = "picked"
    LOOKED = "looked"
    POSTPONED = "postponed"
    BLOCKED = "blocked"
    INTENDED = "intended"
    SENT = "sent"
    RECORDED = "recorded"
    LOOKED_AGAIN = "looked_again"
    SETTLED = "settled"


def push_due(engine: Engine) -> int:
    """Work on every link on which something is due; return how many there were. Loses no wake-up that was lost."""
    with reading() as session:
        due = queries.push.links_with_work(session, now=engine.now())
    apart.each(due, partial(run_link, engine))
    return len(due)


def _unwatched(_: Step) -> None:
    """Nobody wants to know how far it is."""


def run_link(engine: Engine, link_id: int, *, after: Callable[[Step], None] = _unwatched) -> None:
    """Write all that is due on a link, unless another worker does; then read it if that asks for it.

    `after` is told each step that was done; no transaction is open then.
    """
    claim = claims.take(engine, link_id)
    if claim is None:
        return
    try:
        for step in steps(engine, claim):
            log.debug("link %s: %s", link_id, step, extra={"link": link_id})
            after(step)
    except claims.Lost:
        log.info("link %s: another worker has taken over", link_id, extra={"link": link_id})
        return
    finally:
        claims.let_go(claim)
    _read_if_asked(engine, link_id)


def _read_if_asked(engine: Engine, link_id: int) -> None:
    with reading() as session:
        link = queries.links.row(session, link_id)
    if link is not None and link.look_at is not None and pull.is_due(engine, link):
        pull.read_link(engine, link_id)


def steps(engine: Engine, claim: Claim) -> Iterator[Step]:
    """Do what is due on a claimed link, yielding after each transaction and each call.

    Raises:
        Lost: another worker has the link now.
    """
    while True:
        job = push.pick(engine, claim)
        yield Step.PICKED
        if job is None:
            return
        about = {"link": job.link_id, "booking": job.booking_ref}
        log.debug("link %s: %s %s for booking %s", job.link_id, job.todo, job.op, job.booking_ref, extra=about)
        if not (yield from _DO[job.todo](engine, claim, job)):
            return  # the server is in trouble: leave it alone until the next sweep


def _send(engine: Engine, claim: Claim, job: Job) -> Generator[Step, None, bool]:
    seen: tuple[RemoteEvent, ...] = ()
    if job.moves and job.op is not PushOp.DELETE:
        try:
            seen = asking.look_before(engine, job)
        except (ConnectorError, NotNow) as failure:
            recording.postpone(engine, claim, job, failure)
            yield Step.POSTPONED
            return False
        yield Step.LOOKED
    if not push.intend(engine, claim, job, seen):
        yield Step.BLOCKED
        return True
    yield Step.INTENDED
    if not claim.live:
        raise claims.Lost  # frozen meanwhile: whoever has the link now finds the intent, and finds out
    answer = asking.send(engine, job)
    yield Step.SENT
    if asking.is_absence(answer):
        answer = asking.search(engine, job)
        yield Step.SENT
    return (yield from _recorded(engine, claim, job, answer))


def _probe(engine: Engine, claim: Claim, job: Job) -> Generator[Step, None, bool]:
    answer = asking.probe(engine, job)
    yield Step.SENT
    return (yield from _recorded(engine, claim, job, answer))


def _recorded(engine: Engine, claim: Claim, job: Job, answer: asking.Answer) -> Generator[Step, None, bool]:
    state = recording.record(engine, claim, job, answer)
    yield Step.RECORDED
    if state is PushState.WRITTEN:
        return (yield from _look_again(engine, claim, job))
    return not isinstance(answer, Exception)


def _look_again(engine: Engine, claim: Claim, job: Job) -> Generator[Step, None, bool]:
    """See how the entry stands there: reading settles it, as it settles everything that stands in a calendar."""
    with transaction() as session:
        claims.held(session, engine, claim)
        link = queries.links.row(session, job.link_id)
    if link is None:
        return False
    try:
        seen = pull.look_at(engine, link, job.when)
    except (ConnectorError, NotNow) as failure:
        recording.put_off_look(engine, claim, job, failure)
        yield Step.POSTPONED
        return False
    yield Step.LOOKED_AGAIN
    applied = applying.apply(engine, seen)
    yield Step.SETTLED
    return applied.fate is Fate.APPLIED


_DO: Mapping[Todo, Callable[[Engine, Claim, Job], Generator[Step, None, bool]]] = {
    Todo.SEND: _send,
    Todo.PROBE: _probe,
    Todo.LOOK: _look_again,
}
