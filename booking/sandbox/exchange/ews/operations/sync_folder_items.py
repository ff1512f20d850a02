"""SyncFolderItems: what happened to the items of a folder since the state that the client brings.

It knows nothing of calendars: series come as their masters, and a date that was deleted changes its master.

Sources: learn.microsoft.com, EWS reference, SyncFolderItems; EXCHANGE-FACTS.md section 1.3; OfficeDev/ews-managed-api,
SyncFolderItemsRequest, for the properties, which may be any.
"""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import shown, syncing
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.shapes import Shape
from booking.sandbox.exchange.ews.xml import Element, boolean, find, m, t, text
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.changes import Kind, Told


def run(call: Call) -> Element:
    """The changes, newest first, with the state to bring next time."""

    def read(_part: Element) -> Iterator[Element]:
        folder = syncing.folder(call, find(call.body, "m:SyncFolderId"))
        shape = shown.shape(call, finding=False)
        traces = syncing.item_traces(call.store, folder.mailbox.address, folder.name)
        told, position = syncing.following(call, folder.id, traces, most=_most(call))
        ignored = syncing.named_items(call)
        yield m("SyncState", position.text())
        yield m("IncludesLastItemInRange", boolean(position.last is None))
        yield m("Changes", *(_change(call, each, shape) for each in told if each.id not in ignored))

    return call.answer([call.body], read)


def _most(call: Call) -> int:
    most = int(text(call.body, "m:MaxChangesReturned", "0"))
    if not 1 <= most <= call.limits.sync_changes:
        raise EwsError("ErrorInvalidPagingMaxRows", f"A call returns 1 to {call.limits.sync_changes} changes.")
    return most


def _change(call: Call, told: Told, shape: Shape) -> Element:
    if told.kind is Kind.DELETE:
        return t("Delete", t("ItemId", Id=told.id, ChangeKey=ids.change_key(0)))
    return t(told.kind.value, shape.of(shown.item(call, call.store.items[told.id]), call.caller))
