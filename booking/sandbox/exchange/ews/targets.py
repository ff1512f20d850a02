"""Items named in a request, by their id, by a series and a number, or by one date of a series."""

from booking.sandbox.exchange.calendar import occurrences
from booking.sandbox.exchange.ews.access import Caller
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, local
from booking.sandbox.exchange.state import ids
from booking.sandbox.exchange.state.model import Item

ID_ELEMENTS = ("ItemId", "OccurrenceItemId", "RecurringMasterItemId")


def named(caller: Caller, element: Element) -> Item:
    """The item (for an occurrence: that date as an item of its own) that an id element names.

    Raises:
        EwsError: malformed, not there or not readable; a date that was removed or never was.
    """
    match local(element):
        case "OccurrenceItemId":
            master, _ = caller.readable(element.get("RecurringMasterId", ""))
            return _nth(master, int(element.get("InstanceIndex", "0")))
        case "RecurringMasterItemId":
            master, _ = caller.readable(element.get("OccurrenceId", ""))
            return master
        case _:
            return by_id(caller, element.get("Id", ""))


def by_id(caller: Caller, item_id: str) -> Item:
    """The item, or the date of a series, of that id; the same errors as `named`."""
    stored, _ = caller.readable(item_id)
    _, original = ids.split(item_id)
    if original is None:
        return stored
    found = occurrences.at(stored, original)
    if found is None:
        raise EwsError("ErrorItemNotFound")
    return found


def _nth(master: Item, index: int) -> Item:
    if master.recurrence is None:
        raise EwsError("ErrorCalendarCannotUseIdForRecurringMasterId", "The id is not a recurring master's.")
    original = occurrences.nth(master, index)
    if original is None:
        raise EwsError(
            "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", "Occurrence index is out of recurrence range."
        )
    found = occurrences.at(master, original)
    if found is None:
        raise EwsError(
            "ErrorCalendarOccurrenceIsDeletedFromRecurrence",
            "Occurrence with this index was previously deleted from the recurrence.",
        )
    return found
