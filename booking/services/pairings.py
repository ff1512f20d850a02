"""A pairing of a space with a mailbox that is on its way out: what becomes of our entries, and of who waited for it."""

from datetime import datetime

from booking.domain import states
from booking.domain.states import LinkState, PushState
from booking.services import calendars, following
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink, PushItem

_WAITING = frozenset({PushState.DIRTY, PushState.CONFLICT, PushState.DEAD})
_UNSEEN = frozenset({PushState.UNKNOWN, PushState.WRITTEN})


def leave(session: Session, link: CalendarLink, *, leave_entries: bool, now: datetime) -> None:
    """Put a link in *leaving*; the space and the link are locked.

    Whoever only waited for this calendar is confirmed: their room has no calendar any more.
    """
    lost = link.state is LinkState.GONE
    link.state, link.state_since = LinkState.LEAVING, now
    link.state_reason = "Being disconnected."
    session.flush()
    for row in queries.push.all_of_link(session, link.id):
        if leave_entries:
            _let_stand(row, lost=lost, now=now)
        else:
            _have_deleted(row, now=now)
        occurrence = row.occurrence
        waits = states.waits_for_calendar(occurrence.state, occurrence.held_reason)
        if waits and occurrence.space_id == link.space_id:  # one that has moved waits for another room's calendar
            following.confirm(session, occurrence, now=now, why="the room has no calendar any more")
    for event in queries.external.all_of_link(session, link.id):
        event.gone_at = now
    for conflict in queries.external.open_conflicts(session, link.id):
        if conflict.kind != queries.identity.RESTORED:  # an administrator may still want to see that before deciding
            conflict.resolved_at = now


def _let_stand(row: PushItem, *, lost: bool, now: datetime) -> None:
    """Settle what is open, and write no more; in a mailbox that does not exist nothing can be settled."""
    if (row.state in _WAITING and row.want_present) or (lost and row.state in _WAITING | _UNSEEN):
        calendars.let_be(row, now=now)
    row.recheck_at = None


def _have_deleted(row: PushItem, *, now: datetime) -> None:
    if row.state is not PushState.GONE and row.occurrence.ends_at > now:
        calendars.want(row, present=False, now=now)
    row.recheck_at = None
