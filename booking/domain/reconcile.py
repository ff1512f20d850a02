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


@dataclass(frozen=True, slots=True)
class Policy:
    """What a sync profile decided."""

    when_deleted: Choice = Choice.FOLLOW
    when_moved: Choice = Choice.FOLLOW
    when_both_changed: OnConflict = OnConflict.EXCHANGE


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
    change it.
    """

    ours_version: int
    acked_version: int
    theirs: Shape | None
    theirs_last: Shape | None


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
    return _theirs_changed(facts.theirs, facts.theirs_last, policy)


def _theirs_changed(theirs: Shape | None, last: Shape | None, policy: Policy) -> Decision:
    """Decide an edit made in Outlook: deleted, moved, or turned into another kind of entry."""
    if theirs is None:
        return {
            Choice.FOLLOW: Decision.CANCEL_OURS,
            Choice.PUT_BACK: Decision.PUT_BACK,
            Choice.ASK: Decision.ASK_STAFF,
        }[policy.when_deleted]
    if policy.when_moved is Choice.ASK:
        return Decision.ASK_STAFF
    if last is None or (theirs.all_day, theirs.busy, theirs.recurring) != (last.all_day, last.busy, last.recurring):
        return Decision.PUT_BACK_AND_FLAG
    return Decision.TAKE_THEIR_TIME if policy.when_moved is Choice.FOLLOW else Decision.PUT_BACK_AND_FLAG
