"""DeleteFolder: a folder that somebody made, with all that is in it. Source: learn.microsoft.com, EWS reference."""

from collections.abc import Iterator
from dataclasses import replace

from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find
from booking.sandbox.exchange.outlook.edits import Disposal
from booking.sandbox.exchange.state.model import DELETED_ITEMS


def run(call: Call) -> Element:
    """A success for each folder that went."""
    how = Disposal(call.body.get("DeleteType", "HardDelete"))

    def delete(element: Element) -> Iterator[Element]:
        folder = call.caller.folder(element)
        call.caller.require_write(folder.mailbox.address)
        if folder.kept.is_distinguished:
            raise EwsError("ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted.")
        if how is Disposal.TRASH and folder.is_public:
            raise EwsError("ErrorCannotDeleteObject", "Public folders cannot be moved to Deleted Items.")
        if how is Disposal.TRASH:
            call.store.save_folder(replace(folder.kept, parent=DELETED_ITEMS))
        else:
            call.store.remove_folder(folder.kept)
        yield from ()

    return call.answer(children(find(call.body, "m:FolderIds")), delete)
