"""ResolveNames: mailboxes by name or address."""

from booking.sandbox.exchange.ews import properties
from booking.sandbox.exchange.ews.call import Call, failure
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, m, t, text
from booking.sandbox.exchange.state.model import Mailbox

_MOST = 100


def run(call: Call) -> Element:
    """The mailboxes whose address is the entry, or whose name or address begins with it."""
    try:
        call.refuse_if_told()
        found = _matching(list(call.store.mailboxes.values()), text(call.body, "m:UnresolvedEntry"))
    except EwsError as error:
        call.codes.append(error.code)
        return _answer(failure(error), "Error")
    several = len(found) > 1
    call.codes.append("ErrorNameResolutionMultipleResults" if several else "NoError")
    start = (
        failure(EwsError(call.codes[-1], "Multiple results were found.")) if several else [m("ResponseCode", "NoError")]
    )
    resolutions = [t("Resolution", properties.mailbox(each.name, each.address)) for each in found]
    resolved = m("ResolutionSet", *resolutions, TotalItemsInView=str(len(found)), IncludesLastItemInRange="true")
    return _answer([*start, resolved], "Warning" if several else "Success")


def _matching(mailboxes: list[Mailbox], entry: str) -> list[Mailbox]:
    wanted = entry.lower().removeprefix("smtp:")
    exact = [each for each in mailboxes if each.address == wanted]
    begins = [each for each in mailboxes if each.address.startswith(wanted) or each.name.lower().startswith(wanted)]
    found = (exact or sorted(begins, key=lambda each: each.name))[:_MOST]
    if not found:
        raise EwsError("ErrorNameResolutionNoResults", "No results were found.")
    return found


def _answer(content: list[Element], kind: str) -> Element:
    message = m("ResolveNamesResponseMessage", *content, ResponseClass=kind)
    return m("ResolveNamesResponse", m("ResponseMessages", message))
