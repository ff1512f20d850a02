"""CreateFolder: a further calendar, or any other folder. Source: learn.microsoft.com, EWS reference, CreateFolder."""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import folder_shapes
from booking.sandbox.exchange.ews.access import Folder
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find, local, m, text
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.folders import APPOINTMENTS, MailFolder

_CLASSES = {"CalendarFolder": APPOINTMENTS, "ContactsFolder": "IPF.Contact", "TasksFolder": "IPF.Task"}


def run(call: Call) -> Element:
    """The ids of the new folders, in order."""

    def create(element: Element) -> Iterator[Element]:
        parent = _parent(call)
        new = _new(element, parent)
        siblings = [each for each in call.store.folders_of(new.mailbox) if each.parent == new.parent]
        if any(each.name.lower() == new.name.lower() for each in siblings):
            raise EwsError("ErrorFolderExists", "A folder with the specified name already exists.")
        created = Folder(parent.mailbox, call.store.save_folder(new))
        yield m("Folders", folder_shapes.read(None).of(created, call.caller))

    return call.answer(children(find(call.body, "m:Folders")), create, on_error=lambda: [m("Folders")])


def _parent(call: Call) -> Folder:
    named = next(children(find(call.body, "m:ParentFolderId")), None)
    if named is None:
        raise EwsError("ErrorParentFolderIdRequired", "The request names no parent folder.")
    parent = call.caller.folder(named, missing="ErrorParentFolderNotFound")
    call.caller.require_write(parent.mailbox.address)
    return parent


def _new(element: Element, parent: Folder) -> MailFolder:
    if local(element) == "SearchFolder" and parent.is_public:
        raise EwsError("ErrorInvalidFolderTypeForOperation", "Public folders hold no search folders.")
    name = text(element, "t:DisplayName")
    if not name:
        raise EwsError("ErrorFolderSavePropertyError", "A folder needs a name.")
    wished = text(element, "t:FolderClass", "IPF.Note")
    return MailFolder(
        mailbox=parent.mailbox.address,
        key=ids.new_folder(),
        name=name,
        folder_class=_CLASSES.get(local(element), wished),
        parent=parent.name,
    )
