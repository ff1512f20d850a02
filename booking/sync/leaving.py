"""A pairing on its way out: no new rows, open writes settle, our entries go or stay, then it is ended."""

from datetime import datetime

from booking.domain.states import HeldReason, LinkState, OccurrenceState, PushState
from booking.services import bookings, calendars
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import CalendarLink, PushItem
from booking.sync import worker
from booking.sync.engine import Engine


def begin(session: Session, link: CalendarLink, *, leave_entries: bool, now: datetime) -> None:
    """Put a link in *leaving*; the space and the link are locked.

    Whoever only waited for this calendar is confirmed: their room has no calendar any more.
    """
    link.state, link.state_since = LinkState.LEAVING, now
    link.state_reason = "Being disconnected."
    session.flush()
    for row in queries.push.all_of_link(session, link.id):
        if leave_entries:
            _let_stand(row, now=now)
        else:
            _have_deleted(row, now=now)
        occurrence = row.occurrence
        if occurrence.state is OccurrenceState.HELD and occurrence.held_reason is HeldReason.CALENDAR:
            bookings.confirm(session, occurrence, now=now)
    for event in queries.external.all_of_link(session, link.id):
        event.gone_at = now


def _let_stand(row: PushItem, *, now: datetime) -> None:
    """Settle what is open, and write no more."""
    if row.state in {PushState.DIRTY, PushState.CONFLICT, PushState.DEAD} and row.want_present:
        row.state = PushState.CLEAN if row.remote_id else PushState.GONE
        row.updated_at = now
    row.recheck_at = None


def _have_deleted(row: PushItem, *, now: datetime) -> None:
    if row.state is not PushState.GONE and row.occurrence.ends_at > now:
        calendars.want(row, present=False, now=now)
    row.recheck_at = None


def wake(session: Session, link: CalendarLink) -> None:
    """Make everything due that waits or was given up on a link."""
    for row in queries.push.all_of_link(session, link.id):
        if row.state in {PushState.DEAD, PushState.CONFLICT}:
            calendars.make_due(row)
        elif row.state is not PushState.UNKNOWN:
            row.next_at = None


def go_on(engine: Engine, link_id: int) -> bool:
    """Write what is still to be written on a leaving link, and end it when nothing is left; tell whether it ended."""
    worker.run_link(engine, link_id)
    now = engine.now()
    with transaction() as session:
        link = queries.links.lock(session, link_id)
        if link.state is not LinkState.LEAVING or queries.push.still_open(session, link_id):
            return link.state is LinkState.ENDED
        link.state, link.state_since, link.state_reason = LinkState.ENDED, now, ""
        return True


def go_on_with_all(engine: Engine) -> int:
    """Go on with every pairing that is on its way out; return how many ended."""
    with reading() as session:
        leaving = queries.links.rows(session, states=[LinkState.LEAVING])
    return sum(go_on(engine, link.id) for link in leaving)
