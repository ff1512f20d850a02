"""Restrictions and sort orders of FindItem and FindFolder: what is meant, and in what order."""

from collections.abc import Callable

from booking.sandbox.exchange.ews import extended, properties
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find, local, read_moment
from booking.sandbox.exchange.state.model import Item

#: The value of the field that a path names, as EWS would write it; None if there is none.
Read = Callable[[Element], str | None]

_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "IsEqualTo": lambda value, asked: value == asked,
    "IsNotEqualTo": lambda value, asked: value != asked,
    "IsGreaterThan": lambda value, asked: value > asked,
    "IsGreaterThanOrEqualTo": lambda value, asked: value >= asked,
    "IsLessThan": lambda value, asked: value < asked,
    "IsLessThanOrEqualTo": lambda value, asked: value <= asked,
}


def holds(expression: Element, item: Item, call: Call) -> bool:
    """True if the item is one that the expression means.

    Raises:
        EwsError: an expression or a field that cannot be searched for.
    """
    return meets(expression, lambda path: _value(path, item, call))


def meets(expression: Element, read: Read) -> bool:
    """True if the expression holds for a thing whose fields `read` gives; the same errors as `holds`."""
    name = local(expression)
    if name == "Not":
        return not meets(expression[0], read)
    if name in {"And", "Or"}:
        found = [meets(part, read) for part in children(expression)]
        return all(found) if name == "And" else any(found)
    value = read(expression[0])
    if name == "Exists":
        return value is not None
    if name == "Contains":
        return _contains(expression, value)
    compare = _COMPARISONS.get(name)
    if compare is None:
        raise EwsError("ErrorUnsupportedQueryFilter", f"The sandbox cannot search with {name}.")
    asked = _asked(expression, read)
    return value is not None and asked is not None and compare(_comparable(value), _comparable(asked))


def in_order(items: list[Item], order: Element | None, call: Call) -> list[Item]:
    """The items as a SortOrder asks; the first field counts most."""
    for each in reversed(list(children(order))):
        items = _sorted_by(items, each, call)
    return items


def _sorted_by(items: list[Item], field: Element, call: Call) -> list[Item]:
    down = field.get("Order") == "Descending"
    return sorted(items, key=lambda item: _value(field[0], item, call) or "", reverse=down)


def _contains(expression: Element, value: str | None) -> bool:
    constant = find(expression, "t:Constant")
    asked = "" if constant is None else constant.get("Value", "")
    if value is None:
        return False
    if expression.get("ContainmentComparison", "Exact").startswith(("IgnoreCase", "Loose")):
        value, asked = value.lower(), asked.lower()
    match expression.get("ContainmentMode", "Substring"):
        case "FullString":
            return value == asked
        case "Prefixed":
            return value.startswith(asked)
        case _:
            return asked in value


def _asked(expression: Element, read: Read) -> str | None:
    operand = expression[1][0]
    return operand.get("Value", "") if local(operand) == "Constant" else read(operand)


def _value(path: Element, item: Item, call: Call) -> str | None:
    """The field's value as EWS would write it; None if the item has none."""
    if local(path) == "ExtendedFieldURI":
        found = extended.of(item, extended.read_path(path))
        return None if found is None or not found.values else found.values[0]
    uri = path.get("FieldURI", "")
    known = properties.BY_URI.get(uri)
    if known is None or not known.findable or uri == "calendar:UID":
        raise EwsError(
            "ErrorUnsupportedPathForQuery", f"The property can not be used with this type of restriction: {uri}."
        )
    element = known.build(item, call.caller, "Text")
    return None if element is None else element.text or ""


def _comparable(value: str) -> str:
    """Moments in one form, so that they compare as text; anything else as it is."""
    try:
        moment = read_moment(value)
    except ValueError:
        return value
    return f"{moment.timestamp():015.0f}" if moment.tzinfo else value
