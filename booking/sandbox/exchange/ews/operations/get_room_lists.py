"""GetRoomLists: the room lists of the organisation. Source: learn.microsoft.com, EWS reference, GetRoomLists."""

from booking.sandbox.exchange.ews import people
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.xml import Element, m


def run(call: Call) -> Element:
    """Every room list, by name."""

    def read() -> Element:
        known = sorted(call.store.room_lists.values(), key=lambda each: each.name)
        return m("RoomLists", *(people.address("Address", each.name, each.address, "PublicDL") for each in known))

    return people.one_answer(call, read)
