"""How push rows turn from one state into another."""

from datetime import datetime

from booking.domain.states import PushOp, PushState
from booking.store.models import PushItem
from booking.sync.engine import Engine
from booking.sync.jobs import Job


def gone(item: PushItem, *, now: datetime) -> None:
    """Note that nothing of a row stands in the calendar any more."""
    item.acked_version = item.want_version
    item.gone_at = now
    item.recheck_at = None
    turn(item, PushState.GONE, now=now)


def turn(item: PushItem, state: PushState, *, now: datetime) -> None:
    """Put a row into a state, due at once if that state is one to be worked on."""
    item.state = state
    item.next_at = None
    item.updated_at = now


def unanswered(engine: Engine, item: PushItem, *, now: datetime) -> None:
    """Have it found out what became of a write. Only a create must settle first: it could still land, a second time."""
    turn(item, PushState.UNKNOWN, now=now)
    if item.intent_op is PushOp.CREATE:
        item.next_at = (item.intent_until or now) + engine.timing.settle


def unchanged(item: PushItem, job: Job) -> bool:
    """Tell whether a job still fits its row."""
    ref_id = job.ref.id if job.ref else ""
    return item.state is PushState.DIRTY and (item.want_version, item.remote_id) == (job.version, ref_id)


def sent(item: PushItem, job: Job) -> None:
    """Remember what was sent, to compare it with what the server shows."""
    item.sent_starts_at, item.sent_ends_at = job.when.start, job.when.end
    item.sent_text_hash = job.text_hash
    item.sent_extras = job.extras
    item.sent_busy = job.draft.busy
