"""The server in memory: mailboxes, accounts, the person in Outlook, and faults. Safe to use from many threads."""

import itertools
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock
from typing import Any

from booking.connectors.memory.entries import Entry
from booking.connectors.memory.faults import Call, Fault, Hook, Planned
from booking.connectors.memory.hints import Hints
from booking.connectors.port import ConnectorError, RemotePerson
from booking.domain.intervals import Interval

GRANTS = ("none", "reviewer", "author")


@dataclass(frozen=True, slots=True)
class Declined:
    """A meeting that a room answered with no, as its organiser hears of it."""

    mailbox: str
    organizer: str
    uid: str
    start: datetime
    text: str


@dataclass(slots=True)
class Mailbox:
    """A mailbox: its calendar and its Deleted Items. `building` is the room list that it stands in, if any."""

    address: str
    name: str
    kind: str = "room"
    building: str = ""
    folders: list[tuple[str, ...]] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    deleted: list[Entry] = field(default_factory=list)


def folder_address(mailbox: str, folder_id: str) -> str:
    """Return the address under which a further calendar of a mailbox, or a public one, is known here."""
    return f"{mailbox.lower()}|{folder_id}"


class MemoryServer:
    """A calendar server.

    Without accounts everybody may sign in. Each account may write everywhere until told otherwise.
    `hook` is asked before each call and may return a fault; `fail` plans one without writing a hook.
    `calls` is what was asked, in order; `sign_ins_refused` counts wrong passwords; `declined` is what organisers
    were told. `hints` knows who watches.
    """

    def __init__(self) -> None:
        self.hook: Hook | None = None
        self.calls: list[Call] = []
        self.sign_ins_refused = 0
        self.declined: list[Declined] = []
        self.public_folders: list[tuple[str, ...]] = []
        self.hints = Hints()
        self.lock = RLock()
        self._mailboxes: dict[str, Mailbox] = {}
        self._calendars: dict[str, Mailbox] = {}  # beside the mailboxes' own
        self._passwords: dict[str, str] = {}
        self._grants: dict[tuple[str, str], str] = {}
        self._planned: list[Planned] = []
        self._late: list[Callable[[], object]] = []
        self._numbers = itertools.count(1)

    # Filling

    def add_room(self, address: str, name: str = "", *, kind: str = "room", building: str = "") -> None:
        """Make a mailbox; only one in a building stands in the list of rooms."""
        with self.lock:
            self._mailboxes[address.lower()] = Mailbox(address.lower(), name or address, kind, building)

    def add_folder(self, mailbox: str, *path: str) -> str:
        """Make a further calendar in a mailbox; a public one without a mailbox.

        Returns the address under which a person writes into it, as into a mailbox.
        """
        address = folder_address(mailbox, "/".join(path))
        with self.lock:
            (self.mailbox(mailbox).folders if mailbox else self.public_folders).append(path)
            self._calendars[address] = Mailbox(address, path[-1], "folder")
        return address

    def remove_folder(self, mailbox: str, *path: str) -> None:
        """Take a further calendar away, with all that is in it."""
        with self.lock:
            (self.mailbox(mailbox).folders if mailbox else self.public_folders).remove(path)
            del self._calendars[folder_address(mailbox, "/".join(path))]

    def add_account(self, username: str, password: str) -> None:
        """Let an account sign in, and from now on only the ones added; again, to change its password."""
        with self.lock:
            self._passwords[username] = password

    def grant(self, username: str, mailbox: str, rights: str) -> None:
        """Give an account "none", "reviewer" (read) or "author" (read and write) in a mailbox."""
        if rights not in GRANTS:
            raise ValueError(f"no such right: {rights}")
        with self.lock:
            self._grants[username, mailbox.lower()] = rights

    def remove_mailbox(self, address: str) -> None:
        """Take a mailbox away with all that is in it."""
        with self.lock:
            del self._mailboxes[address.lower()]

    # As a person in Outlook

    def put(self, mailbox: str, *, when: Interval, **what: Any) -> str:  # noqa: ANN401 - the fields of Entry
        """Write an entry, as `Entry` has them; returns its id."""
        entry = Entry(id=self._new_id(), uid=what.pop("uid", uuid.uuid4().hex), when=when, **what)
        with self.lock:
            self.mailbox(mailbox).entries[entry.id] = entry
        self.hints.changed(mailbox)
        return entry.id

    def invite(self, mailbox: str, organizer: str, *, when: Interval, **what: Any) -> str:  # noqa: ANN401 - the fields of Entry
        """Invite a room, which accepts; returns the id of its copy."""
        person = RemotePerson(organizer, organizer)
        guests = frozenset({mailbox.lower(), *what.pop("guests", ())})
        return self.put(mailbox, when=when, organizer=person, invitation=True, guests=guests, **what)

    def move(self, mailbox: str, entry_id: str, when: Interval) -> None:
        """Give an entry another time."""
        self.edit(mailbox, entry_id, when=when)

    def edit(self, mailbox: str, entry_id: str, **changes: Any) -> Entry:  # noqa: ANN401 - the fields of Entry
        """Change an entry; its etag changes with it."""
        with self.lock:
            entries = self.mailbox(mailbox).entries
            before = entries[entry_id]
            entries[entry_id] = after = replace(before, change=before.change + 1, **changes)
        self.hints.changed(mailbox)
        return after

    def remove(self, mailbox: str, entry_id: str) -> None:
        """Delete an entry: it moves to Deleted Items, where it has another id."""
        with self.lock:
            box = self.mailbox(mailbox)
            box.deleted.append(replace(box.entries.pop(entry_id), id=self._new_id()))
        self.hints.changed(mailbox)

    def restore(self, mailbox: str, uid: str) -> str:
        """Move an entry back from Deleted Items; returns its new id."""
        with self.lock:
            box = self.mailbox(mailbox)
            found = next(entry for entry in box.deleted if entry.uid == uid)
            box.deleted.remove(found)
            back = replace(found, id=self._new_id())
            box.entries[back.id] = back
        self.hints.changed(mailbox)
        return back.id

    def copy(self, mailbox: str, entry_id: str, *, when: Interval | None = None, to: str | None = None) -> str:
        """Copy an entry, stamp and all; as in Outlook the copy gets a UID of its own. Returns its id."""
        with self.lock:
            original = self.mailbox(mailbox).entries[entry_id]
            twin = replace(original, id=self._new_id(), uid=uuid.uuid4().hex, when=when or original.when)
            self.mailbox(to or mailbox).entries[twin.id] = twin
        self.hints.changed(to or mailbox)
        return twin.id

    # Looking

    def entries(self, mailbox: str) -> list[Entry]:
        """Return what stands in a calendar, by start."""
        with self.lock:
            return sorted(self.mailbox(mailbox).entries.values(), key=lambda entry: entry.when)

    def deleted(self, mailbox: str) -> list[Entry]:
        """Return what lies in Deleted Items."""
        with self.lock:
            return list(self.mailbox(mailbox).deleted)

    # Misbehaving

    def fail(self, operation: str, fault: Fault, *, call: int = 1, times: int = 1) -> None:
        """Let the `call`-th call of an operation from now on, and the `times` - 1 after it, meet a fault."""
        with self.lock:
            self._planned.append(Planned(operation, fault, skip=call - 1, left=times))

    def settle(self) -> int:
        """Do what `FailLate` put off; returns how much there was. What is refused by now, nobody hears of."""
        with self.lock:
            late, self._late = self._late, []
        for action in late:
            with suppress(ConnectorError):
                action()
        return len(late)

    # For the connector

    def mailbox(self, address: str) -> Mailbox:
        """Return a mailbox, or a further calendar, or raise KeyError."""
        further = self._calendars.get(address)
        return self._mailboxes[address.lower()] if further is None else further

    def calendars(self, mailbox: str) -> list[Mailbox]:
        """Return the further calendars of a mailbox, or the public ones."""
        return [each for address, each in self._calendars.items() if address.partition("|")[0] == mailbox.lower()]

    def mailboxes(self) -> list[Mailbox]:
        """Return every mailbox, in the order made."""
        return list(self._mailboxes.values())

    def knows(self, address: str) -> bool:
        """Tell whether there is such a mailbox."""
        return address.lower() in self._mailboxes

    def admits(self, username: str, password: str) -> bool:
        """Tell whether the password is right."""
        with self.lock:
            admitted = not self._passwords or self._passwords.get(username) == password
            self.sign_ins_refused += not admitted
            return admitted

    def rights(self, username: str, mailbox: str) -> str:
        """Return "none", "reviewer" or "author"."""
        return self._grants.get((username, mailbox.lower()), "author")

    def met(self, operation: str, mailbox: str) -> Fault | None:
        """Note a call, and return the fault that it meets."""
        with self.lock:
            number = 1 + sum(call.operation == operation for call in self.calls)
            call = Call(operation, mailbox, number)
            self.calls.append(call)
            planned = [each.fault for each in self._planned if each.meets(operation)]
            hook = self.hook
        return planned[0] if planned else hook(call) if hook else None

    def later(self, action: Callable[[], object]) -> None:
        """Put an action off until `settle`."""
        with self.lock:
            self._late.append(action)

    def _new_id(self) -> str:
        return f"AAMk{next(self._numbers):08d}"


_SERVERS: dict[str, MemoryServer] = {}
_LOCK = RLock()


def server(name: str) -> MemoryServer:
    """Return the server of that name, made when it is first asked for."""
    with _LOCK:
        return _SERVERS.setdefault(name, MemoryServer())


def forget(name: str) -> None:
    """Drop the server of that name; the next `server` makes an empty one."""
    with _LOCK:
        _SERVERS.pop(name, None)
