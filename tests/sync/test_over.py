"""What is over and was never settled asks for nobody any more."""

from datetime import timedelta

import pytest

from booking.connectors.memory import FailBefore
from booking.connectors.port import Definite, Kind
from booking.domain.states import OccurrenceState, PushState
from booking.store.database import reading
from booking.sync import over, status, worker
from tests.sync.library import Library, at, settle

AWAY = Definite(Kind.TRANSIENT, "The server is away.")
TOO_LARGE = Definite(Kind.PERMANENT, "The request is too large.")


def troubles(lib: Library) -> str:
    with reading() as session:
        (room,) = status.spaces(session, now=lib.clock.now, cadence=lib.engine.timing.cadence)
    return room.problem if room.kind in {"failed", "conflict"} else ""


class TestAHeldBooking:
    def test_expires_when_its_time_is_over_and_its_calendar_never_answered(self, lib: Library) -> None:
        ref = lib.place(at(10, 11))
        lib.server.fail("window", FailBefore(AWAY), times=100)
        lib.push()
        lib.clock.now = at(10, 11).end + timedelta(minutes=1)
        worker.push_due(lib.engine)

        over.let_go(lib.engine)
        settle(lib)

        assert lib.occurrence(ref).state is OccurrenceState.EXPIRED
        assert not lib.occurrence(ref).holds
        assert lib.item(ref).state is PushState.GONE
        assert lib.told() == []
        assert troubles(lib) == ""

    def test_stays_while_its_time_is_not_over(self, lib: Library) -> None:
        ref = lib.place(at(10, 11))
        lib.clock.now = at(10, 11).end - timedelta(minutes=1)

        over.let_go(lib.engine)

        assert lib.occurrence(ref).state is OccurrenceState.HELD

    def test_whose_create_landed_without_an_answer_leaves_no_entry_behind(self, lib: Library) -> None:
        ref = lib.place(at(10, 11))
        lib.run_until(worker.Step.SENT)
        lib.clock.now = at(10, 11).end + timedelta(hours=1)

        over.let_go(lib.engine)
        settle(lib)

        assert lib.occurrence(ref).state is OccurrenceState.EXPIRED
        assert lib.entries == []


class TestWhatAskedForSomebody:
    @pytest.mark.parametrize("cause", ["refused", "overlap"])
    def test_asks_no_more_when_it_is_over(self, lib: Library, cause: str) -> None:
        ref = lib.written(at(10, 11))
        if cause == "refused":
            lib.server.fail("update", FailBefore(TOO_LARGE))
            lib.rename(ref, "A very long title")
            lib.push()
        else:
            lib.server.put(lib.mailbox, when=at(10, 11))
            lib.pull()
        assert troubles(lib)

        lib.clock.now = at(10, 11).end
        over.let_go(lib.engine)

        assert troubles(lib) == ""
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert len(lib.entries) == (1 if cause == "refused" else 2)
