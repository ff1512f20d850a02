"""Asking the server: one look, one request, one search. Every way it can end is a value."""

from dataclasses import dataclass

from booking.connectors.port import Connector, ConnectorError, Definite, Deletion, Kind, RemoteEvent, RemoteRef
from booking.domain.states import PushOp
from booking.sync import calls, judging
from booking.sync.calls import Failure, NotNow
from booking.sync.engine import Engine
from booking.sync.jobs import Job


@dataclass(frozen=True, slots=True)
class Absent:
    """The item is not where we knew it; `found` is what a search by stamp brought."""

    found: tuple[RemoteEvent, ...]


Answer = RemoteRef | Deletion | Absent | Failure


def look_before(engine: Engine, job: Job) -> tuple[RemoteEvent, ...]:
    """Read the room's calendar for the time that we are about to take.

    Raises:
        NotNow: the server may not be asked.
        ConnectorError: it could not be read, or not completely.
    """
    snapshot = calls.ask(engine, job.connection_id, "window", lambda line: line.window(job.mailbox, job.when))
    if not snapshot.complete:
        raise Definite(Kind.TRANSIENT, "The server did not show the whole calendar.")
    return tuple(event for event in snapshot.events if event.when.overlaps(job.when))


def send(engine: Engine, job: Job) -> Answer:
    """Ask the server once; every way this can end is a value."""
    try:
        return calls.ask(engine, job.connection_id, job.op.value, lambda line: _request(line, job))
    except (ConnectorError, NotNow) as failure:
        return failure


def _request(line: Connector, job: Job) -> RemoteRef | Deletion:
    if job.op is PushOp.CREATE or job.ref is None:
        return line.create(job.mailbox, job.draft, job.stamp)
    if job.op is PushOp.UPDATE:
        return line.update(job.mailbox, job.ref, job.draft, fields=job.fields, stamp=job.stamp)
    return line.delete(job.mailbox, job.ref)


def is_absence(answer: Answer) -> bool:
    """Tell whether the server says that the item is not there: then it is searched for by its stamp."""
    if isinstance(answer, Definite):
        return answer.kind is Kind.NOT_FOUND
    return answer is Deletion.ABSENT


def search(engine: Engine, job: Job) -> Answer:
    """Look for an item by its stamp; only a successful, empty search means that it is not there."""
    try:
        found = calls.ask(
            engine, job.connection_id, "find", lambda line: tuple(line.find(job.mailbox, job.stamp, job.when))
        )
    except (ConnectorError, NotNow) as failure:
        return failure
    ours = tuple(event for event in found if not judging.is_copy(event))
    if not ours and job.ref is None:  # a server that gives entries UIDs of its own: our create did arrive
        ours = tuple(event for event in found if event.when in {job.when, job.before})
    return Absent(ours)


def probe(engine: Engine, job: Job) -> Answer:
    """Find out what became of a write that got no answer."""
    if job.ref is None or job.op is PushOp.CREATE:
        return search(engine, job)
    ref = job.ref
    try:
        event = calls.ask(engine, job.connection_id, "get", lambda line: line.get(job.mailbox, ref))
    except (ConnectorError, NotNow) as failure:
        return failure
    return Absent((event,)) if event is not None else search(engine, job)
