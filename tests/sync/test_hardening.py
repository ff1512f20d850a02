"""What a server may do at a bad moment, and what somebody may put into a calendar: nothing is doubled or stuck."""

from datetime import timedelta

import pytest

from booking.connectors.memory import FailAfter, FailBefore
from booking.connectors.port import Ambiguous, Definite, Kind
from booking.domain.states import OccurrenceState, PushState
from booking.store.database import transaction
from booking.store.models import Occurrence
from booking.sync import pull, worker
from tests.sync.library import Library, at, settle

LOST = Ambiguous("The connection was reset before the answer came.")
#: A proxy that is being moved answers 404 for a while.
NOWHERE = Definite(Kind.PERMANENT, "There is no Exchange Web Services at this address.")
#: Longer than any column: somebody may invite a room with a UID of their own making.
LONG_UID = "u" * 1000


class TestACreateOfWhichNobodyKnows:
    def test_is_looked_for_again_when_the_search_was_refused(self, lib: Library) -> None:
        ref = lib.place()
        lib.server.fail("create", FailAfter(LOST))
        lib.push()
        lib.server.fail("find", FailBefore(NOWHERE))
        lib.clock.turn(seconds=100)

        lib.push()

        assert lib.item(ref).state is PushState.UNKNOWN
        settle(lib)
        assert len(lib.entries) == 1
        assert lib.asked("create") == 1
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED


class TestAServerThatContradictsItself:
    @pytest.mark.parametrize("operation", ["delete", "update"])
    def test_is_not_asked_the_same_again_and_again(self, lib: Library, operation: str) -> None:
        ref = lib.written(at(10, 11))
        lib.server.fail(operation, FailBefore(Definite(Kind.NOT_FOUND, "It is not there.")), times=20)
        if operation == "delete":
            lib.cancel(ref)
        else:
            lib.move(ref, at(15, 16))

        lib.push()

        assert lib.asked(operation) == 1
        for _ in range(30):
            lib.clock.turn(minutes=10)
            lib.push()
        assert [entry.when for entry in lib.entries] == ([] if operation == "delete" else [at(15, 16)])


class TestAUidOfSomebodysOwnMaking:
    def test_does_not_stop_the_room_when_it_is_in_the_way(self, lib: Library) -> None:
        blocked, other = lib.place(at(10, 11)), lib.place(at(14, 15))
        with transaction() as session:
            stored = session.get_one(Occurrence, lib.occurrence(blocked).id)
            stored.state, stored.held_reason = OccurrenceState.CONFIRMED, None  # as an import finds it
        lib.server.put(lib.mailbox, when=at(10, 11), uid=LONG_UID)

        lib.push()

        assert "blocked" in lib.conflicts()
        assert lib.item(other).state is PushState.CLEAN

    def test_does_not_stop_the_reading(self, lib: Library) -> None:
        lib.written(at(10, 11))
        lib.server.put(lib.mailbox, when=at(10, 11), uid=LONG_UID)

        lib.pull()

        assert lib.conflicts() == ["overlap"]
        assert lib.blocked() == [at(10, 11)]

    @pytest.mark.parametrize("uid", [LONG_UID, ""])
    def test_is_known_again_after_a_move_from_far_away(self, lib: Library, uid: str) -> None:
        entry = lib.server.put(lib.mailbox, when=at(10, 11, days=5), uid=uid)
        lib.pull()
        lib.server.move(lib.mailbox, entry, at(10, 11))

        pull.read_part(lib.engine, lib.link_id, at(9, 12))

        assert lib.blocked() == [at(10, 11)]


class TestAServerThatAsksForPeaceForYears:
    def test_is_asked_again_within_the_hour(self, lib: Library) -> None:
        lib.place()
        lib.server.fail("window", FailBefore(Definite(Kind.THROTTLED, "Later.", wait=timedelta(days=4000))))
        lib.push()

        lib.clock.turn(hours=1, seconds=1)
        worker.push_due(lib.engine)

        assert len(lib.entries) == 1


class TestAChange:
    @pytest.mark.parametrize("cancelled", [True, False])
    def test_while_the_request_is_under_way_is_followed(self, lib: Library, cancelled: bool) -> None:
        ref = lib.place()
        steps = worker.steps(lib.engine, lib.claim())
        for step in steps:
            if step is worker.Step.INTENDED:
                break

        if cancelled:
            lib.cancel(ref)
        else:
            lib.move(ref, at(15, 16))
        list(steps)

        assert [entry.when for entry in lib.entries] == ([] if cancelled else [at(15, 16)])
