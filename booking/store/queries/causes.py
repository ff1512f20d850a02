"""What stands in a space's way at one moment: our dates, and what others put into its calendar."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass
from booking.domain.states import LIVE, HeldReason, OccurrenceState, PushState
from booking.store.database import Session
from booking.store.models import Booking, CalendarLink, ExternalEvent, Occurrence, PushItem, RemoteFolderRow
from booking.store.queries import left_behind
from booking.store.queries.bookings import touches


@dataclass(frozen=True, slots=True)
class Ours:
    """A date of ours that holds the space; `written` is None where the space has no calendar."""

    ref: str
    when: Interval
    state: OccurrenceState
    held_reason: HeldReason | None
    written: PushState | None


@dataclass(frozen=True, slots=True)
class Theirs:
    """Something that stands in the calendar and is not ours; title and organiser only where the profile keeps them."""

    when: Interval
    busy: BusyClass
    blocks: bool
    private: bool
    title: str
    organizer: str
    seen_at: datetime
    missing_since: datetime | None
    folder: str = ""  # where it stands, if not in the calendar of the space's own mailbox
    let_go: str = ""  # the mailbox that it stood in, if the space was disconnected from that


def ours(session: Session, space_id: int, window: Interval) -> tuple[Ours, ...]:
    """Return the dates of ours that hold a space for some of that time, in order."""
    query = (
        select(Occurrence, Booking.ref, PushItem.state)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .outerjoin(CalendarLink, (CalendarLink.space_id == Occurrence.space_id) & CalendarLink.state.in_(LIVE))
        .outerjoin(PushItem, (PushItem.occurrence_id == Occurrence.id) & (PushItem.link_id == CalendarLink.id))
        .where(Occurrence.space_id == space_id, Occurrence.holds, *touches(Occurrence, window))
        .order_by(Occurrence.starts_at)
    )
    return tuple(
        Ours(ref, found.when, found.state, found.held_reason, written) for found, ref, written in session.execute(query)
    )


def theirs(session: Session, space_id: int, window: Interval) -> tuple[Theirs, ...]:
    """Return what others put into a space's calendar for some of that time, in order; also what takes nothing."""
    query = (
        select(ExternalEvent, RemoteFolderRow.path, CalendarLink)
        .outerjoin(RemoteFolderRow, RemoteFolderRow.id == ExternalEvent.folder_id)
        .outerjoin(CalendarLink, CalendarLink.id == ExternalEvent.link_id)
        .where(ExternalEvent.space_id == space_id, ExternalEvent.gone_at.is_(None), *touches(ExternalEvent, window))
        .order_by(ExternalEvent.starts_at, ExternalEvent.id)
    )
    return tuple(
        Theirs(
            when=each.when,
            busy=each.busy,
            blocks=each.blocks,
            private=each.private,
            title="" if each.private else each.title,
            organizer="" if each.private else each.organizer,
            seen_at=each.seen_at,
            missing_since=each.missing_since,
            folder=" / ".join(json.loads(path)) if path else "",
            let_go=_let_go(link),
        )
        for each, path, link in session.execute(query)
    )


def _let_go(link: CalendarLink | None) -> str:
    """Return the mailbox of a pairing that is over; an event from a folder hangs on none."""
    return link.mailbox if link is not None and link.state in left_behind.OVER else ""
