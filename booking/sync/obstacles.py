"""What stands in the way of an entry that we are about to write."""

from collections.abc import Sequence
from datetime import datetime

from booking import services
from booking.connectors.port import RemoteEvent
from booking.domain import states
from booking.domain.errors import Refused
from booking.domain.states import PushOp, PushState
from booking.services import profiles
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink, Occurrence, PushItem
from booking.sync import conflicts, judging, known
from booking.sync.conflicts import Choice, Quarrel
from booking.sync.jobs import Job

TAKEN = "Somebody else's entry stood in the room's calendar at that time before ours could be written."


def block(
    session: Session,
    link: CalendarLink,
    item: PushItem,
    job: Job,
    seen: Sequence[RemoteEvent],
    *,
    now: datetime,
) -> bool:
    """Tell whether something stands in the way, having settled what follows from it.

    Nothing stands in the way of what is over: nobody sits in the room at that time any more.
    """
    blocker = _blocker(session, link, item, job, seen) if item.occurrence.ends_at > now else None
    if blocker is None:
        return False
    occurrence = item.occurrence
    item.state = PushState.CONFLICT
    item.updated_at = now
    item.last_error = TAKEN
    session.flush()
    if job.op is PushOp.UPDATE and job.before is not None and _moved_back(session, occurrence, job, now=now):
        return True
    if waits_for_calendar(occurrence):
        services.bookings.reject(session, occurrence, now=now, why=TAKEN)
        return True
    # Who gets the room, if the profile says so, is decided by the reading to come: it sees how much is at stake.
    conflicts.flag(session, link, Quarrel.BLOCKED, occurrence=occurrence, event=blocker, detail=TAKEN, now=now)
    queries.links.hint(session, link.id, at=now)
    return True


def waits_for_calendar(occurrence: Occurrence) -> bool:
    """Tell whether an occurrence is only held until its calendar agrees: then an outside event wins."""
    return states.waits_for_calendar(occurrence.state, occurrence.held_reason)


def _moved_back(session: Session, occurrence: Occurrence, job: Job, *, now: datetime) -> bool:
    """Give an occurrence its old time back, where its entry still stands, if nobody has it by now."""
    if job.before is None:
        return False
    try:
        with session.begin_nested():
            services.bookings.follow_move(session, occurrence, job.before, now=now)
    except Refused:
        return False
    return True


def _blocker(
    session: Session, link: CalendarLink, item: PushItem, job: Job, seen: Sequence[RemoteEvent]
) -> RemoteEvent | None:
    tentative = profiles.effective(session, link.space_id).tentative_blocks
    blocking = [event for event in seen if event.blocks(tentative_blocks=tentative)]
    if not blocking:
        return None
    install_id = job.stamp.install_id
    ours = known.load(session, link, blocking, install_id=install_id, during=job.when)
    for event in blocking:
        if event.stamp is not None and _makes_way(event, ours.get(event.stamp.key), job, install_id):
            continue
        if not conflicts.accepts(session, link, item.occurrence, event, {Choice.BOTH, Choice.OURS}):
            return event
    return None


def _makes_way(event: RemoteEvent, ours: judging.Ours | None, job: Job, install_id: str) -> bool:
    """Tell whether an item is this very entry, or one of ours that is about to be deleted or moved away."""
    if event.stamp is None or not judging.bears_our_stamp(event, install_id=install_id, ours=ours):
        return False
    if event.stamp.key == job.stamp.key:
        return True
    if ours is None or not ours.here:
        return False
    return not ours.want_present or not ours.when.overlaps(job.when)
