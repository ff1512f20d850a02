"""What SyncFolderItems and SyncFolderHierarchy share: the client's state, and what has no sync at all."""

from collections.abc import Iterable

from booking.sandbox.exchange.ews.access import Folder
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find, text
from booking.sandbox.exchange.state import changes
from booking.sandbox.exchange.state.changes import Position, Told, Trace
from booking.sandbox.exchange.state.store import Store


def folder(call: Call, element: Element | None) -> Folder:
    """The folder to be synchronised.

    Raises:
        EwsError: not there, not readable, or public: those are read by FindItem and FindFolder.

    Source: learn.microsoft.com, "Public folder access with EWS in Exchange", as corrected in 2024.
    The code that a real server answers with is not documented.
    """
    named = next(children(element), None)
    if named is None:
        raise EwsError("ErrorSyncFolderNotFound", "The request names no folder.")
    found = call.caller.folder(named, missing="ErrorSyncFolderNotFound")
    if found.is_public:
        raise EwsError("ErrorInvalidOperation", "Public folders cannot be synchronised.")
    return found


def following(call: Call, place: str, traces: Iterable[Trace], *, most: int) -> tuple[list[Told], Position]:
    """The next changes of a place after the state that the request brings.

    Raises:
        EwsError: a state that we did not give out for it. A server that refuses none begins from the start.
    """
    newest = call.store.last_change
    try:
        position = changes.read(text(call.body, "m:SyncState"), place=place, newest=newest)
    except changes.UnknownState as error:
        if call.personality.refuses_unknown_sync_states:
            raise EwsError("ErrorInvalidSyncStateData", "The synchronization state data is invalid.") from error
        position = Position(place=place)
    return changes.following(traces, position, newest=newest, most=most)


def item_traces(store: Store, mailbox: str, key: str) -> list[Trace]:
    """The items of a folder, there and gone."""
    there = [Trace(each.id, each.arrived, max(each.change, each.arrived)) for each in store.items_of(mailbox, key)]
    gone = [Trace(each.id, each.arrived, each.change, gone=True) for each in store.tombstones_of(mailbox, key)]
    return there + gone


def named_items(call: Call) -> set[str]:
    """The ids that the client wants to hear nothing of."""
    return {each.get("Id", "") for each in children(find(call.body, "m:Ignore"))}
