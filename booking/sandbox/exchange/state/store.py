"""Everything the sandbox remembers: mailboxes, accounts, grants, folders, items, room lists."""

from dataclasses import fields, replace

from booking.sandbox.exchange.state import folders, ids
from booking.sandbox.exchange.state.folders import MailFolder
from booking.sandbox.exchange.state.memory import Memory
from booking.sandbox.exchange.state.model import (
    CALENDAR,
    PUBLIC_FOLDERS,
    Account,
    Grant,
    Item,
    Mailbox,
    MailboxKind,
    RoomList,
    Tombstone,
)

#: Fields of an item that the store keeps itself; nobody else's change is in them.
_OWN_FIELDS = {"change", "arrived", "touched", "modified"}


class Store(Memory):
    """What may be done with all of it. Hold `change()` around what belongs together."""

    # Mailboxes, accounts, grants

    def put_mailbox(self, mailbox: Mailbox) -> None:
        self._put("mailbox", mailbox.address, mailbox)

    def put_account(self, account: Account) -> None:
        self._put("account", account.email, account)

    def remove_account(self, email: str) -> None:
        self._put("account", email, None)

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

    def grants_about(self, address: str) -> list[Grant]:
        """What that account may do elsewhere, and others in that mailbox."""
        return [each for each in self._grants.values() if address in {each.account, each.mailbox}]

    def remove_mailbox(self, address: str) -> None:
        """Take a mailbox away with all that is in it; its sign-in stays."""
        with self.change():
            for item_id in list(self._ids_by_mailbox.get(address, ())):
                self.remove_item(item_id)
            for folder in list(self._folders.values()):
                if folder.mailbox == address:
                    self._put("folder", ids.folder(address, folder.key), None)
            for stone in list(self._tombstones.values()):
                if stone.mailbox == address:
                    self._put("tombstone", stone.id, None)
            self._put("mailbox", address, None)

    def put_room_list(self, rooms: RoomList) -> None:
        self._put("room list", rooms.address, rooms)

    # Folders

    def folder(self, mailbox: str, key: str) -> MailFolder | None:
        """The folder with that key, if the mailbox has it."""
        owner = self.mailboxes.get(mailbox)
        if owner is None:
            return None
        if owner.kind is MailboxKind.PUBLIC:
            given = folders.public_root(mailbox) if key == folders.PUBLIC_ROOT else None
        else:
            given = folders.given(mailbox, key)
        return given or self._folders.get(ids.folder(mailbox, key))

    def folders_of(self, mailbox: str) -> list[MailFolder]:
        """All folders of a mailbox: those of every mailbox, then those that somebody added."""
        owner = self.mailboxes.get(mailbox)
        if owner is None:
            return []
        public = owner.kind is MailboxKind.PUBLIC
        given = [folders.public_root(mailbox)] if public else folders.of_every_mailbox(mailbox)
        return given + [each for each in self._folders.values() if each.mailbox == mailbox]

    def save_folder(self, folder: MailFolder) -> MailFolder:
        """Keep a folder that somebody added or changed."""
        with self.change():
            before = self._folders.get(ids.folder(folder.mailbox, folder.key))
            change = self._next_change()
            saved = replace(folder, change=change, arrived=change if before is None else before.arrived)
            self._put("folder", ids.folder(folder.mailbox, folder.key), saved)
            return saved

    def remove_folder(self, folder: MailFolder) -> None:
        """Take away a folder that somebody added, with all that is in it and below it."""
        with self.change():
            for below in self.folders_of(folder.mailbox):
                if below.parent == folder.key:
                    self.remove_folder(below)
            for item in self.items_of(folder.mailbox, folder.key):
                self.remove_item(item.id)
            folder_id = ids.folder(folder.mailbox, folder.key)
            self._bury(folder_id, folder.mailbox, "", folder.arrived)
            self._put("folder", folder_id, None)

    def public_mailbox(self) -> Mailbox:
        """The mailbox that holds the public folders; made when it is first asked for."""
        known = self.mailboxes.get(PUBLIC_FOLDERS)
        if known is None:
            known = Mailbox(address=PUBLIC_FOLDERS, name="Public Folders", kind=MailboxKind.PUBLIC)
            self.put_mailbox(known)
        return known

    # Items

    def items_of(self, mailbox: str, folder: str = CALENDAR) -> list[Item]:
        """The stored items of a folder, series as one, earliest start first."""
        ids_there = self._ids_by_mailbox.get(mailbox, ())
        found = (item for item_id in ids_there if (item := self.items[item_id]).folder == folder)
        return sorted(found, key=lambda item: (item.start, item.id))

    def tombstones_of(self, mailbox: str, folder: str) -> list[Tombstone]:
        """What went from a folder; with an empty `folder`, the folders that went from the mailbox."""
        return [each for each in self._tombstones.values() if (each.mailbox, each.folder) == (mailbox, folder)]

    def save_item(self, item: Item) -> Item:
        """Keep the item as it now is, with a new change key; returns it with that."""
        with self.change():
            change = self._next_change()
            before = self.items.get(item.id)
            touched = dict(item.touched)
            touched.update((name, change) for name in _differing(before, item))
            arrived = change if before is None else before.arrived
            saved = replace(item, change=change, arrived=arrived, touched=touched, modified=self.now())
            self._put("item", saved.id, saved)
            self._tell(before, saved)
            return saved

    def put_item(self, item: Item) -> None:
        """Keep the item as it is, change key and all: nothing happened to it that a client would see."""
        self._put("item", item.id, item)

    def move_item(self, item: Item, folder: str, mailbox: str = "") -> Item:
        """Put the item into another folder, also of another mailbox: a new id there, but the same change key."""
        with self.change():
            self._take_out(item.id)
            moved = replace(
                item,
                id=ids.new_item(),
                mailbox=mailbox or item.mailbox,
                folder=folder,
                arrived=self._next_change(),
            )
            self._put("item", moved.id, moved)
            self._tell(item, moved)
            return moved

    def remove_item(self, item_id: str) -> None:
        with self.change():
            before = self._take_out(item_id)
            self._tell(before, None)

    # Inside

    def _take_out(self, item_id: str) -> Item | None:
        before = self.items.get(item_id)
        if before is not None:
            self._put("item", item_id, None)
            self._bury(item_id, before.mailbox, before.folder, before.arrived)
        return before

    def _bury(self, thing_id: str, mailbox: str, folder: str, arrived: int) -> None:
        stone = Tombstone(
            id=thing_id, mailbox=mailbox, folder=folder, arrived=arrived, change=self._next_change(), at=self.now()
        )
        self._put("tombstone", stone.id, stone)


def _differing(before: Item | None, after: Item) -> list[str]:
    names = [field.name for field in fields(Item) if field.name not in _OWN_FIELDS]
    if before is None:
        return names
    return [name for name in names if getattr(before, name) != getattr(after, name)]
