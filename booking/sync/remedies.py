"""The error report: each thing that went wrong with what to do about it."""

from dataclasses import dataclass

from booking.store import queries
from booking.store.database import Session
from booking.store.queries.errors import ReportedRow, Wanted

#: By kind: how it is called for people, and what to do about it. The kinds are those of the calendar port, and
#: "ambiguous": a write without a clear answer.
KINDS: dict[str, tuple[str, str]] = {
    "sign_in": (
        "Sign-in refused",
        (
            "Check the connection's user name and password, perhaps with the other form of the user name; look whether "
            "the account is locked, or has logon hours. It is tried once every 15 minutes, so that it is not locked."
        ),
    ),
    "forbidden": (
        "A right is missing",
        (
            "Give the account the right that the message names, in Exchange; fresh rights need some minutes. Then test "
            "the pairing again."
        ),
    ),
    "mailbox_gone": (
        "Mailbox not found",
        "Was the mailbox renamed or deleted? Pair the space with its new address. Its bookings stay.",
    ),
    "throttled": (
        "Asked to slow down",
        (
            "Nothing to do: we wait as long as the server asks. If it happens daily, ask whoever looks after Exchange "
            "for a more generous throttling policy for the account."
        ),
    ),
    "transient": (
        "No answer, or in trouble",
        (
            "Nothing to do for a single one: it is tried again by itself. If it goes on, look whether the server and "
            "the network between are well, then test the connection."
        ),
    ),
    "conflict": (
        "Changed meanwhile",
        "Nothing to do: somebody changed the entry in Outlook while we did, so it is read again and decided anew.",
    ),
    "not_found": (
        "Entry not found",
        (
            "Nothing to do for a single one: the entry was moved or deleted in Outlook, and reading decides what "
            "follows. If it happens often, look whether the account lost rights."
        ),
    ),
    "ambiguous": (
        "No clear answer to a change",
        (
            "Nothing to do: we look whether the change was made before anything is tried again, so nothing is written "
            "twice."
        ),
    ),
    "permanent": (
        "Refused for good",
        (
            "Look at the booking and at the message. When the cause is mended, press “Try again” on the space's page; "
            "it is also tried when the connection changes."
        ),
    ),
}
_OTHER = ("Something else", "Look at the message. If it comes again, keep the error report for whoever helps you.")


#: What was being done, in words.
OPERATIONS = {
    "create": "write an entry",
    "update": "change an entry",
    "delete": "remove an entry",
    "read": "read the calendar",
    "window": "read the calendar",
    "free_busy": "look at free and busy times",
    "reconcile": "compare both sides",
    "watch": "listen for changes",
    "check": "test the connection",
    "probe": "look at the rights",
    "resolve": "look up the mailbox",
}


@dataclass(frozen=True, slots=True)
class Reported:
    """One error, what its kind is called, what was being done, and what to do about it."""

    row: ReportedRow
    title: str
    doing: str
    remedy: str


def title(kind: str) -> str:
    """Return what a kind of error is called for people."""
    return KINDS.get(kind, _OTHER)[0]


def doing(operation: str) -> str:
    """Return what was being done, in words."""
    return OPERATIONS.get(operation, operation.replace("_", " "))


def remedy(kind: str) -> str:
    """Return what to do about that kind of error."""
    return KINDS.get(kind, _OTHER)[1]


def report(session: Session, wanted: Wanted, *, at_most: int) -> tuple[Reported, ...]:
    """Return the errors asked for, newest first, each with its remedy."""
    found = queries.errors.rows(session, wanted, at_most=at_most)
    return tuple(Reported(each, title(each.kind), doing(each.operation), remedy(each.kind)) for each in found)
