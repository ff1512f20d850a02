"""Pre-flight: a space's rules beside those of its mailbox, what the two do together, and the line that mends it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from booking.domain import exclusivity, traces
from booking.domain.effects import RULES, Effect, Kind, OurRules, clash, harmless, warning
from booking.domain.exclusivity import Exclusivity, Verdict
from booking.domain.mailbox_rules import SETTINGS, UNLIMITED, MailboxRules, Setting, Shape
from booking.domain.traces import Traces

#: Stands in commands until it is known which mailbox it is; PowerShell refuses it, so nobody runs it by mistake.
NO_MAILBOX = "<e-mail address of the room>"
_POLICY = "BookInPolicy"
_BY_NAME = {each.name: each for each in SETTINGS}
#: Count as quotation marks in PowerShell. Source: learn.microsoft.com, PowerShell language specification, 2.3.5.2.
_QUOTES = "'\u2018\u2019\u201a\u201b"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table. `powershell` sets the mailbox's rule to what goes with ours."""

    setting: str
    ours: str
    theirs: str
    effect: str
    powershell: str
    kind: Kind
    seen: str = ""  # what the calendar shows of it


def table(ours: OurRules, theirs: MailboxRules, seen: Traces | None = None) -> tuple[Line, ...]:
    """Return a row for each rule of the mailbox that touches this space, known or not."""
    rows = (*(_line(_BY_NAME[name], ours, theirs) for name in RULES), _policy(ours, theirs))
    return rows if seen is None else tuple(_beside(each, seen, ours, theirs) for each in rows)


def _beside(line: Line, seen: Traces, ours: OurRules, theirs: MailboxRules) -> Line:
    """Return the row with what the calendar shows; where that speaks against the rule, somebody has to look."""
    line = replace(line, seen=traces.words(seen, ours).get(line.setting, ""))
    against = traces.contradicted(seen, theirs).get(line.setting)
    if against is None or line.kind is Kind.CLASH:
        return line
    return replace(line, kind=against[0], effect=f"{line.effect} {against[1]}")


def _line(setting: Setting, ours: OurRules, theirs: MailboxRules) -> Line:
    rule, value = RULES[setting.name], getattr(theirs, setting.field)
    effect = Effect(Kind.UNKNOWN, rule.matters) if value is None else rule.effect(ours, value)
    return Line(
        setting=setting.name,
        ours=rule.ours(ours),
        theirs=said(setting, value),
        effect=effect.words,
        powershell=command(ours.mailbox, f"-{setting.name} {rule.wanted(ours)}"),
        kind=effect.kind,
    )


def said(setting: Setting, value: object) -> str:
    """Return a mailbox's value as its administrators know it."""
    if value is None:
        return "Not known. Only Exchange Online has it." if setting.online_only else "Not known yet."
    if value == UNLIMITED and setting.name == "MaximumDurationInMinutes":
        return "0, no limit"
    if isinstance(value, tuple):
        return ", ".join(value) if value else "Nobody"
    return str(value)


def command(mailbox: str, arguments: str) -> str:
    """Return the line that gives a mailbox these settings."""
    return f"Set-CalendarProcessing -Identity {quoted(mailbox)} {arguments}"


def quoted(text: str) -> str:
    """Return a text as PowerShell takes it literally, whatever stands in it."""
    if not text:
        return NO_MAILBOX
    doubled = "".join(sign * 2 if sign in _QUOTES else sign for sign in text)
    return f"'{doubled}'"


def worst(lines: Iterable[Line]) -> dict[Kind, int]:
    """Return how many lines there are of each kind."""
    kinds = [each.kind for each in lines]
    return {kind: kinds.count(kind) for kind in Kind}


# ------------------------------------------------------------------------- who may book the room


def _policy(ours: OurRules, theirs: MailboxRules) -> Line:
    found = exclusivity.judge(theirs, ours.accounts)
    effect = _alone(ours, found)
    return Line(
        setting=_POLICY,
        ours="Exclusive: nobody but our account writes here."
        if ours.exclusive
        else "Shared: people may book in Outlook too.",
        theirs=_who(theirs),
        effect=effect.words,
        powershell=to_make_exclusive(ours) if ours.exclusive else command(ours.mailbox, "-AllBookInPolicy $true"),
        kind=effect.kind,
    )


def _alone(ours: OurRules, found: Exclusivity) -> Effect:
    match found.verdict:
        case Verdict.ALONE:
            return harmless("Nobody else gets the room by an invitation: it can be marked as exclusive.")
        case Verdict.OPEN if ours.exclusive:
            return clash(f"The room is marked as exclusive, and is not: {' '.join(found.reasons)}")
        case Verdict.OPEN:
            return harmless("Others get the room by an invitation. We look before and after each booking.")
        case Verdict.UNSURE if not ours.exclusive:
            return harmless("Others may get the room by an invitation. We look before and after each booking.")
        case Verdict.UNSURE:
            return warning(f"Whether this is our account alone, only Exchange knows: {', '.join(found.unsure)}.")
        case Verdict.UNKNOWN:
            return Effect(Kind.UNKNOWN, f"It decides whether the room can be exclusive: {', '.join(found.missing)}.")


def _who(theirs: MailboxRules) -> str:
    told = []
    for name, everybody, named in (
        ("May book", theirs.all_book_in_policy, theirs.book_in_policy),
        ("May ask", theirs.all_request_in_policy, theirs.request_in_policy),
        ("May ask against the rules", theirs.all_request_out_of_policy, theirs.request_out_of_policy),
    ):
        if everybody or named is not None:
            people = "everybody" if everybody else ", ".join(named or ()) or "nobody"
            told.append(f"{name}: {people}.")
    return " ".join(told) if told else said(Setting(_POLICY, "book_in_policy", Shape.PEOPLE), None)


def to_make_exclusive(ours: OurRules) -> str:
    """Return the line after which nobody but our account gets the room by an invitation."""
    account = next((each for each in ours.accounts if "@" in each), "")
    people = quoted(account) if account else "$null"
    return command(
        ours.mailbox,
        f"-AutomateProcessing AutoAccept -AllBookInPolicy $false -AllRequestInPolicy $false"
        f" -AllRequestOutOfPolicy $false -BookInPolicy {people} -RequestInPolicy $null -RequestOutOfPolicy $null",
    )


def to_see_rights(ours: OurRules) -> tuple[str, ...]:
    """Return the lines that show who may write into the calendar without being invited.

    The folder's name follows the mailbox's language, so it is asked for rather than written.
    Source: learn.microsoft.com, Get-MailboxFolderStatistics (-FolderScope Calendar), Get-MailboxFolderPermission.
    """
    room = quoted(ours.mailbox)
    folder = f"Get-MailboxFolderStatistics -Identity {room} -FolderScope Calendar"
    named = "Where-Object { $_.FolderType -eq 'Calendar' }"
    rights = "ForEach-Object { Get-MailboxFolderPermission -Identity $_.Identity.ToString().Replace('\\', ':\\') }"
    return (
        # First into a variable: the shell of Exchange runs one command of its own at a time, and PowerShell 2 there.
        f"$calendars = {folder}; $calendars | {named} | {rights}",
        f"Get-MailboxPermission -Identity {room} | Where-Object {{ -not $_.IsInherited }}",
    )
