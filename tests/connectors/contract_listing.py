"""The contract's sentences about what a server lists: rooms, and folders."""

from booking.connectors.places import FolderKind
from booking.connectors.port import Connector
from tests.connectors.world import OTHER, ROOM, World


class Listing:
    """Part of `ConnectorContract`."""

    def test_lists_no_rooms_where_there_are_no_lists(self, connector: Connector) -> None:
        assert list(connector.rooms()) == []

    def test_lists_the_rooms_of_each_building(self, connector: Connector, world: World) -> None:
        world.list_rooms("Main Library", ROOM)
        world.list_rooms("Annexe", OTHER)

        found = {room.address: (room.name, room.building) for room in connector.rooms()}

        assert found == {ROOM: ("Reading Room", "Main Library"), OTHER: ("Quiet Room", "Annexe")}

    def test_lists_a_room_once(self, connector: Connector, world: World) -> None:
        world.list_rooms("Main Library", ROOM, OTHER)
        world.list_rooms("All rooms", OTHER, ROOM)

        assert sorted(room.address for room in connector.rooms()) == [OTHER, ROOM]

    def test_lists_a_mailbox_s_own_calendar_first(self, connector: Connector, world: World) -> None:
        world.add_calendar("Cleaning")

        folders = list(connector.folders(ROOM))

        assert [(folder.path[-1], folder.is_default) for folder in folders] == [("Calendar", True), ("Cleaning", False)]
        assert {(folder.kind, folder.public) for folder in folders} == {(FolderKind.CALENDAR, False)}
        assert len({folder.id for folder in folders}) == len(folders)

    def test_lists_public_calendars_with_the_folders_they_are_in(self, connector: Connector, world: World) -> None:
        world.add_public_calendar("Library", "Branches", "Mobile library")

        folders = [folder for folder in connector.folders("") if folder.path[-1] == "Mobile library"]

        assert [(folder.path, folder.public) for folder in folders] == [
            (("Library", "Branches", "Mobile library"), True)
        ]
