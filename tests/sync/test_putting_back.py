"""Our own entry, and what should not be there: what each choice of staff does on both sides."""

import pytest
from sqlalchemy import select

from booking.domain.reconcile import BusyClass, OnChange
from booking.domain.states import OccurrenceState, PushState
from booking.store.database import transaction
from booking.store.models import SyncProfile
from booking.sync.conflicts import Choice
from tests.sync.library import Library, at
from tests.sync.quarrels import ONE_DATABASE, profile, settle


@ONE_DATABASE
class TestOurOwnEntry:
    @pytest.fixture(autouse=True)
    def asking(self, lib: Library) -> None:
        profile(lib, when_deleted="ask", when_moved="ask", when_changed="ask")

    def test_that_was_moved_is_put_back_once(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.move(lib.mailbox, lib.entry.id, at(14, 15))
        lib.pull()

        settle(lib, Choice.OURS)
        lib.pull()  # before it was written: this is no new quarrel
        still = lib.conflicts()
        lib.push()
        lib.pull()

        assert still == []
        assert lib.entry.when == lib.occurrence(ref).when == at(10, 11)
        assert lib.conflicts() == []

    def test_that_was_moved_takes_the_time_in_outlook_and_tells_once(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.move(lib.mailbox, lib.entry.id, at(14, 15))
        lib.pull()

        settle(lib, Choice.THEIRS)
        lib.push()
        lib.pull()

        assert lib.entry.when == lib.occurrence(ref).when == at(14, 15)
        assert lib.told() == ["confirmed", "moved_in_outlook"]
        assert (lib.conflicts(), lib.item(ref).state) == ([], PushState.CLEAN)

    def test_edited_again_before_it_is_put_back_is_shown_again(self, lib: Library) -> None:
        lib.written(at(10, 11))
        lib.server.move(lib.mailbox, lib.entry.id, at(14, 15))
        lib.pull()
        settle(lib, Choice.OURS)

        lib.server.move(lib.mailbox, lib.entry.id, at(16, 17))
        lib.pull()

        assert lib.conflicts() == ["edited"]

    def test_that_was_deleted_is_put_back(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.remove(lib.mailbox, lib.entry.id)
        lib.pull()

        settle(lib, Choice.OURS)
        lib.push()
        lib.pull()

        assert lib.entry.when == at(10, 11)
        assert (lib.item(ref).generation, lib.conflicts()) == (2, [])

    def test_that_was_deleted_cancels_the_booking_and_tells_once(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.remove(lib.mailbox, lib.entry.id)
        lib.pull()

        settle(lib, Choice.THEIRS)
        lib.push()
        lib.pull()

        assert lib.occurrence(ref).state is OccurrenceState.CANCELLED
        assert lib.told() == ["confirmed", "cancelled_in_outlook"]
        assert lib.conflicts() == []

    def test_that_was_made_a_series_is_written_anew_and_the_series_goes(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.edit(lib.mailbox, lib.entry.id, repeat="daily")
        lib.pull()

        settle(lib, Choice.OURS)
        lib.push()
        lib.pull()

        assert (lib.entry.repeat, lib.entry.when) == ("", at(10, 11))
        assert lib.item(ref).remote_id == lib.entry.id
        assert (lib.conflicts(), lib.blocked()) == ([], [])

    def test_that_kept_being_changed_is_put_back_when_staff_say_so(self, lib: Library) -> None:
        with transaction() as session:
            session.scalars(select(SyncProfile)).one().when_changed = OnChange.PUT_BACK
        lib.written(at(10, 11))
        for _ in range(9):
            lib.server.edit(lib.mailbox, lib.entry.id, busy=BusyClass.FREE)
            lib.pull()
            lib.push()
            lib.clock.turn(minutes=1)
        assert lib.conflicts() == ["ping_pong"]

        settle(lib, Choice.OURS)
        lib.push()
        lib.pull()

        assert lib.entry.busy is BusyClass.BUSY
        assert lib.conflicts() == []


@ONE_DATABASE
class TestAnEntryThatShouldNotBeThere:
    def second(self, lib: Library) -> str:
        ref = lib.written(at(10, 11))
        entry = lib.entry
        lib.server.put(lib.mailbox, when=at(15, 16), uid=entry.uid, stamp=entry.stamp)
        lib.pull()
        return ref

    def test_is_deleted_when_staff_say_so(self, lib: Library) -> None:
        ref = self.second(lib)

        settled = settle(lib, Choice.OURS)

        assert lib.entry.id == lib.item(ref).remote_id
        assert (settled.open, lib.conflicts()) == (False, [])

    def test_may_stand_and_is_not_shown_again(self, lib: Library) -> None:
        self.second(lib)

        settle(lib, Choice.BOTH)
        lib.pull()
        lib.pull()

        assert lib.conflicts() == []
        assert lib.blocked() == [at(15, 16)]
        assert len(lib.entries) == 2
