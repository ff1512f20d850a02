"""Everything the sandbox remembers, in memory, under one lock, with a journal behind it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from booking.sandbox.exchange.state import codec, ids
from booking.sandbox.exchange.state.journal import Journal, Record
from booking.sandbox.exchange.state.model import CALENDAR, Account, Grant, Item, Mailbox

_KINDS: dict[str, type[Any]] = {"mailbox": Mailbox, "account": Account, "grant": Grant, "item": Item}
#: Fields of an item that the store keeps itself; nobody else's change is in them.
_OWN_FIELDS = {"change", "touched", "modified"}


class Store:
    """Mailboxes, accounts, grants and items. Hold `change()` around everything that belongs together."""

    def __init__(self, path: Path | None, *, now: Callable[[], datetime]) -> None:
        self.now = now
        self.mailboxes: dict[str, Mailbox] = {}
        self.accounts: dict[str, Account] = {}
        self.items: dict[str, Item] = {}
        self._grants: dict[str, Grant] = {}
        self._ids_by_mailbox: dict[str, set[str]] = {}
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

    # Mailboxes, accounts, grants

    def put_mailbox(self, mailbox: Mailbox) -> None:
        self._put("mailbox", mailbox.address, mailbox)

    def put_account(self, account: Account) -> None:
        self._put("account", account.email, account)

    def find_account(self, name: str) -> Account | None:
        """The account of that address or user name."""
        wanted = name.lower()
        known = self.accounts.values()
        return next((each for each in known if wanted in {each.email, each.username.lower()}), None)

    def put_grant(self, grant: Grant) -> None:
        self._put("grant", f"{grant.account} {grant.mailbox}", grant)

    def grant(self, account: str, mailbox: str) -> Grant:
        """What that account may do there; nothing, if nobody said."""
        return self._grants.get(f"{account} {mailbox}") or Grant(account=account, mailbox=mailbox)

    def remove_mailbox(self, address: str) -> None:
        """Take a mailbox away with all that is in it; its sign-in stays."""
        with self.change():
            for item_id in list(self._ids_by_mailbox.get(address, ())):
                self.remove_item(item_id)
            self._put("mailbox", address, None)

    # Items

    def items_of(self, mailbox: str, folder: str = CALENDAR) -> list[Item]:
        """The stored items of a folder, series as one, earliest start first."""
        ids_there = self._ids_by_mailbox.get(mailbox, ())
        found = (item for item_id in ids_there if (item := self.items[item_id]).folder == folder)
        return sorted(found, key=lambda item: (item.start, item.id))

    def save_item(self, item: Item) -> Item:
        """Keep the item as it now is, with a new change key; returns it with that."""
        with self.change():
            self._last_change += 1
            before = self.items.get(item.id)
            touched = dict(item.touched)
            touched.update((name, self._last_change) for name in _differing(before, item))
            saved = replace(item, change=self._last_change, touched=touched, modified=self.now())
            self._put("item", saved.id, saved)
            return saved

    def move_item(self, item: Item, folder: str) -> Item:
        """Put the item into another folder: it gets a new id there, and keeps its change key."""
        with self.change():
            self.remove_item(item.id)
            moved = replace(item, id=ids.new_item(), folder=folder)
            self._put("item", moved.id, moved)
            return moved

    def remove_item(self, item_id: str) -> None:
        self._put("item", item_id, None)

    # Inside

    def _put(self, kind: str, key: str, value: object | None) -> None:
        with self.change():
            self._set(kind, key, value)
            self._pending.append(Record(kind, key, None if value is None else codec.encode(value)))

    def _apply(self, record: Record) -> None:
        value = None if record.data is None else codec.decode(_KINDS[record.kind], record.data)
        self._set(record.kind, record.key, value)
        if isinstance(value, Item):
            self._last_change = max(self._last_change, value.change)

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
            "item": self.items,
        }
        return known[kind]

    def _records(self) -> Iterator[Record]:
        for kind in _KINDS:
            for key, value in self._known(kind).items():
                yield Record(kind, key, codec.encode(value))


def _differing(before: Item | None, after: Item) -> list[str]:
    names = [field.name for field in fields(Item) if field.name not in _OWN_FIELDS]
    if before is None:
        return names
    return [name for name in names if getattr(before, name) != getattr(after, name)]
