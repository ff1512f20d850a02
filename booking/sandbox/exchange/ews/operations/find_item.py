"""FindItem: a stretch of a calendar with its series expanded, or a folder's items page by page.

Sources: learn.microsoft.com, EWS reference, CalendarView; EXCHANGE-FACTS.md section 1.2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.sandbox.exchange.calendar import view
from booking.sandbox.exchange.ews import restrictions, shown
from booking.sandbox.exchange.ews.access import Folder
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, boolean, children, find, m, t
from booking.sandbox.exchange.state.model import Item

_MOMENT = timedelta(seconds=1)


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
        shape = shown.shape(call, finding=True)
        window = find(call.body, "m:CalendarView")
        found = _page(call, folder) if window is None else _viewed(call, folder, window)
        yield m(
            "RootFolder",
            t("Items", *(shape.of(shown.item(call, item), call.caller) for item in found.items)),
            IndexedPagingOffset=None if found.following is None else str(found.following),
            TotalItemsInView=str(found.total),
            IncludesLastItemInRange=boolean(found.complete),
        )

    return call.answer(children(find(call.body, "m:ParentFolderIds")), read)


def _viewed(call: Call, folder: Folder, window: Element) -> Found:
    if not folder.is_calendar:
        raise EwsError("ErrorCalendarFolderIsInvalidForCalendarView", "Calendar folder is invalid for CalendarView.")
    if find(call.body, "m:Restriction") is not None:
        raise EwsError("ErrorInvalidOperation", "A restriction cannot be combined with a CalendarView.")
    start = call.request.moment(window.get("StartDate", ""))
    end = call.request.moment(window.get("EndDate", ""))
    if end < start:
        raise EwsError("ErrorCalendarEndDateIsEarlierThanStartDate")
    if end - start > call.limits.view_window:
        raise EwsError(
            "ErrorCalendarViewRangeTooBig", "The specified view range exceeds the maximum range of two years."
        )
    items = _standing(call, call.store.items_of(folder.mailbox.address, folder.name), start, end)
    most = _most(call, window.get("MaxEntriesReturned"), len(items))
    return Found(items[:most], total=len(items[:most]), following=None, complete=len(items) <= most)


def _standing(call: Call, items: list[Item], start: datetime, end: datetime) -> list[Item]:
    """What a view shows of the items, as this kind of server cuts and expands."""
    until = end if call.personality.cuts_views_at_edges else end + _MOMENT
    if call.personality.expands_series:
        return view.between(items, start, until)
    return [item for item in items if view.between([item], start, until)]


def _most(call: Call, asked: str | None, there: int) -> int:
    """How many items may be answered.

    Raises:
        EwsError: more are there than a server gives to who names no maximum.
    """
    limit = call.limits.view_items
    if asked is not None:
        return min(int(asked), limit)
    if there > limit:
        raise EwsError(
            "ErrorExceededFindCountLimit",
            "You have exceeded the maximum number of objects that can be returned for the find operation. "
            "Use paging to reduce the result size and try your request again.",
            values={"PolicyLimit": str(limit)},
        )
    return limit


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
    most = _most(call, None if page is None else page.get("MaxEntriesReturned", "1000"), len(kept))
    if page is not None and page.get("BasePoint") == "End":
        kept.reverse()
    items = kept[first : first + most]
    return Found(items, len(kept), first + len(items), complete=first + len(items) >= len(kept))
