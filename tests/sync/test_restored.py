"""Point 17: the database is restored from a backup. Nothing is written before somebody has decided."""

import pytest
from sqlalchemy import select

from booking.connectors.port import Stamp
from booking.domain.intervals import Interval
from booking.domain.permissions import COMMAND_LINE
from booking.domain.states import LinkState, OccurrenceState, PushState
from booking.services import calendars
from booking.store.database import transaction
from booking.store.models import PushItem
from booking.sync import identity, links, over, settling
from booking.sync.choices import Chosen
from booking.sync.conflicts import Choice
from tests.sync import backups
from tests.sync.backups import findings, go_on, held_times, say_server, status, times, writes
from tests.sync.library import Library, at


class TestADatabaseFromAnHourAgo:
    def test_stops_writing_when_it_meets_a_booking_made_since(self, lib: Library) -> None:
        before = backups.take()
        lib.written(at(14, 15))
        backups.put_back(before)
        done = writes(lib)

        lib.pull()
        lib.place(at(10, 11))
        go_on(lib)

        assert "restored" in lib.connection().writes_stopped
        assert writes(lib) == done
        assert lib.blocked() == [at(14, 15)]
        assert [room.unknown for room in status(lib).rooms] == [1]

    def test_shows_staff_a_booking_made_since_once_it_is_the_server(self, lib: Library) -> None:
        before = backups.take()
        lib.written(at(14, 15))
        backups.put_back(before)
        lib.pull()

        say_server(lib)
        lib.written(at(10, 11))

        assert lib.connection().writes_stopped == ""
        assert times(lib) == [at(10, 11), at(14, 15)]
        assert lib.blocked() == [at(14, 15)]
        assert [(each.kind, each.accepted_at is not None) for each in findings()] == [("restored", True)]
        assert status(lib).writes_go

    @pytest.mark.parametrize(("choice", "left"), [(Choice.OURS, []), (Choice.BOTH, [at(14, 15)])])
    def test_does_with_a_booking_made_since_what_staff_say(
        self, lib: Library, choice: Choice, left: list[Interval]
    ) -> None:
        before = backups.take()
        lib.written(at(14, 15))
        backups.put_back(before)
        lib.pull()
        say_server(lib)

        (finding,) = findings()
        settling.settle(lib.engine, finding.id, Chosen(choice), actor=COMMAND_LINE, now=lib.clock.now)
        go_on(lib)

        assert times(lib) == lib.blocked() == left
        assert findings() == []
        assert status(lib).writes_go

    def test_finds_a_booking_made_since_however_far_ahead(self, lib: Library) -> None:
        far = at(10, 11, days=400)
        lib.server.put(lib.mailbox, when=far, uid="u", stamp=Stamp(lib.install_id, "far", 1, 1, "u"))
        lib.written(at(8, 9))
        lib.server.put(lib.mailbox, when=at(14, 15), uid="v", stamp=Stamp(lib.install_id, "near", 1, 1, "v"))
        lib.pull()
        seen_at_first = lib.blocked()

        say_server(lib)

        assert seen_at_first == [at(14, 15)]
        assert lib.blocked() == [at(14, 15), far]
        assert status(lib).writes_go

    def test_asks_nobody_about_an_entry_that_is_over(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(14, 15), uid="v", stamp=Stamp(lib.install_id, "near", 1, 1, "v"))
        lib.pull()
        say_server(lib)

        lib.clock.turn(days=3)
        over.let_go(lib.engine)

        assert findings() == []

    def test_takes_over_a_booking_moved_since(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        before = backups.take()
        lib.move(ref, at(14, 15))
        lib.push()
        backups.put_back(before)
        lib.pull()
        stopped = lib.occurrence(ref).when, lib.connection().writes_stopped, lib.blocked()

        say_server(lib)

        assert stopped == (at(10, 11), stopped[1], [at(14, 15)])
        assert stopped[1]
        assert times(lib) == held_times(lib) == [at(14, 15)]
        assert lib.item(ref).state is PushState.CLEAN
        assert findings() == []

    def test_goes_on_with_a_booking_whose_text_was_changed_since(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        before = backups.take()
        lib.rename(ref, "Reading circle")
        lib.push()
        backups.put_back(before)
        lib.pull()
        assert lib.connection().writes_stopped

        say_server(lib)
        lib.move(ref, at(16, 17))
        lib.push()

        assert times(lib) == held_times(lib) == [at(16, 17)]
        assert findings() == []

    def test_cancels_a_booking_cancelled_since_by_the_ordinary_rules(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        before = backups.take()
        lib.written(at(14, 15))  # shows that the database is an old one
        lib.cancel(ref)
        lib.push()
        backups.put_back(before)
        lib.pull()
        undecided = lib.occurrence(ref).state

        say_server(lib)

        assert undecided is OccurrenceState.CONFIRMED
        assert lib.occurrence(ref).state is OccurrenceState.CANCELLED
        assert times(lib) == [at(14, 15)]

    def test_freezes_a_room_in_which_many_bookings_were_cancelled_since(self, lib: Library) -> None:
        refs = [lib.written(at(8 + hour, 9 + hour)) for hour in range(9)]
        before = backups.take()
        lib.written(at(20, 21))
        for ref in refs:
            lib.cancel(ref)
        lib.push()
        backups.put_back(before)
        lib.pull()

        say_server(lib)

        assert lib.link().state is LinkState.FROZEN
        assert {lib.occurrence(ref).state for ref in refs} == {OccurrenceState.CONFIRMED}

    def test_finds_a_booking_that_was_deleted_and_written_anew_since(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        before = backups.take()
        with transaction() as session:
            row = session.scalars(select(PushItem)).one()
            row.want_version += 1
            lib.server.remove(lib.mailbox, row.remote_id)
            calendars.begin_anew(row, now=lib.clock.now)
        lib.push()
        assert lib.item(ref).generation == 2
        backups.put_back(before)
        lib.pull()
        undecided = lib.occurrence(ref).state, lib.conflicts()

        say_server(lib)

        assert undecided == (OccurrenceState.CONFIRMED, ["restored"])
        assert (lib.item(ref).generation, lib.item(ref).state) == (2, PushState.CLEAN)
        assert times(lib) == held_times(lib) == [at(10, 11)]
        assert findings() == []

    def test_never_deletes_the_newer_entry_of_a_booking_that_was_cancelled_before(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.cancel(ref)
        before = backups.take()
        lib.push()
        key = lib.occurrence(ref).key
        stamp = Stamp(lib.install_id, key, 2, 4, "uid-2")  # somebody undid the cancel afterwards
        lib.server.put(lib.mailbox, when=at(10, 11), uid="uid-2", stamp=stamp)
        backups.put_back(before)
        lib.pull()

        say_server(lib)

        assert times(lib) == lib.blocked() == [at(10, 11)]
        assert [(each.kind, each.accepted_at is not None) for each in findings()] == [("restored", True)]

    def test_lets_nothing_leave_before_it_was_read_whole(self, lib: Library) -> None:
        before = backups.take()
        lib.written(at(14, 15))
        backups.put_back(before)
        lib.pull()
        lib.place(at(10, 11))
        done = writes(lib)

        identity.this_is_the_server(lib.engine, actor=COMMAND_LINE, now=lib.clock.now)
        lib.push()
        unread = writes(lib) - done
        lib.pull()
        lib.push()

        assert unread == 0
        assert times(lib) == [at(10, 11), at(14, 15)]

    def test_lets_go_of_a_room_that_is_disconnected_before_it_was_read_again(self, lib: Library) -> None:
        lib.written(at(10, 11))
        before = backups.take()
        lib.written(at(14, 15))
        backups.put_back(before)
        lib.pull()
        identity.this_is_the_server(lib.engine, actor=COMMAND_LINE, now=lib.clock.now)

        links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=COMMAND_LINE, now=lib.clock.now)

        assert lib.link().state is LinkState.ENDED
        assert times(lib) == [at(14, 15)]

    def test_is_found_by_the_look_before_a_write_too(self, lib: Library) -> None:
        before = backups.take()
        lib.written(at(14, 15))
        backups.put_back(before)
        done = writes(lib)

        lib.place(at(14, 15))
        lib.push()

        assert lib.connection().writes_stopped
        assert writes(lib) == done

    def test_closes_a_finding_whose_entry_is_gone(self, lib: Library) -> None:
        before = backups.take()
        lib.written(at(14, 15))
        backups.put_back(before)
        lib.pull()

        lib.server.remove(lib.mailbox, lib.entry.id)
        lib.pull()

        assert findings() == []
        assert lib.blocked() == []
        assert lib.connection().writes_stopped  # what stopped it was true: somebody has to look
