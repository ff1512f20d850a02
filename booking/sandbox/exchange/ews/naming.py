"""The mailboxes that a request, or a part of it, is about."""

from booking.sandbox.exchange.ews.xml import Element, find, find_all, text
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.store import Store

_ADDRESSES = (
    ".//t:DistinguishedFolderId/t:Mailbox/t:EmailAddress",
    "t:Mailbox/t:EmailAddress",
    ".//t:MailboxData/t:Email/t:Address",
    "m:UnresolvedEntry",
)
_ID_ATTRIBUTES = ("Id", "RecurringMasterId", "OccurrenceId")


def mailboxes(element: Element, store: Store) -> list[str]:
    """The mailboxes whose folders or items the element names, in order, each once."""
    named = [found.text or "" for path in _ADDRESSES for found in find_all(element, path)]
    values = (inner.get(name) for inner in element.iter() for name in _ID_ATTRIBUTES)
    named += [_owner(store, value) for value in values if value]
    addresses = (name.strip().lower().removeprefix("smtp:") for name in named)
    return list(dict.fromkeys(address for address in addresses if address))


def continues(body: Element) -> bool:
    """True if the request asks for more of the same: a further page, or the changes since a sync state."""
    pages = ("m:IndexedPageItemView", "m:IndexedPageFolderView")
    offsets = [page.get("Offset", "0") for path in pages if (page := find(body, path)) is not None]
    return any(offset != "0" for offset in offsets) or bool(text(body, "m:SyncState"))


def _owner(store: Store, some_id: str) -> str:
    """Whose item or folder the id is; nobody's if it is none of ours."""
    try:
        item = store.items.get(ids.split(some_id)[0])
    except ValueError:
        return _owner_of_folder(some_id)
    return "" if item is None else item.mailbox


def _owner_of_folder(some_id: str) -> str:
    try:
        return ids.split_folder(some_id)[0]
    except ValueError:
        return ""
