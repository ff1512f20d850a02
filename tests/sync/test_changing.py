"""Changing and removing our entries: nothing goes twice, nothing is left behind.

`Point N` is a number of the list in the design of sync ("every one of these is a test").
"""

import pytest

from booking.connectors.memory import FailAfter, FailBefore, FailLate
from booking.connectors.port import Ambiguous, Definite, Kind
from booking.domain.states import OccurrenceState, PushState
from booking.sync import worker
from booking.sync.worker import Step
from tests.sync.library import Library, at, settle

LOST = Ambiguous("The connection was reset before the answer came.")


class TestAChange:
    def test_moves_the_entry_and_sends_only_the_time(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        entry = lib.entry

        lib.move(ref, at(14, 15))
        lib.push()

        assert (lib.entry.id, lib.entry.when, lib.entry.subject) == (entry.id, at(14, 15), entry.subject)
        assert lib.item(ref).state is PushState.CLEAN

    def test_of_text_alone_does_not_look_at_the_room_first(self, lib: Library) -> None:
        ref = lib.written()
        looks = lib.asked("window")

        lib.rename(ref, "Chess club")
        lib.push()

        assert "Chess club" in lib.entry.body
        assert lib.asked("window") == looks + 1  # only afterwards

    def test_to_a_time_that_overlaps_its_own_entry_is_no_conflict(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))

        lib.move(ref, at(10.5, 11.5))
        lib.push()

        assert lib.entry.when == at(10.5, 11.5)

    def test_ten_times_is_written_once(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        for number in range(10):
            lib.rename(ref, f"Title {number}")

        lib.push()

        assert lib.asked("update") == 1
        assert "Title 9" in lib.entry.body

    def test_while_it_is_being_written_is_written_too(self, lib: Library) -> None:
        ref = lib.place(at(10, 11))
        steps = worker.steps(lib.engine, lib.claim())
        for step in steps:
            if step is Step.INTENDED:
                break

        lib.move(ref, at(12, 13))
        list(steps)

        assert lib.entry.when == at(12, 13)
        assert lib.item(ref).state is PushState.CLEAN
        assert lib.item(ref).acked_version == lib.item(ref).want_version

    def test_applied_without_an_answer_is_recognised(self, lib: Library) -> None:
        """Point 9."""
        ref = lib.written(at(10, 11))
        lib.move(ref, at(14, 15))
        lib.server.fail("update", FailAfter(LOST))

        lib.push()
        settle(lib)

        assert lib.entry.when == at(14, 15)
        assert lib.item(ref).state is PushState.CLEAN
        assert lib.asked("update") == 1
        assert lib.told() == ["confirmed", "changed"]

    def test_lost_before_it_arrived_is_sent_again(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.move(ref, at(14, 15))
        lib.server.fail("update", FailBefore(LOST))

        settle(lib)

        assert lib.entry.when == at(14, 15)
        assert lib.item(ref).state is PushState.CLEAN

    def test_applied_late_is_not_taken_for_an_edit_in_outlook(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.move(ref, at(14, 15))
        lib.server.fail("update", FailLate(LOST))
        lib.push()

        lib.server.settle()
        lib.pull()
        settle(lib)

        assert lib.entry.when == lib.occurrence(ref).when == at(14, 15)
        assert "moved_in_outlook" not in lib.told()

    @pytest.mark.parametrize("dies_after", [Step.PICKED, Step.LOOKED, Step.INTENDED, Step.SENT, Step.RECORDED])
    def test_survives_a_crash(self, lib: Library, dies_after: Step) -> None:
        ref = lib.written(at(10, 11))
        lib.move(ref, at(14, 15))

        lib.run_until(dies_after)
        settle(lib)

        assert lib.entry.when == lib.occurrence(ref).when == at(14, 15)
        assert lib.item(ref).state is PushState.CLEAN

    def test_of_an_entry_whose_id_changed_finds_it_by_its_stamp(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.remove(lib.mailbox, lib.entry.id)
        restored = lib.server.restore(lib.mailbox, lib.server.deleted(lib.mailbox)[0].uid)

        lib.rename(ref, "Chess club")
        settle(lib)

        assert lib.entry.id == restored == lib.item(ref).remote_id
        assert "Chess club" in lib.entry.body


class TestACancel:
    def test_removes_the_entry(self, lib: Library) -> None:
        ref = lib.written()

        lib.cancel(ref)
        lib.push()

        assert lib.entries == []
        assert lib.item(ref).state is PushState.GONE

    def test_before_anything_was_written_asks_nobody(self, lib: Library) -> None:
        ref = lib.place()
        lib.cancel(ref)

        lib.push()

        assert lib.server.calls == []
        assert lib.item(ref).state is PushState.GONE

    @pytest.mark.parametrize("dies_after", [Step.PICKED, Step.INTENDED, Step.SENT, Step.RECORDED])
    def test_survives_a_crash(self, lib: Library, dies_after: Step) -> None:
        ref = lib.written()
        lib.cancel(ref)

        lib.run_until(dies_after)
        settle(lib)

        assert lib.entries == []
        assert lib.item(ref).state is PushState.GONE

    @pytest.mark.parametrize("fault", [FailAfter(LOST), FailBefore(LOST), FailLate(LOST)])
    def test_without_an_answer_ends_with_nothing_there(self, lib: Library, fault: FailAfter) -> None:
        """Point 10."""
        ref = lib.written()
        lib.cancel(ref)
        lib.server.fail("delete", fault)

        lib.push()
        lib.server.settle()
        settle(lib)

        assert lib.entries == []
        assert lib.item(ref).state is PushState.GONE

    def test_while_the_create_has_no_answer_leaves_nothing_behind(self, lib: Library) -> None:
        ref = lib.place()
        lib.server.fail("create", FailLate(LOST))
        lib.push()
        lib.cancel(ref)

        lib.server.settle()
        settle(lib)

        assert lib.entries == []
        assert lib.item(ref).state is PushState.GONE

    def test_removes_a_create_that_arrives_after_all_was_settled(self, lib: Library) -> None:
        ref = lib.place()
        lib.server.fail("create", FailLate(LOST))
        lib.push()
        lib.cancel(ref)
        settle(lib)
        assert lib.item(ref).state is PushState.GONE

        lib.server.settle()
        lib.pull()
        settle(lib)

        assert lib.entries == []

    def test_of_what_was_written_and_not_seen_yet_removes_it_too(self, lib: Library) -> None:
        ref = lib.place()
        lib.run_until(Step.RECORDED)
        lib.cancel(ref)

        lib.pull()
        settle(lib)

        assert lib.entries == []
        assert lib.item(ref).state is PushState.GONE

    def test_goes_before_everything_else(self, lib: Library) -> None:
        ref = lib.written(at(15, 16))
        lib.cancel(ref)
        lib.place(at(8, 9))

        lib.run_until(Step.SENT)

        assert lib.entries == []

    def test_makes_room_for_another_booking_at_once(self, lib: Library) -> None:
        lib.cancel(lib.written(at(10, 11)))

        ref = lib.place(at(10, 11))
        lib.push()

        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert len(lib.entries) == 1

    def test_is_tried_without_end(self, lib: Library) -> None:
        ref = lib.written()
        lib.cancel(ref)
        lib.server.fail("delete", FailBefore(Definite(Kind.PERMANENT, "Not understood.")), times=6)

        for _ in range(8):
            lib.clock.turn(minutes=6)
            lib.push()

        assert lib.item(ref).state is PushState.GONE
