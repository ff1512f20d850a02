"""FindFolder: the folders below a folder, page by page.

Sources: learn.microsoft.com, EWS reference, FindFolder; "Public folder access with EWS in Exchange", and for the code
and the sentence of its limit github.com/ecederstrand/exchangelib/issues/396.
"""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import folder_shapes, paging, restrictions
from booking.sandbox.exchange.ews.access import Folder
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find, m, t
from booking.sandbox.exchange.state.folders import MailFolder

_VIEWS = ("m:IndexedPageFolderView", "m:FractionalPageFolderView")


def run(call: Call) -> Element:
    """One response message for each parent folder."""

    def read(element: Element) -> Iterator[Element]:
        parent = call.caller.folder(element)
        shape = folder_shapes.read(find(call.body, "m:FolderShape"))
        page = paging.page(_found(call, parent), next(filter(_given, (find(call.body, view) for view in _VIEWS)), None))
        yield m("RootFolder", t("Folders", *(shape.of(each, call.caller) for each in page.rows)), **page.attributes)

    return call.answer(children(find(call.body, "m:ParentFolderIds")), read)


def _given(element: Element | None) -> bool:
    return element is not None


def _found(call: Call, parent: Folder) -> list[Folder]:
    traversal = call.body.get("Traversal", "Shallow")
    if traversal == "SoftDeleted":
        return []
    if traversal == "Deep" and parent.is_public:
        raise EwsError("ErrorInvalidOperation", "Deep traversal queries are not allowed on public folders.")
    known = call.store.folders_of(parent.mailbox.address)
    below = _below(known, parent.name, deep=traversal == "Deep")
    found = [Folder(parent.mailbox, each) for each in below]
    restriction = find(call.body, "m:Restriction")
    return [each for each in found if restriction is None or _meets(restriction[0], each, call)]


def _below(known: list[MailFolder], key: str, *, deep: bool) -> Iterator[MailFolder]:
    """The folders below one, by name; each before those that lie in it."""
    for each in sorted(known, key=lambda folder: folder.name.lower()):
        if each.parent == key:
            yield each
            if deep:
                yield from _below(known, each.key, deep=True)


def _meets(expression: Element, folder: Folder, call: Call) -> bool:
    return restrictions.meets(expression, lambda path: folder_shapes.value(path, folder, call.caller))
