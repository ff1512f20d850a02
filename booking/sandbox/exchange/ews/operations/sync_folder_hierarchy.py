"""SyncFolderHierarchy: what happened to the folders of a mailbox since the state that the client brings.

Source: learn.microsoft.com, EWS reference, SyncFolderHierarchy. Counts that change are no change of a folder.
"""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import folder_shapes, syncing
from booking.sandbox.exchange.ews.access import Folder
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.folder_shapes import FolderShape
from booking.sandbox.exchange.ews.xml import Element, boolean, find, m, t
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.changes import Kind, Told, Trace
from booking.sandbox.exchange.state.folders import ROOT, TOP, MailFolder


def run(call: Call) -> Element:
    """The changes, newest first, with the state to bring next time."""

    def read(_part: Element) -> Iterator[Element]:
        top = _top(call)
        shape = folder_shapes.read(find(call.body, "m:FolderShape"))
        most = call.limits.sync_changes
        told, position = syncing.following(call, f"below {top.id}", _traces(call, top), most=most)
        yield m("SyncState", position.text())
        yield m("IncludesLastFolderInRange", boolean(position.last is None))
        yield m("Changes", *(_change(call, top, each, shape) for each in told))

    return call.answer([call.body], read)


def _top(call: Call) -> Folder:
    element = find(call.body, "m:SyncFolderId")
    if element is None:
        element = m("SyncFolderId", t("DistinguishedFolderId", Id=TOP))
    return syncing.folder(call, element)


def _traces(call: Call, top: Folder) -> list[Trace]:
    """Folders below `top`, there and gone. Those of every mailbox have arrived before all else, in their order."""
    known = call.store.folders_of(top.mailbox.address)
    below = [each for each in known if each.key != ROOT and _lies_below(each, top.name, known)]
    there = [
        Trace(ids.folder(each.mailbox, each.key), each.arrived or -place, each.change)
        for place, each in enumerate(below, start=1)
    ]
    gone = call.store.tombstones_of(top.mailbox.address, "")
    return there + [Trace(each.id, each.arrived, each.change, gone=True) for each in gone]


def _lies_below(folder: MailFolder, key: str, known: list[MailFolder]) -> bool:
    parents = {each.key: each.parent for each in known}
    above = folder.parent
    while above and above != key:
        above = parents.get(above, "")
    return above == key


def _change(call: Call, top: Folder, told: Told, shape: FolderShape) -> Element:
    if told.kind is Kind.DELETE:
        return t("Delete", t("FolderId", Id=told.id, ChangeKey=ids.change_key(0)))
    kept = call.store.folder(*ids.split_folder(told.id))
    assert kept is not None  # noqa: S101  (the traces were read under the same lock)
    return t(told.kind.value, shape.of(Folder(top.mailbox, kept), call.caller))
