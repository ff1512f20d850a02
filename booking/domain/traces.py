"""What a calendar shows of its mailbox's rules, which no calendar protocol can read: counts, never anybody's words.

EWS knows no operation that gives a mailbox's processing settings. Source: learn.microsoft.com, EWS operations in
Exchange (the list has none); Get-CalendarProcessing is PowerShell's alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from booking.domain.effects import Kind, OurRules, days, length
from booking.domain.mailbox_rules import Automation, MailboxRules


@dataclass(frozen=True, slots=True)
class Traces:
    """What stood in a calendar at `at`, that we did not write. Lengths are minutes, distances are days.

    `strangers` and `installations`: entries of other installations of this software, and of how many.
    """

    at: datetime
    reach: int = 0
    entries: int = 0
    overlapping: int = 0
    series: int = 0
    longest: int = 0
    farthest: int = 0
    tentative: int = 0
    private: int = 0
    cancelled: int = 0
    titled: int = 0
    untitled: int = 0
    named_for_organizers: int = 0
    strangers: int = 0
    installations: int = 0


def to_plain(traces: Traces) -> dict[str, object]:
    """Return it for JSON."""
    return asdict(traces) | {"at": traces.at.isoformat()}


def from_plain(stored: Mapping[str, object]) -> Traces | None:
    """Return what `to_plain` wrote; None if it cannot be read any more."""
    try:
        counts = {each.name: int(str(stored.get(each.name, 0))) for each in fields(Traces) if each.name != "at"}
        return Traces(at=datetime.fromisoformat(str(stored["at"])), **counts)
    except (KeyError, ValueError):
        return None


def words(traces: Traces, ours: OurRules) -> Mapping[str, str]:
    """Return, for each setting of which the calendar shows something, what that is."""
    told = {setting: _there(getattr(traces, field), one, many) for setting, field, one, many in _COUNTED}
    if traces.overlapping:
        told["AllowConflicts"] += " Conflicts are allowed, or people write there directly."
    if traces.farthest:
        told["BookingWindowInDays"] = f"The farthest entry lies {days(traces.farthest)} ahead."
    if traces.longest > ours.longest_minutes:
        told["MaximumDurationInMinutes"] = f"The longest entry lasts {length(traces.longest)}."
    if traces.named_for_organizers:
        told["AddOrganizerToSubject"] = (
            f"{traces.named_for_organizers} of {traces.titled} titles begin with their organisers' names."
        )
    told["BookInPolicy"] = told["BookInPolicy"] or "No entry of others there."
    return told


#: Setting, field of `Traces`, and the words for one and for many.
_COUNTED = (
    ("AutomateProcessing", "tentative", "One tentative entry", "tentative entries"),
    ("AllowConflicts", "overlapping", "One entry of others that overlaps", "entries of others that overlap"),
    ("AllowRecurringMeetings", "series", "One series", "series"),
    ("DeleteSubject", "untitled", "One entry without a title", "entries without a title"),
    ("RemovePrivateProperty", "private", "One private entry", "private entries"),
    ("RemoveCanceledMeetings", "cancelled", "One cancelled meeting", "cancelled meetings"),
    ("BookInPolicy", "entries", "One entry of somebody else", "entries of others"),
)


def _there(number: int, one: str, many: str) -> str:
    if not number:
        return ""
    return f"{one} there." if number == 1 else f"{number} {many} there."


def contradicted(seen: Traces, theirs: MailboxRules) -> Mapping[str, tuple[Kind, str]]:
    """Return what the calendar shows against the rules as they were entered, by setting."""
    return dict(_against(seen, theirs))


def _against(seen: Traces, theirs: MailboxRules) -> Iterator[tuple[str, tuple[Kind, str]]]:
    if seen.overlapping and theirs.allow_conflicts is False:
        yield (
            "AllowConflicts",
            (Kind.WARNING, "Yet entries overlap there: somebody writes into the calendar without an invitation."),
        )
    if seen.tentative and theirs.automate_processing is Automation.AUTO_ACCEPT:
        yield (
            "AutomateProcessing",
            (Kind.WARNING, "Yet tentative entries stand there: requests wait for a delegate, or people wrote them."),
        )
