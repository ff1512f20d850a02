"""Whether a mailbox's own rules leave its room to our account alone.

Even then people with write rights on the calendar can write into it: no setting of the booking attendant says who they
are, so a person has to look. Source: learn.microsoft.com, Set-CalendarProcessing (the six policies),
Get-MailboxFolderPermission and Get-MailboxPermission (the rights).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from booking.domain.mailbox_rules import MORE, WHO_MAY_BOOK, Automation, MailboxRules


class Verdict(StrEnum):
    """What the rules say."""

    ALONE = "alone"  # nobody else gets the room by an invitation
    OPEN = "open"  # somebody else does
    UNSURE = "unsure"  # names stand there that may be ours
    UNKNOWN = "unknown"  # not all of the settings are known


@dataclass(frozen=True, slots=True)
class Exclusivity:
    """The verdict, and what speaks against it: reasons, names to look up, settings that nobody has entered."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def judge(theirs: MailboxRules, accounts: Iterable[str]) -> Exclusivity:
    """Return whether others can get the room by an invitation. `accounts`: the names our own account goes by."""
    ours = frozenset(each.strip().casefold() for each in accounts if each.strip())
    reasons = tuple(_against(theirs, ours))
    unsure = tuple(dict.fromkeys(each for each in _named(theirs) if _is_ours(each, ours) is None))
    missing = tuple(_missing(theirs))
    if reasons:
        return Exclusivity(Verdict.OPEN, reasons, unsure, missing)
    if missing:
        return Exclusivity(Verdict.UNKNOWN, (), unsure, missing)
    return Exclusivity(Verdict.UNSURE if unsure else Verdict.ALONE, (), unsure)


def _against(theirs: MailboxRules, ours: frozenset[str]) -> Iterator[str]:
    if theirs.automate_processing is Automation.AUTO_UPDATE:
        yield "Everybody's invitations stand in the calendar until a delegate decides (AutomateProcessing AutoUpdate)."
    if theirs.automate_processing is Automation.NONE:
        yield "Exchange judges no invitation (AutomateProcessing None), so its lists of people mean nothing."
    if theirs.all_book_in_policy:
        yield "Everybody may book it (AllBookInPolicy)."
    if theirs.all_request_in_policy:
        yield "Everybody may ask for it, and a delegate accepts (AllRequestInPolicy)."
    if theirs.all_request_out_of_policy:
        yield "Everybody may ask for it even against its rules (AllRequestOutOfPolicy)."
    for setting, people in _lists(theirs):
        others = [each for each in people if _is_ours(each, ours) is False]
        if others:
            yield f"{_listed(others)} may get it too ({setting})."


def _lists(theirs: MailboxRules) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        ("BookInPolicy", theirs.book_in_policy or ()),
        ("RequestInPolicy", theirs.request_in_policy or ()),
        ("RequestOutOfPolicy", theirs.request_out_of_policy or ()),
    )


def _named(theirs: MailboxRules) -> Iterator[str]:
    for _setting, people in _lists(theirs):
        yield from people


def _is_ours(named: str, ours: frozenset[str]) -> bool | None:
    """Tell whether a name in a list is our account; None where only Exchange knows.

    Exchange writes e-mail addresses, canonical names (`example.org/Users/Room Service`) or legacy names
    (`/o=.../cn=Recipients/cn=0a1b-svc-rooms`), whatever it was told.
    """
    name = named.strip().casefold()
    if name in ours:
        return True
    last = name.replace("cn=", "/").rsplit("/", 1)[-1].strip()
    short = {each.split("@", 1)[0].rsplit("\\", 1)[-1] for each in ours}
    if "@" not in name and (last in short or any(last.endswith(f"-{each}") for each in short)):
        return True
    return False if "@" in name or name == MORE else None


def _missing(theirs: MailboxRules) -> Iterator[str]:
    if theirs.automate_processing is None:
        yield "AutomateProcessing"
    for setting in WHO_MAY_BOOK:
        if getattr(theirs, setting.field) is None:
            yield setting.name


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"  # noqa: PLR2004 - as many as a line holds
