"""Writing down what came of a request: where it led, when to try again, and why it failed."""

from datetime import datetime

from booking.connectors.port import Ambiguous, Definite, Deletion, Kind, RemoteEvent, RemoteRef
from booking.domain.states import Counted, LinkState, PushOp, PushState
from booking.services import calendars
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import CalendarLink, PushItem
from booking.sync import claims, rows, troubles
from booking.sync.asking import Absent, Answer
from booking.sync.calls import Failure, NotNow
from booking.sync.claims import Claim
from booking.sync.engine import Engine
from booking.sync.jobs import Job, Todo


def record(engine: Engine, claim: Claim, job: Job, answer: Answer) -> PushState | None:
    """Write down what came of a request, and return the row's state; None when the row is no longer ours to judge.

    Raises:
        Lost: another worker has the link; it finds the open intent, and finds out.
    """
    now = engine.now()
    with transaction() as session:
        link = claims.held(session, engine, claim)
        item = queries.push.get(session, job.item_id)
        if item is None or item.state not in {PushState.INTENT, PushState.UNKNOWN}:
            return None
        if item.intent_version != job.version and job.todo is Todo.SEND:
            return None
        link.writes += 1
        item.updated_at = now
        if isinstance(answer, RemoteRef):
            _written(item, link, job, answer, now=now)
        elif isinstance(answer, Deletion):
            link.written_at = now
            rows.gone(item, now=now)
        elif isinstance(answer, Absent):
            _absent(engine, session, item, job, answer, now=now)
        else:
            failed(engine, session, link, item, job, answer, now=now)
        _count(session, item, now=now)
        return _wanted_again(item, now=now)


def _count(session: Session, item: PushItem, *, now: datetime) -> None:
    if item.state in {PushState.WRITTEN, PushState.GONE}:
        queries.counts.add(session, [item.link_id], Counted.WRITTEN, at=now)


def _wanted_again(item: PushItem, *, now: datetime) -> PushState:
    """Return the row's state; one that was wanted again while it was deleted begins anew."""
    if item.state is PushState.GONE and item.want_present:
        calendars.begin_anew(item, now=now)
    return item.state


def _written(item: PushItem, link: CalendarLink, job: Job, ref: RemoteRef, *, now: datetime) -> None:
    item.remote_id, item.remote_etag = ref.id, ref.etag
    item.remote_uid = ref.uid or item.remote_uid or job.draft.uid
    item.acked_version = job.version
    rows.sent(item, job)
    item.attempts, item.last_error = 0, ""
    rows.turn(item, PushState.WRITTEN, now=now)
    link.written_at = now
    if link.state is LinkState.DEGRADED:
        troubles.set_state(link, LinkState.ACTIVE, now=now)


def _absent(engine: Engine, session: Session, item: PushItem, job: Job, answer: Absent, *, now: datetime) -> None:
    """The id leads nowhere, or there is none: take the item's id, or settle that there is no item."""
    if answer.found:
        _adopt(item, answer.found[0], job, now=now)
    elif item.intent_op is PushOp.DELETE:
        rows.gone(item, now=now)
    else:
        rows.turn(item, PushState.DIRTY, now=now)
        if item.intent_op is PushOp.CREATE:  # settled, and not there: write it, under the same key
            item.remote_id = ""
        else:  # deleted in Outlook under our hands: reading decides, with all its guards
            item.next_at = now + engine.timing.look_again
            queries.links.hint(session, job.link_id, at=now)


def _adopt(item: PushItem, event: RemoteEvent, job: Job, *, now: datetime) -> None:
    """Take an item that we find as this row's; the version in its stamp says which of our writes it shows."""
    version = event.stamp.version if event.stamp else 0
    if item.intent_op is PushOp.CREATE:
        version = version or item.intent_version or 0
    contradicted = job.todo is Todo.SEND and job.ref is not None and event.ref.id == job.ref.id
    item.remote_id, item.remote_etag, item.remote_uid = event.ref.id, event.ref.etag, event.ref.uid
    item.attempts, item.last_error = item.attempts + 1 if contradicted else 0, ""
    if version > item.acked_version:  # it shows the write that got no answer
        item.acked_version = version
        if version == job.version:
            rows.sent(item, job)
        else:
            item.sent_starts_at, item.sent_ends_at = event.when.start, event.when.end
            item.sent_text_hash = ""  # which text it has is not known
    as_wanted = item.want_present and item.acked_version == item.want_version
    rows.turn(item, PushState.WRITTEN if as_wanted else PushState.DIRTY, now=now)
    if contradicted:  # "not there" and "here it is" in one breath: asking at once would go on for ever
        item.next_at = now + troubles.wait(item.attempts)


def failed(
    engine: Engine,
    session: Session,
    link: CalendarLink,
    item: PushItem,
    job: Job,
    failure: Failure,
    *,
    now: datetime,
) -> None:
    """Decide when to try again, and say why it failed."""
    item.attempts += 1
    item.last_error = str(failure)
    item.updated_at = now
    probing = job.todo is Todo.PROBE
    kind = failure.kind.value if isinstance(failure, Definite) else "ambiguous"
    if not isinstance(failure, NotNow):
        queries.counts.add(session, [link.id], Counted.WRITE_FAILED, at=now)
        troubles.note(
            session,
            now=now,
            operation=job.op.value,
            kind=kind,
            message=str(failure),
            link_id=link.id,
            push_item_id=item.id,
        )
    if isinstance(failure, Ambiguous) and not probing:
        rows.unanswered(engine, item, now=now)
        return
    item.state = PushState.UNKNOWN if probing else PushState.DIRTY
    item.next_at = _next_try(engine, session, link, item, failure, now=now)


def _next_try(
    engine: Engine, session: Session, link: CalendarLink, item: PushItem, failure: Failure, *, now: datetime
) -> datetime:
    if isinstance(failure, NotNow):
        item.attempts -= 1  # it was not tried
        return failure.until
    if not isinstance(failure, Definite):
        return now + troubles.wait(item.attempts)
    if failure.kind is Kind.CONFLICT:  # somebody edited it: reading decides, and then it is our turn again
        queries.links.hint(session, link.id, at=now)
        return now + min(engine.timing.look_again, troubles.wait(item.attempts))
    if failure.kind is Kind.PERMANENT and item.want_present and item.state is PushState.DIRTY:
        item.state = PushState.DEAD  # what stands there, or may, is never given up: it would be written twice
    left_alone = troubles.follow(engine, link, failure, now=now)
    return now + (left_alone or troubles.wait(item.attempts, server_asked=failure.wait))


def postpone(engine: Engine, claim: Claim, job: Job, failure: Failure) -> None:
    """Put a row off that could not even be looked at: nothing was sent.

    Raises:
        Lost: another worker has the link now.
    """
    now = engine.now()
    with transaction() as session:
        link = claims.held(session, engine, claim)
        item = queries.push.get(session, job.item_id)
        if item is not None and rows.unchanged(item, job):
            failed(engine, session, link, item, job, failure, now=now)


def put_off_look(engine: Engine, claim: Claim, job: Job, failure: Failure) -> None:
    """Look again later at what was written: it stands there, only nobody has seen it yet.

    Raises:
        Lost: another worker has the link now.
    """
    now = engine.now()
    with transaction() as session:
        link = claims.held(session, engine, claim)
        item = queries.push.get(session, job.item_id)
        if item is not None and item.state is PushState.WRITTEN:
            item.attempts += 1
            item.last_error = str(failure)
            item.next_at = _next_try(engine, session, link, item, failure, now=now)
