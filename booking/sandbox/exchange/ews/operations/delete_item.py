"""DeleteItem: gone for good, or into Deleted Items with a new id."""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import targets
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find
from booking.sandbox.exchange.outlook import edits


def run(call: Call) -> Element:
    """A success for each item deleted; an item that is not there is an error."""
    tell = call.body.get("SendMeetingCancellations")
    how = edits.Disposal(call.body.get("DeleteType", "HardDelete"))

    def delete(element: Element) -> Iterator[Element]:
        if tell is None:
            raise EwsError("ErrorSendMeetingCancellationsRequired", "SendMeetingCancellations attribute is required.")
        item = targets.named(call.caller, element)
        call.caller.require_write(item.mailbox)
        edits.delete(call.store, item, how, tell=tell != "SendToNone")
        yield from ()

    return call.answer(children(find(call.body, "m:ItemIds")), delete)
