"""Pages of a result: by index, by fraction, or whole.

Source: learn.microsoft.com, EWS reference, IndexedPageFolderView and FractionalPageFolderView.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, boolean, local

MOST_ROWS = 1000

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and what the answer says about where they stand."""

    rows: list[Row]
    attributes: dict[str, str]


def page(rows: Sequence[Row], view: Element | None) -> Page[Row]:
    """The rows that a view asks for; without one, all that fit.

    Raises:
        EwsError: a place that cannot be.
    """
    total = len(rows)
    ordered = list(reversed(rows)) if view is not None and view.get("BasePoint") == "End" else list(rows)
    first = _first(view, total)
    most = MOST_ROWS if view is None else int(view.get("MaxEntriesReturned", MOST_ROWS))
    if most < 1:
        raise EwsError("ErrorInvalidPagingMaxRows", "A page holds at least one row.")
    shown = ordered[first : first + min(most, MOST_ROWS)]
    following = first + len(shown)
    where = {"TotalItemsInView": str(total), "IncludesLastItemInRange": boolean(following >= total)}
    if view is not None and local(view).startswith("Fractional"):
        return Page(shown, {"NumeratorOffset": str(following), "AbsoluteDenominator": str(total), **where})
    return Page(shown, {"IndexedPagingOffset": str(following), **where})


def _first(view: Element | None, total: int) -> int:
    if view is None:
        return 0
    if not local(view).startswith("Fractional"):
        offset = int(view.get("Offset", "0"))
        if offset < 0:
            raise EwsError("ErrorInvalidIndexedPagingParameters", "The offset is not valid.")
        return offset
    numerator, denominator = int(view.get("Numerator", "0")), int(view.get("Denominator", "1"))
    if denominator < 1 or not 0 <= numerator <= denominator:
        raise EwsError("ErrorInvalidFractionalPagingParameters", "The fraction is not valid.")
    return total * numerator // denominator
