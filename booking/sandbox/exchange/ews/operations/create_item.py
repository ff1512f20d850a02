"""CreateItem: calendar items, with or without invitations, and answers to invitations."""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import fields, properties, response_objects
from booking.sandbox.exchange.ews.access import Folder
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find, local, m, t
from booking.sandbox.exchange.outlook import edits
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Item


def run(call: Call) -> Element:
    """The ids of the new items, in order; for an answer, the id of the answered one."""

    def create(element: Element) -> Iterator[Element]:
        if local(element) in response_objects.ANSWERS:
            done = response_objects.answer(call, element)
        elif local(element) == "CancelCalendarItem":
            done = response_objects.cancel(call, element)
        elif local(element) == "CalendarItem":
            done = _create(call, element)
        else:
            raise EwsError("ErrorInvalidOperation", f"The sandbox keeps calendar items only, no {local(element)}.")
        yield m("Items", t("CalendarItem", properties.item_id(done)))

    return call.answer(children(find(call.body, "m:Items")), create, on_error=lambda: [m("Items")])


def _create(call: Call, element: Element) -> Item:
    tell = call.body.get("SendMeetingInvitations")
    if tell is None:
        raise EwsError("ErrorSendMeetingInvitationsRequired", "SendMeetingInvitations is required.")
    folder = _folder(call)
    call.caller.require_write(folder.mailbox.address)
    if find(element, "t:MimeContent") is None and not _is_timed(element):
        raise EwsError("ErrorCalendarInvalidPropertyState", "A calendar item needs a start and an end.")
    new = fields.written(_blank(call, folder), element, call.request, call.store)
    try:
        return edits.create(call.store, new, tell=tell != "SendToNone")
    except edits.EndsBeforeItStarts as error:
        raise EwsError("ErrorCalendarEndDateIsEarlierThanStartDate") from error


def _is_timed(element: Element) -> bool:
    return find(element, "t:Start") is not None and find(element, "t:End") is not None


def _folder(call: Call) -> Folder:
    element = next(children(find(call.body, "m:SavedItemFolderId")), None)
    if element is None:
        return call.caller.calendar()
    folder = call.caller.folder(element, missing="ErrorSavedItemFolderNotFound")
    if not folder.is_calendar:
        raise EwsError(
            "ErrorCannotCreateCalendarItemInNonCalendarFolder",
            "Calendar items can be created in a calendar only.",
        )
    return folder


def _blank(call: Call, folder: Folder) -> Item:
    now = call.store.now()
    return Item(
        id=ids.new_item(),
        mailbox=folder.mailbox.address,
        folder=folder.name,
        uid=ids.new_uid(),
        start=now,
        end=now,
        created=now,
        modified=now,
    )
