"""Which properties of an item a caller asked for, and the item with just these."""

from dataclasses import dataclass

from booking.sandbox.exchange.ews import extended, properties
from booking.sandbox.exchange.ews.access import Caller
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find, is_true, local, t, text
from booking.sandbox.exchange.state.model import Item, PropertyPath


@dataclass(frozen=True, slots=True)
class Shape:
    """The wish of one call."""

    uris: frozenset[str]
    paths: tuple[PropertyPath, ...]
    body: str

    def of(self, item: Item, caller: Caller) -> Element:
        """The item as a t:CalendarItem, in the schema's order."""
        element = t("CalendarItem")
        for each in properties.PROPERTIES:
            built = each.build(item, caller, self.body) if each.uri in self.uris else None
            if built is not None:
                element.append(built)
            if each.uri == properties.BEFORE_EXTENDED:
                element.extend(self._extended(item))
        return element

    def _extended(self, item: Item) -> list[Element]:
        found = (extended.of(item, path) for path in self.paths)
        return [extended.write(each) for each in found if each is not None]


IDS_ONLY = Shape(frozenset({"item:ItemId"}), (), "Text")


def read(element: Element | None, *, finding: bool) -> Shape:
    """The shape in an m:ItemShape element.

    Raises:
        EwsError: ErrorInvalidPropertyRequest for a property that FindItem cannot give, or that no item has.
    """
    if element is None:
        return IDS_ONLY
    uris = {each.uri for each in _base(text(element, "t:BaseShape")) if each.findable or not finding}
    if not finding and is_true(text(element, "t:IncludeMimeContent")):
        uris.add(properties.MIME_CONTENT)
    paths: list[PropertyPath] = []
    for wish in children(find(element, "t:AdditionalProperties")):
        if local(wish) == "ExtendedFieldURI":
            paths.append(extended.read_path(wish))
        elif local(wish) == "FieldURI":
            uris |= _asked(wish.get("FieldURI", ""), finding=finding)
    return Shape(frozenset({"item:ItemId", *uris}), tuple(paths), text(element, "t:BodyType", "Best"))


def _base(name: str) -> list[properties.Property]:
    if name == "AllProperties":
        return [each for each in properties.PROPERTIES if each.uri != properties.MIME_CONTENT]
    return [each for each in properties.PROPERTIES if name == "Default" and each.in_default_shape]


def _asked(uri: str, *, finding: bool) -> set[str]:
    """The property, if we know it; one of the schema's that we do not keep is simply not there."""
    known = properties.BY_URI.get(uri)
    if known is None:
        return set()
    if finding and not known.findable:
        raise EwsError("ErrorInvalidPropertyRequest", f"Property is not valid for this operation: {uri}.")
    return {uri}
