"""What the store stands on: values in memory under one lock, a journal behind them, a number for each change."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from booking.sandbox.exchange.state import codec
from booking.sandbox.exchange.state.folders import MailFolder
from booking.sandbox.exchange.state.happenings import Happening, Listener
from booking.sandbox.exchange.state.journal import Journal, Record
from booking.sandbox.exchange.state.model import Account, Grant, Item, Mailbox, RoomList, Tombstone

_KINDS: dict[str, type[Any]] = {
    "mailbox": Mailbox,
    "account": Account,
    "grant": Grant,
    "folder": MailFolder,
    "item": Item,
    "tombstone": Tombstone,
    "room list": RoomList,
}


class Memory:
    """Values of each kind by their keys. Hold `change()` around what belongs together."""

    def __init__(self, path: Path | None, *, now: Callable[[], datetime]) -> None:
        self.now = now
        #: Does what takes a while, such as a booking attendant's write: at once, or by and by.
        self.put_off: Callable[[Callable[[], None]], None] = _at_once
        self.mailboxes: dict[str, Mailbox] = {}
        self.accounts: dict[str, Account] = {}
        self.items: dict[str, Item] = {}
        self.room_lists: dict[str, RoomList] = {}
        self._grants: dict[str, Grant] = {}
        self._folders: dict[str, MailFolder] = {}
        self._tombstones: dict[str, Tombstone] = {}
        self._ids_by_mailbox: dict[str, set[str]] = {}
        self._listeners: list[Listener] = []
        self._last_change = 0
        self._lock = threading.RLock()
        self._depth = 0
        self._pending: list[Record] = []
        self._journal = Journal(path)
        for record in self._journal.read():
            self._apply(record)
        self._journal.start_afresh(self._records())

    @contextmanager
    def change(self) -> Iterator[None]:
        """One step at a time; what it wrote reaches the file whole when the outermost step ends."""
        with self._lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth and self._pending:
                    self._journal.add(self._pending)
                    self._pending = []

    def close(self) -> None:
        with self._lock:
            self._journal.close()

    def listen(self, listener: Listener) -> None:
        """Have every happening to an item told, at once and under the lock: whoever listens must be quick."""
        self._listeners.append(listener)

    @property
    def last_change(self) -> int:
        """The number of the newest change; numbers only grow."""
        return self._last_change

    # For the store

    def _next_change(self) -> int:
        self._last_change += 1
        return self._last_change

    def _tell(self, before: Item | None, after: Item | None) -> None:
        for listener in self._listeners:
            listener(Happening(before, after))

    def _put(self, kind: str, key: str, value: object | None) -> None:
        with self.change():
            self._set(kind, key, value)
            self._pending.append(Record(kind, key, None if value is None else codec.encode(value)))

    def _apply(self, record: Record) -> None:
        value = None if record.data is None else codec.decode(_KINDS[record.kind], record.data)
        if isinstance(value, Item) and not value.arrived:
            value = replace(value, arrived=value.change)  # written before the store kept this number
        self._set(record.kind, record.key, value)
        if isinstance(value, (Item, MailFolder, Tombstone)):
            self._last_change = max(self._last_change, value.change, value.arrived)

    def _set(self, kind: str, key: str, value: object | None) -> None:
        before = self._known(kind).pop(key, None)
        if isinstance(before, Item):
            self._ids_by_mailbox[before.mailbox].discard(key)
        if isinstance(value, Item):
            self._ids_by_mailbox.setdefault(value.mailbox, set()).add(key)
        if value is not None:
            self._known(kind)[key] = value

    def _known(self, kind: str) -> dict[str, Any]:
        known: dict[str, dict[str, Any]] = {
            "mailbox": self.mailboxes,
            "account": self.accounts,
            "grant": self._grants,
            "folder": self._folders,
            "item": self.items,
            "tombstone": self._tombstones,
            "room list": self.room_lists,
        }
        return known[kind]

    def _records(self) -> Iterator[Record]:
        for kind in _KINDS:
            for key, value in self._known(kind).items():
                yield Record(kind, key, codec.encode(value))


def _at_once(act: Callable[[], None]) -> None:
    act()
