"""Our entry in Outlook: what follows for the booking when somebody edits, moves, copies or deletes it.

Numbers in comments are those of the list in the design of sync ("every one of these is a test").
"""

import pytest

from booking.connectors.port import Stamp
from booking.domain.reconcile import BusyClass
from booking.domain.states import OccurrenceState, PushState
from booking.store.database import transaction
from booking.store.models import CalendarLink
from booking.sync.worker import Step
from tests import build
from tests.sync.library import Library, at

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SOON = at(13, 14, days=2)


def profile(lib: Library, **what: object) -> None:
    """Give the room's location a profile of its own."""
    with transaction() as session:
        location_id = session.get_one(CalendarLink, lib.link_id).space_id
        build.profile(session, space_id=location_id, **what)


class TestOurEntry:
    def test_does_not_come_back_as_somebody_elses(self, lib: Library) -> None:
        lib.written()

        lib.pull()

        assert (lib.outside(), lib.conflicts()) == ([], [])
        assert lib.told() == ["confirmed"]

    def test_seen_before_its_id_is_stored_is_still_ours(self, lib: Library) -> None:
        """Point 11."""
        ref = lib.place()
        lib.run_until(Step.SENT)

        lib.pull()

        assert lib.outside() == []
        assert lib.item(ref).remote_id == lib.entry.id
        assert lib.occurrence(ref).state is OccurrenceState.HELD  # an open intent decides nothing

    def test_moved_in_outlook_moves_the_booking_and_tells_once(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))

        lib.server.move(lib.mailbox, lib.entry.id, at(14, 15))
        lib.pull()
        lib.push()
        lib.pull()

        assert lib.occurrence(ref).when == lib.entry.when == at(14, 15)
        assert lib.told() == ["confirmed", "moved_in_outlook"]
        assert lib.item(ref).state is PushState.CLEAN
        assert lib.asked("update") == 0

    def test_moved_to_a_time_it_cannot_have_is_put_back_and_flagged(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.written(at(14, 15))

        lib.server.move(lib.mailbox, lib.item(ref).remote_id, at(14, 15))
        lib.pull()
        lib.push()

        assert lib.occurrence(ref).when == at(10, 11)
        assert sorted(entry.when for entry in lib.entries) == [at(10, 11), at(14, 15)]
        assert "moved_in_outlook" not in lib.told()

    def test_deleted_in_outlook_cancels_the_booking_and_tells_once(self, lib: Library) -> None:
        ref = lib.written()

        lib.server.remove(lib.mailbox, lib.entry.id)
        lib.pull()
        lib.push()
        lib.pull()

        assert lib.occurrence(ref).state is OccurrenceState.CANCELLED
        assert lib.told() == ["confirmed", "cancelled_in_outlook"]
        assert lib.item(ref).state is PushState.GONE

    def test_deleted_in_outlook_is_put_back_where_the_profile_says_so(self, lib: Library) -> None:
        profile(lib, when_deleted="put_back")
        ref = lib.written(at(10, 11))

        lib.server.remove(lib.mailbox, lib.entry.id)
        lib.pull()
        lib.push()

        assert lib.entry.when == at(10, 11)
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert lib.item(ref).generation == 2

    @pytest.mark.parametrize("edit", [{"busy": BusyClass.FREE}, {"all_day": True}])
    def test_changed_in_kind_is_put_back_and_flagged(self, lib: Library, edit: dict[str, object]) -> None:
        lib.written()

        lib.server.edit(lib.mailbox, lib.entry.id, **edit)
        lib.pull()
        flagged = lib.conflicts()
        lib.push()

        assert flagged == ["edited"]
        assert (lib.entry.busy, lib.entry.all_day) == (BusyClass.BUSY, False)

    def test_retitled_in_outlook_is_put_back_quietly(self, lib: Library) -> None:
        lib.written()

        lib.server.edit(lib.mailbox, lib.entry.id, subject="Mine!")
        lib.pull()
        lib.push()

        assert lib.entry.subject == "Ada Lovelace"
        assert lib.conflicts() == []
        assert lib.told() == ["confirmed"]

    def test_that_keeps_being_changed_is_left_alone_and_flagged(self, lib: Library) -> None:
        lib.written()

        for _ in range(9):
            lib.server.edit(lib.mailbox, lib.entry.id, busy=BusyClass.FREE)
            lib.pull()
            lib.push()
            lib.clock.turn(minutes=1)

        assert "ping_pong" in lib.conflicts()
        assert lib.entry.busy is BusyClass.FREE
        assert lib.asked("update") <= 6

    def test_made_recurring_in_outlook_is_flagged_and_blocks(self, lib: Library) -> None:
        """Point 23."""
        ref = lib.written(at(10, 11))

        lib.server.edit(lib.mailbox, lib.entry.id, repeat="daily")
        lib.pull()

        assert "edited" in lib.conflicts()
        assert lib.occurrence(ref).holds
        assert at(11, 12, days=2) in lib.blocked()  # clocks went back in between

    def test_copied_in_outlook_makes_an_outside_event_and_leaves_the_original(self, lib: Library) -> None:
        """Point 23."""
        ref = lib.written(at(10, 11))

        lib.server.copy(lib.mailbox, lib.entry.id, when=at(15, 16))
        lib.pull()
        lib.push()

        assert lib.blocked() == [at(15, 16)]
        assert lib.occurrence(ref).when == at(10, 11)
        assert len(lib.entries) == 2
        assert lib.conflicts() == []

    def test_copied_in_outlook_to_the_same_time_is_not_taken_for_a_twin_and_deleted(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))

        lib.server.copy(lib.mailbox, lib.entry.id)
        lib.pull()
        lib.push()

        assert len(lib.entries) == 2
        assert lib.conflicts() == ["overlap"]
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED

    def test_deleted_in_outlook_while_a_copy_stays_cancels_the_booking(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        original = lib.entry.id

        lib.server.copy(lib.mailbox, original)
        lib.server.remove(lib.mailbox, original)
        lib.pull()

        assert lib.occurrence(ref).state is OccurrenceState.CANCELLED
        assert lib.blocked() == [at(10, 11)]

    def test_changed_on_both_sides_follows_exchange(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.rename(ref, "Chess club")

        lib.server.move(lib.mailbox, lib.entry.id, at(14, 15))
        lib.push()
        lib.clock.turn(minutes=1)
        lib.push()

        assert lib.occurrence(ref).when == lib.entry.when == at(14, 15)
        assert "Chess club" in lib.entry.body
        assert lib.item(ref).state is PushState.CLEAN

    def test_changed_on_both_sides_follows_us_where_the_profile_says_so(self, lib: Library) -> None:
        profile(lib, when_both_changed="booking")
        ref = lib.written(at(10, 11))
        lib.move(ref, at(8, 9))

        lib.server.move(lib.mailbox, lib.entry.id, at(14, 15))
        lib.push()
        lib.clock.turn(minutes=1)
        lib.push()

        assert lib.occurrence(ref).when == lib.entry.when == at(8, 9)

    def test_of_another_installation_is_an_outside_event(self, lib: Library) -> None:
        stamp = Stamp("another-install", "some-key", 1, 1, "uid-1")
        lib.server.put(lib.mailbox, when=SOON, uid="uid-1", stamp=stamp)

        lib.pull()

        assert lib.blocked() == [SOON]

    def test_that_this_database_cannot_know_stops_all_writing(self, lib: Library) -> None:
        """Point 17."""
        stamp = Stamp(lib.install_id, "from-after-the-backup", 1, 1, "uid-1")
        lib.server.put(lib.mailbox, when=SOON, uid="uid-1", stamp=stamp)

        lib.pull()
        lib.place(at(10, 11))
        lib.push()

        assert "restored" in lib.connection().writes_stopped
        assert len(lib.entries) == 1
        assert lib.blocked() == [SOON]
