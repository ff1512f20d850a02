"""Rooms that are taken, workers that meet, servers in trouble.

`Point N` is a number of the list in the design of sync ("every one of these is a test").
"""

from datetime import timedelta

import pytest

from booking.connectors.memory import FailBefore
from booking.connectors.port import Definite, Kind
from booking.domain.errors import Taken
from booking.domain.states import OccurrenceState, PushState
from booking.store.database import transaction
from booking.sync import claims, pull, worker
from booking.sync.worker import Step
from tests.sync.library import Library, at, settle


class TestARoomThatIsTaken:
    def test_in_outlook_before_we_write_turns_a_held_booking_away_with_other_times(self, lib: Library) -> None:
        ref = lib.place(at(10, 11))
        lib.server.put(lib.mailbox, when=at(10.5, 12), subject="Board meeting")

        lib.push()

        assert [entry.subject for entry in lib.entries] == ["Board meeting"]
        assert lib.occurrence(ref).state is OccurrenceState.REJECTED
        assert lib.told() == ["rejected"]

    @pytest.mark.parametrize("when", [at(9, 10), at(11, 12)])
    def test_only_up_to_the_edge_is_free(self, lib: Library, when: object) -> None:
        ref = lib.place(at(10, 11))
        lib.server.put(lib.mailbox, when=when, subject="Neighbour")  # type: ignore[arg-type]  # an interval

        lib.push()

        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED

    def test_while_we_write_turns_the_held_booking_away(self, lib: Library) -> None:
        ref = lib.place(at(10, 11))
        steps = worker.steps(lib.engine, lib.claim())
        for step in steps:
            if step is Step.LOOKED:
                break

        lib.server.put(lib.mailbox, when=at(10, 11), subject="A second earlier")
        list(steps)

        assert [entry.subject for entry in lib.entries] == ["A second earlier"]
        assert lib.occurrence(ref).state is OccurrenceState.REJECTED
        assert lib.told() == ["rejected"]

    def test_by_an_invitation_that_lands_just_after_is_found_by_the_second_look(self, lib: Library) -> None:
        lib.written(at(10, 11))
        lib.server.put(lib.mailbox, when=at(10, 11), subject="Accepted by the attendant")

        lib.clock.turn(seconds=16)
        pull.second_looks(lib.engine)

        assert lib.conflicts() == ["overlap"]
        assert lib.blocked() == [at(10, 11)]
        pull.second_looks(lib.engine)  # once is enough
        assert lib.asked("window") == 3

    def test_for_a_move_leaves_the_booking_where_it_was(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.put(lib.mailbox, when=at(14, 15), subject="Board meeting")
        lib.move(ref, at(14, 15))

        settle(lib)

        assert lib.occurrence(ref).when == at(10, 11)
        assert [entry.when for entry in lib.entries] == [at(10, 11), at(14, 15)]
        assert lib.item(ref).state is PushState.CLEAN


class TestSecondLooks:
    def test_leave_a_room_alone_that_cannot_be_read(self, lib: Library) -> None:
        lib.written(at(10, 11))
        lib.written(at(12, 13))
        lib.clock.turn(seconds=20)
        lib.server.fail("window", FailBefore(Definite(Kind.FORBIDDEN, "Access is denied.")), times=9)
        before = lib.asked("window")

        for _ in range(5):
            pull.second_looks(lib.engine)
            lib.clock.turn(seconds=2)

        assert lib.asked("window") == before + 1


class TestTwoWorkers:
    def test_never_hold_one_link_together(self, lib: Library) -> None:
        first = claims.take(lib.engine, lib.link_id)

        second = claims.take(lib.another_worker().engine, lib.link_id)

        assert first is not None
        assert second is None

    def test_take_turns_when_a_claim_is_let_go(self, lib: Library) -> None:
        first = lib.claim()
        claims.let_go(first)

        second = lib.claim()

        assert second.fence == first.fence + 1

    def test_do_not_renew_a_claim_that_was_taken_over(self, lib: Library) -> None:
        first = lib.claim()
        lib.expire_claims()
        lib.claim()

        with pytest.raises(claims.Lost), transaction() as session:
            claims.held(session, lib.engine, first)


class TestTrouble:
    def test_throttling_pauses_the_whole_connection_for_as_long_as_was_asked(self, lib: Library) -> None:
        """Point 19."""
        lib.place(at(10, 11))
        lib.place(at(12, 13))
        throttled = Definite(Kind.THROTTLED, "The server is busy.", wait=timedelta(seconds=90))
        lib.server.fail("create", FailBefore(throttled))

        lib.push()
        asked = len(lib.server.calls)
        lib.clock.turn(seconds=80)
        worker.push_due(lib.engine)

        assert len(lib.server.calls) == asked
        lib.clock.turn(seconds=20)
        worker.push_due(lib.engine)
        assert len(lib.entries) == 2

    def test_a_mailbox_that_is_gone_keeps_its_bookings(self, lib: Library) -> None:
        """Point 22."""
        ref = lib.place()
        lib.server.remove_mailbox(lib.mailbox)

        lib.push()

        assert lib.link().state.value == "gone"
        assert lib.occurrence(ref).holds

    def test_a_missing_right_is_named_and_the_booking_waits(self, lib: Library) -> None:
        ref = lib.place()
        lib.server.grant("svc-rooms@example.org", lib.mailbox, "reviewer")

        lib.push()

        assert lib.link().state.value == "degraded"
        assert "Author right" in lib.link().state_reason
        lib.server.grant("svc-rooms@example.org", lib.mailbox, "author")
        settle(lib)
        assert lib.item(ref).state is PushState.CLEAN
        assert lib.link().state.value == "active"

    def test_two_wishes_for_one_slot_have_one_winner(self, lib: Library) -> None:
        """Point 18."""
        lib.place(at(10, 11))

        with pytest.raises(Taken):
            lib.place(at(10, 11))
