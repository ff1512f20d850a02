"""A server that is Exchange, and yet behaves unlike the others; and what a delegate may not see."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from booking.connectors.port import Connector, Definite, FreeBusy
from booking.sandbox.exchange.personalities import ODD
from tests.connectors.world import NOBODY, ROOM, WEEK, at
from tests.connectors.worlds import ACCOUNT, SandboxWorld, Way


@pytest.fixture
def world() -> Iterator[SandboxWorld]:
    way = Way(ODD)
    with way.sandbox() as sandbox:
        yield SandboxWorld(sandbox, way)


@pytest.fixture
def connector(world: SandboxWorld) -> Iterator[Connector]:
    made = world.connect()
    yield made
    made.close()


def operations(world: SandboxWorld) -> list[str]:
    return [request.operation for request in world.sandbox.requests() if request.operation]


class TestASeriesThatTheServerDoesNotExpand:
    def test_costs_one_request_more(self, connector: Connector, world: SandboxWorld) -> None:
        world.put(at(9, 10), repeat="daily")

        events = connector.window(ROOM, WEEK).events

        assert len(events) == 7
        assert operations(world) == ["FindItem", "GetItem"]

    def test_has_dates_that_can_be_asked_for_one_by_one(self, connector: Connector, world: SandboxWorld) -> None:
        world.put(at(9, 10), repeat="daily")
        events = connector.window(ROOM, WEEK).events

        again = [connector.get(ROOM, event.ref) for event in events]

        assert [each.when for each in again if each] == [event.when for event in events]
        assert len({event.ref.id for event in events}) == len(events)

    def test_is_read_without_the_date_that_was_declined(self, connector: Connector, world: SandboxWorld) -> None:
        world.invite(at(9, 10), repeat="daily")
        second = connector.window(ROOM, WEEK).events[1]
        connector.decline(ROOM, second.ref, "No.")

        starts = [event.when.start.day for event in connector.window(ROOM, WEEK).events]

        assert starts == [8, 10, 11, 12]

    def test_costs_two_requests_to_decline_one_date_of(self, connector: Connector, world: SandboxWorld) -> None:
        world.invite(at(9, 10), repeat="daily")
        first = connector.window(ROOM, WEEK).events[0]
        before = len(operations(world))

        connector.decline(ROOM, first.ref, "No.")

        assert operations(world)[before:] == ["GetItem", "CreateItem"]


class TestABatchThatFailsForOneMailbox:
    def test_is_halved_until_the_others_are_read(self, connector: Connector, world: SandboxWorld) -> None:
        rooms = [f"room-{number}@library.example" for number in range(16)]
        for room in rooms:
            world.sandbox.add_room(room, room)

        answer = connector.free_busy([*rooms[:5], NOBODY, *rooms[5:]], WEEK)

        assert all(isinstance(answer[room], FreeBusy) for room in rooms)
        assert isinstance(answer[NOBODY], Definite)
        assert len(operations(world)) <= 1 + 2 * 5  # one batch, and two halves for each time that it is halved

    def test_needs_no_list_of_time_zones(self, connector: Connector, world: SandboxWorld) -> None:
        connector.free_busy([ROOM], WEEK)
        connector.window(ROOM, WEEK)

        assert operations(world) == ["GetUserAvailability", "FindItem"]


class TestViewsWithInclusiveEdges:
    def test_show_nothing_that_only_touches_the_window(self, connector: Connector, world: SandboxWorld) -> None:
        world.put(at(8, 9))
        world.put(at(10, 11))

        assert connector.window(ROOM, at(9, 10)).events == ()


class TestADelegateWithoutTheRightToPrivateEntries:
    def test_still_sees_that_and_how_long_the_room_is_taken(self) -> None:
        way = Way(impersonate=False)
        with way.sandbox() as sandbox:
            world = SandboxWorld(sandbox, way)
            sandbox.grant(ACCOUNT, ROOM, "none")
            sandbox.grant(ACCOUNT, ROOM, "author")
            world.put(at(9, 10), subject="Disciplinary hearing", private=True)
            connector = world.connect()

            (event,) = connector.window(ROOM, WEEK).events
            connector.close()

        assert event.when == at(9, 10)
        assert event.blocks(tentative_blocks=False)
        assert "hearing" not in repr(event)


class TestAWindowFarAhead:
    def test_has_the_right_dates_of_an_old_series(self, connector: Connector, world: SandboxWorld) -> None:
        world.put(at(9, 10), repeat="weekly")
        later = WEEK.start + timedelta(weeks=100)

        events = connector.window(ROOM, at(0, 24, day=later)).events

        assert [event.when for event in events] == [at(9, 10, day=later)]
