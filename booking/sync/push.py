"""What to write next, and the intent to write it.

The steps of a push are each one transaction or one call, so that a crash between any two is harmless: pick
(transaction, here) - look before (call, `asking`) - intend (transaction, here) - send (call, `asking`) - record
(transaction, `recording`), and then the room is looked at again (`pull`). The intent is committed BEFORE the
request leaves: whatever happens to the answer, the row says that something may be under way.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from booking.connectors.port import RemoteEvent
from booking.domain.states import LinkState, PushOp, PushState
from booking.services import calendars, profiles
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import PushItem
from booking.sync import claims, jobs, obstacles, restored, rows, stops
from booking.sync.claims import Claim
from booking.sync.engine import Engine
from booking.sync.jobs import Job, Todo

_OVER = "The booking was over before the calendar could be reached."
_REST = timedelta(minutes=10)

# ------------------------------------------------------------------------------------------------ pick


def pick(engine: Engine, claim: Claim) -> Job | None:
    """Return the next thing to do on a claimed link, or None; renews the claim.

    Raises:
        Lost: another worker has the link now.
    """
    now = engine.now()
    with transaction() as session:
        link = claims.held(session, engine, claim)
        if not stops.may_write(session, link):
            return None
        _take_over(session, engine, claim, now=now)
        profile = profiles.effective(session, link.space_id)
        writes = profile.writes and link.state is not LinkState.LEAVING  # there what is open settles, and that is all
        install_id = queries.connections.install_id(session)
        while (item := queries.push.next_due(session, link.id, now=now)) is not None:
            if item.state is PushState.WRITTEN and not item.want_present:
                rows.turn(item, PushState.DIRTY, now=now)  # it goes again, however it stands there
            elif item.state is PushState.WRITTEN and link.state is LinkState.LEAVING:
                rows.turn(item, _unseen(item), now=now)
            elif item.state is PushState.DIRTY and item.want_present and not writes:
                _let_be(item, now=now)
            elif not _settled(item, since=profile.begins(item.occurrence.space.location.zone, now=now), now=now):
                job = jobs.job(engine, item, link, profile, todo=_todo(item), install_id=install_id)
                if job.fields or job.op is not PushOp.UPDATE or job.todo is not Todo.SEND:
                    return job
                item.acked_version = item.want_version  # nothing to send; but see how it stands
                rows.turn(item, PushState.WRITTEN, now=now)
            session.flush()
    return None


def _let_be(item: PushItem, *, now: datetime) -> None:
    """Write no more of a row, for its place does not write; one whose booking waits for it must be confirmed first."""
    if obstacles.waits_for_calendar(item.occurrence):
        item.next_at = now + _REST
    else:
        calendars.let_be(item, now=now)


def _unseen(item: PushItem) -> PushState:
    """Return the state of what was written to a calendar that is not read any more."""
    return PushState.CLEAN if item.acked_version >= item.want_version else PushState.DIRTY


def _take_over(session: Session, engine: Engine, claim: Claim, *, now: datetime) -> None:
    """Judge what a dead or frozen worker left open: nobody knows whether its request arrives, or when."""
    for item in queries.push.left_open(session, claim.link_id, fence=claim.fence):
        rows.unanswered(engine, item, now=now)
    session.flush()


def _todo(item: PushItem) -> Todo:
    match item.state:
        case PushState.UNKNOWN:
            return Todo.PROBE
        case PushState.WRITTEN:
            return Todo.LOOK
        case _:
            return Todo.SEND


def _settled(item: PushItem, *, since: datetime, now: datetime) -> bool:
    """Settle what needs no call, and tell whether that was all. `since` is from when on items are synced."""
    if item.state is not PushState.DIRTY:
        return False
    if not item.want_present and not item.remote_id:
        rows.gone(item, now=now)
        return True
    held = obstacles.waits_for_calendar(item.occurrence)  # nobody confirms it any more: it ends with its time
    over = item.occurrence.ends_at <= now if held else item.occurrence.ends_at < since
    if item.want_present and not item.remote_id and over:
        item.last_error = _OVER
        rows.turn(item, PushState.DEAD, now=now)
        return True
    return False


# ---------------------------------------------------------------------------------------------- intend


def intend(engine: Engine, claim: Claim, job: Job, seen: Sequence[RemoteEvent]) -> bool:
    """Commit what we are about to send; False when something else must be done first.

    Args:
        engine: of this worker.
        claim: renewed by this.
        job: what `pick` gave.
        seen: what the room's calendar showed for that time a moment ago.

    Raises:
        Lost: another worker has the link now.
    """
    now = engine.now()
    if restored.is_alarming(engine, job, seen):
        return False
    with transaction() as session:
        if seen:
            queries.places.lock_space(session, job.space_id)
        link = claims.held(session, engine, claim)
        item = queries.push.get(session, job.item_id)
        if item is None or not rows.unchanged(item, job) or not stops.may_write(session, link):
            return False
        if obstacles.block(session, link, item, job, seen, now=now):
            return False
        item.state = PushState.INTENT
        item.intent_op, item.intent_version, item.intent_fence = job.op, job.version, claim.fence
        item.intent_at, item.intent_until = now, now + engine.timing.deadline
        item.updated_at = now
        if job.op is PushOp.CREATE:  # there is nothing there yet that this could misdescribe
            rows.sent(item, job)
        link.writes += 1
        return True
