"""What the steps of a connection test share: what they know of each other, how they fail, and the time that is left."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from booking.connectors.ews import dial
from booking.connectors.ews.client import Client
from booking.connectors.places import RemoteFolder, RemoteMailbox
from booking.connectors.port import ConnectionSettings, Definite, Rights, StepResult

LONGEST = 24.0  # seconds for all steps; the search for the server, which stands before them, may take five more
TITLES = {
    "resolve": "The server's name resolves",
    "tls": "The connection is encrypted and the certificate is trusted",
    "sign_in": "The account signs in",
    "version": "The server's version",
    "account": "The account has a mailbox of its own",
    "mailbox": "The mailbox exists",
    "folder": "The folder is found",
    "read": "The account may read the calendar",
    "write": "The account may write in the calendar",
}
#: What a step says: how it ended, what was seen, what to do.
Said = tuple[StepResult, str, str]


class Stop(Exception):
    """A step failed; carries what to show."""

    def __init__(self, detail: str, remedy: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Asked:
    """What the connector of a test answers."""

    client: Callable[[], Client]
    resolve: Callable[[str], RemoteMailbox | None]
    probe: Callable[[str], Rights]
    folders: Callable[[str], Iterator[RemoteFolder]]
    folder_rights: Callable[[str, str], Rights]


@dataclass(slots=True)
class Trial:
    """What the steps know of each other."""

    settings: ConnectionSettings
    asked: Asked
    mailbox: str
    folder: str = ""
    until: float = field(default=0.0)  # by the monotonic clock
    line: dial.Line | None = None
    own_refusal: Definite | None = None  # what the server said about the account's own mailbox
    chosen: RemoteFolder | None = None
    rights: Rights | None = None

    @property
    def about_a_place(self) -> bool:
        """Tell whether a mailbox or a folder was chosen, besides the connection itself."""
        return bool(self.mailbox or self.folder)

    def begin(self) -> None:
        """Let the time run."""
        self.until = time.monotonic() + min(LONGEST, self.settings.deadline_seconds)

    @property
    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            Stop: none.
        """
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise Stop(
                f"The test was ended after {min(LONGEST, self.settings.deadline_seconds):g} seconds.",
                "The server answers slowly. Try again in a while; if it stays so, ask whoever looks after it.",
            )
        return seconds

    def client(self) -> Client:
        """Return the line to the server, which asks no longer than there is time."""
        found = self.asked.client()
        found.patience = min(self.left, self.settings.deadline_seconds)
        return found


Step = Callable[[Trial], Said]
