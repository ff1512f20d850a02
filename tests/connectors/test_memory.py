"""The reference keeps its own contract, and misbehaves as it is told to."""

from datetime import timedelta
from threading import Event, Thread

import pytest

from booking.connectors import memory
from booking.connectors.port import Ambiguous, ConnectionSettings
from tests.connectors.contract import ConnectorContract
from tests.connectors.world import MONDAY, ROOM, STAMP, WEEK, at, draft
from tests.connectors.worlds import MemoryWorld


class TestMemory(ConnectorContract):
    @pytest.fixture
    def world(self, request: pytest.FixtureRequest) -> MemoryWorld:
        return MemoryWorld(request.node.nodeid)


class TestMemoryServer:
    @pytest.fixture
    def server(self, request: pytest.FixtureRequest) -> memory.MemoryServer:
        memory.forget(request.node.nodeid)
        made = memory.server(request.node.nodeid)
        made.add_room(ROOM)
        return made

    @pytest.fixture
    def connector(self, request: pytest.FixtureRequest, server: memory.MemoryServer) -> memory.MemoryConnector:
        assert server is memory.server(request.node.nodeid)
        return memory.MemoryConnector(ConnectionSettings("memory", request.node.nodeid, "anybody", ""))

    def test_lets_anybody_in_while_it_has_no_accounts(self, connector: memory.MemoryConnector) -> None:
        assert connector.window(ROOM, WEEK).complete

    def test_meets_the_nth_call_of_an_operation_only(
        self, server: memory.MemoryServer, connector: memory.MemoryConnector
    ) -> None:
        server.fail("create", memory.FailBefore(Ambiguous("lost")), call=2)

        connector.create(ROOM, draft(), STAMP)
        connector.window(ROOM, WEEK)
        with pytest.raises(Ambiguous):
            connector.create(ROOM, draft(), STAMP)
        connector.create(ROOM, draft(), STAMP)

        assert len(server.entries(ROOM)) == 2

    def test_applies_late_when_it_is_let(self, server: memory.MemoryServer, connector: memory.MemoryConnector) -> None:
        server.fail("create", memory.FailLate(Ambiguous("lost")))

        with pytest.raises(Ambiguous):
            connector.create(ROOM, draft(), STAMP)
        before = len(server.entries(ROOM))
        server.settle()

        assert (before, len(server.entries(ROOM))) == (0, 1)

    def test_lets_others_work_while_one_call_waits(
        self, server: memory.MemoryServer, connector: memory.MemoryConnector
    ) -> None:
        reached, go = Event(), Event()

        def until_let() -> None:
            reached.set()
            go.wait(10)

        server.fail("create", memory.Wait(until_let))
        slow = Thread(target=connector.create, args=(ROOM, draft(), STAMP))

        slow.start()
        assert reached.wait(10)
        meanwhile = connector.window(ROOM, WEEK).events
        go.set()
        slow.join(10)

        assert meanwhile == ()
        assert len(server.entries(ROOM)) == 1

    def test_can_show_half_a_calendar_and_call_it_whole(
        self, server: memory.MemoryServer, connector: memory.MemoryConnector
    ) -> None:
        server.put(ROOM, when=at(9, 10))
        server.put(ROOM, when=at(11, 12))
        server.fail("window", memory.Show(lambda event: event.when == at(9, 10)))
        server.fail("window", memory.Show(lambda _event: False, complete=False), call=2)

        truly, falsely = connector.window(ROOM, WEEK), connector.window(ROOM, WEEK)

        assert (len(truly.events), truly.complete) == (1, True)
        assert (len(falsely.events), falsely.complete) == (0, False)

    def test_gives_a_copy_our_stamp_but_a_uid_of_its_own(
        self, server: memory.MemoryServer, connector: memory.MemoryConnector
    ) -> None:
        written = connector.create(ROOM, draft(), STAMP)

        server.copy(ROOM, written.id, when=at(14, 15))

        found = sorted(connector.find(ROOM, STAMP, WEEK), key=lambda event: event.when)
        assert [event.stamp for event in found] == [STAMP, STAMP]
        assert [event.ref.uid == STAMP.uid for event in found] == [True, False]

    def test_gives_what_comes_back_from_deleted_items_another_id(
        self, server: memory.MemoryServer, connector: memory.MemoryConnector
    ) -> None:
        written = connector.create(ROOM, draft(), STAMP)
        connector.delete(ROOM, written)

        restored = server.restore(ROOM, STAMP.uid)

        assert restored != written.id
        assert connector.get(ROOM, written) is None
        assert [event.ref.id for event in connector.find(ROOM, STAMP, WEEK)] == [restored]

    def test_ends_a_series_with_its_last_date(
        self, server: memory.MemoryServer, connector: memory.MemoryConnector
    ) -> None:
        server.put(ROOM, when=at(9, 10), repeat="daily", until=(MONDAY + timedelta(days=2)).date())

        assert len(connector.window(ROOM, WEEK).events) == 3
