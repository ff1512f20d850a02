"""GetItem: items by their ids, with the properties asked for."""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import shown, targets
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.xml import Element, children, find, m


def run(call: Call) -> Element:
    """Each item asked for; a date of a series comes as an item of its own."""

    def read(element: Element) -> Iterator[Element]:
        shape = shown.shape(call, finding=False)
        item = targets.named(call.caller, element)
        yield m("Items", shape.of(shown.item(call, item), call.caller))

    return call.answer(children(find(call.body, "m:ItemIds")), read, on_error=lambda: [m("Items")])
