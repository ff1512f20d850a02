"""Where to look, how often, and entries of ours that should not be there.

Numbers in comments are those of the list in the design of sync ("every one of these is a test").
"""

import pytest

from booking.connectors.memory import FailAfter, FailBefore
from booking.connectors.port import Ambiguous, Definite, Kind
from booking.domain.states import LinkState, PushState
from booking.sync import pull, worker
from tests.sync.library import NOW, Library, at

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

    def test_reads_every_room_again_after_half_an_hour(self, lib: Library) -> None:
        pull.read_due(lib.engine)
        late = at(9, 10, days=70)
        lib.server.put(lib.mailbox, when=late)

        lib.clock.turn(minutes=29)
        assert pull.read_due(lib.engine) == 0
        lib.clock.turn(minutes=1)
        assert pull.read_due(lib.engine) == 1

        assert lib.blocked() == [late]

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
