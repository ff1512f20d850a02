"""MAPI properties that an item has without anybody writing them, for callers that ask by tag or by number.

Sources: [MS-OXPROPS] for tags and numbers; [MS-OXOCAL] for those of appointments.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from booking.sandbox.exchange.ews.xml import boolean, moment
from booking.sandbox.exchange.state.model import SENSITIVITIES, Item, ItemKind, PropertyPath

Read = Callable[[Item], str]

_MEETING, _RECEIVED, _CANCELLED = 1, 2, 4


def computed(item: Item, path: PropertyPath) -> str | None:
    """The property's value as EWS writes it; None if it is none of these, or the item has nothing there."""
    read = _reader(path)
    return (read(item) or None) if read else None


def written(item: Item, path: PropertyPath, value: str) -> Item | None:
    """The item with that value, where the property is another name of one of its fields; None if it is not.

    What follows from the item cannot be set: the item comes back as it was.
    """
    change = _FIELDS.get(number(path.tag)) if path.tag else None
    if change is not None:
        return replace(item, **change(value))
    return None if _reader(path) is None else item


def number(tag: str) -> int:
    """A tag or number as a number, however it was written: 0x3008 or 12296; -1 if it is none."""
    try:
        return int(tag, 0)
    except ValueError:
        return -1


def state(item: Item) -> str:
    """Bits: 1 a meeting, 2 received, 4 cancelled. Source: [MS-OXOCAL] 2.2.1.10, AppointmentState of EWS."""
    received = item.is_meeting and not item.is_organized_by(item.mailbox)
    return str(_MEETING * item.is_meeting + _RECEIVED * received + _CANCELLED * item.cancelled)


def _reader(path: PropertyPath) -> Read | None:
    if path.tag:
        return _BY_TAG.get(number(path.tag))
    return _BY_NAME.get((path.distinguished_set, path.name or str(number(path.number))))


def people(*roles: str) -> Read:
    """What reads the names of an item's attendees in these roles, as one line."""
    return lambda item: "; ".join(each.name for each in item.attendees if each.role in roles)


#: Properties that are plain text fields of the item by another name.
_FIELDS: dict[int, Callable[[str], dict[str, Any]]] = {
    0x0037: lambda value: {"subject": value},
    0x1000: lambda value: {"body": value, "body_type": "Text"},
}
_BY_TAG: dict[int, Read] = {
    0x001A: lambda _item: "IPM.Appointment",
    0x0036: lambda item: str(SENSITIVITIES.index(item.sensitivity)),
    0x0037: lambda item: item.subject,
    0x0E03: people("optional"),
    0x0E04: people("required", "resource"),
    0x0E23: lambda item: str(item.arrived),
    0x1000: lambda item: item.body if item.body_type == "Text" else "",
    0x3001: lambda item: item.subject,
    0x3007: lambda item: moment(item.created),
    0x3008: lambda item: moment(item.modified),
}
_BY_NAME: dict[tuple[str, str], Read] = {
    ("Appointment", str(0x8217)): state,
    ("Appointment", str(0x8223)): lambda item: boolean(item.kind is ItemKind.MASTER),
}
