"""Listings that are not the truth: emptied, or cut off, as a server in trouble may answer."""

from booking.sandbox.exchange.ews.xml import Element, boolean, find_all

#: Where operations list things: FindItem, FindFolder, SyncFolderItems and -Hierarchy, GetUserAvailability.
_LISTS = (".//m:RootFolder/t:Items", ".//m:RootFolder/t:Folders", ".//m:Changes", ".//t:CalendarEventArray")
_ENDS = (".//m:IncludesLastItemInRange", ".//m:IncludesLastFolderInRange")


def empty(content: Element) -> None:
    """Take everything out of the answer's listings, which then say that this was all."""
    for listing in _lists(content):
        del listing[:]
    for merged in find_all(content, ".//t:MergedFreeBusy"):
        merged.text = "0" * len(merged.text or "")
    for root in find_all(content, ".//m:RootFolder"):
        root.set("TotalItemsInView", "0")
    _say_complete(content, complete=True)


def truncate(content: Element) -> None:
    """Take the second half out of the answer's listings, which then say that there is more."""
    _cut(content)
    _say_complete(content, complete=False)


def truncate_silently(content: Element) -> None:
    """Take the second half out of the answer's listings, which then say that this was all."""
    _cut(content)
    for root in find_all(content, ".//m:RootFolder"):
        root.set("TotalItemsInView", str(sum(len(listing) for listing in root)))
    _say_complete(content, complete=True)


def _lists(content: Element) -> list[Element]:
    return [listing for path in _LISTS for listing in find_all(content, path)]


def _cut(content: Element) -> None:
    for listing in _lists(content):
        del listing[len(listing) // 2 :]


def _say_complete(content: Element, *, complete: bool) -> None:
    for root in find_all(content, ".//m:RootFolder"):
        root.set("IncludesLastItemInRange", boolean(complete))
    for path in _ENDS:
        for end in find_all(content, path):
            end.text = boolean(complete)
