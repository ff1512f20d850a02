"""GetFolder: the calendar, deleted items, and the roots above them."""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import properties
from booking.sandbox.exchange.ews.access import Folder
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.xml import Element, children, find, m, t, text
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import CALENDAR, DELETED_ITEMS, RECOVERABLE_ITEMS

_NAMES = {
    CALENDAR: "Calendar",
    DELETED_ITEMS: "Deleted Items",
    RECOVERABLE_ITEMS: "Deletions",
    "msgfolderroot": "Top of Information Store",
    "root": "",
}
_CLASSES = {CALENDAR: "IPF.Appointment", DELETED_ITEMS: "IPF.Note"}


def run(call: Call) -> Element:
    """Each folder asked for, with the rights that the caller has in it."""
    everything = text(call.body, "m:FolderShape/t:BaseShape") != "IdOnly"
    wishes = children(find(call.body, "m:FolderShape/t:AdditionalProperties"))
    wanted = {wish.get("FieldURI", "").partition(":")[2] for wish in wishes}

    def read(element: Element) -> Iterator[Element]:
        folder = call.caller.folder(element)
        yield m("Folders", _written(call, folder, wanted, everything=everything))

    return call.answer(children(find(call.body, "m:FolderIds")), read, on_error=lambda: [m("Folders")])


def _written(call: Call, folder: Folder, wanted: set[str], *, everything: bool) -> Element:
    address, name = folder.mailbox.address, folder.name
    parent = "root" if name == "msgfolderroot" else "msgfolderroot"
    content = {
        "FolderId": t("FolderId", Id=folder.id, ChangeKey=ids.change_key(0)),
        "ParentFolderId": t("ParentFolderId", Id=ids.folder(address, parent), ChangeKey=ids.change_key(0)),
        "FolderClass": t("FolderClass", _CLASSES[name]) if name in _CLASSES else None,
        "DisplayName": t("DisplayName", _NAMES[name]),
        "TotalCount": t("TotalCount", str(len(call.store.items_of(address, name)))),
        "ChildFolderCount": t("ChildFolderCount", "2" if name == "msgfolderroot" else "0"),
        "EffectiveRights": properties.effective_rights(call.caller, address),
        "DistinguishedFolderId": t("DistinguishedFolderId", name),
    }
    kept = [element for key, element in content.items() if everything or key == "FolderId" or key in wanted]
    return t("CalendarFolder" if name == CALENDAR else "Folder", *kept)
