"""Folders as the server lists them, and the calendars among them. Pure.

Source: learn.microsoft.com, EWS reference, FindFolder; "Public folder access with EWS in Exchange" (public folders
are listed one level at a time).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from booking.connectors.ews import wire
from booking.connectors.places import FolderKind, RemoteFolder

MESSAGES = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
CALENDARS = "IPF.Appointment"


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder. `parent` is the id of the one above it."""

    id: str
    parent: str
    name: str
    is_calendar: bool
    has_children: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a listing. `next` is where the following part begins, None if this was the last."""

    folders: tuple[Folder, ...]
    next: int | None = None


def page(message: wire.Element) -> Page:
    """Return the folders in one response message.

    Raises:
        Unreadable: it does not say whether these are all.
    """
    root = message.find(f"{MESSAGES}RootFolder")
    if root is None:
        return Page(_folders(message.find(f"{MESSAGES}Folders")))
    found = _folders(root.find(f"{wire.TYPES}Folders"))
    if (root.get("IncludesLastItemInRange") or "").lower() in ("true", "1"):
        return Page(found)
    offset = root.get("IndexedPagingOffset")
    if offset is None or not found:
        raise wire.Unreadable("a cut-off listing of folders")
    return Page(found, int(offset))


def calendars(own: Folder | None, others: Iterable[Folder], *, public: bool) -> list[RemoteFolder]:
    """Return the calendars, the mailbox's own first, each with its path."""
    known = {each.id: each for each in others}
    known.pop(own.id if own else "", None)
    first = [_remote(own, known, is_default=True, public=public)] if own else []
    return [*first, *(_remote(each, known, public=public) for each in known.values() if each.is_calendar)]


def _remote(
    folder: Folder, known: Mapping[str, Folder], *, is_default: bool = False, public: bool = False
) -> RemoteFolder:
    names = [folder.name]
    seen = {folder.id}
    above = known.get(folder.parent)
    while above is not None and above.id not in seen:
        names.append(above.name)
        seen.add(above.id)
        above = known.get(above.parent)
    return RemoteFolder(folder.id, tuple(reversed(names)), FolderKind.CALENDAR, is_default, public)


def _folders(listed: wire.Element | None) -> tuple[Folder, ...]:
    return () if listed is None else tuple(_folder(each) for each in listed.findall("*"))


def _folder(element: wire.Element) -> Folder:
    name = element.find(f"{wire.TYPES}FolderId")
    above = element.find(f"{wire.TYPES}ParentFolderId")
    if name is None:
        raise wire.Unreadable("a folder without an id")
    return Folder(
        id=name.get("Id") or "",
        parent="" if above is None else above.get("Id") or "",
        name=wire.text(element, "DisplayName"),
        is_calendar=wire.text(element, "FolderClass").startswith(CALENDARS),
        has_children=wire.text(element, "ChildFolderCount").strip() not in ("", "0"),
    )
