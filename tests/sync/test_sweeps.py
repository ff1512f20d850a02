"""Where to look, how often, and entries of ours that should not be there.

Numbers in comments are those of the list in the design of sync ("every one of these is a test").
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from booking.connectors.memory import FailAfter, FailBefore
from booking.connectors.port import Ambiguous, Definite, Kind
from booking.domain.availability import unsure_times
from booking.domain.intervals import Interval
from booking.domain.states import LinkState, PushState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, Space
from booking.sync import pull, worker
from booking.sync.engine import Engine
from tests.sync.library import NOW, Library, at, library

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SOON = at(13, 14, days=2)


class TestTheSweep:
    def test_reads_exactly_only_rooms_that_changed(self, lib: Library) -> None:
        pull.sweep_near(lib.engine)
        exact = lib.asked("window")

        pull.sweep_near(lib.engine)
        assert lib.asked("window") == exact

        lib.server.put(lib.mailbox, when=SOON)
        pull.sweep_near(lib.engine)
        assert lib.asked("window") == exact + 1
        assert lib.blocked() == [SOON]

    def test_counts_an_unchanged_look_as_a_good_read(self, lib: Library) -> None:
        pull.sweep_near(lib.engine)
        lib.clock.turn(minutes=2)

        pull.sweep_near(lib.engine)

        assert lib.link().near_read_at == lib.clock.now

    def test_stores_a_digest_only_with_the_exact_read_it_led_to(self, lib: Library) -> None:
        pull.sweep_near(lib.engine)
        lib.server.put(lib.mailbox, when=SOON)
        lib.server.fail("window", FailBefore(Definite(Kind.TRANSIENT, "Not now.")))

        pull.sweep_near(lib.engine)
        assert lib.blocked() == []
        lib.clock.turn(minutes=6)
        pull.sweep_near(lib.engine)

        assert lib.blocked() == [SOON]

    def test_sees_42_days_ahead(self, lib: Library) -> None:
        pull.sweep_near(lib.engine)
        pull.sweep_far(lib.engine)
        far = at(9, 10, days=30)
        lib.server.put(lib.mailbox, when=far)

        pull.sweep_near(lib.engine)
        assert lib.blocked() == []
        pull.sweep_far(lib.engine)

        assert lib.blocked() == [far]

    def test_sees_as_far_as_a_room_may_be_booked(self, lib: Library) -> None:
        pull.sweep_rest(lib.engine)
        pull.sweep_far(lib.engine)
        late = at(9, 10, days=70)
        lib.server.put(lib.mailbox, when=late)

        pull.sweep_far(lib.engine)
        assert lib.blocked() == []
        pull.sweep_rest(lib.engine)

        assert lib.blocked() == [late]

    def test_that_saw_nothing_new_anywhere_counts_as_a_good_read_of_all(self, lib: Library) -> None:
        pull.sweep_rest(lib.engine)
        exact = lib.asked("window")
        lib.clock.turn(minutes=30)

        pull.sweep_rest(lib.engine)

        link = lib.link()
        assert lib.asked("window") == exact
        assert link.near_read_at == link.far_read_at == link.read_at == lib.clock.now
        assert link.full_read_at == NOW

    def test_that_does_not_manage_is_made_up_for_by_an_exact_read(self, lib: Library) -> None:
        pull.read_due(lib.engine)
        late = at(9, 10, days=70)
        lib.server.put(lib.mailbox, when=late)

        lib.clock.turn(minutes=59)
        assert pull.read_due(lib.engine) == 0
        lib.clock.turn(minutes=1)
        assert pull.read_due(lib.engine) == 1

        assert lib.blocked() == [late]

    def test_does_not_replace_an_exact_read_now_and_then(self, lib: Library) -> None:
        """What free/busy does not show: a title that was changed, an event that became private."""
        for _ in range(13):
            pull.sweep_rest(lib.engine)
            lib.clock.turn(minutes=30)

        assert pull.read_due(lib.engine) == 1

    def test_of_a_server_that_does_not_answer_frees_nothing(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=SOON)
        pull.sweep_near(lib.engine)
        lib.server.fail("free_busy", FailBefore(Definite(Kind.TRANSIENT, "No answer.")), times=99)

        lib.clock.turn(minutes=10)
        pull.sweep_near(lib.engine)

        assert lib.blocked() == [SOON]
        assert lib.link().near_read_at == NOW
        assert lib.link().last_error == "No answer."

    def test_of_a_room_whose_mailbox_came_back_goes_on(self, lib: Library) -> None:
        pull.sweep_near(lib.engine)
        lib.server.remove_mailbox(lib.mailbox)
        lib.clock.turn(minutes=2)
        pull.sweep_near(lib.engine)
        assert lib.link().state is LinkState.GONE

        lib.server.add_room(lib.mailbox)
        lib.clock.turn(minutes=2)
        pull.sweep_near(lib.engine)
        assert lib.link().state is LinkState.GONE  # hourly
        lib.clock.turn(hours=1)
        pull.sweep_near(lib.engine)

        assert lib.link().state is LinkState.ACTIVE


class TestAStray:
    def test_twin_of_our_entry_is_deleted(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        entry = lib.entry
        lib.server.put(
            lib.mailbox,
            when=entry.when,
            uid=entry.uid,
            stamp=entry.stamp,
            subject=entry.subject,
            location=entry.location,
        )

        lib.pull()

        assert lib.entry.id == lib.item(ref).remote_id == entry.id

    def test_that_was_edited_is_not_deleted(self, lib: Library) -> None:
        lib.written(at(10, 11))
        entry = lib.entry
        lib.server.put(lib.mailbox, when=at(15, 16), uid=entry.uid, stamp=entry.stamp, subject="Keep me")

        lib.pull()

        assert len(lib.entries) == 2
        assert lib.blocked() == [at(15, 16)]
        assert "copied" in lib.conflicts()

    def test_that_comes_back_from_deleted_items_is_removed_three_times_at_most(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        uid = lib.entry.uid
        lib.cancel(ref)
        lib.push()

        for _ in range(5):
            if not lib.entries:
                lib.server.restore(lib.mailbox, uid)
            lib.pull()
            lib.push()

        assert len(lib.entries) == 1
        assert "unremovable" in lib.conflicts()

    def test_ambiguity_of_a_delete_is_no_disaster(self, lib: Library) -> None:
        ref = lib.written()
        lib.cancel(ref)
        lib.server.fail("delete", FailAfter(Ambiguous("reset")))

        worker.push_due(lib.engine)
        worker.push_due(lib.engine)

        assert lib.item(ref).state is PushState.GONE


SWEEPS = (pull.sweep_near, pull.sweep_far, pull.sweep_rest)


class TestANewDay:
    """The time that a sweep looks at moves at midnight, and with it what it shows of every busy room."""

    @pytest.mark.parametrize("sweep", SWEEPS)
    def test_is_no_reason_to_read_a_room_exactly(self, lib: Library, sweep: Callable[[Engine], int]) -> None:
        lib.server.put(lib.mailbox, when=at(9, 10, days=0))
        lib.server.put(lib.mailbox, when=at(9, 10, days=3))
        sweep(lib.engine)
        exact = lib.asked("window")

        for _ in range(3):
            lib.clock.turn(days=1)
            assert sweep(lib.engine) == 0
            assert sweep(lib.engine) == 0

        assert lib.asked("window") == exact
        assert lib.asked("free_busy") == 1 + 3 * 3  # once more a day, for the day before

    @pytest.mark.parametrize("sweep", SWEEPS)
    def test_hides_no_change(self, lib: Library, sweep: Callable[[Engine], int]) -> None:
        lib.server.put(lib.mailbox, when=at(9, 10, days=0))
        sweep(lib.engine)
        lib.server.put(lib.mailbox, when=at(9, 10, days=3))

        lib.clock.turn(days=1)
        assert sweep(lib.engine) == 1

        assert lib.blocked() == [at(9, 10, days=0), at(9, 10, days=3)]


class TestRoomsThatAreListenedTo:
    def test_cost_few_requests_an_hour(self, stored: Flask) -> None:
        """A thousand are ten batches: ten times as many as these, who are one."""
        with stored.app_context(), library("idle", rooms=3) as lib:
            for link_id in range(lib.link_id, lib.link_id + 3):
                pull.read_link(lib.engine, link_id)
            for sweep in SWEEPS:
                sweep(lib.engine)
            lib.server.calls.clear()

            for minute in range(60):
                lib.clock.turn(minutes=1)
                with transaction() as session:  # somebody heard that all is quiet there
                    session.execute(update(CalendarLink).values(watched_at=lib.clock.now))
                pull.read_due(lib.engine)
                pull.sweep_near(lib.engine)
                if minute % 5 == 4:
                    pull.sweep_far(lib.engine)
                if minute % 30 == 29:
                    pull.sweep_rest(lib.engine)

            assert [call.operation for call in lib.server.calls] == ["free_busy"] * 14


class TestARoomThatFailedInASweep:
    def test_is_left_out_of_the_next_ones_and_then_asked_for_apart(self, stored: Flask) -> None:
        with stored.app_context(), library("apart", rooms=3) as lib:
            pull.sweep_near(lib.engine)
            pull.sweep_near(lib.engine)
            lib.server.remove_mailbox("room-2@library.example")
            pull.sweep_near(lib.engine)
            before = lib.asked("free_busy")

            lib.clock.turn(seconds=30)
            pull.sweep_near(lib.engine)
            assert lib.asked("free_busy") == before + 1
            lib.clock.turn(hours=2)
            pull.sweep_near(lib.engine)

            assert lib.asked("free_busy") == before + 3
            first = [call.mailbox for call in lib.server.calls if call.operation == "free_busy"][-2:]
            assert sorted(first) == ["room-1@library.example", "room-2@library.example"]


class TestTwoItemsWithOneUid:
    """A server that allows it must not hide one behind the other."""

    def test_both_block_also_when_a_narrow_look_sees_only_the_second(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(9, 10), uid="one")
        lib.server.put(lib.mailbox, when=at(15, 16), uid="one")
        lib.pull()

        pull.read_part(lib.engine, lib.link_id, at(14, 17))

        assert lib.blocked() == [at(9, 10), at(15, 16)]

    def test_both_block_when_the_second_is_new_and_the_look_narrow(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(9, 10), uid="one")
        lib.pull()
        lib.server.put(lib.mailbox, when=at(15, 16), uid="one")

        pull.read_part(lib.engine, lib.link_id, at(14, 17))
        assert lib.blocked() == [at(9, 10), at(15, 16)]
        lib.pull()

        assert lib.blocked() == [at(9, 10), at(15, 16)]

    @pytest.mark.parametrize("number", [0, 1])
    def test_free_their_time_one_by_one(self, lib: Library, number: int) -> None:
        times = [at(9, 10), at(15, 16)]
        items = [lib.server.put(lib.mailbox, when=when, uid="one") for when in times]
        lib.pull()

        lib.server.remove(lib.mailbox, items[number])
        lib.pull()

        assert lib.blocked() == [times[1 - number]]

    def test_are_one_when_an_item_only_got_another_id(self, lib: Library) -> None:
        item = lib.server.put(lib.mailbox, when=at(9, 10), uid="one")
        lib.pull()
        lib.server.remove(lib.mailbox, item)
        lib.server.restore(lib.mailbox, "one")

        lib.pull()

        assert lib.blocked() == [at(9, 10)]


class TestAClockThatIsSetBack:
    """Point 31."""

    def test_leaves_nothing_certain_until_the_calendar_is_read_again(self, lib: Library) -> None:
        lib.pull()
        lib.clock.turn(hours=-5)
        assert _unsure(lib) == [at(13, 14)]

        lib.server.put(lib.mailbox, when=SOON)
        pull.read_due(lib.engine)

        assert _unsure(lib) == []
        assert lib.blocked() == [SOON]

    def test_puts_off_no_look_and_no_second_try(self, lib: Library) -> None:
        lib.pull()
        with transaction() as session:
            ahead = lib.clock.now + timedelta(seconds=3)
            queries.watches.look(session, [lib.link_id], at=ahead, now=lib.clock.now)
            session.execute(update(CalendarLink).values(next_read_at=ahead))

        lib.clock.turn(hours=-5)

        assert pull.read_due(lib.engine) == 1


def _unsure(lib: Library) -> list[Interval]:
    with reading() as session:
        known = queries.free.freshness(session, [lib.space_id])[lib.space_id]
    return unsure_times(known, at(13, 14), now=lib.clock.now, cadence=lib.engine.timing.cadence)


class TestRoomsThatAreAskedForTogether:
    def test_are_each_known_only_as_far_as_they_were_compared(
        self, stored: Flask, request: pytest.FixtureRequest
    ) -> None:
        with stored.app_context(), library(request.node.nodeid, rooms=2) as lib:
            with transaction() as session:
                session.get_one(Space, lib.spaces[1]).window_days = 365
            pull.read_due(lib.engine)

            for _ in range(2):  # the first look is news, the second is as before
                lib.clock.turn(minutes=31)
                pull.sweep_rest(lib.engine)

            until = lib.link().read_until
            assert until is not None
            assert timedelta(days=91) < until - lib.clock.now < timedelta(days=93)
