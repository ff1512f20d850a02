"""One room whose calendar makes us stumble does not keep those after it waiting."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from booking.connectors.port import ConnectionSettings, Connector, Snapshot
from booking.domain.intervals import Interval
from booking.domain.states import PushState
from booking.store.database import reading
from booking.store.models import CalendarLink
from booking.sync import pull, reconciling, worker
from booking.sync.engine import Engine
from tests.sync.library import at
from tests.sync.rooms import Rooms, rooms

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FIRST = "room-1@library.example"


class Unforeseen(Exception):
    """A fault of ours that no code knows."""


class Stumbling:
    """A connector that raises what no connector may when it is to read one room exactly."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    def __getattr__(self, name: str) -> object:
        return getattr(self._connector, name)

    def window(self, mailbox: str, window: Interval) -> Snapshot:
        if mailbox == FIRST:
            raise Unforeseen
        return self._connector.window(mailbox, window)


def stumbling(engine: Engine) -> Engine:
    def connect(settings: ConnectionSettings) -> Connector:
        return Stumbling(engine.connect(settings))  # type: ignore[return-value]  # the rest is the wrapped one's

    return replace(engine, connect=connect)


@pytest.fixture
def three(stored: Flask, request: pytest.FixtureRequest) -> Iterator[Rooms]:
    """Give three paired rooms; the first one's calendar cannot be read without a fault of ours."""
    with stored.app_context(), rooms(request.node.nodeid, 3) as made:
        for number in (1, 2, 3):
            made.read(number)
            made.lib.server.put(f"room-{number}@library.example", when=at(13, 14, days=4))
        made.lib.engine = stumbling(made.lib.engine)
        yield made


READINGS: list[Callable[[Engine], int]] = [pull.read_due, pull.sweep_near, reconciling.due]


class TestARoomThatCannotBeRead:
    @pytest.mark.parametrize("read", READINGS, ids=lambda read: f"{read.__module__}.{read.__name__}")
    def test_does_not_keep_others_from_being_read(self, three: Rooms, read: Callable[[Engine], int]) -> None:
        three.lib.clock.turn(days=2)  # everything is due by now

        with pytest.raises(Unforeseen):
            read(three.lib.engine)

        with reading() as session:
            query = select(CalendarLink.mailbox).where(CalendarLink.read_at == three.lib.clock.now)
            assert set(session.scalars(query)) == {"room-2@library.example", "room-3@library.example"}

    def test_does_not_keep_others_from_being_written(self, three: Rooms) -> None:
        refs = [three.lib.place(at(9, 10), space_id=three.space_id(number)) for number in (1, 2, 3)]

        with pytest.raises(Unforeseen):
            worker.push_due(three.lib.engine)

        states = [row.state for ref in refs[1:] for row in three.rows(ref).values()]
        assert states == [PushState.CLEAN] * 2
