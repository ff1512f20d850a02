"""What each rule of a mailbox does to a room that is booked here too: setting by setting, in words.

What we write goes straight into the calendar, so Exchange's booking attendant never judges it: a mailbox's rules bind
the people who *invite* the room. Sources: learn.microsoft.com, Set-CalendarProcessing (what each setting does);
github.com/ecederstrand/exchangelib/issues/447 (an entry written into a room's calendar is not checked).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from booking.domain.mailbox_rules import UNLIMITED, Automation


class Kind(StrEnum):
    """How the two rules get on."""

    HARMLESS = "harmless"
    WARNING = "warning"  # they differ, and somebody will wonder
    CLASH = "clash"  # bookings meet, get lost or show what they should not
    UNKNOWN = "unknown"  # the mailbox's rule is not known


@dataclass(frozen=True, slots=True)
class OurRules:
    """What holds for the space here, as far as a mailbox's rules touch it.

    `mailbox` stands in the PowerShell lines; `accounts` are the names that our service account goes by.
    """

    longest: timedelta
    window: timedelta
    capacity: int
    mailbox: str = ""
    accounts: tuple[str, ...] = ()
    exclusive: bool = False
    keeps_titles: bool = False
    tentative_blocks: bool = False
    reads: bool = True
    writes: bool = True

    @property
    def longest_minutes(self) -> int:
        """Return how long a booking may be, in minutes."""
        return int(self.longest.total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of the two rules together."""

    kind: Kind
    words: str


def harmless(words: str) -> Effect:
    """Return an effect that nobody has to mend."""
    return Effect(Kind.HARMLESS, words)


def warning(words: str) -> Effect:
    """Return an effect that somebody will wonder about."""
    return Effect(Kind.WARNING, words)


def clash(words: str) -> Effect:
    """Return an effect by which something meets, gets lost or shows what it should not."""
    return Effect(Kind.CLASH, words)


# ----------------------------------------------------------------------------------- one by one


def _automation(ours: OurRules, theirs: Automation) -> Effect:
    match theirs:
        case Automation.NONE:
            return warning(
                "Invitations lie unanswered in the room's mailbox and take nothing: their organisers may believe that"
                " they have the room, and nothing shows it here."
            )
        case Automation.AUTO_UPDATE if ours.tentative_blocks:
            return warning(
                "Invitations stand as Tentative until a delegate decides. Tentative takes the room here, so nobody"
                " books over them meanwhile."
            )
        case Automation.AUTO_UPDATE:
            return clash(
                "Invitations stand as Tentative until a delegate decides, and Tentative does not take the room here:"
                " somebody may book the time before the delegate accepts."
            )
        case Automation.AUTO_ACCEPT if not ours.writes:
            return clash(
                "Exchange accepts invitations by itself, and bookings made here are not written to it (the direction of"
                " sync says so): it accepts them on top of bookings."
            )
        case Automation.AUTO_ACCEPT if not ours.reads:
            return warning(
                "Exchange accepts invitations by itself, and what stands in Outlook does not show here (the direction"
                " of sync says so): whoever books over a meeting learns it only when the booking is written."
            )
        case Automation.AUTO_ACCEPT:
            return harmless(
                "Exchange answers invitations by itself within seconds. What it accepts takes the room here; what meets"
                " a booking of ours it declines."
            )


def _conflicts(_ours: OurRules, theirs: bool) -> Effect:  # noqa: FBT001 - the setting's value, as for every row
    if theirs:
        return clash(
            "Outlook accepts meetings on top of bookings. Both stand, and staff have to part them under Conflicts."
        )
    return harmless(
        "Exchange declines what meets another entry, and bookings made here are entries there. A series may be accepted"
        " without the dates that are taken."
    )


def _window(ours: OurRules, theirs: int) -> Effect:
    here = ours.window.days
    if theirs == here:
        return harmless("Both sides reach equally far.")
    if theirs < here:
        return warning(
            f"By invitation the room can be had {days(theirs)} ahead, here {days(here)}: the days between can be booked"
            " only here. What is booked here is written all the same."
        )
    return warning(
        f"By invitation the room can be had {days(theirs)} ahead, here {days(here)}: meetings may hold it before"
        " anybody can book those days here."
    )


def _duration(ours: OurRules, theirs: int) -> Effect:
    here = ours.longest_minutes
    if theirs == here:
        return harmless("Both sides allow the same length.")
    if theirs == UNLIMITED or theirs > here:
        most = "of any length" if theirs == UNLIMITED else f"of up to {length(theirs)}"
        return warning(
            f"Exchange accepts meetings {most}, a booking here ends after {length(here)}: meetings keep the room for as"
            " long as they last."
        )
    return warning(
        f"Exchange declines meetings longer than {length(theirs)}; a booking here may last {length(here)}, and is"
        " written all the same."
    )


def _recurring(_ours: OurRules, theirs: bool) -> Effect:  # noqa: FBT001 - likewise
    if theirs:
        return harmless("Each date of a series takes the room here, as far ahead as bookings reach.")
    return harmless("Exchange declines series. What is booked here is written date by date, so nothing of it is lost.")


def _titles(ours: OurRules, theirs: bool) -> Effect:  # noqa: FBT001 - likewise
    if not theirs:
        return harmless("Titles of meetings stay as their organisers wrote them.")
    if ours.keeps_titles:
        return warning(
            "Exchange empties the titles of meetings that it accepts, so there is none to show here. Titles of bookings"
            " made here stay: Exchange does not process those."
        )
    return harmless("Exchange empties the titles of meetings that it accepts. They are not kept here anyway.")


def _organizers(ours: OurRules, theirs: bool) -> Effect:  # noqa: FBT001 - likewise
    if not theirs:
        return harmless("The organiser's name does not stand in for the title.")
    if ours.keeps_titles:
        return warning(
            "Exchange writes the organiser's name in place of the title: what is shown here as a meeting's title is a"
            " person's name."
        )
    return harmless("Exchange writes the organiser's name in place of the title. Titles are not kept here anyway.")


def _private(ours: OurRules, theirs: bool) -> Effect:  # noqa: FBT001 - likewise
    if not theirs:
        return harmless("Private meetings stay private, on both sides.")
    if ours.keeps_titles:
        return clash(
            "Exchange takes the mark “private” off meetings that it accepts: we cannot tell them from others any more,"
            " and their titles are shown here."
        )
    return warning(
        "Exchange takes the mark “private” off meetings that it accepts. Their titles are not kept here, but in Outlook"
        " whoever opens the room's calendar reads them."
    )


def _cancelled(_ours: OurRules, theirs: bool) -> Effect:  # noqa: FBT001 - likewise
    if theirs:
        return harmless("Exchange removes cancelled meetings, and they free the room here.")
    return harmless(
        "Cancelled meetings stay in the calendar, marked as such. They free the room here; only who looks in"
        " Outlook may think otherwise."
    )


def _capacity(ours: OurRules, theirs: bool) -> Effect:  # noqa: FBT001 - likewise
    if not theirs:
        return harmless("Neither side counts the people of a meeting.")
    return warning(
        "Exchange declines meetings with more people than its own capacity of this workspace; here nobody is counted."
        f" See that it says {ours.capacity} too (Set-Place, Capacity)."
    )


def _release(_ours: OurRules, theirs: bool) -> Effect:  # noqa: FBT001 - likewise
    """Source: learn.microsoft.com/microsoft-365/places/enable-auto-release, and the setting's description."""
    if not theirs:
        return harmless("Exchange gives nothing back by itself.")
    return clash(
        "Exchange gives the room back when nobody checks in with Microsoft Places, and knows nothing of who came by a"
        " booking made here. What it removes is cancelled here, and the booker is told."
    )


# -------------------------------------------------------------------------------- all of them


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: our rule in words, what the two do together, what we would set, and why it matters while unknown."""

    ours: Callable[[OurRules], str]
    effect: Callable[[OurRules, Any], Effect]
    wanted: Callable[[OurRules], str]
    matters: str


def _same(words: str) -> Callable[[OurRules], str]:
    return lambda _ours: words


def _kept(ours: OurRules) -> str:
    return "Titles of meetings are shown here." if ours.keeps_titles else "Titles of meetings are not kept here."


RULES: Mapping[str, Rule] = {
    "AutomateProcessing": Rule(
        _same("Whoever books gets the room at once, or is told why not."),
        _automation,
        _same("AutoAccept"),
        "It decides whether invitations are answered, and whether they take the room before somebody has.",
    ),
    "AllowConflicts": Rule(
        _same("One booking at a time."), _conflicts, _same("$false"), "With it, Outlook books people over each other."
    ),
    "BookingWindowInDays": Rule(
        lambda ours: f"Bookings reach {days(ours.window.days)} ahead.",
        _window,
        lambda ours: str(ours.window.days),
        "If it reaches further than here, Outlook takes days that nobody can book here yet.",
    ),
    "MaximumDurationInMinutes": Rule(
        lambda ours: f"A booking lasts {length(ours.longest_minutes)} at most.",
        _duration,
        lambda ours: str(ours.longest_minutes),
        "If it allows more than here, meetings keep the room longer than any booking may.",
    ),
    "AllowRecurringMeetings": Rule(
        _same("A booking is for single dates."), _recurring, _same("$true"), "A series takes the room on all its dates."
    ),
    "DeleteSubject": Rule(_kept, _titles, _same("$false"), "With it, titles of meetings never arrive here."),
    "AddOrganizerToSubject": Rule(
        _kept, _organizers, _same("$false"), "With it, the title of a meeting is its organiser's name."
    ),
    "RemovePrivateProperty": Rule(
        _same("Of a private meeting nothing but its time is kept."),
        _private,
        _same("$false"),
        "With it, private meetings look like any other.",
    ),
    "RemoveCanceledMeetings": Rule(
        _same("A cancelled meeting frees the room."), _cancelled, _same("$true"), "Cancelled meetings never block here."
    ),
    "EnforceCapacity": Rule(
        lambda ours: (
            "For one person; nobody is counted."
            if ours.capacity == 1
            else f"For {ours.capacity} people; nobody is counted."
        ),
        _capacity,
        _same("$false"),
        "With it, Exchange declines meetings with more people than it knows places.",
    ),
    "EnableAutoRelease": Rule(
        _same("A booking stays until it ends or is cancelled."),
        _release,
        _same("$false"),
        "With it, Exchange removes what nobody checked in to, bookings of ours too.",
    ),
}


def days(number: int) -> str:
    """Return a number of days in words."""
    return "one day" if number == 1 else f"{number} days"


def length(minutes: int) -> str:
    """Return a length of time in words."""
    if minutes % 60:
        return f"{minutes} minutes"
    return "one hour" if minutes == 60 else f"{minutes // 60} hours"  # noqa: PLR2004 - an hour
