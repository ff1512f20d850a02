"""What wins when a booking and its calendar entry differ: one table, no clock, no text."""

from dataclasses import dataclass
from enum import StrEnum

from booking.domain.intervals import Interval


class BusyClass(StrEnum):
    """How a calendar entry shows its owner's time. Values are Exchange's LegacyFreeBusyStatus.

    Source: learn.microsoft.com, EWS reference, LegacyFreeBusyStatus.
    """

    FREE = "Free"
    TENTATIVE = "Tentative"
    BUSY = "Busy"
    OOF = "OOF"
    WORKING_ELSEWHERE = "WorkingElsewhere"
    NO_DATA = "NoData"
    UNKNOWN = "Unknown"  # any value we do not know; blocks

    def blocks(self, *, tentative_blocks: bool) -> bool:
        """Tell whether it takes the room. Only Free, and Tentative by profile, leave it free."""
        if self is BusyClass.TENTATIVE:
            return tentative_blocks
        return self is not BusyClass.FREE


@dataclass(frozen=True, slots=True)
class Shape:
    """What of an entry is compared: time, all-day, busy class and whether it repeats. Text is left out."""

    when: Interval
    all_day: bool
    busy: BusyClass
    recurring: bool = False


class Choice(StrEnum):
    """What a profile says to do; the names stand in the database."""

    FOLLOW = "follow"  # cancel ours, or take their time if free and allowed
    PUT_BACK = "put_back"
    ASK = "ask"


class OnConflict(StrEnum):
    """Who wins when both sides changed since the last sync."""

    EXCHANGE = "exchange"
    BOOKING = "booking"
    ASK = "ask"


class OnChange(StrEnum):
    """What to do when our entry was made another kind of entry: free, all-day, or a series."""

    PUT_BACK = "put_back"
    ASK = "ask"


class OnText(StrEnum):
    """What to do when title or place of our entry were edited."""

    PUT_BACK = "put_back"
    LEAVE = "leave"


class OnOverlap(StrEnum):
    """Who wins when somebody puts an entry over a confirmed booking."""

    FLAG = "flag"  # both stay, and staff decide
    OUTSIDE = "outside"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a sync profile decided."""

    when_deleted: Choice = Choice.FOLLOW
    when_moved: Choice = Choice.FOLLOW
    when_changed: OnChange = OnChange.PUT_BACK
    when_both_changed: OnConflict = OnConflict.EXCHANGE
    when_text_edited: OnText = OnText.PUT_BACK
    when_overlapped: OnOverlap = OnOverlap.FLAG


class Decision(StrEnum):
    """What to do about one occurrence and its entry."""

    NOTHING = "nothing"
    SEND_OURS = "send_ours"
    CANCEL_OURS = "cancel_ours"
    TAKE_THEIR_TIME = "take_their_time"
    PUT_BACK = "put_back"
    PUT_BACK_AND_FLAG = "put_back_and_flag"
    ASK_STAFF = "ask_staff"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one occurrence and its calendar entry.

    `theirs` and `theirs_last` hold start, end, all-day and busy class as the server shows them
    now and as they stood after the last sync; None means "not there". Text is left out: servers
    change it. `begun` says whether our time has begun: Exchange removes meetings by itself to which
    nobody came, and what it removed is not put back.
    """

    ours_version: int
    acked_version: int
    theirs: Shape | None
    theirs_last: Shape | None
    begun: bool = False


def decide(facts: Facts, policy: Policy) -> Decision:
    """Compare both sides with what they last agreed on.

    Source: the status table of OfflineIMAP, as described by Edward Z. Yang,
    blog.ezyang.com/2012/08/how-offlineimap-works
    """
    we_changed = facts.ours_version != facts.acked_version
    they_changed = facts.theirs != facts.theirs_last
    if not they_changed:
        return Decision.SEND_OURS if we_changed else Decision.NOTHING
    if we_changed and policy.when_both_changed is not OnConflict.EXCHANGE:
        return Decision.SEND_OURS if policy.when_both_changed is OnConflict.BOOKING else Decision.ASK_STAFF
    if facts.theirs is None:
        return _deleted(policy, begun=facts.begun)
    return _edited(facts.theirs, facts.theirs_last, policy)


def _deleted(policy: Policy, *, begun: bool) -> Decision:
    if policy.when_deleted is Choice.PUT_BACK:
        return Decision.CANCEL_OURS if begun else Decision.PUT_BACK
    return Decision.CANCEL_OURS if policy.when_deleted is Choice.FOLLOW else Decision.ASK_STAFF


def _edited(theirs: Shape, last: Shape | None, policy: Policy) -> Decision:
    """Decide an edit made in Outlook: moved, or turned into another kind of entry."""
    if last is None or (theirs.all_day, theirs.busy, theirs.recurring) != (last.all_day, last.busy, last.recurring):
        return Decision.ASK_STAFF if policy.when_changed is OnChange.ASK else Decision.PUT_BACK_AND_FLAG
    return {
        Choice.FOLLOW: Decision.TAKE_THEIR_TIME,
        Choice.PUT_BACK: Decision.PUT_BACK_AND_FLAG,
        Choice.ASK: Decision.ASK_STAFF,
    }[policy.when_moved]


class Clash(StrEnum):
    """What to do when somebody else's entry stands over a booking of ours."""

    REJECT_OURS = "reject_ours"
    CANCEL_OURS = "cancel_ours"
    DECLINE_THEIRS = "decline_theirs"
    FLAG = "flag"


def clash(policy: Policy, *, waits_for_calendar: bool) -> Clash:
    """Return who gets the room; a booking that still waits for its calendar never wins."""
    if waits_for_calendar:
        return Clash.REJECT_OURS
    return {
        OnOverlap.FLAG: Clash.FLAG,
        OnOverlap.OUTSIDE: Clash.CANCEL_OURS,
        OnOverlap.OURS: Clash.DECLINE_THEIRS,
    }[policy.when_overlapped]
