"""T0: who listens, what follows from what is heard, and what does not.

`point N` is a number of the list in the design of sync ("every one of these is a test").
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from booking.connectors.memory import FailBefore, MemoryConnector
from booking.connectors.port import Definite, Kind, Limits
from booking.domain.availability import unsure_times
from booking.domain.intervals import Interval
from booking.domain.states import LinkState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, Connection, SyncError
from booking.store.queries.watches import WatchRow
from booking.sync import pull
from booking.sync.engine import Timing
from booking.sync.watching import Supervisor
from tests.support import waiting
from tests.sync.library import NOW, Library, at, library

SOON = at(13, 14, days=2)
#: The clock stands still unless a test turns it; lines live in their own time.
HEARTBEAT = timedelta(milliseconds=50)
QUIET = Timing().watch_quiet
#: No lock is at stake there, so one database will do.
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def listened(stored: Flask, request: pytest.FixtureRequest) -> Iterator[Library]:
    """Give a library with three rooms to which somebody listens; each of them was looked at once, as a watch begins."""
    with stored.app_context(), _three_rooms(request.node.nodeid) as lib, listener(stored, lib):
        waiting.until(lambda: all(each.look_at for each in links(lib)), what="the watch to begin")
        pull.read_due(lib.engine)
        yield lib


@contextmanager
def _three_rooms(name: str, timing: Timing | None = None) -> Iterator[Library]:
    with library(name, rooms=3, timing=timing) as lib:
        lib.server.hints.heartbeat = HEARTBEAT
        yield lib


@contextmanager
def listener(app: Flask, lib: Library) -> Iterator[Supervisor]:
    supervisor = Supervisor(lib.engine, app.app_context)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()


def links(_: Library) -> list[CalendarLink]:
    with reading() as session:
        return list(session.scalars(select(CalendarLink).order_by(CalendarLink.id)))


def watches() -> tuple[WatchRow, ...]:
    with reading() as session:
        return queries.watches.rows(session)


def look_at(lib: Library) -> datetime | None:
    return lib.link().look_at


def heard_again(lib: Library) -> None:
    """Wait for two more signs of life: what was heard before the first is followed by now."""
    for _ in range(2):
        lib.clock.turn(milliseconds=1)
        waiting.until(lambda: all(row.heard_at == lib.clock.now for row in watches()), what="a sign of life")


@ONE_DATABASE
class TestAWatch:
    def test_has_a_room_read_some_seconds_after_something_happened_there(self, listened: Library) -> None:
        listened.server.put(listened.mailbox, when=SOON)
        waiting.until(lambda: look_at(listened) == NOW + QUIET, what="the look")

        assert pull.read_due(listened.engine) == 0
        listened.clock.turn(seconds=QUIET.total_seconds())
        assert pull.read_due(listened.engine) == 1

        assert listened.blocked() == [SOON]

    def test_waits_until_it_is_quiet_but_not_for_ever(self, listened: Library) -> None:
        listened.server.put(listened.mailbox, when=SOON)
        waiting.until(lambda: look_at(listened) == NOW + QUIET, what="the look")

        for seconds in (2, 4, 6, 8, 10):
            listened.clock.now = NOW + timedelta(seconds=seconds)
            listened.server.put(listened.mailbox, when=at(13, 14, days=2 + seconds))
            later = min(listened.clock.now + QUIET, NOW + 4 * QUIET)
            waiting.until(partial(_is_put_off, listened, to=later), what="the look to be put off")

    def test_asks_for_a_new_look_when_one_may_be_under_way(self, listened: Library) -> None:
        listened.server.put(listened.mailbox, when=SOON)
        waiting.until(lambda: look_at(listened) == NOW + QUIET, what="the look")
        listened.clock.turn(seconds=10)

        listened.server.put(listened.mailbox, when=at(9, 10))

        waiting.until(lambda: look_at(listened) == listened.clock.now, what="a look that begins after this")

    def test_counts_as_a_good_look_only_where_nothing_is_to_be_looked_at(self, listened: Library) -> None:
        listened.server.put(listened.mailbox, when=SOON)
        waiting.until(lambda: look_at(listened), what="the look")
        before = listened.link().watched_at
        listened.clock.turn(seconds=1)

        heard_again(listened)

        assert listened.link().watched_at == before
        assert links(listened)[1].watched_at == listened.clock.now

    def test_of_a_room_that_cannot_be_read_counts_for_nothing(self, listened: Library) -> None:
        heard_again(listened)
        listened.server.fail("window", FailBefore(Definite(Kind.TRANSIENT, "Not now.")))
        listened.pull()
        before = listened.link().watched_at
        listened.clock.turn(seconds=1)

        heard_again(listened)

        assert listened.link().watched_at == before

    def test_has_every_room_looked_at_again_when_the_server_has_ended_it(self, listened: Library) -> None:
        listened.server.hints.end()

        waiting.until(lambda: all(each.look_at for each in links(listened)), what="a look at every room")
        assert listened.asked("watch") == 2

    def test_begins_again_after_a_failure_and_says_what_it_was(self, listened: Library) -> None:
        listened.server.fail("watch", FailBefore(Definite(Kind.TRANSIENT, "Still down.")))
        listened.server.hints.end(Definite(Kind.TRANSIENT, "The server went down."))

        waiting.until(lambda: listened.asked("watch") >= 3 and all(each.look_at for each in links(listened)), what="it")

    def test_is_ended_when_its_connection_is_paused(self, listened: Library) -> None:
        _pause(listened, paused=True)
        waiting.until(lambda: not watches(), what="the end")

        _pause(listened, paused=False)
        waiting.until(lambda: listened.asked("watch") == 2, what="a new watch")

    def test_ends_at_once(self, stored: Flask, lib: Library) -> None:
        lib.server.hints.heartbeat = timedelta(hours=1)
        with listener(stored, lib) as supervisor:
            waiting.until(lambda: look_at(lib), what="the watch")

            begun = time.monotonic()
            supervisor.stop()

        assert time.monotonic() - begun < 2
        assert [row.claimed_until for row in watches()] == [None]


def _is_put_off(lib: Library, *, to: datetime) -> bool:
    return look_at(lib) == to


def _pause(lib: Library, *, paused: bool) -> None:
    with transaction() as session:
        session.scalars(select(Connection).where(Connection.id == lib.connection_id)).one().paused = paused


@ONE_DATABASE
class TestAWatchThatDiesWithoutAWord:
    def test_is_ended_from_outside_and_begun_anew(self, stored: Flask, request: pytest.FixtureRequest) -> None:
        """Point 16."""
        timing = Timing(watch_silent=timedelta(seconds=0.5))
        with stored.app_context(), _three_rooms(request.node.nodeid, timing) as lib:
            lib.server.hints.heartbeat = timedelta(hours=1)
            lib.server.hints.silent = True
            with listener(stored, lib):
                waiting.until(lambda: all(each.look_at for each in links(lib)), what="the watch")
                pull.read_due(lib.engine)

                waiting.until(lambda: lib.asked("watch") > 1, what="another watch")
                waiting.until(lambda: all(each.look_at for each in links(lib)), what="a look at every room")

    def test_leaves_nothing_certain_after_three_intervals(self, listened: Library) -> None:
        """Point 16: unknown is not free."""
        heard_again(listened)
        listened.server.hints.silent = True
        died = listened.clock.now

        listened.clock.now = died + timedelta(minutes=2)
        assert unsure(listened) == []
        listened.clock.now = died + timedelta(minutes=3, seconds=1)

        assert unsure(listened) == [at(0, 24, days=2)]

    def test_is_made_up_for_by_the_sweep(self, listened: Library) -> None:
        """Point 16."""
        heard_again(listened)
        listened.server.hints.silent = True
        listened.server.put(listened.mailbox, when=SOON)

        pull.sweep_near(listened.engine)
        assert listened.blocked() == []  # it still counts as watched
        listened.clock.turn(minutes=2)
        pull.sweep_near(listened.engine)

        assert listened.blocked() == [SOON]

    def test_for_one_room_alone_is_noticed_by_the_slower_sweep_and_counts_for_it_no_more(
        self, listened: Library
    ) -> None:
        """Point 16."""
        pull.sweep_far(listened.engine)
        heard_again(listened)
        with listened.server.lock:  # nobody is told
            listened.server.hints.silent = True
            listened.server.put(listened.mailbox, when=SOON)
            listened.server.hints.silent = False

        pull.sweep_far(listened.engine)
        heard_again(listened)

        assert listened.blocked() == [SOON]
        assert [each.watched_at for each in links(listened)] == [None, listened.clock.now, listened.clock.now]
        listened.server.put(listened.mailbox, when=at(9, 10))
        waiting.until(lambda: look_at(listened), what="a hint after all")
        listened.clock.turn(seconds=4)
        pull.read_due(listened.engine)
        waiting.until(lambda: listened.link().watched_at, what="it to count again")


def unsure(lib: Library) -> list[Interval]:
    with reading() as session:
        known = queries.free.freshness(session, [lib.space_id])[lib.space_id]
    return unsure_times(known, at(0, 24, days=2), now=lib.clock.now, cadence=lib.engine.timing.cadence)


@ONE_DATABASE
class TestASweep:
    def test_leaves_out_rooms_that_are_watched_and_the_slower_one_does_not(self, listened: Library) -> None:
        heard_again(listened)
        before = listened.asked("free_busy")

        pull.sweep_near(listened.engine)
        assert listened.asked("free_busy") == before
        pull.sweep_far(listened.engine)
        assert listened.asked("free_busy") == before + 1


class TestAMailboxThatCannotBeWatched:
    def test_is_told_apart_and_the_others_are_watched(self, stored: Flask, request: pytest.FixtureRequest) -> None:
        with stored.app_context(), _three_rooms(request.node.nodeid) as lib:
            lib.server.grant("svc-rooms@example.org", lib.mailbox, "none")
            with listener(stored, lib):
                waiting.until(lambda: links(lib)[2].look_at, what="the watch")
                pull.read_due(lib.engine)
                waiting.until(lambda: links(lib)[2].watched_at, what="it to count")

                assert lib.link().watched_at is None
                (watch,) = watches()
                assert watch.last_error.startswith("1 of 3 mailboxes cannot be watched")
                with reading() as session:
                    errors = session.scalars(select(SyncError).where(SyncError.operation == "watch")).all()
                assert [each.link_id for each in errors] == [lib.link_id]


@ONE_DATABASE
class TestSigningIn:
    def test_with_a_wrong_password_is_tried_once(self, stored: Flask, request: pytest.FixtureRequest) -> None:
        """Point 20."""
        with stored.app_context(), _three_rooms(request.node.nodeid) as lib:
            lib.server.add_account("svc-rooms@example.org", "another")
            with listener(stored, lib):
                waiting.until(lambda: lib.connection().breaker_until, what="the breaker")
                waiting.until(lambda: not watches(), what="the groups to go")

                assert lib.server.sign_ins_refused == 1
                assert lib.asked("watch") == 0

    def test_that_is_refused_in_a_running_watch_opens_the_breaker(self, listened: Library) -> None:
        listened.server.add_account("svc-rooms@example.org", "another")
        listened.server.hints.end(Definite(Kind.SIGN_IN, "The password was changed."))

        waiting.until(lambda: listened.connection().breaker_until, what="the breaker")
        waiting.until(lambda: not watches(), what="the groups to go")

        assert listened.server.sign_ins_refused == 0
        assert listened.link().state is LinkState.AUTH_FAILED

    def test_waits_while_the_server_wants_to_be_left_in_peace(self, stored: Flask, lib: Library) -> None:
        with transaction() as session:
            connection = session.scalars(select(Connection)).one()
            connection.throttled_until = NOW + timedelta(minutes=5)
        with listener(stored, lib):
            waiting.until(watches, what="somebody who would listen")
            waiting.until(lambda: watches()[0].claimed_until is None, what="it to give up for now")

            assert lib.server.calls == []


class Pairs(MemoryConnector):
    """A server that lets two mailboxes be watched at once, twice."""

    limits = Limits(watched_mailboxes=2, hanging=2)


class TestGroups:
    def test_have_one_listener_each_however_many_processes_there_are(
        self, stored: Flask, request: pytest.FixtureRequest
    ) -> None:
        with stored.app_context(), _three_rooms(request.node.nodeid) as lib:
            other = lib.another_worker()
            with listener(stored, lib) as one, listener(stored, other) as another:
                waiting.until(lambda: all(each.look_at for each in links(lib)), what="the watch")
                heard_again(lib)
                assert lib.asked("watch") == 1

                (one if watches()[0].claimed_by.startswith("one-") else another).stop()
                waiting.until(lambda: lib.asked("watch") == 2, what="the other to take over")
                heard_again(lib)

    def test_hold_as_many_mailboxes_as_the_server_allows(self, stored: Flask, request: pytest.FixtureRequest) -> None:
        with stored.app_context(), library(request.node.nodeid, rooms=5) as lib:
            lib.server.hints.heartbeat = HEARTBEAT
            object.__setattr__(lib.engine, "connect", Pairs)
            with listener(stored, lib):
                waiting.until(lambda: all(each.look_at for each in links(lib)[:4]), what="the watches")
                heard_again(lib)

                assert [row.number for row in watches()] == [0, 1]
                assert links(lib)[4].look_at is None  # beyond what hangs on at once: polled

    def test_are_formed_anew_when_pairings_come_and_go(self, stored: Flask, request: pytest.FixtureRequest) -> None:
        timing = Timing(near_every=timedelta(seconds=0.1))
        with stored.app_context(), _three_rooms(request.node.nodeid, timing) as lib, listener(stored, lib):
            waiting.until(lambda: all(each.look_at for each in links(lib)), what="the watch")
            with transaction() as session:
                ended = session.get(CalendarLink, links(lib)[1].id)
                assert ended is not None
                ended.state = LinkState.ENDED

            waiting.until(lambda: lib.asked("watch") == 2, what="a new watch")
            heard_again(lib)
            lib.server.put("room-3@library.example", when=SOON)
            lib.server.put("room-2@library.example", when=SOON)
            pull.read_due(lib.engine)
            heard_again(lib)

            assert [each.state for each in links(lib) if each.watched_at == lib.clock.now] != []
