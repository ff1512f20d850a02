"""What the server lists: rooms, and folders with calendars."""

from collections.abc import Iterator, Sequence

from booking.connectors.ews import bodies, folders, services
from booking.connectors.ews.client import Client
from booking.connectors.places import RemoteFolder, RemoteRoom
from booking.connectors.port import Definite, Kind

#: Public folders are listed level by level; a deeper tree, or a larger one, is cut off here.
DEEPEST = 8
MOST_FOLDERS = 5000
OF_2007 = "Exchange2007"


def rooms(client: Client) -> Iterator[RemoteRoom]:
    """Yield the rooms of every list, each address once, under the first list that has it."""
    if client.version.startswith(OF_2007):  # room lists came with 2010
        return
    seen: set[str] = set()
    for each in client.room_lists():
        for room in client.rooms(each.address):
            if room.address and room.address not in seen:
                seen.add(room.address)
                yield RemoteRoom(room.address, room.name or room.address, each.name or each.address)


def calendars(client: Client, mailbox: str) -> list[RemoteFolder]:
    """Return a mailbox's calendars, its own first. A delegate may see no more than that one."""
    named = bodies.get_folder(bodies.distinguished("calendar", mailbox))
    own = next(iter(client.folders(mailbox, named, how=services.NamingCalendar).folders), None)
    try:
        others = _below(client, mailbox, (bodies.distinguished("msgfolderroot", mailbox),), deep=True)
    except Definite as refusal:
        if refusal.kind is not Kind.FORBIDDEN:
            raise
        others = []
    return folders.calendars(own, others, public=False)


def public_calendars(client: Client) -> Iterator[RemoteFolder]:
    """Yield the public folders that are calendars, as far as the account sees them, level by level.

    Raises:
        Definite: there are more than we look into; those found by then were yielded.
    """
    level = _below(client, "", (bodies.distinguished("publicfoldersroot"),), deep=False)
    found = list(level)
    named = folders.calendars(None, found, public=True)
    yield from named
    seen: set[str] = set()
    for _ in range(DEEPEST):
        above = [bodies.folder(each.id) for each in level if each.has_children]
        if not above:
            return
        seen = {each.id for each in found}
        level = [folder for each in above for folder in _below(client, "", (each,), deep=False)]
        found += level
        known, named = len(named), folders.calendars(None, found, public=True)
        yield from named[known:]
        if len(found) > MOST_FOLDERS:
            raise _too_many()
    if any(each.has_children and each.id not in seen for each in level):
        raise _too_many()


def _below(client: Client, mailbox: str, parents: Sequence[object], *, deep: bool) -> list[folders.Folder]:
    """Return the folders below, page by page."""
    found: list[folders.Folder] = []
    offset: int | None = 0
    paged = not client.version.startswith(OF_2007)
    while offset is not None:
        if len(found) > MOST_FOLDERS:
            raise _too_many()
        request = bodies.find_folders(parents, deep=deep, offset=offset, paged=paged)
        page = client.folders(mailbox, request, how=services.ListingFolders)
        found += page.folders
        offset = page.next if page.next is None or page.next > offset else None
    return found


def _too_many() -> Definite:
    words = (
        f"There are more folders than we look into: {MOST_FOLDERS:,}, or {DEEPEST} levels. What was found is listed."
    )
    return Definite(Kind.PERMANENT, words)
