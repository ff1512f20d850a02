"""GetFolder: folders by their ids or by the names that every mailbox gives them."""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import folder_shapes
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.xml import Element, children, find, m


def run(call: Call) -> Element:
    """Each folder asked for, with the properties asked for."""

    def read(element: Element) -> Iterator[Element]:
        shape = folder_shapes.read(find(call.body, "m:FolderShape"))
        yield m("Folders", shape.of(call.caller.folder(element), call.caller))

    return call.answer(children(find(call.body, "m:FolderIds")), read, on_error=lambda: [m("Folders")])
