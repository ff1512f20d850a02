"""Writing a new entry: wherever the process dies, the booking is neither lost nor doubled.

`Point N` is a number of the list in the design of sync ("every one of these is a test").
"""

import pytest

from booking.connectors.memory import FailAfter, FailBefore, FailLate
from booking.connectors.port import Ambiguous, Definite, Kind
from booking.domain.states import OccurrenceState, PushState
from booking.store.database import transaction
from booking.sync import claims, worker
from booking.sync.worker import Step
from tests.sync.library import Library, at, settle

LOST = Ambiguous("The connection was reset before the answer came.")


class TestACreate:
    def test_that_was_rolled_back_leaves_nothing(self, lib: Library) -> None:
        """Point 1."""
        with pytest.raises(RuntimeError), transaction():
            raise RuntimeError("the process dies before the commit")

        settle(lib)

        assert lib.entries == []

    @pytest.mark.parametrize(
        "dies_after",
        [
            pytest.param(Step.PICKED, id="3-claimed"),
            pytest.param(Step.LOOKED, id="3-looked"),
            pytest.param(Step.INTENDED, id="4-intent-committed-not-sent"),
            pytest.param(Step.SENT, id="7-answer-received-not-recorded"),
            pytest.param(Step.RECORDED, id="recorded-not-verified"),
            pytest.param(Step.LOOKED_AGAIN, id="verified-not-settled"),
            pytest.param(Step.SETTLED, id="settled"),
        ],
    )
    def test_survives_a_crash(self, lib: Library, dies_after: Step) -> None:
        """Point 3, point 4 and point 7, by the step after which the process dies."""
        ref = lib.place()

        lib.run_until(dies_after)
        settle(lib)

        assert len(lib.entries) == 1
        assert lib.item(ref).state is PushState.CLEAN
        assert lib.item(ref).remote_id == lib.entry.id
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert lib.told() == ["confirmed"]

    def test_is_found_by_the_sweep_when_the_wake_up_is_lost(self, lib: Library) -> None:
        """Point 2."""
        lib.place()

        worker.push_due(lib.engine)

        assert len(lib.entries) == 1

    def test_that_was_applied_without_an_answer_is_adopted(self, lib: Library) -> None:
        """Point 5."""
        ref = lib.place()
        lib.server.fail("create", FailAfter(LOST))

        lib.push()
        assert lib.item(ref).state is PushState.UNKNOWN
        settle(lib)

        assert lib.asked("create") == 1
        assert len(lib.entries) == 1
        assert lib.item(ref).remote_id == lib.entry.id

    def test_is_not_sent_again_before_it_has_settled(self, lib: Library) -> None:
        lib.place()
        lib.server.fail("create", FailLate(LOST))

        lib.push()
        lib.clock.turn(seconds=60)
        lib.push()

        assert lib.asked("create") == 1
        assert lib.asked("find") == 0

    def test_that_was_lost_before_it_arrived_is_sent_again_under_the_same_key(self, lib: Library) -> None:
        ref = lib.place()
        lib.server.fail("create", FailBefore(LOST))

        settle(lib)

        assert lib.asked("create") == 2
        assert lib.entry.stamp is not None
        assert (lib.entry.stamp.key, lib.entry.stamp.generation) == (lib.occurrence(ref).key, 1)

    def test_that_is_applied_late_is_adopted(self, lib: Library) -> None:
        """Point 6."""
        ref = lib.place()
        lib.server.fail("create", FailLate(LOST))

        lib.push()
        lib.clock.turn(seconds=40)
        lib.server.settle()
        settle(lib)

        assert lib.asked("create") == 1
        assert len(lib.entries) == 1
        assert lib.item(ref).state is PushState.CLEAN

    def test_that_arrives_after_it_was_written_again_leaves_one(self, lib: Library) -> None:
        lib.place()
        lib.server.fail("create", FailLate(LOST))
        settle(lib)

        lib.server.settle()
        assert len(lib.entries) == 2
        lib.pull()
        lib.pull()

        assert len(lib.entries) == 1

    def test_sent_by_a_worker_that_was_frozen_past_its_claim_is_adopted(self, lib: Library) -> None:
        """Point 8."""
        ref = lib.place()
        frozen = worker.steps(lib.engine, lib.claim())
        for step in frozen:
            if step is Step.INTENDED:
                break
        lib.expire_claims()
        successor = lib.another_worker()

        successor.push()
        with pytest.raises(claims.Lost):
            list(frozen)  # it wakes, and sends; its answer counts for nothing
        assert lib.item(ref).state is PushState.UNKNOWN
        settle(lib)

        assert len(lib.entries) == 1
        assert lib.item(ref).state is PushState.CLEAN

    def test_is_not_sent_by_a_worker_that_knows_its_claim_has_run_out(self, lib: Library) -> None:
        lib.place()
        claim = lib.claim()
        steps = worker.steps(lib.engine, claim)
        for step in steps:
            if step is Step.INTENDED:
                break

        claim.until = 0.0
        with pytest.raises(claims.Lost):
            next(steps)

        assert lib.asked("create") == 0

    @pytest.mark.parametrize("status", ["401", "502", "503", "504", "reset"])
    def test_with_an_unclear_answer_is_not_repeated(self, lib: Library, status: str) -> None:
        """Point 21."""
        lib.place()
        lib.server.fail("create", FailAfter(Ambiguous(status)))

        settle(lib)

        assert len(lib.entries) == 1
        assert lib.asked("create") == 1

    def test_refused_for_good_is_shown_to_staff_and_tried_no_more(self, lib: Library) -> None:
        ref = lib.place()
        lib.server.fail("create", FailBefore(Definite(Kind.PERMANENT, "The item is too large.")), times=99)

        settle(lib)

        assert lib.item(ref).state is PushState.DEAD
        assert lib.item(ref).last_error == "The item is too large."
        assert lib.asked("create") == 1

    def test_goes_on_after_a_passing_fault(self, lib: Library) -> None:
        ref = lib.place()
        lib.server.fail("window", FailBefore(Definite(Kind.TRANSIENT, "The mailbox is being moved.")), times=2)

        settle(lib)

        assert lib.item(ref).state is PushState.CLEAN

    def test_is_given_up_when_the_booking_is_over(self, lib: Library) -> None:
        ref = lib.place()
        lib.server.fail("window", FailBefore(Definite(Kind.TRANSIENT, "Not reachable.")), times=99)
        lib.push()

        lib.clock.turn(days=3)
        lib.push()

        assert lib.item(ref).state is PushState.DEAD

    def test_asks_between_two_and_four_times(self, lib: Library) -> None:
        lib.place(at(8, 9))
        lib.push()  # the first call of a connection also signs in
        before = len(lib.server.calls)

        lib.place(at(10, 11))
        lib.push()

        assert 2 <= len(lib.server.calls) - before <= 4
