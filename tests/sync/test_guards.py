"""What is not believed too quickly: old snapshots, half listings, rooms that seem empty.

`point N` is a number of the list in the design of sync ("every one of these is a test").
"""

from collections.abc import Callable

import pytest

from booking.connectors.memory import Call, Fault, Show, Wait
from booking.domain.states import LinkState, OccurrenceState
from booking.store import queries
from booking.store.database import reading
from booking.sync import applying, pull, worker
from booking.sync.readings import Fate, Reading
from booking.sync.worker import Step
from tests.sync.library import NOW, Library, at

SOON = at(13, 14, days=2)


class TestASnapshot:
    def test_older_than_our_own_write_is_dropped_and_read_again(self, lib: Library) -> None:
        """Point 12."""
        ref = lib.written(at(10, 11))
        lib.server.fail("window", Wait(lambda: _change_meanwhile(lib, ref)))

        lib.pull()

        assert lib.occurrence(ref).when == at(14, 15)
        assert "moved_in_outlook" not in lib.told()
        assert lib.conflicts() == []

    def test_from_before_a_claim_is_dropped(self, lib: Library) -> None:
        """Point 12."""
        seen = _look(lib)
        lib.claim()

        applied = applying.apply(lib.engine, seen)

        assert applied.fate is Fate.DROPPED

    @pytest.mark.parametrize(("begun_after", "ended_by"), [(Step.LOOKED, 1), (Step.INTENDED, 2)])
    def test_from_before_an_intent_or_an_answer_is_dropped(
        self, lib: Library, begun_after: Step, ended_by: int
    ) -> None:
        """Point 12."""
        lib.place()
        steps = worker.steps(lib.engine, lib.claim())
        for step in steps:
            if step is begun_after:
                break
        seen = _look(lib)
        for _ in range(ended_by):
            next(steps)

        applied = applying.apply(lib.engine, seen)

        assert applied.fate is Fate.DROPPED

    def test_that_is_not_complete_changes_nothing(self, lib: Library) -> None:
        """Point 15."""
        lib.server.put(lib.mailbox, when=SOON)
        ref = lib.written(at(10, 11))
        lib.pull()
        lib.server.fail("window", Show(lambda _: False, complete=False))

        lib.clock.turn(hours=1)
        lib.pull()

        assert lib.blocked() == [SOON]
        assert lib.occurrence(ref).holds
        assert lib.link().read_at == NOW


class Died(BaseException):
    """The process ended here: nothing catches it."""


class TestACrashInsideARead:
    """Point 13: between any two of its parts, nothing is taken in, and the next reader begins anew."""

    @pytest.mark.parametrize("operation", ["window", "get", "find", "probe"])
    def test_changes_nothing_and_is_made_up_for(self, lib: Library, operation: str) -> None:
        ref = lib.written(at(10, 11))
        events = [lib.server.put(lib.mailbox, when=at(9, 10, days=day)) for day in range(2, 5)]
        lib.pull()
        lib.server.remove(lib.mailbox, events[0])
        lib.server.remove(lib.mailbox, lib.item(ref).remote_id)
        lib.server.put(lib.mailbox, when=at(20, 21))
        lib.server.hook = _dies_at(operation)

        with pytest.raises(Died):
            lib.pull()
        assert len(lib.blocked()) == 3
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED

        lib.server.hook = None
        successor = lib.another_worker()
        successor.pull()

        assert lib.blocked() == [at(20, 21), at(9, 10, days=3), at(9, 10, days=4)]
        assert lib.occurrence(ref).state is OccurrenceState.CANCELLED

    def test_of_a_sweep_leaves_the_room_to_the_next_sweep(self, lib: Library) -> None:
        pull.sweep_near(lib.engine)
        lib.server.put(lib.mailbox, when=SOON)
        lib.server.hook = _dies_at("window")

        with pytest.raises(Died):
            pull.sweep_near(lib.engine)
        lib.server.hook = None
        pull.sweep_near(lib.another_worker().engine)

        assert lib.blocked() == [SOON]


def _dies_at(operation: str) -> Callable[[Call], Fault | None]:
    def hook(call: Call) -> Fault | None:
        if call.operation == operation:
            raise Died
        return None

    return hook


def _change_meanwhile(lib: Library, ref: str) -> None:
    """Move the booking, and have that written, while a look is on its way."""
    lib.server.fail("update", Wait(lambda: None))
    lib.move(ref, at(14, 15))
    lib.push()


def _look(lib: Library) -> Reading:
    with reading() as session:
        link = queries.links.row(session, lib.link_id)
    assert link is not None
    return pull.look_at(lib.engine, link, at(0, 24))


class TestTheGuards:
    def test_do_not_free_what_a_listing_falsely_leaves_out(self, lib: Library) -> None:
        """Point 15."""
        lib.server.put(lib.mailbox, when=SOON)
        ref = lib.written(at(10, 11))
        lib.pull()
        lib.server.fail("window", Show(lambda _: False))

        lib.pull()

        assert lib.blocked() == [SOON]
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED

    def test_do_not_believe_not_found_without_the_right_to_read(self, lib: Library) -> None:
        """Point 14."""
        lib.server.put(lib.mailbox, when=SOON)
        ref = lib.written(at(10, 11))
        lib.pull()
        lib.server.hook = _rights_are_lost_while_reading(lib)

        lib.pull()

        assert lib.blocked() == [SOON]
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED

    def test_ask_again_soon_when_nothing_is_certain(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=SOON)
        lib.pull()
        _rights_lost(lib)

        lib.pull()

        link = lib.link()
        assert link.next_read_at is not None

    def test_freeze_a_room_from_which_too_much_vanished(self, lib: Library) -> None:
        """Point 15."""
        events = [lib.server.put(lib.mailbox, when=at(9, 10, days=day)) for day in range(1, 13)]
        lib.pull()
        for event in events:
            lib.server.remove(lib.mailbox, event)

        lib.pull()
        lib.pull()

        assert lib.link().state is LinkState.FROZEN
        assert len(lib.blocked()) == 12

    def test_freeze_a_small_room_that_lost_more_than_half(self, lib: Library) -> None:
        events = [lib.server.put(lib.mailbox, when=at(9, 10, days=day)) for day in range(1, 9)]
        lib.pull()
        for event in events[:5]:
            lib.server.remove(lib.mailbox, event)

        lib.pull()

        assert lib.link().state is LinkState.FROZEN

    def test_count_a_series_once(self, lib: Library) -> None:
        series = lib.server.put(lib.mailbox, when=at(9, 10), repeat="daily")
        lib.pull()
        assert len(lib.blocked()) > 12

        lib.server.remove(lib.mailbox, series)
        lib.pull()

        assert lib.blocked() == []
        assert lib.link().state is LinkState.ACTIVE

    def test_take_new_events_of_a_frozen_room(self, lib: Library) -> None:
        self.test_freeze_a_room_from_which_too_much_vanished(lib)

        lib.server.put(lib.mailbox, when=at(20, 21))
        lib.pull()

        assert at(20, 21) in lib.blocked()

    def test_thaw_a_room_when_all_is_there_again(self, lib: Library) -> None:
        for day in range(1, 13):
            lib.server.put(lib.mailbox, when=at(9, 10, days=day), uid=f"uid-{day}")
        lib.pull()
        for entry in lib.entries:
            lib.server.remove(lib.mailbox, entry.id)
        lib.pull()
        assert lib.link().state is LinkState.FROZEN
        for day in range(1, 13):
            lib.server.restore(lib.mailbox, f"uid-{day}")

        lib.pull()

        assert lib.link().state is LinkState.ACTIVE
        assert len(lib.blocked()) == 12

    def test_never_ask_about_what_lies_outside_a_narrow_look(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=SOON)
        lib.pull()
        lib.server.remove(lib.mailbox, lib.entry.id)

        pull.read_part(lib.engine, lib.link_id, at(8, 9))

        assert lib.blocked() == [SOON]
        assert lib.asked("get") == 0


def _rights_lost(lib: Library) -> None:
    lib.server.grant("svc-rooms@example.org", lib.mailbox, "none")


def _rights_are_lost_while_reading(lib: Library) -> Callable[[Call], Fault | None]:
    def hook(call: Call) -> Fault | None:
        if call.operation == "window":
            return Show(lambda _: False)
        if call.operation == "get":
            lib.server.mailbox(lib.mailbox).entries.clear()  # "not found", for who may not see
        if call.operation == "probe":
            _rights_lost(lib)
        return None

    return hook
