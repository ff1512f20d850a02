"""The port: what sync asks of any calendar server (SYNC.md section 8).

All times are aware and in UTC; every call has a deadline. A connector is used by one thread at a time:
make one per worker thread (`registry.connect`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from booking.connectors.places import RemoteFolder, RemoteMailbox, RemoteRoom
from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass, Shape


class Kind(StrEnum):
    """Why a call failed for certain: nothing was done (SYNC.md section 7)."""

    THROTTLED = "throttled"
    TRANSIENT = "transient"  # also: not reachable, name does not resolve, certificate not trusted, on reads no answer
    CONFLICT = "conflict"  # changed since it was read
    NOT_FOUND = "not_found"  # the item: missing, moved, or no right to see it
    MAILBOX_GONE = "mailbox_gone"
    FORBIDDEN = "forbidden"
    SIGN_IN = "sign_in"
    PERMANENT = "permanent"


class ConnectorError(Exception):
    """The other server did not do what was asked. The message is for staff and holds no secret."""


class Definite(ConnectorError):
    """It failed and nothing was done on the other side."""

    def __init__(self, kind: Kind, message: str, *, wait: timedelta | None = None, code: str = "") -> None:
        """Remember the kind, the server's own error code, and how long it asked us to wait."""
        super().__init__(message)
        self.kind = kind
        self.wait = wait
        self.code = code


class Ambiguous(ConnectorError):
    """A write got no clear answer: it may have been done, or may still be."""

    def __init__(self, message: str, *, wait: timedelta | None = None) -> None:
        """Remember how long the server, or what stands before it, asked us to wait."""
        super().__init__(message)
        self.wait = wait


class SignIn(StrEnum):
    """How the account shows who it is. Either way the password is tried once."""

    BASIC = "basic"
    NTLM = "ntlm"


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How to reach one server. `server` is a host name, or a full address of the service."""

    protocol: str  # "ews" or "memory"
    server: str
    username: str
    password: str = field(repr=False)
    email: str = ""  # the service account's own address
    impersonate: bool = True  # else delegate rights
    sign_in: SignIn = SignIn.BASIC
    version: str = ""  # e.g. "Exchange2010_SP2"; empty: the newest that the server understands, found out once
    ca_pem: str = ""  # a private certificate authority, PEM; empty means the machine's own
    allow_local: bool = False  # loopback and link-local hosts, and plain http; only the settings file may say so
    proxy: str = field(default="", repr=False)  # the way out, "http://proxy.example.org:3128"; empty: straight
    leg_seconds: float = 10.0  # connect and each read
    deadline_seconds: float = 30.0  # the whole call; then the session is closed


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may ask for."""

    free_busy_mailboxes: int = 100
    free_busy_days: int = 42
    view_items: int = 1000
    view_days: int = 700
    concurrency: int = 4
    watched_mailboxes: int = 0  # in one `watch`; 0: this server tells nothing by itself
    hanging: int = 10  # watches at once


class StepResult(StrEnum):
    """How one step of a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step of a connection test, in words for staff.

    `name` is stable: autodiscover, resolve, tls, sign_in, version, account, mailbox, folder, read, write.
    """

    name: str
    title: str
    result: StepResult
    detail: str = ""
    remedy: str = ""
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class Rights:
    """What the account may do in one mailbox; `missing` says in words the exact right that is not there."""

    read: bool
    write: bool
    missing: str = ""


class HintKind(StrEnum):
    """What a watch tells."""

    WATCHING = "watching"  # from now on we hear of this mailbox; what happened before, we did not: look once
    CHANGED = "changed"  # something happened there: look
    ALIVE = "alive"  # nothing happened, and the line still stands; names no mailbox
    FAILED = "failed"  # this mailbox cannot be watched; `error` says why. The others are


@dataclass(frozen=True, slots=True)
class Hint:
    """Says where to look, never what is there."""

    kind: HintKind
    mailbox: str = ""
    error: ConnectorError | None = None


@dataclass(frozen=True, slots=True)
class Concerned:
    """What an event says about where it takes place, also a private one: to be compared, never to be kept or shown."""

    addresses: frozenset[str] = field(default=frozenset(), repr=False)  # of all that are invited, lower case
    place: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RemotePerson:
    """Somebody named on a remote event."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """Our mark on an item that we wrote.

    `mark` ("install_id:key:generation") is what a search looks for. `version` and `uid` stand beside it;
    `uid` is the item's own UID at the time of writing, so that a copy made by a person shows itself.
    """

    install_id: str
    key: str
    generation: int
    version: int = 0
    uid: str = ""

    @property
    def mark(self) -> str:
        """Return the searchable text."""
        return f"{self.install_id}:{self.key}:{self.generation}"


class EventKind(StrEnum):
    """Whether an event stands alone or belongs to a series."""

    SINGLE = "single"
    OCCURRENCE = "occurrence"
    EXCEPTION = "exception"
    MASTER = "master"


@dataclass(frozen=True, slots=True)
class RemoteRef:
    """Where an item is and which state of it we saw."""

    id: str
    etag: str
    uid: str = ""


@dataclass(frozen=True, slots=True)
class RemoteEvent:
    """One entry of a remote calendar. For private entries `subject`, `location` and people are already blank.

    `text_hash` is a digest of subject and location as they stand there (also for private ones, and only
    compared, never shown). Categories and reminder are told by `get` alone: no listing asks for them.
    """

    ref: RemoteRef
    when: Interval
    all_day: bool = False
    busy: BusyClass = BusyClass.BUSY
    private: bool = False
    cancelled: bool = False
    subject: str = ""
    location: str = ""
    organizer: RemotePerson | None = None
    last_modified_by: str = ""  # the name of who had it in hand last
    kind: EventKind = EventKind.SINGLE
    original_start: datetime | None = None
    stamp: Stamp | None = None
    text_hash: str = ""
    categories: tuple[str, ...] = ()
    reminder_minutes: int | None = None  # before the start; None: no reminder

    @property
    def shape(self) -> Shape:
        """Return what is compared with what we sent."""
        recurring = self.kind is not EventKind.SINGLE
        return Shape(self.when, self.all_day, self.busy, recurring)

    def blocks(self, *, tentative_blocks: bool) -> bool:
        """Tell whether it takes the room: private always does, cancelled never."""
        if self.cancelled:
            return False
        return self.private or self.busy.blocks(tentative_blocks=tentative_blocks)


class EventField(StrEnum):
    """What an update may change."""

    TIME = "time"  # start, end, zone, all-day
    BUSY = "busy"
    SUBJECT = "subject"
    LOCATION = "location"
    BODY = "body"
    CATEGORIES = "categories"
    REMINDER = "reminder"
    STAMP = "stamp"  # version only: mark and uid never change


@dataclass(frozen=True, slots=True)
class EventDraft:
    """What we write. Never an attendee: the room must not become an organiser."""

    when: Interval
    zone: str  # IANA id of the location
    subject: str
    body: str  # plain text
    location: str
    uid: str
    busy: BusyClass = BusyClass.BUSY
    categories: tuple[str, ...] = ()
    reminder_minutes: int | None = None  # before the start; None: no reminder


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one room's calendar showed. `complete` only if the server said that nothing was cut off."""

    window: Interval
    events: tuple[RemoteEvent, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class BusyBlock:
    """A stretch of a free/busy answer."""

    when: Interval
    busy: BusyClass


@dataclass(frozen=True, slots=True)
class FreeBusy:
    """A room's busy stretches in a window; `digest` changes when any of them does."""

    blocks: tuple[BusyBlock, ...]
    digest: str


class Deletion(StrEnum):
    """How a delete ended; both mean that the item is not in the calendar."""

    DELETED = "deleted"
    ABSENT = "absent"


class Connector(Protocol):
    """A calendar server. Each method raises `Definite`; only writes raise `Ambiguous`."""

    limits: Limits

    def check(self, mailbox: str | None = None, *, folder: str = "") -> tuple[CheckStep, ...]:
        """Try the connection step by step, one sign-in at most; never raises, and ends within half a minute.

        With a mailbox, its rights too. `folder` is the name or path of one of its calendars instead of its own; without
        a mailbox, of a public one.
        """

    def rooms(self) -> Iterator[RemoteRoom]:
        """Yield every room that the server lists, each address once; a server without room lists yields none."""

    def resolve(self, address: str) -> RemoteMailbox | None:
        """Return the mailbox with that address, or None if the server knows none."""

    def folders(self, mailbox: str) -> Iterator[RemoteFolder]:
        """Yield the calendar folders of a mailbox, its own calendar first; public ones with an empty `mailbox`.

        Raises when the listing ends before all was seen: what was yielded by then is a part.
        """

    def folder_window(self, folder_id: str, window: Interval, *, mailbox: str) -> Snapshot:
        """Read everything that touches `window` in one folder that `folders` lists, series expanded.

        `mailbox` is whose folder it is, empty for a public one; `get` with the same mailbox finds what lies in it.
        """

    def folder_rights(self, folder_id: str, *, mailbox: str) -> Rights:
        """Tell what the account may do in one folder, without writing."""

    def concerned(self, mailbox: str, ref: RemoteRef) -> Concerned | None:
        """Return whom and which place an event is about, or None if the server says it is not there."""

    def probe(self, mailbox: str) -> Rights:
        """Tell what the account may do there, without writing."""

    def free_busy(self, mailboxes: Sequence[str], window: Interval) -> Mapping[str, FreeBusy | ConnectorError]:
        """Read many rooms' busy times; one bad mailbox never spoils the rest."""

    def window(self, mailbox: str, window: Interval) -> Snapshot:
        """Read everything that touches `window` in one room, series expanded."""

    def find(self, mailbox: str, stamp: Stamp, near: Interval) -> Sequence[RemoteEvent]:
        """Return the items that carry the stamp's mark, wherever in the calendar; `near` may help the search."""

    def get(self, mailbox: str, ref: RemoteRef) -> RemoteEvent | None:
        """Return one item, or None if the server says it is not there."""

    def create(self, mailbox: str, event: EventDraft, stamp: Stamp) -> RemoteRef:
        """Write a new item. Not idempotent."""

    def update(
        self,
        mailbox: str,
        ref: RemoteRef,
        event: EventDraft,
        *,
        fields: frozenset[EventField],
        stamp: Stamp,
    ) -> RemoteRef:
        """Change these fields of the state seen in `ref`.

        Refuses with CONFLICT when it changed since, with NOT_FOUND when it is gone.
        """

    def delete(self, mailbox: str, ref: RemoteRef) -> Deletion:
        """Move the item to Deleted Items; telling nobody."""

    def decline(self, mailbox: str, ref: RemoteRef, text: str) -> None:
        """Answer a meeting in the room's calendar with no; its organiser is told, with `text`.

        Refuses with NOT_FOUND when it is gone, and with PERMANENT when it is no invitation.
        """

    def watch(self, mailboxes: Sequence[str]) -> Iterator[Hint]:
        """Yield hints until the server ends the watch in order, which is no error: watch again.

        Holds the connector's only line: give it a connector of its own. `close` from another thread ends it.
        Never later than twice the heartbeat of the server, something comes or it raises; hints never repeat what
        was missed, so whoever watches again looks everywhere once.
        """

    def close(self) -> None:
        """Let go of the connection."""
