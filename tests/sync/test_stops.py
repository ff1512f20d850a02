"""While it is open which installation is the server, not one write leaves, and no booking follows its calendar."""

import pytest
from sqlalchemy import select

from booking.connectors.port import RemoteRef
from booking.domain.permissions import COMMAND_LINE
from booking.domain.states import LinkState, OccurrenceState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import Booking, Installation
from booking.sync import calls, leaving, links, strays, worker
from booking.sync.calls import NotNow
from tests.sync.backups import go_on, writes
from tests.sync.library import Library, at


class TestAStop:
    """Proved by what the server was asked for: not one write, whoever wants it."""

    @pytest.fixture(params=["connection", "installation"])
    def stop(self, request: pytest.FixtureRequest, lib: Library) -> str:
        """Have things to write, change, delete and let go of; then stop."""
        lib.place(at(8, 9))
        moved, cancelled = lib.written(at(10, 11)), lib.written(at(12, 13))
        lib.move(moved, at(16, 17))
        lib.cancel(cancelled)
        with transaction() as session:
            if request.param == "connection":
                queries.connections.lock(session, lib.connection_id).writes_stopped = "Restored."
            else:
                session.scalars(select(Installation)).one().stopped = "The folder is another's."
        return str(request.param)

    def test_lets_no_write_leave(self, lib: Library, stop: str) -> None:
        assert stop
        done = writes(lib)

        go_on(lib)
        worker.run_link(lib.engine, lib.link_id)

        assert writes(lib) == done

    def test_lets_no_entry_be_deleted_that_should_not_be_there(self, lib: Library, stop: str) -> None:
        assert stop
        done = writes(lib)
        with reading() as session:
            row = queries.links.row(session, lib.link_id)
        assert row is not None

        gone = strays.remove(lib.engine, row, [_ref(lib)])

        assert (gone, writes(lib)) == (0, done)

    def test_lets_no_pairing_leave_with_its_entries(self, lib: Library, stop: str) -> None:
        assert stop
        done = writes(lib)

        links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=COMMAND_LINE, now=lib.clock.now)
        leaving.go_on_with_all(lib.engine)

        assert writes(lib) == done
        assert lib.link().state is LinkState.LEAVING

    def test_is_no_reason_to_stop_reading(self, lib: Library, stop: str) -> None:
        assert stop
        lib.server.put(lib.mailbox, when=at(20, 21), uid="meeting")

        lib.pull()

        assert at(20, 21) in lib.blocked()

    def test_lets_no_booking_be_cancelled_or_moved_by_what_is_read(self, lib: Library, stop: str) -> None:
        assert stop
        ref = next(each for each in _refs() if lib.occurrence(each).when == at(16, 17))
        for entry in lib.entries:
            lib.server.remove(lib.mailbox, entry.id)

        lib.pull()
        lib.clock.turn(minutes=5)
        lib.pull()

        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED

    def test_keeps_the_last_door_shut_whoever_asks(self, lib: Library, stop: str) -> None:
        assert stop
        done = writes(lib)

        with pytest.raises(NotNow):
            calls.ask(lib.engine, lib.connection_id, "decline", lambda line: line.decline(lib.mailbox, _ref(lib), ""))

        assert writes(lib) == done

    def test_between_two_steps_of_a_push_ends_it(self, lib: Library) -> None:
        lib.place(at(10, 11))
        steps = worker.steps(lib.engine, lib.claim())
        while next(steps) is not worker.Step.LOOKED:
            pass

        with transaction() as session:
            session.scalars(select(Installation)).one().stopped = "The folder is another's."
        list(steps)

        assert writes(lib) == 0


def _refs() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Booking.ref)))


def _ref(lib: Library) -> RemoteRef:
    return RemoteRef(lib.entries[0].id, lib.entries[0].etag)
