"""UpdateItem: changes to single fields, under the rules of change keys.

Sources: learn.microsoft.com, EWS reference, UpdateItem and ResponseCode; EXCHANGE-FACTS.md section 1.5.
"""

from collections.abc import Iterator
from dataclasses import fields as dataclass_fields

from booking.sandbox.exchange.ews import extended, fields, properties, targets
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find, local, m, t
from booking.sandbox.exchange.outlook import edits
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Item


def run(call: Call) -> Element:
    """The changed items' ids with their new change keys, in order."""
    tell = call.body.get("SendMeetingInvitationsOrCancellations")

    def update(change: Element) -> Iterator[Element]:
        if tell is None:
            raise EwsError(
                "ErrorSendMeetingInvitationsOrCancellationsRequired",
                "SendMeetingInvitationsOrCancellations attribute is required for calendar items.",
            )
        target = next(child for child in change if local(child) in targets.ID_ELEMENTS)
        before = targets.named(call.caller, target)
        call.caller.require_write(before.mailbox)
        after = _changed(call, before, find(change, "t:Updates"))
        if call.personality.checks_change_keys:
            _require_current(call.body.get("ConflictResolution", "AutoResolve"), target.get("ChangeKey"), before, after)
        saved = _saved(call, before, after, tell=tell != "SendToNone")
        yield m("Items", t("CalendarItem", properties.item_id(saved)))
        yield m("ConflictResults", t("Count", "0"))

    return call.answer(children(find(call.body, "m:ItemChanges")), update, on_error=lambda: [m("Items")])


def _changed(call: Call, item: Item, updates: Element | None) -> Item:
    for update in children(updates):
        path, content = update[0], update[1] if len(update) > 1 else None
        match local(update):
            case "SetItemField" if content is not None:
                item = fields.written(item, content, call.request, call.store)
            case "AppendToItemField" if content is not None:
                for child in children(content):
                    item = fields.appended(item, child, call.request, call.store)
            case "DeleteItemField" if local(path) == "ExtendedFieldURI":
                item = fields.without_extended(item, extended.read_path(path))
            case _:
                item = fields.deleted(item, path.get("FieldURI", ""))
    return item


def _require_current(resolution: str, key: str | None, before: Item, after: Item) -> None:
    """Raise unless the caller's change key allows this change."""
    if not key:
        raise EwsError("ErrorChangeKeyRequiredForWriteOperations")
    try:
        seen = ids.change_number(key)
    except ValueError as error:
        raise EwsError("ErrorInvalidChangeKey", "The change key is invalid.") from error
    if seen == before.change:
        return
    if resolution == "AlwaysOverwrite":
        raise EwsError("ErrorStaleObject")
    if resolution == "NeverOverwrite" or seen > before.change or _both_changed(before, after, seen):
        raise EwsError("ErrorIrresolvableConflict")


def _both_changed(before: Item, after: Item, seen: int) -> bool:
    """True if a field that is to change was also changed since the caller saw the item."""
    names = [each.name for each in dataclass_fields(Item) if getattr(before, each.name) != getattr(after, each.name)]
    return any(before.touched.get(name, 0) > seen for name in names)


def _saved(call: Call, before: Item, after: Item, *, tell: bool) -> Item:
    try:
        return edits.update(call.store, before, after, tell=tell)
    except edits.EndsBeforeItStarts as error:
        raise EwsError("ErrorCalendarEndDateIsEarlierThanStartDate") from error
    except edits.CrossesNeighbour as error:
        raise EwsError(
            "ErrorOccurrenceCrossingBoundary", "Modified occurrence is crossing or overlapping adjacent occurrence."
        ) from error
