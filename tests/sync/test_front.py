"""The way in for pages: certain that it is free, booked, and a short wait for the calendar."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from booking.connectors.memory import FailBefore, Wait
from booking.connectors.port import Definite, Kind
from booking.domain.errors import NotCertain, Taken
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.domain.states import Channel, OccurrenceState
from booking.services.bookings import Change, Wish
from booking.services.people import Patron
from booking.store.database import transaction
from booking.sync import worker
from booking.sync.front import Front, Placed
from tests import build
from tests.sync.library import Library, at

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DOWN = FailBefore(Definite(Kind.TRANSIENT, "The server does not answer."))


def place(lib: Library, when: Interval) -> Placed:
    wish = Wish(lib.space_id, (when,), Patron("Ada", "Lovelace", "ada@example.org"))
    return Front(lib.engine).place(wish, actor=NOBODY, now=lib.clock.now)


@contextmanager
def writing(lib: Library, app: Flask) -> Iterator[None]:
    """Run one thread of a push pool."""
    bell, ends = lib.engine.bell, threading.Event()

    def work() -> None:
        with app.app_context():
            while not ends.is_set():
                link_id = bell.take(0.05)
                if link_id is not None:
                    worker.run_link(lib.engine, link_id)
                    bell.done(link_id)

    thread = threading.Thread(target=work)
    bell.join()
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()
        bell.leave()


class TestPlacing:
    def test_reads_the_calendar_first_when_it_was_never_read(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(10, 11))

        with pytest.raises(Taken):
            place(lib, at(10, 11))

        assert lib.blocked() == [at(10, 11)]

    def test_trusts_what_was_read_a_moment_ago(self, lib: Library) -> None:
        lib.pull()
        asked = len(lib.server.calls)

        place(lib, at(10, 11))

        assert len(lib.server.calls) == asked

    def test_reads_again_what_is_too_old(self, lib: Library) -> None:
        lib.pull()
        lib.clock.turn(minutes=4)
        lib.server.put(lib.mailbox, when=at(10, 11))

        with pytest.raises(Taken):
            place(lib, at(10, 11))

    def test_is_refused_when_the_calendar_cannot_be_asked(self, lib: Library) -> None:
        lib.server.fail("window", DOWN, times=9)

        with pytest.raises(NotCertain):
            place(lib, at(10, 11))

    def test_is_held_instead_where_the_profile_says_so(self, lib: Library) -> None:
        with transaction() as session:
            build.profile(session, space_id=lib.space_id, hold_when_unknown=True)
        lib.server.fail("window", DOWN, times=9)

        placed = place(lib, at(10, 11))

        assert placed.held

    def test_does_not_wait_when_nobody_writes(self, lib: Library) -> None:
        lib.pull()
        begun = time.monotonic()

        placed = place(lib, at(10, 11))

        assert placed.held
        assert time.monotonic() - begun < lib.engine.timing.wait.total_seconds()

    def test_waits_for_the_calendar_when_somebody_writes(self, lib: Library, stored: Flask) -> None:
        lib.pull()

        with writing(lib, stored):
            placed = place(lib, at(10, 11))

        assert not placed.held
        assert lib.item(placed.ref).remote_id == lib.entry.id

    def test_does_not_cut_a_slow_calendar_short(self, lib: Library, stored: Flask) -> None:
        lib.engine = replace(lib.engine, timing=replace(lib.engine.timing, wait=timedelta(seconds=0.2)))
        lib.pull()
        answers = threading.Event()
        lib.server.fail("create", Wait(lambda: answers.wait(10)))

        with writing(lib, stored):
            placed = place(lib, at(10, 11))
            held = placed.held
            answers.set()

        assert held
        assert lib.occurrence(placed.ref).state is OccurrenceState.CONFIRMED
        assert lib.asked("create") == 1

    def test_holds_no_transaction_while_the_server_is_asked(self, lib: Library) -> None:
        lib.server.fail("window", Wait(lambda: lib.place(at(20, 21))))

        place(lib, at(10, 11))  # would wait for ever for the other one's turn

        assert lib.asked("window") >= 1


class TestChanging:
    def test_reads_the_calendar_for_the_new_time(self, lib: Library) -> None:
        placed = place(lib, at(10, 11))
        lib.push()
        lib.server.put(lib.mailbox, when=at(14, 15))
        lib.clock.turn(minutes=5)

        change = Change(when={lib.occurrence(placed.ref).key: at(14, 15)})
        with pytest.raises(Taken):
            Front(lib.engine).change(placed.ref, change, actor=NOBODY, now=lib.clock.now)

        assert lib.occurrence(placed.ref).when == at(10, 11)


class TestCancelling:
    def test_asks_no_calendar_before(self, lib: Library) -> None:
        lib.pull()
        placed = place(lib, at(10, 11))
        lib.push()
        lib.server.fail("window", DOWN, times=9)
        lib.clock.turn(hours=1)

        Front(lib.engine).cancel(placed.ref, actor=NOBODY, now=lib.clock.now, channel=Channel.WEB)
        lib.push()

        assert lib.entries == []
