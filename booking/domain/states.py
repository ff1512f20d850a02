"""States of a booking, an occurrence, a push row and a calendar link, and their legal moves.

Source: `SYNC.md` sections 2 and 3, kept in short in `docs/architecture.md`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class OccurrenceState(StrEnum):
    """What one date of a booking is."""

    HELD = "held"  # holds the slot and waits; `held_reason` says for what
    CONFIRMED = "confirmed"  # no wait left
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    RELEASED = "released"
    EXPIRED = "expired"


class HeldReason(StrEnum):
    """What a held occurrence waits for."""

    CALENDAR = "calendar"
    APPROVAL = "approval"
    EMAIL = "email"


def waits_for_calendar(state: OccurrenceState, reason: HeldReason | None) -> bool:
    """Tell whether a date is only held until its room's calendar agrees: then an outside event wins."""
    return state is OccurrenceState.HELD and reason is HeldReason.CALENDAR


class BookingState(StrEnum):
    """What a whole booking is; see `overall`."""

    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    RELEASED = "released"
    EXPIRED = "expired"


#: Only these stand in the way of somebody else.
HOLDING: frozenset[OccurrenceState] = frozenset({OccurrenceState.HELD, OccurrenceState.CONFIRMED})

MOVES: Mapping[OccurrenceState, frozenset[OccurrenceState]] = {
    OccurrenceState.HELD: frozenset(OccurrenceState) - {OccurrenceState.HELD},
    OccurrenceState.CONFIRMED: frozenset(
        {OccurrenceState.HELD, OccurrenceState.CANCELLED, OccurrenceState.RELEASED},
    ),
    OccurrenceState.CANCELLED: frozenset({OccurrenceState.CONFIRMED, OccurrenceState.HELD}),  # undo, within 30 days
    OccurrenceState.REJECTED: frozenset(),
    OccurrenceState.RELEASED: frozenset(),
    OccurrenceState.EXPIRED: frozenset(),
}


def may_move(old: OccurrenceState, new: OccurrenceState) -> bool:
    """Tell whether an occurrence may go from `old` to `new`."""
    return new in MOVES[old]


def overall(dates: Iterable[OccurrenceState]) -> BookingState:
    """Return what a booking is whose dates are these: held while any of them waits, else the best of them."""
    found = set(dates)
    in_order = (
        OccurrenceState.HELD,
        OccurrenceState.CONFIRMED,
        OccurrenceState.REJECTED,
        OccurrenceState.RELEASED,
        OccurrenceState.EXPIRED,
    )
    return BookingState(next((state for state in in_order if state in found), OccurrenceState.CANCELLED).value)


class PushState(StrEnum):
    """Where one occurrence stands on its way into one calendar (SYNC.md section 3)."""

    CLEAN = "clean"
    DIRTY = "dirty"
    CONFLICT = "conflict"
    INTENT = "intent"
    WRITTEN = "written"
    UNKNOWN = "unknown"
    GONE = "gone"
    DEAD = "dead"


class PushOp(StrEnum):
    """What an open intent set out to do."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class LinkState(StrEnum):
    """What the pairing of a space with a mailbox is."""

    ACTIVE = "active"
    PAUSED = "paused"
    DEGRADED = "degraded"  # a right is missing
    AUTH_FAILED = "auth_failed"
    GONE = "gone"  # no such mailbox
    FROZEN = "frozen"  # too much vanished at once; staff decide
    LEAVING = "leaving"
    ENDED = "ended"


#: Links that still stand between a space and a mailbox; at most one per mailbox and per space.
LIVE: frozenset[LinkState] = frozenset(LinkState) - {LinkState.ENDED}


class Authority(StrEnum):
    """Who may write into a room's calendar: anybody, or our account alone."""

    SHARED = "shared"
    EXCLUSIVE = "exclusive"


class Direction(StrEnum):
    """Which way a sync profile lets changes go."""

    BOTH = "both"
    TO_EXCHANGE = "to_exchange"
    FROM_EXCHANGE = "from_exchange"


@dataclass(frozen=True, slots=True)
class Way:
    """Which way sync goes in a place, if it goes at all."""

    active: bool = True
    direction: Direction = Direction.BOTH

    @property
    def writes(self) -> bool:
        """Tell whether bookings go to the calendar."""
        return self.active and self.direction is not Direction.FROM_EXCHANGE

    @property
    def reads(self) -> bool:
        """Tell whether what stands in the calendar comes to us."""
        return self.active and self.direction is not Direction.TO_EXCHANGE

    @property
    def takes_in(self) -> bool:
        """Tell whether outside events that are seen are kept: also those seen while sync is switched off."""
        return self.direction is not Direction.TO_EXCHANGE


class TitleOption(StrEnum):
    """What the subject of our calendar entries says."""

    NAME = "name"
    NAME_AND_EMAIL = "name_and_email"
    NICKNAME = "nickname"


class Tier(StrEnum):
    """How a calendar is read (SYNC.md section 5)."""

    T1 = "t1"
    T2 = "t2"
    T3 = "t3"


class SyncPhase(StrEnum):
    """How far sync of a space is, one way; each way for itself."""

    NOT_STARTED = "not_started"
    FIRST_RUNNING = "first_running"
    FIRST_DONE = "first_done"
    SYNCING = "syncing"
    IN_SYNC = "in_sync"
    NOT_SET = "not_set"


#: What people read for them.
PHASE_WORDS: Mapping[SyncPhase, str] = {
    SyncPhase.NOT_STARTED: "not started",
    SyncPhase.FIRST_RUNNING: "first sync running",
    SyncPhase.FIRST_DONE: "first sync done",
    SyncPhase.SYNCING: "syncing",
    SyncPhase.IN_SYNC: "in sync",
    SyncPhase.NOT_SET: "not set to sync",
}


class Counted(StrEnum):
    """What sync counts of each space, for the pages of health."""

    READ = "read"  # the calendar was looked at, and answered
    READ_FAILED = "read_failed"
    WRITTEN = "written"  # an entry of ours: made, changed or removed there
    WRITE_FAILED = "write_failed"
    TAKEN_IN = "taken_in"  # something of the calendar: new, changed or gone


class FolderState(StrEnum):
    """What a calendar folder beside the rooms' own calendars is to us."""

    LISTED = "listed"  # the server shows it; nothing of it is read
    TICKED = "ticked"  # its events block
    FROZEN = "frozen"  # so much vanished at once that staff must say whether it is true
    LEAVING = "leaving"  # unticked: its times stay taken until `free_at`


class TreeState(StrEnum):
    """How far the reading of a folder tree is."""

    WANTED = "wanted"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Channel(StrEnum):
    """Where a change came from."""

    WEB = "web"
    STAFF = "staff"
    API = "api"
    OUTLOOK = "outlook"
    JOB = "job"
    CLI = "cli"
