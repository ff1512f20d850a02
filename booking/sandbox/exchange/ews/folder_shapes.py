"""Which properties of a folder a caller asked for, and the folder with just these.

Sources: learn.microsoft.com, EWS reference, FolderShape and Folder; MS-OXPROPS for the numbers of properties.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from booking.sandbox.exchange.ews import extended, properties
from booking.sandbox.exchange.ews.access import Caller, Folder
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, boolean, children, find, local, moment, t, text
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.folders import ROOT
from booking.sandbox.exchange.state.model import ExtendedProperty, PropertyPath

_NAMES = ("FolderId", "ParentFolderId", "FolderClass", "DisplayName", "TotalCount", "ChildFolderCount")
_DEFAULT = {"FolderId", "DisplayName", "TotalCount", "ChildFolderCount", "UnreadCount"}
_KINDS = {"IPF.Appointment": "CalendarFolder", "IPF.Contact": "ContactsFolder", "IPF.Task": "TasksFolder"}
_COUNTING_UNREAD = {"Folder", "TasksFolder"}


@dataclass(frozen=True, slots=True)
class FolderShape:
    """The wish of one call; no names means all."""

    names: frozenset[str] | None
    paths: tuple[PropertyPath, ...]

    def of(self, folder: Folder, caller: Caller) -> Element:
        """The folder as an element of its kind, in the schema's order."""
        kind = next((_KINDS[each] for each in _KINDS if folder.kept.folder_class.startswith(each)), "Folder")
        element = t(kind, *(self._plain(name, folder, caller) for name in _NAMES))
        found = ((path, _tagged(path.tag, folder, caller)) for path in self.paths)
        element.extend(
            extended.write(ExtendedProperty(path, (value,))) for path, value in found if path.tag and value is not None
        )
        late = ("EffectiveRights", "DistinguishedFolderId", *(["UnreadCount"] if kind in _COUNTING_UNREAD else []))
        element.extend(each for name in late if (each := self._plain(name, folder, caller)) is not None)
        return element

    def _plain(self, name: str, folder: Folder, caller: Caller) -> Element | None:
        wanted = self.names is None or name in self.names
        return _PLAIN[name](folder, caller) if wanted else None


def read(element: Element | None) -> FolderShape:
    """The shape in an m:FolderShape element.

    Raises:
        EwsError: a property that no folder has.
    """
    if element is None:
        return FolderShape(frozenset({"FolderId"}), ())
    names: set[str] = {"FolderId"}
    paths = []
    for wish in children(find(element, "t:AdditionalProperties")):
        if local(wish) == "ExtendedFieldURI":
            paths.append(extended.read_path(wish))
        else:
            names.add(wish.get("FieldURI", "").partition(":")[2])
    base = text(element, "t:BaseShape")
    if base == "Default":
        names |= _DEFAULT
    return FolderShape(None if base == "AllProperties" else frozenset(names), tuple(paths))


def value(path: Element, folder: Folder, caller: Caller) -> str | None:
    """The value of the field that a restriction names.

    Raises:
        EwsError: folders cannot be searched by it.
    """
    if local(path) == "ExtendedFieldURI":
        return _tagged(extended.read_path(path).tag, folder, caller)
    prefix, _, name = path.get("FieldURI", "").partition(":")
    if prefix != "folder" or name not in _PLAIN:
        raise EwsError("ErrorUnsupportedPathForQuery", f"Folders cannot be searched by {path.get('FieldURI')}.")
    element = _PLAIN[name](folder, caller)
    return None if element is None else element.get("Id") or element.text or ""


def _total(folder: Folder, caller: Caller) -> int:
    return len(caller.store.items_of(folder.mailbox.address, folder.name))


def _below(folder: Folder, caller: Caller) -> int:
    return sum(each.parent == folder.name for each in caller.store.folders_of(folder.mailbox.address))


def _parent(folder: Folder, _caller: Caller) -> Element:
    """The folder above; the topmost one is its own."""
    above = folder.kept.parent or folder.name
    return t("ParentFolderId", Id=ids.folder(folder.mailbox.address, above), ChangeKey=ids.change_key(0))


def _class(folder: Folder, _caller: Caller) -> Element | None:
    return t("FolderClass", folder.kept.folder_class) if folder.kept.folder_class else None


def _distinguished(folder: Folder, _caller: Caller) -> Element | None:
    return t("DistinguishedFolderId", folder.name) if folder.kept.is_distinguished else None


_PLAIN: dict[str, Callable[[Folder, Caller], Element | None]] = {
    "FolderId": lambda folder, _caller: t("FolderId", Id=folder.id, ChangeKey=ids.change_key(folder.kept.change)),
    "ParentFolderId": _parent,
    "FolderClass": _class,
    "DisplayName": lambda folder, _caller: t("DisplayName", folder.kept.name),
    "TotalCount": lambda folder, caller: t("TotalCount", str(_total(folder, caller))),
    "ChildFolderCount": lambda folder, caller: t("ChildFolderCount", str(_below(folder, caller))),
    "EffectiveRights": lambda folder, caller: properties.effective_rights(caller, folder.mailbox.address),
    "DistinguishedFolderId": _distinguished,
    "UnreadCount": lambda _folder, _caller: t("UnreadCount", "0"),
}


def _tagged(tag: str, folder: Folder, caller: Caller) -> str | None:
    """The property of that number, which may be written in decimal or in hexadecimal; None if folders have none."""
    try:
        known = _BY_TAG.get(int(tag, 0)) if tag else None
    except ValueError as error:
        raise EwsError("ErrorInvalidExtendedProperty", "The extended property is invalid.") from error
    return None if known is None else known(folder, caller)


def _changed(folder: Folder, caller: Caller) -> str:
    """When anything in the folder last changed; to the second, as EWS writes times."""
    address = folder.mailbox.address
    items = (item.modified for item in caller.store.items_of(address, folder.name))
    gone = (stone.at for stone in caller.store.tombstones_of(address, folder.name))
    return moment(max((*items, *gone), default=datetime(2000, 1, 1, tzinfo=UTC)))


def _deleted(folder: Folder, caller: Caller) -> str:
    return str(len(caller.store.tombstones_of(folder.mailbox.address, folder.name)))


_BY_TAG: dict[int, Callable[[Folder, Caller], str | None]] = {
    0x3001: lambda folder, _caller: folder.kept.name,  # PR_DISPLAY_NAME
    0x3008: _changed,  # PR_LAST_MODIFICATION_TIME
    0x3602: lambda folder, caller: str(_total(folder, caller)),  # PR_CONTENT_COUNT
    0x3603: lambda _folder, _caller: "0",  # PR_CONTENT_UNREAD
    0x360A: lambda folder, caller: boolean(_below(folder, caller) > 0),  # PR_SUBFOLDERS
    0x3613: lambda folder, _caller: folder.kept.folder_class or None,  # PR_CONTAINER_CLASS
    0x3601: lambda folder, _caller: "0" if folder.name == ROOT else "1",  # PR_FOLDER_TYPE: root, generic
    0x670A: _changed,  # PR_LOCAL_COMMIT_TIME_MAX
    0x670B: _deleted,  # PR_DELETED_COUNT_TOTAL
}
