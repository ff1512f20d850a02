"""MoveItem: into another folder, where the item has a new id and the same change key.

Sources: learn.microsoft.com, EWS reference, MoveItem; "EWS identifiers in Exchange" for what stays.
"""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import properties, targets
from booking.sandbox.exchange.ews.access import Folder
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find, is_true, m, t, text


def run(call: Call) -> Element:
    """The new ids, in order; nothing but success where the caller wants none."""
    wanted = is_true(text(call.body, "m:ReturnNewItemIds", "true"))

    def move(element: Element) -> Iterator[Element]:
        target = _target(call)
        item = targets.named(call.caller, element)
        if item.original is not None:
            raise EwsError("ErrorCalendarCannotMoveOrCopyOccurrence", "An occurrence cannot be moved by itself.")
        call.caller.require_write(item.mailbox)
        call.caller.require_write(target.mailbox.address)
        moved = call.store.move_item(item, target.name, target.mailbox.address)
        yield m("Items", *([t("CalendarItem", properties.item_id(moved))] if wanted else []))

    return call.answer(children(find(call.body, "m:ItemIds")), move, on_error=lambda: [m("Items")])


def _target(call: Call) -> Folder:
    named = next(children(find(call.body, "m:ToFolderId")), None)
    if named is None:
        raise EwsError("ErrorToFolderNotFound", "The request names no folder.")
    return call.caller.folder(named, missing="ErrorToFolderNotFound")
