"""ResolveNames: mailboxes and room lists by name or address, as Exchange's ambiguous name resolution finds them.

Sources: learn.microsoft.com, EWS reference, ResolveNames (at most 100 are returned); MS-NSPI for which fields count.
"""

from dataclasses import dataclass

from booking.sandbox.exchange.ews import people
from booking.sandbox.exchange.ews.call import Call, failure
from booking.sandbox.exchange.ews.errors import EwsError, Fault
from booking.sandbox.exchange.ews.xml import Element, boolean, is_true, m, t, text
from booking.sandbox.exchange.state.model import MailboxKind
from booking.sandbox.exchange.state.store import Store

MOST = 100
_SEVERAL = "ErrorNameResolutionMultipleResults"


@dataclass(frozen=True, slots=True)
class _Entry:
    """Something in the address book; `kind` has MailboxType's words."""

    name: str
    address: str
    kind: str = "Mailbox"


def run(call: Call) -> Element:
    """Who has that address, or who has it or a name that begins so; several are a warning that lists them."""
    try:
        call.refuse_if_told()
        found = _matching(_book(call.store), text(call.body, "m:UnresolvedEntry"))
    except Fault:
        raise
    except EwsError as error:
        call.codes.append(error.code)
        return _answer(failure(error), "Error")
    several = len(found) > 1
    call.codes.append(_SEVERAL if several else "NoError")
    start = failure(EwsError(_SEVERAL, "Multiple results were found.")) if several else [m("ResponseCode", "NoError")]
    return _answer([*start, _resolved(call, found)], "Warning" if several else "Success")


def _book(store: Store) -> list[_Entry]:
    boxes = [
        _Entry(each.name, each.address) for each in store.mailboxes.values() if each.kind is not MailboxKind.PUBLIC
    ]
    return boxes + [_Entry(each.name, each.address, "PublicDL") for each in store.room_lists.values()]


def _matching(book: list[_Entry], entry: str) -> list[_Entry]:
    wanted = entry.strip().lower().removeprefix("smtp:")
    exact = [each for each in book if each.address == wanted]
    found = exact or sorted((each for each in book if _begins(each, wanted)), key=lambda each: each.name)
    if not found or not wanted:
        raise EwsError("ErrorNameResolutionNoResults", "No results were found.")
    return found


def _begins(entry: _Entry, wanted: str) -> bool:
    """True if the address, the name, or each word wanted begins a word of the name."""
    if entry.address.startswith(wanted) or entry.name.lower().startswith(wanted):
        return True
    words = entry.name.lower().split()
    return bool(wanted.split()) and all(any(word.startswith(part) for word in words) for part in wanted.split())


def _resolved(call: Call, found: list[_Entry]) -> Element:
    full = is_true(call.body.get("ReturnFullContactData", "false"))
    shown = found[:MOST]
    return m(
        "ResolutionSet",
        *(_resolution(each, full=full) for each in shown),
        TotalItemsInView=str(len(shown)),
        IncludesLastItemInRange=boolean(len(found) <= MOST),
    )


def _resolution(entry: _Entry, *, full: bool) -> Element:
    box = people.address("Mailbox", entry.name, entry.address, entry.kind)
    return t("Resolution", box, _contact(entry) if full else None)


def _contact(entry: _Entry) -> Element:
    """What the directory says of somebody; rooms and lists have a display name only."""
    first, _, last = entry.name.partition(" ")
    addresses = t("EmailAddresses", t("Entry", f"SMTP:{entry.address}", Key="EmailAddress1"))
    return t(
        "Contact",
        t("DisplayName", entry.name),
        t("GivenName", first),
        addresses,
        t("ContactSource", "ActiveDirectory"),
        t("Surname", last) if last else None,
    )


def _answer(content: list[Element], kind: str) -> Element:
    message = m("ResolveNamesResponseMessage", *content, ResponseClass=kind)
    return m("ResolveNamesResponse", m("ResponseMessages", message))
