"""The line to a server: one sign-in at a time, a breaker after one wrong one, and peace when it asks for peace."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from booking.connectors.memory import FailBefore, Wait
from booking.connectors.places import RemoteMailbox
from booking.connectors.port import Ambiguous, ConnectionSettings, Connector, Definite, Kind
from booking.domain.states import LinkState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import Connection
from booking.sync import calls
from booking.sync.calls import NotNow
from tests.sync.library import Library

ACCOUNT = "svc-rooms@example.org"
THREADS = 8


def resolve(lib: Library) -> RemoteMailbox | None:
    def ask(line: Connector) -> RemoteMailbox | None:
        return line.resolve(lib.mailbox)

    return calls.ask(lib.engine, lib.connection_id, "resolve", ask)


def outcome(app: Flask, lib: Library) -> str:
    """Ask once, in a thread of its own, and return how it ended."""
    with app.app_context():
        try:
            resolve(lib)
        except NotNow:
            return "not now"
        except Definite as error:
            return error.kind.value
        return "answered"


class TestAWrongPassword:
    def test_is_tried_once_by_eight_threads_together(self, lib: Library, stored: Flask) -> None:
        """Point 20."""
        lib.server.add_account(ACCOUNT, "another password")

        with ThreadPoolExecutor(THREADS) as pool:
            ended = list(pool.map(lambda _: outcome(stored, lib), range(THREADS)))

        assert lib.server.sign_ins_refused == 1
        assert sorted(ended) == ["not now"] * (THREADS - 1) + ["sign_in"]

    def test_is_tried_again_after_a_quarter_of_an_hour_and_once(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "another password")
        with pytest.raises(Definite):
            resolve(lib)

        lib.clock.turn(minutes=14)
        with pytest.raises(NotNow):
            resolve(lib)
        lib.clock.turn(minutes=2)
        with pytest.raises(Definite):
            resolve(lib)

        assert lib.server.sign_ins_refused == 2

    def test_is_shown_on_every_link_until_a_good_one(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "another password")
        with pytest.raises(Definite):
            resolve(lib)
        assert lib.link().state is LinkState.AUTH_FAILED

        lib.server.add_account(ACCOUNT, "not-a-password")
        lib.clock.turn(minutes=16)
        resolve(lib)

        assert lib.link().state is LinkState.ACTIVE

    def test_that_was_right_before_opens_the_breaker_too(self, lib: Library, stored: Flask) -> None:
        resolve(lib)
        lib.server.add_account(ACCOUNT, "changed meanwhile")

        with ThreadPoolExecutor(2) as pool:
            ended = list(pool.map(lambda _: outcome(stored, lib), range(2)))

        assert "sign_in" in ended
        assert lib.connection().breaker_until == lib.clock.now + timedelta(minutes=15)

    def test_is_not_tried_by_others_while_the_breaker_is_being_opened(self, lib: Library, stored: Flask) -> None:
        opening, go_on = threading.Event(), threading.Event()

        def now() -> datetime:
            if lib.server.sign_ins_refused:
                opening.set()
                go_on.wait(10)  # the database takes its time
            return lib.clock.now

        lib.engine = replace(lib.engine, now=now)
        resolve(lib)
        lib.server.add_account(ACCOUNT, "changed meanwhile")
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(outcome, stored, lib)
            opening.wait(10)
            second = pool.submit(outcome, stored, lib)
            wait([second], timeout=0.5)
            go_on.set()

        assert (first.result(), second.result()) == ("sign_in", "not now")
        assert lib.server.sign_ins_refused == 1


class TestTheFirstSignIn:
    def test_is_made_by_one_thread_while_the_others_wait(self, lib: Library, stored: Flask) -> None:
        reached, go_on = threading.Event(), threading.Event()

        def until() -> None:
            reached.set()
            go_on.wait(10)

        lib.server.fail("resolve", Wait(until))
        with ThreadPoolExecutor(THREADS) as pool:
            asked = [pool.submit(outcome, stored, lib) for _ in range(THREADS)]
            reached.wait(10)
            while_waiting = lib.asked("resolve")
            go_on.set()
            ended = [each.result(timeout=20) for each in asked]

        assert while_waiting == 1
        assert ended == ["answered"] * THREADS


class TestALine:
    def test_that_is_paused_is_not_used(self, lib: Library) -> None:
        with transaction() as session:
            session.get_one(Connection, lib.connection_id).paused = True

        with pytest.raises(NotNow, match="paused"):
            resolve(lib)

        assert lib.server.calls == []

    def test_that_is_throttled_is_left_alone_for_as_long_as_was_asked(self, lib: Library) -> None:
        busy = Definite(Kind.THROTTLED, "The server is busy.", wait=timedelta(minutes=2))
        lib.server.fail("resolve", FailBefore(busy))
        with pytest.raises(Definite):
            resolve(lib)

        lib.clock.turn(seconds=119)
        with pytest.raises(NotNow):
            resolve(lib)
        lib.clock.turn(seconds=1)

        assert resolve(lib) is not None

    def test_whose_write_was_left_in_doubt_with_a_wait_is_left_alone_too(self, lib: Library) -> None:
        lib.server.fail("resolve", FailBefore(Ambiguous("Maintenance.", wait=timedelta(minutes=2))))
        with pytest.raises(Ambiguous):
            resolve(lib)

        with pytest.raises(NotNow, match="slow down"):
            resolve(lib)

    def test_keeps_its_connector_until_the_settings_change(self, lib: Library) -> None:
        resolve(lib)
        first = lib.engine.lines.connector(lib.connection_id, 1, _settings(lib))

        again = lib.engine.lines.connector(lib.connection_id, 1, _settings(lib))
        changed = lib.engine.lines.connector(lib.connection_id, 2, _settings(lib))

        assert again is first
        assert changed is not first


def _settings(lib: Library) -> ConnectionSettings:
    with reading() as session:
        return calls.settings(lib.engine, queries.connections.line(session, lib.connection_id))
