"""What stands in the sandbox before anything happens: mailboxes, sign-ins, folders, room lists, rights."""

from dataclasses import replace
from typing import Any

from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.folders import APPOINTMENTS, PUBLIC_ROOT, MailFolder
from booking.sandbox.exchange.state.model import Account, Grant, Mailbox, MailboxKind, Processing, RoomList
from booking.sandbox.exchange.state.store import Store

Plain = Any  # a setting, with the type that `Processing` gives it


class Filling:
    """What an administrator does."""

    _store: Store

    def add_account(self, *, username: str, password: str, email: str, name: str, domain_login: str = "") -> None:
        """A sign-in with a mailbox of its own; updated if the address is known."""
        with self._store.change():
            self.add_user(email, name)
            account = Account(email=email.lower(), username=username, password=password, domain_login=domain_login)
            self._store.put_account(account)

    def add_user(self, email: str, name: str, password: str | None = None) -> None:
        """A person's mailbox; with a password, they can sign in with their address."""
        with self._store.change():
            self._store.put_mailbox(Mailbox(address=email.lower(), name=name))
            if password is not None:
                self._store.put_account(Account(email=email.lower(), username=email, password=password))

    def add_room(self, email: str, name: str, *, zone: str = "Europe/London", **calendar_processing: Plain) -> None:
        """A room's mailbox. `calendar_processing` are Set-CalendarProcessing's settings, as in `Processing`."""
        settings: dict[str, Plain] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in calendar_processing.items()
        }
        self._store.put_mailbox(
            Mailbox(
                address=email.lower(), name=name, kind=MailboxKind.ROOM, zone=zone, processing=Processing(**settings)
            )
        )

    def add_calendar(self, mailbox: str, name: str) -> str:
        """A further calendar beside the mailbox's own; returns its folder's id."""
        return self._add_folder(
            MailFolder(mailbox=mailbox.lower(), key=ids.new_folder(), name=name, folder_class=APPOINTMENTS)
        )

    def add_public_folder(self, name: str, parent: str = "", *, folder_class: str = APPOINTMENTS) -> str:
        """A public folder, a calendar unless said otherwise; returns its id.

        `parent` is the id of the public folder that it lies in; without it, it lies at the top.
        """
        with self._store.change():
            above = ids.split_folder(parent)[1] if parent else PUBLIC_ROOT
            mailbox = self._store.public_mailbox().address
            return self._add_folder(
                MailFolder(mailbox=mailbox, key=ids.new_folder(), name=name, folder_class=folder_class, parent=above)
            )

    def remove_folder(self, folder_id: str) -> None:
        """Take away a folder that was added, with all that is in it."""
        with self._store.change():
            found = self._store.folder(*ids.split_folder(folder_id))
            if found is None or found.is_distinguished:
                raise LookupError(folder_id)
            self._store.remove_folder(found)

    def add_room_list(self, address: str, name: str) -> None:
        """A room list, still empty; a known one gets the name and keeps its rooms."""
        with self._store.change():
            before = self._store.room_lists.get(address.lower(), RoomList(address=address.lower(), name=name))
            self._store.put_room_list(replace(before, name=name))

    def put_in_room_list(self, room_list: str, room: str) -> None:
        """Put a room into a room list, both named by their addresses."""
        with self._store.change():
            before = self._store.room_lists[room_list.lower()]
            rooms = dict.fromkeys((*before.rooms, room.lower()))
            self._store.put_room_list(replace(before, rooms=tuple(rooms)))

    def grant(self, account_email: str, mailbox: str, rights: str) -> None:
        """Give "impersonate", "author" (read and write), "reviewer" (read) or "private"; "none" takes all back.

        The right to impersonate, a right on the calendar, and the one to see what its private items say stand side
        by side, as in Exchange.
        """
        with self._store.change():
            before = self._store.grant(account_email.lower(), mailbox.lower())
            match rights:
                case "impersonate":
                    after = replace(before, impersonate=True)
                case "author" | "reviewer":
                    after = replace(before, read=True, write=rights == "author")
                case "private":
                    after = replace(before, private=True)
                case "none":
                    after = Grant(account=before.account, mailbox=before.mailbox)
                case _:
                    raise ValueError(f"no such right: {rights}")
            self._store.put_grant(after)

    def set_password(self, account: str, password: str) -> None:
        """Change an account's password, named by its address or user name."""
        with self._store.change():
            found = self._store.find_account(account)
            if found is None:
                raise LookupError(account)
            self._store.put_account(replace(found, password=password))

    def remove_mailbox(self, email: str) -> None:
        """Take a mailbox away, with all that is in it."""
        self._store.remove_mailbox(email.lower())

    def _add_folder(self, folder: MailFolder) -> str:
        saved = self._store.save_folder(folder)
        return ids.folder(saved.mailbox, saved.key)
