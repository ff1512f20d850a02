"""FindItem: a stretch of a calendar with its series expanded, or a folder's items page by page.

Sources: learn.microsoft.com, EWS reference, CalendarView; EXCHANGE-FACTS.md section 1.2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from booking.sandbox.exchange.calendar import view
from booking.sandbox.exchange.ews import restrictions, shapes
from booking.sandbox.exchange.ews.access import Folder
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, boolean, children, find, m, t
from booking.sandbox.exchange.state.model import CALENDAR, Item

MOST_ITEMS = 1000
LONGEST_VIEW = timedelta(days=732)


@dataclass(frozen=True, slots=True)
class Found:
    """Some items of a folder; `following` is where the next page begins, None for a view, which has no pages."""

    items: list[Item]
    total: int
    following: int | None
    complete: bool


def run(call: Call) -> Element:
    """One response message for each folder."""

    def read(element: Element) -> Iterator[Element]:
        folder = call.caller.folder(element)
        shape = shapes.read(find(call.body, "m:ItemShape"), finding=True)
        window = find(call.body, "m:CalendarView")
        found = _page(call, folder) if window is None else _viewed(call, folder, window)
        yield m(
            "RootFolder",
            t("Items", *(shape.of(item, call.caller) for item in found.items)),
            IndexedPagingOffset=None if found.following is None else str(found.following),
            TotalItemsInView=str(found.total),
            IncludesLastItemInRange=boolean(found.complete),
        )

    return call.answer(children(find(call.body, "m:ParentFolderIds")), read)


def _viewed(call: Call, folder: Folder, window: Element) -> Found:
    if folder.name != CALENDAR:
        raise EwsError("ErrorCalendarFolderIsInvalidForCalendarView", "Calendar folder is invalid for CalendarView.")
    if find(call.body, "m:Restriction") is not None:
        raise EwsError("ErrorInvalidOperation", "A restriction cannot be combined with a CalendarView.")
    start = call.request.moment(window.get("StartDate", ""))
    end = call.request.moment(window.get("EndDate", ""))
    if end < start:
        raise EwsError("ErrorCalendarEndDateIsEarlierThanStartDate")
    if end - start > LONGEST_VIEW:
        raise EwsError(
            "ErrorCalendarViewRangeTooBig", "The specified view range exceeds the maximum range of two years."
        )
    items = view.between(call.store.items_of(folder.mailbox.address), start, end)
    asked = window.get("MaxEntriesReturned")
    if asked is None and len(items) > MOST_ITEMS:
        raise EwsError(
            "ErrorExceededFindCountLimit",
            "You have exceeded the maximum number of objects that can be returned for the find operation. "
            "Use paging to reduce the result size and try your request again.",
            values={"PolicyLimit": str(MOST_ITEMS)},
        )
    most = MOST_ITEMS if asked is None else min(int(asked), MOST_ITEMS)
    return Found(items[:most], total=len(items[:most]), following=None, complete=len(items) <= most)


def _page(call: Call, folder: Folder) -> Found:
    """Singles and series' masters, as stored, those that a restriction leaves."""
    restriction = find(call.body, "m:Restriction")
    kept = [
        item
        for item in call.store.items_of(folder.mailbox.address, folder.name)
        if restriction is None or restrictions.holds(restriction[0], item, call)
    ]
    kept = restrictions.in_order(kept, find(call.body, "m:SortOrder"), call)
    page = find(call.body, "m:IndexedPageItemView")
    first = 0 if page is None else int(page.get("Offset", "0"))
    most = MOST_ITEMS if page is None else min(int(page.get("MaxEntriesReturned", MOST_ITEMS)), MOST_ITEMS)
    if page is not None and page.get("BasePoint") == "End":
        kept.reverse()
    items = kept[first : first + most]
    return Found(items, len(kept), first + len(items), complete=first + len(items) >= len(kept))
