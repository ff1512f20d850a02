"""What this caller sees on this kind of server: less than what is stored, or other.

Sources: learn.microsoft.com, EWS reference, LegacyFreeBusyStatus (WorkingElsewhere from 2013 on), EffectiveRights
(ViewPrivateItems) and "Delegate access and EWS in Exchange".
"""

from dataclasses import replace

from booking.sandbox.exchange.ews import shapes, versions
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.shapes import Shape
from booking.sandbox.exchange.ews.xml import find
from booking.sandbox.exchange.state.model import Item


def shape(call: Call, *, finding: bool) -> Shape:
    """The properties that the call asks for and that this server has.

    Raises:
        EwsError: one that FindItem cannot give, or that no item has.
    """
    wanted = shapes.read(find(call.body, "m:ItemShape"), finding=finding)
    if not versions.is_before_2013(call.personality):
        return wanted
    return replace(wanted, uris=wanted.uris - versions.NEW_IN_2013)


def item(call: Call, stored: Item) -> Item:
    """The item as the caller sees it."""
    if stored.private and not call.caller.rights(call.store.mailboxes[stored.mailbox]).private:
        stored = _withheld(stored)
    if stored.attendees and not call.personality.keeps_attendees_in_order:
        stored = replace(stored, attendees=stored.attendees[::-1])
    return replace(stored, busy=busy(call, stored))


def busy(call: Call, stored: Item) -> str:
    """The item's status in the words that this server knows."""
    if stored.busy == "WorkingElsewhere" and not call.personality.knows_working_elsewhere:
        return "NoData"
    return stored.busy


def _withheld(stored: Item) -> Item:
    """A private item to a delegate who may not look into those: when and how busy, not what, where and who."""
    return replace(
        stored,
        subject="",
        body="",
        location="",
        categories=(),
        organizer=None,
        modified_by="",
        attendees=(),
        invited=stored.is_meeting,
    )
