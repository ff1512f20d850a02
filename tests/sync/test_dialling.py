"""The first sign-in is one in the whole installation, however many processes there are.

A process is here what it is to the database and the server: an engine of its own, with lines of its own.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.connectors.memory import FailBefore, Wait
from booking.connectors.port import Ambiguous, Definite, Kind
from booking.store.database import server_now, transaction
from booking.store.models import CalendarLink, Connection, PushItem
from booking.sync import calls, dialling
from booking.sync.calls import NotNow
from booking.sync.engine import Engine
from tests.sync.library import ROOM, Library, at
from tests.sync.rooms import rooms

PROCESSES, THREADS = 3, 4
DOWN = Definite(Kind.TRANSIENT, "The server does not answer.")


def process(lib: Library, name: str, **timing: timedelta) -> Engine:
    """Return the engine of another process."""
    return replace(lib.engine, worker_name=name, timing=replace(lib.engine.timing, **timing))


def asked(app: Flask, lib: Library, engine: Engine) -> str:
    """Ask once, in a thread of its own, and return how it ended."""
    with app.app_context():
        try:
            calls.ask(engine, lib.connection_id, "resolve", lambda line: line.resolve(ROOM))
        except NotNow:
            return "not now"
        except Definite as error:
            return error.kind.value
        return "answered"


def together(app: Flask, lib: Library, engines: Sequence[Engine]) -> list[str]:
    """Have each thread of each process ask at the same moment."""
    every = [engine for engine in engines for _ in range(THREADS)]
    ready = threading.Barrier(len(every))

    def ask(engine: Engine) -> str:
        ready.wait(20)
        return asked(app, lib, engine)

    with ThreadPoolExecutor(len(every)) as pool:
        return sorted(pool.map(ask, every))


class TestSeveralProcesses:
    def test_try_a_wrong_password_once(self, lib: Library, stored: Flask) -> None:
        """Point 20: one try, then the breaker, in all of them."""
        lib.server.add_account(_account(lib), "another password")

        ended = together(stored, lib, [process(lib, f"process {number}") for number in range(PROCESSES)])

        assert lib.server.sign_ins_refused == 1
        assert ended == ["not now"] * (PROCESSES * THREADS - 1) + ["sign_in"]

    def test_all_get_their_answer_with_the_right_one(self, lib: Library, stored: Flask) -> None:
        ended = together(stored, lib, [process(lib, f"process {number}") for number in range(PROCESSES)])

        assert ended == ["answered"] * (PROCESSES * THREADS)
        assert _dialling(lib) == ("", None)

    def test_sign_in_one_after_the_other(self, lib: Library, stored: Flask) -> None:
        reached, go_on = threading.Event(), threading.Event()

        def until() -> None:
            reached.set()
            go_on.wait(10)

        lib.server.fail("resolve", Wait(until))
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(asked, stored, lib, process(lib, "first"))
            reached.wait(10)
            second = pool.submit(asked, stored, lib, process(lib, "second"))
            time.sleep(0.3)  # long enough for it to ask, if it did not wait
            meanwhile = lib.asked("resolve")
            go_on.set()

        assert (first.result(), second.result(), meanwhile) == ("answered", "answered", 1)

    def test_with_a_password_that_changes_try_it_no_oftener_than_calls_were_under_way(
        self, lib: Library, stored: Flask
    ) -> None:
        """Point 20: whoever waits for a turn sees the breaker, here and elsewhere, and does not try."""
        engines = [process(lib, f"process {number}") for number in range(2)]
        for engine in engines:
            asked(stored, lib, engine)
        lib.server.add_account(_account(lib), "changed meanwhile")
        asked(stored, lib, engines[0])

        ended = together(stored, lib, engines)

        assert ended == ["not now"] * len(ended)
        assert lib.server.sign_ins_refused == 1


class TestADiallerThatDied:
    def test_holds_up_nobody_for_longer_than_its_claim(self, lib: Library, stored: Flask) -> None:
        _claim_for(lib, timedelta(seconds=1))

        begun = time.monotonic()
        ended = asked(stored, lib, process(lib, "successor"))

        assert ended == "answered"
        assert 0.5 < time.monotonic() - begun < 10

    def test_whose_claim_never_ends_is_waited_for_with_a_bound(self, lib: Library, stored: Flask) -> None:
        _claim_for(lib, timedelta(hours=1))
        short = timedelta(milliseconds=100)

        ended = asked(stored, lib, process(lib, "successor", deadline=short, leg=short))

        assert ended == "not now"
        assert lib.asked("resolve") == 0

    def test_takes_nothing_from_its_successor_when_it_wakes(self, lib: Library) -> None:
        with dialling.alone(lib.engine, lib.connection_id):
            _claim_for(lib, timedelta(hours=1), by="successor")

        assert _dialling(lib)[0] == "successor"


class TestAServerThatAnswersAgain:
    def test_has_all_rooms_read_at_once(self, stored: Flask, request: pytest.FixtureRequest) -> None:
        with stored.app_context(), rooms(request.node.nodeid, 4) as many:
            many.read(1, 2, 3, 4)
            many.lib.server.fail("window", FailBefore(DOWN), times=4)
            many.read(1, 2, 3, 4)
            postponed = _next_reads()

            many.read(1)

            assert all(each is not None for each in postponed)
            assert _next_reads() == [None] * 4

    def test_has_all_rows_written_at_once(self, stored: Flask, request: pytest.FixtureRequest) -> None:
        with stored.app_context(), rooms(request.node.nodeid, 4) as many:
            many.read(1, 2, 3, 4)
            for number in range(1, 5):
                many.lib.place(at(10, 11), space_id=many.space_id(number))
            many.lib.server.fail("window", FailBefore(DOWN), times=4)
            many.write(1, 2, 3, 4)
            waiting = _next_tries()

            many.read(1)

            assert all(each is not None for each in waiting)
            assert _next_tries() == [None] * 4

    def test_after_a_refused_sign_in_has_all_rows_written_at_once(self, lib: Library, stored: Flask) -> None:
        lib.place(at(10, 11))
        account = _account(lib)
        lib.server.add_account(account, "another password")
        lib.push()
        lib.push()
        lib.clock.turn(minutes=16)
        lib.server.add_account(account, "not-a-password")

        asked(stored, lib, lib.engine)

        assert _next_tries() == [None]

    def test_still_lets_a_create_without_an_answer_settle(self, lib: Library) -> None:
        """Point 6: whatever else is hurried, a create that may still land is not probed before it has settled."""
        lib.place(at(10, 11))
        lib.server.fail("create", FailBefore(Ambiguous("no answer")))
        lib.push()
        settles = _next_tries()
        for _ in range(4):
            lib.engine.lines.in_trouble(lib.connection_id)

        lib.pull()

        assert settles == _next_tries() == [lib.clock.now + timedelta(seconds=95)]

    def test_is_not_hurried_by_one_mailbox_that_fails_among_others(self, lib: Library) -> None:
        lines = lib.engine.lines

        ended = []
        for _ in range(5):
            lines.in_trouble(lib.connection_id)
            ended.append(lines.well_again(lib.connection_id))

        assert ended == [False] * 5


def _account(lib: Library) -> str:
    return lib.connection().username


def _dialling(lib: Library) -> tuple[str, object]:
    found = lib.connection()
    return found.dialling_by, found.dialling_until


def _claim_for(lib: Library, lasting: timedelta, *, by: str = "somebody who died") -> None:
    with transaction() as session:
        found = session.get_one(Connection, lib.connection_id)
        found.dialling_by, found.dialling_until = by, server_now(session) + lasting


def _next_reads() -> list[object]:
    with transaction() as session:
        return list(session.scalars(select(CalendarLink.next_read_at).order_by(CalendarLink.id)))


def _next_tries() -> list[object]:
    with transaction() as session:
        return list(session.scalars(select(PushItem.next_at).order_by(PushItem.id)))
