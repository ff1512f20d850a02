"""What the contract needs: the vocabulary of its sentences, and the world behind a connector."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta

from booking.connectors.port import (
    Connector,
    EventDraft,
    EventField,
    RemoteRef,
    Stamp,
)
from booking.domain.intervals import Interval

ROOM = "reading-room@library.example"
OTHER = "quiet-room@library.example"
#: Who writes entries into rooms' calendars.
DELEGATE = "Maya Lindqvist"
NOBODY = "nobody@library.example"
ZONE = "Europe/London"
#: A week in summer time, with its Monday.
MONDAY = datetime(2026, 6, 8, tzinfo=UTC)
WEEK = Interval(MONDAY, MONDAY + timedelta(days=7))
STAMP = Stamp("install", "occurrence-key", 0, version=1, uid="our-uid-1")


def at(start: float, end: float, *, day: datetime = MONDAY) -> Interval:
    """Hours of one day in UTC, as an interval."""
    return Interval(day + timedelta(hours=start), day + timedelta(hours=end))


def draft(when: Interval | None = None) -> EventDraft:
    """A booking as we write it."""
    return EventDraft(
        when=when or at(9, 10),
        zone=ZONE,
        subject="Ada Lovelace",
        body="Ada Lovelace, ada@library.example\nhttps://booking.example/bookings/1",
        location="Reading Room <1st & 2nd floor>",
        uid=STAMP.uid,
    )


class World(ABC):
    """A server with two rooms, an account that may write in both, and a person in Outlook.

    `refuses_stale`: the server notices that what shall be changed was changed since it was read. One that does not
    lets the last writer win; then only the look before and after a write tells (SYNC.md section 3).
    `heartbeat`: seconds between its signs of life.
    """

    refuses_stale = True
    heartbeat = 0.2

    @abstractmethod
    def connect(self, *, password: str | None = None) -> Connector:
        """A fresh connector with the right password, or with another one."""

    @abstractmethod
    def put(
        self,
        when: Interval,
        *,
        subject: str = "Board meeting",
        location: str = "",
        busy: str = "Busy",
        private: bool = False,
        all_day: bool = False,
        repeat: str | None = None,
    ) -> str:
        """An entry that a person writes into ROOM; returns its id."""

    @abstractmethod
    def put_cancelled(self, when: Interval) -> None:
        """A meeting in ROOM that its organiser cancelled, and that the room keeps."""

    @abstractmethod
    def move(self, entry_id: str, when: Interval) -> None: ...
    @abstractmethod
    def retitle(self, entry_id: str, subject: str) -> None: ...
    @abstractmethod
    def remove(self, entry_id: str) -> None: ...
    @abstractmethod
    def count(self) -> int:
        """How many entries stand in ROOM."""

    @abstractmethod
    def body(self, entry_id: str) -> str: ...
    @abstractmethod
    def grant(self, rights: str) -> None:
        """Leave the account "none" or "reviewer" in ROOM, as a delegate."""

    @abstractmethod
    def requests(self) -> int:
        """How many requests have reached the server, without a stranger's question how to sign in."""

    def shown_as(self, busy: str) -> str:
        """The busy class as this server has it: an old one does not know all."""
        return busy

    @abstractmethod
    def invite(self, when: Interval, *, repeat: str | None = None) -> None:
        """A meeting that somebody invites ROOM to, and that ROOM accepted."""

    @abstractmethod
    def declined(self) -> list[str]:
        """What the organiser was told with each no."""

    @abstractmethod
    def list_rooms(self, building: str, *rooms: str) -> None:
        """Put rooms into a list of rooms."""

    @abstractmethod
    def add_calendar(self, name: str) -> str:
        """A further calendar in ROOM; returns under which name `put_in` knows it."""

    @abstractmethod
    def add_public_calendar(self, *path: str) -> str:
        """A public calendar, in public folders of these names; returns under which name `put_in` knows it."""

    @abstractmethod
    def put_in(
        self, calendar: str, when: Interval, *, subject: str = "", private: bool = False, repeat: str | None = None
    ) -> str:
        """An entry that a person writes into a further calendar, or a public one; returns its id."""

    @abstractmethod
    def remove_from(self, calendar: str, entry_id: str) -> None: ...
    @abstractmethod
    def remove_calendar(self, calendar: str) -> None: ...

    @abstractmethod
    def end_watches(self) -> None:
        """Let the server end every watch in order, as soon as it does that."""

    @abstractmethod
    def break_watches(self) -> None:
        """Let the server break every watch off."""

    @abstractmethod
    def drop(self, operation: str, *, applied: bool) -> None:
        """Let the next "create", "update" or "delete" get no answer, done or not."""

    @abstractmethod
    def busy(self, *, seconds: int) -> None:
        """Let the server ask, at the next call, for so long a pause."""


def ask(connector: Connector, call: str, mailbox: str, ref: RemoteRef | None = None) -> object:
    """Make one call of the port by its name."""
    ref = ref or RemoteRef("AAMkADk0NDg5", "DwAAABYAAAAAAAAAAAAAAQ==")
    later = draft(at(11, 12))
    match call:
        case "window":
            return connector.window(mailbox, WEEK)
        case "find":
            return connector.find(mailbox, STAMP, WEEK)
        case "get":
            return connector.get(mailbox, ref)
        case "create":
            return connector.create(mailbox, draft(), STAMP)
        case "update":
            return connector.update(mailbox, ref, later, fields=frozenset({EventField.TIME}), stamp=STAMP)
        case "delete":
            return connector.delete(mailbox, ref)
        case "free_busy":
            return connector.free_busy([mailbox], WEEK)
        case _:
            return connector.probe(mailbox)
