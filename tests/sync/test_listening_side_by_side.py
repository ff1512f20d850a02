"""Watches over several servers: what one of them does never costs another its watch, nor this process its lines."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask

from booking.connectors import memory
from booking.connectors.memory import MemoryConnector, MemoryServer
from booking.connectors.memory.faults import Wait
from booking.connectors.port import ConnectionSettings
from booking.store.database import transaction
from booking.sync.engine import Timing
from tests import build
from tests.support import waiting
from tests.sync.library import Library, library
from tests.sync.test_watching import HEARTBEAT, listener, watches

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def _neighbour(name: str) -> Iterator[MemoryServer]:
    """Give a second server, with one room that is paired."""
    server = memory.server(name)
    server.add_room("slow@library.example", "Slow")
    with transaction() as session:
        connection = build.connection(session, server=name)
        connection.protocol = "memory"
        space = build.space(session, build.category(session, build.location(session, connection=connection)))
        build.link(session, space, through=connection, mailbox="slow@library.example", read_at=None)
    try:
        yield server
    finally:
        memory.forget(name)


def _claimed_until(number: int) -> datetime | None:
    return watches()[number].claimed_until


class TestAServerThatHangs:
    def test_does_not_end_the_watch_over_another(self, stored: Flask, request: pytest.FixtureRequest) -> None:
        timing = Timing(claim=timedelta(seconds=1.5))
        answers = threading.Event()
        with stored.app_context(), library(request.node.nodeid, timing=timing) as lib, listener(stored, lib):
            lib.server.hints.heartbeat = HEARTBEAT
            waiting.until(lambda: lib.link().look_at, what="the watch")
            with _neighbour(f"{request.node.nodeid} slow") as slow:
                slow.fail("probe", Wait(lambda: answers.wait(20)))
                waiting.until(lambda: len(watches()) > 1 and _claimed_until(1), what="the slow one to be asked")
                before = _claimed_until(0)
                assert before is not None

                try:
                    waiting.until(
                        lambda: (_claimed_until(0) or before) > before + timing.claim, what="a renewal", seconds=8
                    )
                finally:
                    answers.set()

            assert lib.asked("watch") == 1


def _has_begun(lib: Library, *, times: int) -> bool:
    return lib.asked("watch") == times


class Counted(MemoryConnector):
    """A connector that says whether it is open."""

    open: "set[Counted]" = set()  # noqa: RUF012 - of all of them

    def __init__(self, settings: ConnectionSettings) -> None:
        super().__init__(settings)
        self.open.add(self)

    def close(self) -> None:
        super().close()
        self.open.discard(self)


class TestAWatchThatIsBegunAgainAndAgain:
    def test_leaves_no_line_open(self, stored: Flask, request: pytest.FixtureRequest) -> None:
        Counted.open.clear()
        with stored.app_context(), library(request.node.nodeid) as lib:
            lib.server.hints.heartbeat = HEARTBEAT
            object.__setattr__(lib.engine.lines, "_connect", Counted)
            object.__setattr__(lib.engine, "connect", Counted)
            with listener(stored, lib):
                for times in (1, 2):
                    waiting.until(partial(_has_begun, lib, times=times), what="a watch")
                    lib.server.hints.end()
                waiting.until(lambda: lib.asked("watch") == 3, what="the third watch")

                assert len(Counted.open) == 1
