"""Who calls, as whom, and what they may do where."""

from dataclasses import dataclass

from booking.sandbox.exchange.ews.errors import EwsError, Fault
from booking.sandbox.exchange.ews.xml import Element, find, text
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.folders import DISTINGUISHED, PUBLIC_ROOT, MailFolder
from booking.sandbox.exchange.state.model import CALENDAR, PUBLIC_FOLDERS, Account, Item, Mailbox, MailboxKind
from booking.sandbox.exchange.state.store import Store


@dataclass(frozen=True, slots=True)
class Rights:
    """What a caller may do in one mailbox's folders."""

    read: bool
    write: bool
    private: bool = True


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of one mailbox; `name` is its key there, for a distinguished one the name that EWS gives it."""

    mailbox: Mailbox
    kept: MailFolder

    @property
    def name(self) -> str:
        return self.kept.key

    @property
    def id(self) -> str:
        return ids.folder(self.mailbox.address, self.kept.key)

    @property
    def is_calendar(self) -> bool:
        return self.kept.holds_appointments

    @property
    def is_public(self) -> bool:
        return self.mailbox.kind is MailboxKind.PUBLIC


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in account, acting as itself or as the mailbox it impersonates."""

    store: Store
    account: Account
    address: str

    def rights(self, mailbox: Mailbox) -> Rights:
        if mailbox.address == self.address or mailbox.kind is MailboxKind.PUBLIC:
            return Rights(read=True, write=True)
        grant = self.store.grant(self.address, mailbox.address)
        return Rights(read=grant.read or grant.write, write=grant.write, private=grant.private)

    def mailbox(self, address: str) -> Mailbox:
        """The mailbox of that address; raises ErrorNonExistentMailbox."""
        found = self.store.mailboxes.get(address.strip().lower())
        if found is None:
            raise EwsError("ErrorNonExistentMailbox")
        return found

    def folder(self, element: Element, *, missing: str = "ErrorFolderNotFound") -> Folder:
        """The folder that a FolderId or DistinguishedFolderId names, if the caller may look into it.

        `missing` is the code for a folder that is not there; operations differ in it.
        """
        folder = self._named(element, missing)
        if not self.rights(folder.mailbox).read:
            raise EwsError(
                "ErrorItemNotFound",
                f"The specified object was not found in the store., Default folder {folder.name} not found.",
            )
        return folder

    def calendar(self) -> Folder:
        """The calendar of the mailbox that the caller acts as."""
        return self._known(self.mailbox(self.address), CALENDAR, "ErrorFolderNotFound")

    def readable(self, item_id: str) -> tuple[Item, str]:
        """The stored item behind an id, and that id; "not found" may also mean "no rights", as in Exchange."""
        try:
            stored_id, _ = ids.split(item_id)
        except ValueError as error:
            code = "ErrorCannotUseFolderIdForItemId" if ids.is_folder(item_id) else "ErrorInvalidIdMalformed"
            raise EwsError(code) from error
        item = self.store.items.get(stored_id)
        mailbox = None if item is None else self.store.mailboxes.get(item.mailbox)
        if item is None or mailbox is None or not self.rights(mailbox).read:
            raise EwsError("ErrorItemNotFound")
        return item, item_id

    def require_write(self, address: str) -> None:
        """Raise ErrorAccessDenied unless the caller may change that mailbox."""
        if not self.rights(self.mailbox(address)).write:
            raise EwsError("ErrorAccessDenied")

    def _named(self, element: Element, missing: str) -> Folder:
        name = element.get("Id", "")
        if name == PUBLIC_ROOT:
            return self._known(self._public(), name, missing)
        if find(element, "t:Mailbox") is not None:
            return self._known(self.mailbox(text(element, "t:Mailbox/t:EmailAddress")), name, missing)
        if name in DISTINGUISHED:
            return self._known(self.mailbox(self.address), name, missing)
        try:
            address, key = ids.split_folder(name)
        except ValueError as error:
            raise EwsError(_no_folder(name, missing)) from error
        return self._known(self.mailbox(address), key, missing)

    def _known(self, mailbox: Mailbox, key: str, missing: str) -> Folder:
        kept = self.store.folder(mailbox.address, key)
        if kept is None:
            raise EwsError(missing, "The specified folder could not be found in the store.")
        return Folder(mailbox, kept)

    def _public(self) -> Mailbox:
        found = self.store.mailboxes.get(PUBLIC_FOLDERS)
        if found is None:
            raise EwsError("ErrorNoPublicFolderReplicaAvailable", "There is no public folder replica available.")
        return found


def _no_folder(name: str, missing: str) -> str:
    """The code for what is no folder's id: a name that we do not keep, an item's id, or nonsense."""
    if ids.is_item(name):
        return "ErrorCannotUseItemIdForFolderId"
    return missing if name.isalpha() else "ErrorInvalidIdMalformed"


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
