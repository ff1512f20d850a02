"""Lines for the Exchange Management Shell, filled in, for an administrator to copy. Pure text.

Sources: learn.microsoft.com, "How to configure impersonation", "New-ManagementScope", "New-ManagementRoleAssignment",
"Add-MailboxFolderPermission", "Add-MailboxPermission"; for Exchange 2010 the pages of the same names.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

SCOPE = "Booking room mailboxes"
ASSIGNMENT = "Booking impersonates rooms"
#: What stands where we do not know the name yet.
ACCOUNT = "svc-rooms@example.org"
ROOM = "room@example.org"
CALENDAR = ":\\Calendar"
#: PowerShell takes each of these for the end of a text in single quotes.
_QUOTES = "'\u2018\u2019\u201a\u201b"
_FILTER = "RecipientTypeDetails -eq 'RoomMailbox'"


class Right(StrEnum):
    """How an account can be let into rooms."""

    IMPERSONATION_2013 = "impersonation_2013"
    IMPERSONATION_2010 = "impersonation_2010"
    DELEGATE_CALENDAR = "delegate_calendar"
    DELEGATE_MAILBOX = "delegate_mailbox"


@dataclass(frozen=True, slots=True)
class Script:
    """Lines to copy: what they grant, and why somebody would choose them."""

    right: Right
    title: str
    why: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the lines as they are pasted."""
        return "\n".join(self.lines)


def quoted(text: str) -> str:
    """Return a text as PowerShell takes it literally: in single quotes, on one line."""
    clean = "".join(sign for sign in text if sign.isprintable())
    return "'" + "".join(sign * 2 if sign in _QUOTES else sign for sign in clean) + "'"


def scripts(account: str, rooms: Iterable[str] = ()) -> tuple[Script, ...]:
    """Return every way to let `account` into the rooms; without rooms, the lines for one of a made-up name."""
    who = account or ACCOUNT
    known = tuple(rooms) or (ROOM,)
    return (_impersonation_2013(who), _impersonation_2010(who), _calendar(who, known), _mailbox(who, known))


def _impersonation_2013(account: str) -> Script:
    return Script(
        Right.IMPERSONATION_2013,
        "Impersonation, Exchange 2013 and later",
        "Also for 2016, 2019 and Subscription Edition. One role for all rooms, limited to room mailboxes: it opens no"
        " person's mailbox, and a room that is added later is in it by itself.",
        (
            f'New-ManagementScope -Name {quoted(SCOPE)} -RecipientRestrictionFilter "{_FILTER}"',
            (
                f"New-ManagementRoleAssignment -Name {quoted(ASSIGNMENT)} -Role ApplicationImpersonation"
                f" -User {quoted(account)} -CustomRecipientWriteScope {quoted(SCOPE)}"
            ),
            *_proof(account),
        ),
    )


def _impersonation_2010(account: str) -> Script:
    return Script(
        Right.IMPERSONATION_2010,
        "Impersonation, Exchange 2010",
        "The same role and the same limit in the writing of 2010, where the filter stands in braces. If the shell"
        " answers with an error about the pipeline, wait a few minutes and enter the line again.",
        (
            f"New-ManagementScope -Name:{quoted(SCOPE)} -RecipientRestrictionFilter:{{{_FILTER}}}",
            (
                f"New-ManagementRoleAssignment -Name:{quoted(ASSIGNMENT)} -Role:ApplicationImpersonation"
                f" -User:{quoted(account)} -CustomRecipientWriteScope:{quoted(SCOPE)}"
            ),
            *_proof(account),
        ),
    )


def _proof(account: str) -> tuple[str, ...]:
    return (
        "# What was granted, and which mailboxes lie within the limit:",
        (
            f"Get-ManagementRoleAssignment -Role ApplicationImpersonation -RoleAssignee {quoted(account)}"
            " | Format-List Name,CustomRecipientWriteScope"
        ),
        f'Get-Recipient -Filter "{_FILTER}" | Format-Table Name,PrimarySmtpAddress',
    )


def _calendar(account: str, rooms: tuple[str, ...]) -> Script:
    lines = tuple(
        f"Add-MailboxFolderPermission -Identity {quoted(room + CALENDAR)} -User {quoted(account)} -AccessRights Author"
        for room in rooms
    )
    return Script(
        Right.DELEGATE_CALENDAR,
        "Delegate rights on each calendar, without impersonation",
        "The smallest right: read the calendar, and write, change and remove our own entries in it. Editor instead of"
        " Author lets staff also decline meetings from here. One line for each room, also for those that are added"
        " later. Where the mailbox speaks another language its calendar has another name, such as Kalender. If the"
        " account has a right there already, write Set- instead of Add-.",
        lines,
    )


def _mailbox(account: str, rooms: tuple[str, ...]) -> Script:
    lines = tuple(
        f"Add-MailboxPermission -Identity {quoted(room)} -User {quoted(account)} -AccessRights FullAccess"
        " -InheritanceType All -AutoMapping $false"
        for room in rooms
    )
    return Script(
        Right.DELEGATE_MAILBOX,
        "Full access to each mailbox, without impersonation",
        "Wider than we need: it opens the whole mailbox of the room, and is independent of what its calendar is"
        " called. Choose it only where rights on the calendar alone cannot be given.",
        lines,
    )


def external_meetings(account: str, rooms: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the lines that let Exchange take meetings that people from outside arrange into these calendars.

    Source: learn.microsoft.com, "Set-CalendarProcessing", ProcessExternalMeetingMessages (by default $false).
    """
    return tuple(
        f"Set-CalendarProcessing -Identity {quoted(each)} -ProcessExternalMeetingMessages $true"
        for each in (account or ACCOUNT, *rooms)
    )
