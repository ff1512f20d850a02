"""The contract's sentences about folders beside the rooms' own calendars, and about whom an event concerns."""

import pytest

from booking.connectors.places import RemoteFolder
from booking.connectors.port import Connector, Definite, EventKind, Kind, RemoteRef
from tests.connectors.world import NOBODY, ROOM, WEEK, World, at


def folder(connector: Connector, name: str, *, mailbox: str = "") -> RemoteFolder:
    """The listed folder of that name."""
    return next(each for each in connector.folders(mailbox) if each.path[-1] == name)


class Folders:
    """Part of `ConnectorContract`."""

    def test_reads_a_public_folder(self, connector: Connector, world: World) -> None:
        calendar = world.add_public_calendar("Library", "Closures")
        world.put_in(calendar, at(9, 10), subject="Stocktaking")
        world.put(at(11, 12))
        listed = folder(connector, "Closures")

        seen = connector.folder_window(listed.id, WEEK, mailbox="")

        assert seen.complete
        assert [(event.when, event.subject) for event in seen.events] == [(at(9, 10), "Stocktaking")]

    def test_reads_a_further_calendar_of_a_mailbox(self, connector: Connector, world: World) -> None:
        world.put_in(world.add_calendar("Cleaning"), at(9, 10), subject="Floors")
        world.put(at(11, 12))
        listed = folder(connector, "Cleaning", mailbox=ROOM)

        seen = connector.folder_window(listed.id, WEEK, mailbox=ROOM)

        assert [event.subject for event in seen.events] == ["Floors"]

    def test_reads_a_mailbox_s_own_calendar_as_a_folder_too(self, connector: Connector, world: World) -> None:
        world.put(at(9, 10), subject="Board")
        own = next(each for each in connector.folders(ROOM) if each.is_default)

        seen = connector.folder_window(own.id, WEEK, mailbox=ROOM)

        assert [event.subject for event in seen.events] == ["Board"]
        assert seen.events == connector.window(ROOM, WEEK).events

    def test_expands_series_in_a_folder(self, connector: Connector, world: World) -> None:
        world.put_in(world.add_public_calendar("Tours"), at(9, 10), repeat="daily")

        seen = connector.folder_window(folder(connector, "Tours").id, WEEK, mailbox="")

        assert seen.events[1].when.start - seen.events[0].when.start == at(24, 25).start - at(0, 1).start
        assert {event.kind for event in seen.events} == {EventKind.OCCURRENCE}
        assert len(seen.events) == 7

    def test_keeps_private_details_of_a_folder_back(self, connector: Connector, world: World) -> None:
        world.put_in(world.add_public_calendar("Closures"), at(9, 10), subject="Hospital", private=True)

        (event,) = connector.folder_window(folder(connector, "Closures").id, WEEK, mailbox="").events

        assert event.private
        assert "Hospital" not in repr(event)

    def test_finds_one_entry_of_a_folder_until_it_is_gone(self, connector: Connector, world: World) -> None:
        calendar = world.add_public_calendar("Closures")
        entry = world.put_in(calendar, at(9, 10), subject="Stocktaking")
        listed = folder(connector, "Closures")
        (event,) = connector.folder_window(listed.id, WEEK, mailbox="").events

        found = connector.get("", event.ref)
        world.remove_from(calendar, entry)

        assert found is not None
        assert found.when == at(9, 10)
        assert connector.get("", event.ref) is None
        assert connector.folder_window(listed.id, WEEK, mailbox="").events == ()

    def test_may_read_what_it_lists(self, connector: Connector, world: World) -> None:
        world.add_public_calendar("Closures")

        assert connector.folder_rights(folder(connector, "Closures").id, mailbox="").read

    def test_refuses_a_folder_that_is_gone(self, connector: Connector, world: World) -> None:
        calendar = world.add_public_calendar("Closures")
        listed = folder(connector, "Closures")
        world.remove_calendar(calendar)

        with pytest.raises(Definite) as refusal:
            connector.folder_window(listed.id, WEEK, mailbox="")

        assert refusal.value.kind is Kind.FORBIDDEN
        assert not connector.folder_rights(listed.id, mailbox="").read

    def test_tells_whom_an_event_is_about(self, connector: Connector, world: World) -> None:
        world.invite(at(9, 10))
        (event,) = connector.window(ROOM, WEEK).events

        concerned = connector.concerned(ROOM, event.ref)

        assert concerned is not None
        assert ROOM in concerned.addresses
        assert ROOM not in repr(concerned)

    def test_tells_the_place_also_of_what_is_private(self, connector: Connector, world: World) -> None:
        world.put(at(9, 10), location="Reading Room", private=True)
        (event,) = connector.window(ROOM, WEEK).events

        concerned = connector.concerned(ROOM, event.ref)

        assert event.location == ""
        assert concerned is not None
        assert (concerned.addresses, concerned.place) == (frozenset(), "Reading Room")

    def test_knows_nobody_of_an_event_that_is_not_there(self, connector: Connector, world: World) -> None:
        entry = world.put(at(9, 10))
        (event,) = connector.window(ROOM, WEEK).events
        world.remove(entry)

        assert connector.concerned(ROOM, RemoteRef(event.ref.id, event.ref.etag)) is None

    def test_has_no_folders_of_a_mailbox_that_is_not_there(self, connector: Connector) -> None:
        with pytest.raises(Definite):
            list(connector.folders(NOBODY))
