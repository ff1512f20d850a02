"""GetRooms: the rooms of one room list. Source: learn.microsoft.com, EWS reference, GetRooms."""

from booking.sandbox.exchange.ews import people
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, m, t, text


def run(call: Call) -> Element:
    """The rooms of the list that are still there, by name."""

    def read() -> Element:
        wanted = text(call.body, "m:RoomList/t:EmailAddress").lower()
        found = call.store.room_lists.get(wanted)
        if found is None:
            raise EwsError("ErrorNameResolutionNoResults", "No results were found.")
        rooms = [call.store.mailboxes[each] for each in found.rooms if each in call.store.mailboxes]
        rooms.sort(key=lambda room: room.name)
        return m("Rooms", *(t("Room", people.address("Id", each.name, each.address, "Mailbox")) for each in rooms))

    return people.one_answer(call, read)
