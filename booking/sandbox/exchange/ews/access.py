"""Who calls, as whom, and what they may do where."""

from dataclasses import dataclass

from booking.sandbox.exchange.ews.errors import EwsError, Fault
from booking.sandbox.exchange.ews.xml import Element, find, text
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import CALENDAR, DELETED_ITEMS, RECOVERABLE_ITEMS, Account, Item, Mailbox
from booking.sandbox.exchange.state.store import Store

ROOTS = ("msgfolderroot", "root")
FOLDERS = (CALENDAR, DELETED_ITEMS, RECOVERABLE_ITEMS, *ROOTS)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a caller may do in one mailbox's folders."""

    read: bool
    write: bool


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of one mailbox."""

    mailbox: Mailbox
    name: str

    @property
    def id(self) -> str:
        return ids.folder(self.mailbox.address, self.name)


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in account, acting as itself or as the mailbox it impersonates."""

    store: Store
    account: Account
    address: str

    def rights(self, mailbox: Mailbox) -> Rights:
        if mailbox.address == self.address:
            return Rights(read=True, write=True)
        grant = self.store.grant(self.address, mailbox.address)
        return Rights(read=grant.read or grant.write, write=grant.write)

    def mailbox(self, address: str) -> Mailbox:
        """The mailbox of that address; raises ErrorNonExistentMailbox."""
        found = self.store.mailboxes.get(address.strip().lower())
        if found is None:
            raise EwsError("ErrorNonExistentMailbox")
        return found

    def folder(self, element: Element) -> Folder:
        """The folder that a FolderId or DistinguishedFolderId names, if the caller may look into it."""
        folder = self._named(element)
        if not self.rights(folder.mailbox).read:
            raise EwsError(
                "ErrorItemNotFound",
                f"The specified object was not found in the store., Default folder {folder.name} not found.",
            )
        return folder

    def readable(self, item_id: str) -> tuple[Item, str]:
        """The stored item behind an id, and that id; "not found" may also mean "no rights", as in Exchange."""
        try:
            stored_id, _ = ids.split(item_id)
        except ValueError as error:
            raise EwsError("ErrorInvalidIdMalformed") from error
        item = self.store.items.get(stored_id)
        mailbox = None if item is None else self.store.mailboxes.get(item.mailbox)
        if item is None or mailbox is None or not self.rights(mailbox).read:
            raise EwsError("ErrorItemNotFound")
        return item, item_id

    def require_write(self, address: str) -> None:
        """Raise ErrorAccessDenied unless the caller may change that mailbox."""
        if not self.rights(self.mailbox(address)).write:
            raise EwsError("ErrorAccessDenied")

    def _named(self, element: Element) -> Folder:
        name = element.get("Id", "")
        if find(element, "t:Mailbox") is not None:
            return Folder(self.mailbox(text(element, "t:Mailbox/t:EmailAddress")), self._known(name))
        if name in FOLDERS:
            return Folder(self.mailbox(self.address), name)
        try:
            address, name = ids.split_folder(name)
        except ValueError as error:
            code = "ErrorFolderNotFound" if name.isalpha() else "ErrorInvalidIdMalformed"
            raise EwsError(code) from error
        return Folder(self.mailbox(address), self._known(name))

    @staticmethod
    def _known(name: str) -> str:
        if name not in FOLDERS:
            raise EwsError("ErrorFolderNotFound", "The specified folder could not be found in the store.")
        return name


def caller(store: Store, account: Account, impersonated: str | None) -> Caller:
    """The account, as the mailbox that it wants to impersonate.

    Raises:
        Fault: no such mailbox, or no right to act as it.
    """
    if impersonated is None:
        return Caller(store, account, account.email)
    wanted = store.mailboxes.get(impersonated)
    if wanted is None:
        raise Fault("ErrorNonExistentMailbox")
    if wanted.address != account.email and not store.grant(account.email, wanted.address).impersonate:
        raise Fault("ErrorImpersonateUserDenied")
    return Caller(store, account, wanted.address)
