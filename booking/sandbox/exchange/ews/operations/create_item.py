"""CreateItem: calendar items, with or without invitations."""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import fields, properties
from booking.sandbox.exchange.ews.access import Folder
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find, local, m, t
from booking.sandbox.exchange.outlook import edits
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import CALENDAR, Item


def run(call: Call) -> Element:
    """The ids of the new items, in order."""
    tell = call.body.get("SendMeetingInvitations")

    def create(element: Element) -> Iterator[Element]:
        if local(element) != "CalendarItem":
            raise EwsError("ErrorInvalidOperation", f"The sandbox keeps calendar items only, no {local(element)}.")
        if tell is None:
            raise EwsError("ErrorSendMeetingInvitationsRequired", "SendMeetingInvitations is required.")
        folder = _folder(call)
        call.caller.require_write(folder.mailbox.address)
        created = _create(call, folder, element, tell=tell != "SendToNone")
        yield m("Items", t("CalendarItem", properties.item_id(created)))

    return call.answer(children(find(call.body, "m:Items")), create, on_error=lambda: [m("Items")])


def _folder(call: Call) -> Folder:
    element = next(children(find(call.body, "m:SavedItemFolderId")), None)
    if element is None:
        return Folder(call.caller.mailbox(call.caller.address), CALENDAR)
    folder = call.caller.folder(element)
    if folder.name != CALENDAR:
        raise EwsError("ErrorInvalidOperation", "Calendar items can be created in a calendar only.")
    return folder


def _create(call: Call, folder: Folder, element: Element, *, tell: bool) -> Item:
    now = call.store.now()
    blank = Item(
        id=ids.new_item(),
        mailbox=folder.mailbox.address,
        uid=ids.new_uid(),
        start=now,
        end=now,
        created=now,
        modified=now,
    )
    if find(element, "t:Start") is None or find(element, "t:End") is None:
        raise EwsError("ErrorCalendarInvalidPropertyState", "A calendar item needs a start and an end.")
    try:
        return edits.create(call.store, fields.written(blank, element, call.request, call.store), tell=tell)
    except edits.EndsBeforeItStarts as error:
        raise EwsError("ErrorCalendarEndDateIsEarlierThanStartDate") from error
