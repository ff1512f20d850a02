"""Where each date of a booking stands on its way into the room's calendar, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from booking.domain.states import LIVE, LinkState, PushState
from booking.store.database import Session
from booking.store.models import CalendarLink, Connection, Occurrence, PushItem


@dataclass(frozen=True, slots=True)
class SyncView:
    """One date's entry in the room's calendar. `waiting_reason` is for everybody, `last_error` for staff only."""

    state: PushState
    sync_id: str
    waiting_reason: str
    last_error: str
    since: datetime | None
    link_state: LinkState
    version_sent: bool


_LINK_WORDS: Mapping[LinkState, str] = {
    LinkState.PAUSED: "writing to this room's calendar is paused",
    LinkState.AUTH_FAILED: "the calendar server does not let us in at present",
    LinkState.GONE: "the room's mailbox cannot be found at present",
    LinkState.DEGRADED: "we may not write to this room's calendar at present",
    LinkState.LEAVING: "this room is being disconnected from its calendar",
    LinkState.ENDED: "this room is no longer connected to a calendar",
}
_STATE_WORDS: Mapping[PushState, str] = {
    PushState.CONFLICT: "something else stands in the room's calendar at that time",
    PushState.UNKNOWN: "finding out whether the calendar has it",
    PushState.DEAD: "the calendar did not take it; staff have been told",
    PushState.GONE: "no longer in the room's calendar",
}


def views(session: Session, occurrences: Iterable[Occurrence], *, for_staff: bool) -> Mapping[int, SyncView]:
    """Return, by occurrence id, where each stands with its space's calendar; those without one are left out."""
    spaces = {each.id: each.space_id for each in occurrences}
    found = session.execute(
        select(PushItem, CalendarLink, Connection.paused)
        .join(CalendarLink, CalendarLink.id == PushItem.link_id)
        .join(Connection, Connection.id == CalendarLink.connection_id)
        .where(PushItem.occurrence_id.in_(spaces))
        .order_by(PushItem.id)
    )
    best: dict[int, tuple[bool, SyncView]] = {}
    for item, link, paused in found:
        is_current = link.state in LIVE and link.space_id == spaces[item.occurrence_id]
        if is_current or not best.get(item.occurrence_id, (False,))[0]:
            best[item.occurrence_id] = is_current, _view(item, link, paused=paused, for_staff=for_staff)
    return {occurrence_id: view for occurrence_id, (_, view) in best.items()}


def _view(item: PushItem, link: CalendarLink, *, paused: bool, for_staff: bool) -> SyncView:
    sent = bool(item.remote_id) and item.acked_version == item.want_version
    return SyncView(
        state=item.state,
        sync_id=item.remote_id,
        waiting_reason="" if sent and item.want_present else _words(item, link, paused=paused),
        last_error=item.last_error if for_staff else "",
        since=item.updated_at if item.updated_at and item.acked_version else item.created_at,
        link_state=link.state,
        version_sent=sent,
    )


def _words(item: PushItem, link: CalendarLink, *, paused: bool) -> str:
    if item.state is PushState.GONE:
        return _STATE_WORDS[PushState.GONE]
    if paused:
        return _LINK_WORDS[LinkState.PAUSED]
    if words := _LINK_WORDS.get(link.state) or _STATE_WORDS.get(item.state):
        return words
    if item.attempts:
        return "the calendar could not be reached; we keep trying"
    if not item.want_present:
        return "being removed from the room's calendar"
    return "a change is on its way to the room's calendar" if item.remote_id else "on its way to the room's calendar"
