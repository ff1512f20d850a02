"""Extended properties: paths and values, read and written."""

from booking.sandbox.exchange.ews import mapi
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, find, find_all, t
from booking.sandbox.exchange.state.model import ExtendedProperty, Item, PropertyPath


def read_path(element: Element) -> PropertyPath:
    """The property that an ExtendedFieldURI names.

    Raises:
        EwsError: it names none.
    """
    path = PropertyPath(
        property_set=element.get("PropertySetId", ""),
        distinguished_set=element.get("DistinguishedPropertySetId", ""),
        name=element.get("PropertyName", ""),
        number=element.get("PropertyId", ""),
        tag=element.get("PropertyTag", ""),
        type=element.get("PropertyType", "String"),
    )
    in_a_set = bool(path.property_set or path.distinguished_set) and bool(path.name or path.number)
    if not in_a_set and not path.tag:
        raise EwsError("ErrorInvalidExtendedProperty", "The extended property is invalid.")
    return path


def read(element: Element) -> ExtendedProperty:
    """The property and its values in a t:ExtendedProperty element."""
    uri = find(element, "t:ExtendedFieldURI")
    if uri is None:
        raise EwsError("ErrorInvalidExtendedProperty", "The extended property is invalid.")
    values = find_all(element, "t:Value") or find_all(element, "t:Values/t:Value")
    if not values:
        raise EwsError("ErrorInvalidExtendedPropertyValue", "The extended property has no value.")
    return ExtendedProperty(read_path(uri), tuple(value.text or "" for value in values))


def write_path(path: PropertyPath) -> Element:
    """The ExtendedFieldURI of a property."""
    return t(
        "ExtendedFieldURI",
        DistinguishedPropertySetId=path.distinguished_set or None,
        PropertySetId=path.property_set or None,
        PropertyTag=path.tag or None,
        PropertyName=path.name or None,
        PropertyId=path.number or None,
        PropertyType=path.type,
    )


def write(found: ExtendedProperty) -> Element:
    """The t:ExtendedProperty element of a property and its values."""
    values = [t("Value", value) for value in found.values]
    content = [t("Values", *values)] if found.path.type.endswith("Array") else values[:1]
    return t("ExtendedProperty", write_path(found.path), *content)


def of(item: Item, path: PropertyPath) -> ExtendedProperty | None:
    """The item's property at that path, if it has it: what follows from the item itself, or what was written."""
    value = mapi.computed(item, path)
    if value is not None:
        return ExtendedProperty(path, (value,))
    return next((each for each in item.extended if each.path.key == path.key), None)


def with_value(extended: tuple[ExtendedProperty, ...], new: ExtendedProperty) -> tuple[ExtendedProperty, ...]:
    """The properties with this one set."""
    return (*without(extended, new.path), new)


def without(extended: tuple[ExtendedProperty, ...], path: PropertyPath) -> tuple[ExtendedProperty, ...]:
    """The properties without the one at that path."""
    return tuple(each for each in extended if each.path.key != path.key)
