"""A pairing on its way out, once `services.pairings` has said so: open writes settle, then it is ended."""

from booking.domain.states import LinkState, PushState
from booking.services import calendars
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import CalendarLink
from booking.sync import stragglers, worker
from booking.sync.engine import Engine


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
    with reading() as session:
        found = queries.links.model(session, link_id)
        settled = found is not None and not queries.push.still_open(session, link_id)
    if settled and found is not None and found.state is LinkState.LEAVING and not stragglers.are_gone(engine, link_id):
        return False
    now = engine.now()
    with transaction() as session:
        link = queries.links.lock(session, link_id)
        if link.state is not LinkState.LEAVING or queries.push.still_open(session, link_id):
            return link.state is LinkState.ENDED
        link.state, link.state_since, link.state_reason = LinkState.ENDED, now, ""
        for conflict in queries.external.open_conflicts(session, link_id):
            conflict.resolved_at = now
        return True


def go_on_with_all(engine: Engine) -> int:
    """Go on with every pairing that is on its way out; return how many ended."""
    with reading() as session:
        leaving = queries.links.rows(session, states=[LinkState.LEAVING])
    return sum(go_on(engine, link.id) for link in leaving)
