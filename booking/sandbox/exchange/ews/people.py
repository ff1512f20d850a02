"""People, rooms and lists as EWS writes them, and the answers of the operations that ask for them."""

from collections.abc import Callable

from booking.sandbox.exchange.ews.call import Call, failure
from booking.sandbox.exchange.ews.errors import EwsError, Fault
from booking.sandbox.exchange.ews.xml import Element, m, t


def address(element: str, name: str, email: str, kind: str) -> Element:
    """A name with its address, in an element of that name; `kind` has MailboxType's words."""
    return t(element, t("Name", name), t("EmailAddress", email), t("RoutingType", "SMTP"), t("MailboxType", kind))


def one_answer(call: Call, read: Callable[[], Element]) -> Element:
    """The answer of an operation that has no list of response messages: it is one itself."""
    name = f"{call.request.operation}Response"
    try:
        call.refuse_if_told()
        content = read()
    except Fault:
        raise
    except EwsError as error:
        call.codes.append(error.code)
        return m(name, *failure(error), ResponseClass="Error")
    call.codes.append("NoError")
    return m(name, m("ResponseCode", "NoError"), content, ResponseClass="Success")
