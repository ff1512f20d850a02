"""Whom and which place an item names, as it stands there; only to be compared. Pure.

A list of entries names nobody, so each entry is asked for by itself.

Source: learn.microsoft.com, EWS reference, CalendarView (which properties a view can show), RequiredAttendees.
"""

from booking.connectors.ews import wire
from booking.connectors.port import Concerned

ROLES = ("RequiredAttendees", "OptionalAttendees", "Resources")  # a room is invited in any of them


def named(element: wire.Element) -> Concerned:
    """Return whom and which place the item names. An address that is no SMTP address compares with nothing."""
    wire.item_id(element)  # raises for what is no item
    mailboxes = (
        each
        for role in ROLES
        for each in element.findall(f"{wire.TYPES}{role}/{wire.TYPES}Attendee/{wire.TYPES}Mailbox")
    )
    addresses = (wire.text(each, "EmailAddress").strip().lower() for each in mailboxes)
    return Concerned(frozenset(each for each in addresses if "@" in each), wire.text(element, "Location"))
