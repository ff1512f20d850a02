"""A pairing of a space with a mailbox that is on its way out: what becomes of our entries, and of who waited for it.

What others had entered there goes on taking its time until staff have looked at the list: a room that nobody asks
about any more is not a room that is free.
"""

from collections.abc import Iterable
from datetime import datetime

from booking.domain import permissions, states
from booking.domain.permissions import Actor, Permission
from booking.domain.states import Channel, LinkState, PushState
from booking.services import audit, calendars, following
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink, PushItem

_WAITING = frozenset({PushState.DIRTY, PushState.CONFLICT, PushState.DEAD})
_UNSEEN = frozenset({PushState.UNKNOWN, PushState.WRITTEN})


def leave(session: Session, link: CalendarLink, *, leave_entries: bool, now: datetime) -> None:
    """Put a link in *leaving*; the space and the link are locked.

    Whoever only waited for this calendar is confirmed: their room has no calendar any more. What others had entered
    there stays a block until `free`, or until a reading of that mailbox takes its place.
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
        if not event.blocks:  # it takes no time, so nobody has to say anything about it
            event.gone_at = now
    for conflict in queries.external.open_conflicts(session, link.id):
        if conflict.kind != queries.identity.RESTORED:  # an administrator may still want to see that before deciding
            conflict.resolved_at = now


def free(session: Session, space_id: int, events: Iterable[int], *, actor: Actor, now: datetime) -> int:
    """Let go of events of mailboxes that a space was disconnected from; return how many times are free by that.

    Of these only, named by number: what is not among them, or belongs to a pairing that stands, is left alone.

    Raises:
        Forbidden: the actor may not pair this space.
        NotFound: there is no such space.
    """
    space = queries.places.lock_space(session, space_id)
    permissions.require(actor, Permission.PAIR_SPACES, on=queries.places.space_row(space).scope)
    wanted = frozenset(events)
    left = [each for each in queries.left_behind.models(session, space_id, now=now) if each.id in wanted]
    for event in left:
        event.gone_at = now
    if left:
        told = f"{len(left)} times that events of a mailbox took from which it was disconnected"
        audit.note(
            session, "link.blocks_freed", actor=actor, channel=Channel.STAFF, now=now, subject=space.name, detail=told
        )
    return len(left)


def _let_stand(row: PushItem, *, lost: bool, now: datetime) -> None:
    """Settle what is open, and write no more; in a mailbox that does not exist nothing can be settled."""
    if (row.state in _WAITING and row.want_present) or (lost and row.state in _WAITING | _UNSEEN):
        calendars.let_be(row, now=now)
    row.recheck_at = None


def _have_deleted(row: PushItem, *, now: datetime) -> None:
    if row.state is not PushState.GONE and row.occurrence.ends_at > now:
        calendars.want(row, present=False, now=now)
    row.recheck_at = None
