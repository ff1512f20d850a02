"""Point 25: the disk is full, or the database locked or gone, just when an answer is to be written down."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError

from booking.connectors.memory import FailAfter
from booking.connectors.port import Ambiguous
from booking.domain.states import OccurrenceState, PushState
from booking.store.database import db
from booking.sync import worker
from booking.sync.worker import Step
from tests.sync.library import Library, at, settle

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

#: So much to write down that no page has room for it.
LONG_ANSWER = Ambiguous("The proxy said: " + "x" * 200_000)


@contextmanager
def with_each_connection(**pragmas: str) -> Iterator[None]:
    """Set these on every connection from now on, and as they were on those that come later."""

    def set_them(connection: sqlite3.Connection, *_: object) -> None:
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}")

    event.listen(db.engine, "checkout", set_them)
    try:
        yield
    finally:
        event.remove(db.engine, "checkout", set_them)
        db.engine.dispose()  # those that wait in the pool keep what was set


@contextmanager
def full_disk() -> Iterator[None]:
    """Let the database have no page more than it has now."""
    with db.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with with_each_connection(max_page_count=str(pages)):
        yield


@contextmanager
def locked() -> Iterator[None]:
    """Have somebody else hold the database for longer than we wait for it."""
    with (
        with_each_connection(busy_timeout="50"),
        closing(sqlite3.connect(db.engine.url.database or "", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def cut_off() -> Iterator[None]:
    """End every connection that we have, as when the server restarts."""
    administrator = create_engine(db.engine.url)
    with administrator.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    administrator.dispose()
    yield


def breaks_while_recording(lib: Library, fault: Callable[[], AbstractContextManager[None]]) -> None:
    """Send what is due, and let the fault meet the writing down of its answer; then the process dies."""
    steps = worker.steps(lib.engine, lib.claim())
    for step in steps:
        if step is Step.SENT:
            break
    with fault(), pytest.raises(OperationalError):
        next(steps)
    lib.expire_claims()


def goes_well_afterwards(lib: Library, ref: str) -> None:
    """Pass if the booking stands once on both sides, and its patron heard of it once."""
    assert lib.item(ref).state is PushState.INTENT  # nothing was written down: it says that something is under way
    settle(lib)
    assert len(lib.entries) == 1
    assert (lib.item(ref).state, lib.item(ref).remote_id) == (PushState.CLEAN, lib.entry.id)
    assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
    assert lib.told() == ["confirmed"]
    assert lib.asked("create") == 1


@SQLITE
class TestADiskThatIsFull:
    def test_while_an_answer_is_written_down_loses_and_doubles_nothing(self, lib: Library) -> None:
        """Point 25."""
        ref = lib.place(at(10, 11))
        lib.server.fail("create", FailAfter(LONG_ANSWER))

        breaks_while_recording(lib, full_disk)

        goes_well_afterwards(lib, ref)

    def test_while_a_delete_is_written_down_leaves_nothing_behind(self, lib: Library) -> None:
        """Point 25."""
        ref = lib.written(at(10, 11))
        lib.cancel(ref)
        lib.server.fail("delete", FailAfter(LONG_ANSWER))

        breaks_while_recording(lib, full_disk)
        settle(lib)

        assert lib.entries == []
        assert lib.item(ref).state is PushState.GONE


@SQLITE
class TestADatabaseThatIsLocked:
    def test_while_an_answer_is_written_down_loses_and_doubles_nothing(self, lib: Library) -> None:
        """Point 25."""
        ref = lib.place(at(10, 11))

        breaks_while_recording(lib, locked)

        goes_well_afterwards(lib, ref)

    def test_while_a_move_is_written_down_has_it_once_at_its_new_time(self, lib: Library) -> None:
        """Point 25."""
        ref = lib.written(at(10, 11))
        lib.move(ref, at(12, 13))

        breaks_while_recording(lib, locked)
        settle(lib)

        assert lib.entry.when == lib.occurrence(ref).when == at(12, 13)
        assert lib.item(ref).state is PushState.CLEAN


@POSTGRESQL
class TestADatabaseThatRestarts:
    def test_while_an_answer_is_written_down_loses_and_doubles_nothing(self, lib: Library) -> None:
        """Point 25."""
        ref = lib.place(at(10, 11))

        breaks_while_recording(lib, cut_off)

        goes_well_afterwards(lib, ref)

    def test_while_a_delete_is_written_down_leaves_nothing_behind(self, lib: Library) -> None:
        """Point 25."""
        ref = lib.written(at(10, 11))
        lib.cancel(ref)

        breaks_while_recording(lib, cut_off)
        settle(lib)

        assert lib.entries == []
        assert lib.item(ref).state is PushState.GONE
