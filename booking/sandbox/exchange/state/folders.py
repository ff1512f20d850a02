"""The folders that Exchange gives every mailbox, and those that people add.

Source: learn.microsoft.com, EWS reference, DistinguishedFolderId; MS-OXOSFLD for the classes.
"""

from dataclasses import dataclass

ROOT = "root"
TOP = "msgfolderroot"
PUBLIC_ROOT = "publicfoldersroot"
APPOINTMENTS = "IPF.Appointment"
_NOTES = "IPF.Note"
_RECOVERABLE = "recoverableitemsroot"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFolder:
    """One folder. `key` is EWS's own name for it where it has one, else random; `parent` is its parent's key."""

    mailbox: str
    key: str
    name: str
    folder_class: str = ""
    parent: str = TOP
    #: The store's numbers: since when it is there, and when it last changed. Those of every mailbox have none.
    arrived: int = 0
    change: int = 0

    @property
    def is_distinguished(self) -> bool:
        return self.key in DISTINGUISHED or self.key == PUBLIC_ROOT

    @property
    def holds_appointments(self) -> bool:
        return self.folder_class == APPOINTMENTS or self.folder_class.startswith(f"{APPOINTMENTS}.")


#: Key: name, class, key of the parent.
DISTINGUISHED = {
    ROOT: ("", "", ""),
    TOP: ("Top of Information Store", _NOTES, ROOT),
    "calendar": ("Calendar", APPOINTMENTS, TOP),
    "contacts": ("Contacts", "IPF.Contact", TOP),
    "deleteditems": ("Deleted Items", _NOTES, TOP),
    "drafts": ("Drafts", _NOTES, TOP),
    "inbox": ("Inbox", _NOTES, TOP),
    "journal": ("Journal", "IPF.Journal", TOP),
    "junkemail": ("Junk Email", _NOTES, TOP),
    "notes": ("Notes", "IPF.StickyNote", TOP),
    "outbox": ("Outbox", _NOTES, TOP),
    "sentitems": ("Sent Items", _NOTES, TOP),
    "tasks": ("Tasks", "IPF.Task", TOP),
    "searchfolders": ("Finder", "", ROOT),
    _RECOVERABLE: ("Recoverable Items", "", ROOT),
    "recoverableitemsdeletions": ("Deletions", "", _RECOVERABLE),
    "recoverableitemsversions": ("Versions", "", _RECOVERABLE),
    "recoverableitemspurges": ("Purges", "", _RECOVERABLE),
}


def given(mailbox: str, key: str) -> MailFolder | None:
    """The folder with that key that every mailbox has from its first day on; None if there is no such key."""
    known = DISTINGUISHED.get(key)
    if known is None:
        return None
    name, folder_class, parent = known
    return MailFolder(mailbox=mailbox, key=key, name=name, folder_class=folder_class, parent=parent)


def of_every_mailbox(mailbox: str) -> list[MailFolder]:
    """All of them, each after the one that it lies in."""
    return [found for key in DISTINGUISHED if (found := given(mailbox, key)) is not None]


def public_root(mailbox: str) -> MailFolder:
    """The folder above all public folders."""
    return MailFolder(mailbox=mailbox, key=PUBLIC_ROOT, name="IPM_SUBTREE", folder_class=_NOTES, parent="")
