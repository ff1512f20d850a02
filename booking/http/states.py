"""States in words and shapes, the same on patrons' and staff's pages. The shapes are classes of components.css."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from booking.domain import states
from booking.domain.states import BookingState, HeldReason, LinkState, OccurrenceState, PushState
from booking.store.queries.bookings import BookingRow, OccurrenceRow
from booking.store.queries.calendar_entries import SyncView


@dataclass(frozen=True, slots=True)
class Sign:
    """A shape (in-step, reaching, late, paused, frozen, conflict, failed) and the words beside it."""

    shape: str
    words: str


_DATES: Mapping[OccurrenceState, Sign] = {
    OccurrenceState.HELD: Sign("reaching", "Reserved"),
    OccurrenceState.CONFIRMED: Sign("in-step", "Confirmed"),
    OccurrenceState.CANCELLED: Sign("paused", "Cancelled"),
    OccurrenceState.REJECTED: Sign("failed", "Could not be kept"),
    OccurrenceState.RELEASED: Sign("paused", "Released"),
    OccurrenceState.EXPIRED: Sign("paused", "Expired"),
}
_HELD: Mapping[HeldReason, str] = {
    HeldReason.CALENDAR: "Reserved, reaching Outlook",
    HeldReason.APPROVAL: "Reserved, waiting for approval",
    HeldReason.EMAIL: "Reserved, waiting for your e-mail",
}
_LINKS: Mapping[LinkState, Sign] = {
    LinkState.PAUSED: Sign("paused", "Paused"),
    LinkState.DEGRADED: Sign("failed", "May not write"),
    LinkState.AUTH_FAILED: Sign("failed", "Sign-in failed"),
    LinkState.GONE: Sign("failed", "Mailbox not found"),
    LinkState.FROZEN: Sign("frozen", "Frozen"),
    LinkState.LEAVING: Sign("paused", "Disconnecting"),
    LinkState.ENDED: Sign("paused", "Disconnected"),
}
_PUSHES: Mapping[PushState, Sign] = {
    PushState.CONFLICT: Sign("conflict", "Conflict"),
    PushState.UNKNOWN: Sign("late", "Not certain"),
    PushState.GONE: Sign("paused", "No longer in Outlook"),
    PushState.DEAD: Sign("failed", "Not taken by Outlook"),
}
#: From these a write goes on by itself; the others wait for somebody.
_UNDER_WAY = frozenset({PushState.DIRTY, PushState.INTENT, PushState.WRITTEN, PushState.UNKNOWN})


def of_date(date: OccurrenceRow) -> Sign:
    """Return what one date is."""
    sign = _DATES[date.state]
    if date.state is OccurrenceState.HELD and date.held_reason:
        return Sign(sign.shape, _HELD[date.held_reason])
    return sign


def of_booking(booking: BookingRow) -> Sign:
    """Return what the whole booking is; the first date that waits says for what."""
    if booking.state is BookingState.HELD:
        return next(of_date(date) for date in booking.occurrences if date.state is OccurrenceState.HELD)
    sign = _DATES[OccurrenceState(booking.state.value)]
    entries = [date.sync for date in booking.occurrences if date.holds and date.sync]
    in_question = any(entry.state is PushState.CONFLICT for entry in entries)
    return Sign("conflict", f"{sign.words}, one date in question") if in_question else sign


def of_entry(view: SyncView) -> Sign:
    """Return how a date stands with the room's calendar."""
    if view.state is PushState.CLEAN and view.version_sent:
        return Sign("in-step", "In Outlook")
    if view.state is PushState.GONE:
        return _PUSHES[view.state]
    return _LINKS.get(view.link_state) or _PUSHES.get(view.state) or Sign("reaching", "Reaching Outlook")


def waits(booking: BookingRow) -> bool:
    """Tell whether something of it is on its way to a calendar and will change by itself."""
    return any(_waits(date) for date in booking.occurrences)


def fingerprint(booking: BookingRow) -> str:
    """Return what changes when anything about its dates or their calendar entries does."""
    seen = [
        (date.state, date.when, date.sync and (date.sync.state, date.sync.sync_id, date.sync.waiting_reason))
        for date in booking.occurrences
    ]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:12]


def _waits(date: OccurrenceRow) -> bool:
    if states.waits_for_calendar(date.state, date.held_reason):
        return True
    return date.sync is not None and date.sync.state in _UNDER_WAY and date.sync.link_state is LinkState.ACTIVE
