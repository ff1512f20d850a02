"""Where calendars are: servers that were found, mailboxes, rooms and folders, as a server tells of them."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class FoundServer:
    """What a search for somebody's server found. Without a password only the address is known."""

    url: str  # the full address of the service
    version: str = ""  # as in `ConnectionSettings.version`; empty: not told
    display_name: str = ""  # of whoever signed in


@dataclass(frozen=True, slots=True)
class RemoteMailbox:
    """A mailbox as its server resolves it; `address` is the primary one, in lower case."""

    address: str
    name: str
    kind: str = "mailbox"  # "mailbox", "room", "contact", "list", ...


@dataclass(frozen=True, slots=True)
class RemoteRoom:
    """A room that the server lists; `address` is the primary one, in lower case. `building` is its room list's name."""

    address: str
    name: str
    building: str = ""


class FolderKind(StrEnum):
    """What a folder holds, as far as we care."""

    CALENDAR = "calendar"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder of a mailbox, or a public folder. `path` are its names from the top down, itself last."""

    id: str
    path: tuple[str, ...]
    kind: FolderKind
    is_default: bool = False  # the mailbox's own calendar
    public: bool = False

    def is_called(self, text: str) -> bool:
        """Tell whether somebody who writes this means it: its name, its path with slashes, or its id."""
        wanted = text.strip().strip("/").casefold()
        return wanted in {"/".join(self.path).casefold(), self.path[-1].casefold(), self.id.casefold()}
