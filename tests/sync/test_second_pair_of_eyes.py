"""What a second reading of the finished engine found, each as the sequence of steps that showed it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from flask import Flask
from sqlalchemy import event as sql_event
from sqlalchemy import select, text

from booking.connectors.memory.faults import FailBefore, Wait
from booking.connectors.port import Definite, Kind, Stamp
from booking.domain.errors import NotPossible, Refused
from booking.domain.permissions import SYSTEM
from booking.domain.reconcile import Choice as Policy
from booking.domain.states import Authority, Direction, LinkState, OccurrenceState, PushState
from booking.services import bookings
from booking.store import queries
from booking.store.database import Session, db, transaction
from booking.store.models import Booking, CalendarLink
from booking.sync import clearing, leaving, links, pull, settling, stops, worker
from booking.sync.conflicts import Choice
from booking.sync.worker import Step
from tests.sync.library import Library, at
from tests.sync.quarrels import BEN, MINA, ONE_DATABASE, chosen, conflict, overlapped, profile, settle
from tests.sync.rooms import Rooms, rooms

POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def two(stored: Flask, request: pytest.FixtureRequest) -> Iterator[Rooms]:
    with stored.app_context(), rooms(request.node.nodeid) as made:
        yield made


@ONE_DATABASE
class TestAConflictOfABookingThatIsNotWritten:
    def test_closes_when_the_overlap_is_gone(self, lib: Library) -> None:
        profile(lib, direction=Direction.FROM_EXCHANGE)
        lib.place(at(10, 11))
        theirs = lib.server.put(lib.mailbox, when=at(10.5, 12))
        lib.pull()
        found = lib.conflicts()

        lib.server.move(lib.mailbox, theirs, at(14, 15))
        lib.pull()

        assert (found, lib.conflicts()) == (["overlap"], [])


@ONE_DATABASE
class TestAPairingThatLeavesItsEntriesThere:
    def test_ends_when_the_entry_of_an_open_update_was_deleted(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.rename(ref, "Another title")
        lib.run_until(Step.INTENDED)
        lib.server.remove(lib.mailbox, lib.entry.id)

        links.disconnect(lib.engine, lib.link_id, leave_entries=True, actor=SYSTEM, now=lib.clock.now)
        for _ in range(10):
            lib.clock.turn(minutes=2)
            leaving.go_on_with_all(lib.engine)

        assert lib.link().state is LinkState.ENDED
        assert lib.asked("update") + lib.asked("find") <= 4

    def test_ends_when_the_entry_of_an_open_update_was_edited(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.rename(ref, "Another title")
        lib.server.edit(lib.mailbox, lib.entry.id, subject="Theirs")
        lib.server.fail("get", FailBefore(Definite(Kind.TRANSIENT, "moving")))
        lib.run_until(Step.INTENDED)

        links.disconnect(lib.engine, lib.link_id, leave_entries=True, actor=SYSTEM, now=lib.clock.now)
        for _ in range(10):
            lib.clock.turn(minutes=2)
            leaving.go_on_with_all(lib.engine)

        assert lib.link().state is LinkState.ENDED

    def test_takes_its_conflicts_along(self, lib: Library) -> None:
        overlapped(lib)

        links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=SYSTEM, now=lib.clock.now)

        assert lib.link().state is LinkState.ENDED
        assert lib.conflicts() == []


@ONE_DATABASE
class TestAMailboxThatWasDeleted:
    def test_can_be_exchanged_for_another(self, two: Rooms) -> None:
        lib = two.lib
        lost = lib.written(at(10, 11))
        lib.server.remove_mailbox(lib.mailbox)
        lib.server.add_room("room-9@library.example", "Room 9")

        def pair() -> object:
            return links.pair(
                lib.engine, space_id=lib.space_id, address="room-9@library.example", actor=SYSTEM, now=lib.clock.now
            )

        lib.pull()
        lib.cancel(lost)

        pair()

        assert lib.link().state is LinkState.ENDED
        assert two.link_id(9) != lib.link_id


@ONE_DATABASE
class TestABookingThatMovesToARoomWithoutACalendar:
    def test_tells_its_patron_once(self, two: Rooms) -> None:
        ref = two.lib.place(at(10, 11))
        with transaction() as session:
            session.get_one(CalendarLink, two.link_id(2)).state = LinkState.ENDED

        two.to(ref, 2)

        assert two.lib.told() == ["confirmed"]


@ONE_DATABASE
class TestAMoveThatIsStillBlockedWhenItsTimeIsOver:
    def test_asks_the_server_no_more_than_it_must(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.move(ref, at(14, 15))
        lib.place(at(10, 11))
        lib.server.put(lib.mailbox, when=at(14, 15))
        lib.push()
        before = lib.item(ref).state
        lib.clock.now = at(15.1, 16).start
        lib.pull()
        asked = len(lib.server.calls)

        for _ in range(10):
            lib.clock.turn(seconds=2)
            worker.push_due(lib.engine)

        assert before is PushState.CONFLICT
        assert len(lib.server.calls) - asked < 12


@ONE_DATABASE
class TestClearing:
    def test_is_done_by_one_of_two_workers(self, lib: Library, stored: Flask) -> None:
        overlapped(lib, invited=True)
        waits, goes_on = Event(), Event()

        def slow() -> None:
            waits.set()
            goes_on.wait(5)

        lib.server.fail("decline", FailBefore(Definite(Kind.TRANSIENT, "moving")))
        settle(lib, Choice.OURS)
        lib.clock.turn(minutes=3)
        lib.server.fail("get", Wait(slow))
        number = conflict().id

        def first() -> None:
            with stored.app_context():
                clearing.clear(lib.engine, number)

        thread = Thread(target=first)
        thread.start()
        waits.wait(5)
        asked = lib.asked("get")
        clearing.clear(lib.engine, number)
        asked_by_the_second = lib.asked("get") - asked
        goes_on.set()
        thread.join()

        assert asked_by_the_second == 0
        assert len(lib.server.declined) == 1


@ONE_DATABASE
class TestAPairingThatHasBeenEnded:
    def test_cannot_be_ended_otherwise(self, lib: Library) -> None:
        lib.written(at(10, 11))
        links.disconnect(lib.engine, lib.link_id, leave_entries=True, actor=SYSTEM, now=lib.clock.now)

        with pytest.raises(NotPossible):
            links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=SYSTEM, now=lib.clock.now)

        assert len(lib.entries) == 1

    def test_is_not_in_the_way_of_the_next(self, two: Rooms) -> None:
        lib = two.lib
        lib.server.add_room("room-9@library.example", "Room 9")
        links.pair(lib.engine, space_id=lib.space_id, address="room-9@library.example", actor=SYSTEM, now=lib.clock.now)

        with pytest.raises(NotPossible):
            links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=SYSTEM, now=lib.clock.now)

        assert lib.link().state is LinkState.ENDED


@ONE_DATABASE
class TestAChangeOfABookingWhoseEntryIsGone:
    def test_rests_while_staff_are_asked(self, lib: Library) -> None:
        profile(lib, when_deleted=Policy.ASK)
        ref = lib.written(at(10, 11))
        lib.server.remove(lib.mailbox, lib.entry.id)
        lib.pull()
        lib.rename(ref, "Another title")
        asked = len(lib.server.calls)

        for _ in range(60):
            lib.clock.turn(seconds=10)
            worker.push_due(lib.engine)
            pull.read_due(lib.engine)

        assert lib.conflicts() == ["deleted"]
        assert len(lib.server.calls) - asked < 25


@ONE_DATABASE
class TestASeriesInARoomThatWasSaidToBeExclusive:
    def test_is_shown_once_and_not_again_when_staff_let_it_stand(self, lib: Library) -> None:
        lib.pull()
        links.set_authority(lib.engine, lib.link_id, Authority.EXCLUSIVE, actor=SYSTEM, now=lib.clock.now)
        lib.server.put(lib.mailbox, when=at(10, 11), repeat="daily", until=at(0, 1, days=4).start.date())
        lib.pull()
        shown = lib.conflicts()

        settle(lib, Choice.BOTH)
        lib.pull()

        assert (shown, lib.conflicts()) == (["not_exclusive"], [])


@ONE_DATABASE
class TestAReading:
    def test_asks_the_database_as_often_for_many_bookings_as_for_few(self, lib: Library) -> None:
        for day in range(1, 4):
            lib.written(at(8, 9, days=day))
        few = _statements(lib)
        for day in range(4, 14):
            lib.written(at(8, 9, days=day))

        assert _statements(lib) == few


@ONE_DATABASE
class TestADatabaseThatCannotKnowAnEntry:
    def test_stops_writing_though_it_died_on_the_way(self, lib: Library) -> None:
        lib.pull()
        lib.server.put(lib.mailbox, when=at(10, 11), stamp=Stamp(lib.install_id, "k" * 20, 1, 1, ""))
        with _no_stopping(), pytest.raises(ConnectionError):
            lib.pull()
        died = lib.connection().writes_stopped

        lib.clock.turn(seconds=5)
        pull.read_due(lib.engine)
        pull.read_due(lib.engine)

        assert (died, bool(lib.connection().writes_stopped)) == ("", True)
        assert lib.link().look_at is None


class TestAnEntryWithAUidOfAnyLength:
    def test_is_read_like_any_other(self, lib: Library) -> None:
        ref = lib.place(at(10, 11))
        stamp = Stamp(lib.install_id, lib.occurrence(ref).key, 1, 1, "")
        made_up = lib.server.put(lib.mailbox, when=at(10, 11), uid="u" * 2000, stamp=stamp)

        lib.pull()

        assert lib.item(ref).remote_id == made_up


def _statements(lib: Library) -> int:
    """Return how many statements a reading of a room in step takes."""
    lib.pull()
    seen: list[object] = []
    sql_event.listen(db.engine, "before_cursor_execute", lambda *said: seen.append(said[2]), named=False)
    lib.pull()
    return len(seen)


@contextmanager
def _no_stopping() -> Iterator[None]:
    """Lose the database just when writing through a connection is to be stopped."""

    def lose(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE connection SET writes_stopped"):
            raise ConnectionError

    sql_event.listen(db.engine, "before_cursor_execute", lose)
    try:
        yield
    finally:
        sql_event.remove(db.engine, "before_cursor_execute", lose)


@POSTGRESQL
class TestOnADatabaseWithManyWriters:
    def test_a_reading_waits_for_no_link_but_its_own(self, two: Rooms, stored: Flask) -> None:
        ref = two.lib.written(at(10, 11))
        two.to(ref, 2)
        two.settle(1, 2)
        two.read(2)
        (entry,) = two.entries(2)
        two.lib.server.remove("room-2@library.example", entry.id)
        failed: list[BaseException] = []

        def read() -> None:
            try:
                with stored.app_context():
                    two.read(2)
            except BaseException as error:  # noqa: BLE001 - whatever ends a thread is told by the test
                failed.append(error)

        with transaction() as session:  # as a sweep does that finds both rooms unchanged
            queries.links.lock_all(session, [two.link_id(1)])
            thread = Thread(target=read)
            thread.start()
            _until_it_waits_or_is_done(thread)
            queries.links.lock_all(session, [two.link_id(2)])
        thread.join(20)

        assert failed == []
        assert two.lib.occurrence(ref).state is OccurrenceState.CANCELLED

    def test_stopping_writes_takes_links_in_order(self, two: Rooms, stored: Flask) -> None:
        with transaction() as session:
            session.get_one(CalendarLink, two.link_id(1)).writes += 1  # now it lies behind the other in its table
        with transaction() as session:
            session.execute(text("ANALYZE calendar_link"))  # or an index would hide it
        failed: list[BaseException] = []

        def stop() -> None:
            try:
                with stored.app_context():
                    stops.stop_writing(two.lib.connection_id, reason="Restored.", look_at=two.lib.clock.now)
            except BaseException as error:  # noqa: BLE001 - whatever ends a thread is told by the test
                failed.append(error)

        with transaction() as session:
            queries.links.lock_all(session, [two.link_id(1)])
            thread = Thread(target=stop)
            thread.start()
            _until_it_waits_or_is_done(thread)
            queries.links.lock_all(session, [two.link_id(2)])
        thread.join(20)

        assert failed == []

    def test_what_staff_decided_about_another_time_is_not_done(self, lib: Library, stored: Flask) -> None:
        ref, _ = overlapped(lib)
        wanted, number = chosen(lib, Choice.THEIRS), conflict().id
        refused: list[Refused] = []

        def decide() -> None:
            with stored.app_context():
                try:
                    settling.settle(lib.engine, number, wanted, actor=BEN, now=lib.clock.now)
                except Refused as refusal:
                    refused.append(refusal)

        thread = Thread(target=decide)
        with transaction() as session:
            queries.places.lock_space(session, lib.space_id)
            thread.start()
            _until_it_waits_or_is_done(thread)
            _move(session, lib, ref)
        thread.join(20)

        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert [type(each) for each in refused] == [NotPossible]


def _move(session: Session, lib: Library, ref: str) -> None:
    booking = session.scalars(select(Booking).where(Booking.ref == ref)).one()
    change = bookings.Change(when={lib.occurrence(ref).key: at(16, 17)})
    bookings.change(session, booking.id, change, actor=MINA, now=lib.clock.now)


def _until_it_waits_or_is_done(thread: Thread) -> None:
    """Return as soon as somebody waits for a lock in the database, or the thread has ended."""
    deadline = time.monotonic() + 10
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while thread.is_alive() and time.monotonic() < deadline:
        with db.engine.connect() as connection:
            if connection.scalar(waiting):
                return
        time.sleep(0.02)
