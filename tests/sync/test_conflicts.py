"""What is kept of a conflict, and who wins where the profile decides."""

from booking.domain.states import OccurrenceState, PushState
from booking.sync import clearing
from tests.sync.library import Library, at
from tests.sync.quarrels import ONE_DATABASE, all_conflicts, blocked, conflict, overlapped, profile


@ONE_DATABASE
class TestAConflict:
    def test_keeps_both_times_and_the_private_mark_and_no_title(self, lib: Library) -> None:
        _, theirs = overlapped(lib, private=True)

        found = conflict()

        assert (found.ours_starts_at, found.ours_ends_at) == (at(10, 11).start, at(10, 11).end)
        assert (found.theirs_starts_at, found.theirs_ends_at) == (at(10.5, 12).start, at(10.5, 12).end)
        assert (found.remote_id, found.theirs_private) == (theirs, True)
        assert "Board" not in repr(vars(found))

    def test_is_brought_up_to_date_when_their_time_moves_and_not_doubled(self, lib: Library) -> None:
        _, theirs = overlapped(lib)

        lib.server.move(lib.mailbox, theirs, at(9, 10.5))
        lib.pull()

        assert len(all_conflicts()) == 1
        assert (conflict().theirs_starts_at, conflict().theirs_ends_at) == (at(9, 10.5).start, at(9, 10.5).end)

    def test_of_a_booking_blocked_at_the_import_is_one_not_two(self, lib: Library) -> None:
        blocked(lib)

        lib.pull()
        lib.push()
        lib.pull()

        assert lib.conflicts() == ["blocked"]
        assert len(all_conflicts()) == 1

    def test_closes_by_itself_when_theirs_goes(self, lib: Library) -> None:
        _, theirs = overlapped(lib)

        lib.server.remove(lib.mailbox, theirs)
        lib.pull()

        assert lib.conflicts() == []

    def test_about_a_second_entry_is_not_made_anew_with_each_reading(self, lib: Library) -> None:
        lib.written(at(10, 11))
        entry = lib.entry
        lib.server.put(lib.mailbox, when=at(15, 16), uid=entry.uid, stamp=entry.stamp)

        for _ in range(3):
            lib.pull()

        assert lib.conflicts() == ["copied"]
        assert len(all_conflicts()) == 1

    def test_over_a_time_that_is_over_is_none(self, lib: Library) -> None:
        lib.written(at(10, 11))
        lib.clock.turn(days=1, hours=4)

        lib.server.put(lib.mailbox, when=at(10, 11))
        lib.pull()

        assert lib.conflicts() == []


@ONE_DATABASE
class TestTheProfile:
    def test_that_lets_the_outside_win_cancels_ours_with_other_times(self, lib: Library) -> None:
        profile(lib, when_overlapped="outside")

        ref, theirs = overlapped(lib)
        lib.push()

        assert lib.occurrence(ref).state is OccurrenceState.CANCELLED
        assert [entry.id for entry in lib.entries] == [theirs]
        assert lib.told() == ["confirmed", "gave_way"]
        assert lib.conflicts() == []

    def test_that_lets_the_outside_win_asks_when_too_much_would_go_at_once(self, lib: Library) -> None:
        profile(lib, when_overlapped="outside")
        refs = [lib.written(at(8 + number / 2, 8.5 + number / 2)) for number in range(11)]

        lib.server.put(lib.mailbox, when=at(0, 24))
        lib.pull()

        assert all(lib.occurrence(ref).state is OccurrenceState.CONFIRMED for ref in refs)
        assert lib.conflicts() == ["overlap"] * 11

    def test_that_lets_ours_win_declines_theirs(self, lib: Library) -> None:
        profile(lib, when_overlapped="ours")

        ref, _ = overlapped(lib, invited=True)
        clearing.go_on(lib.engine)

        assert len(lib.server.declined) == 1
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert lib.conflicts() == []

    def test_that_lets_ours_win_writes_a_blocked_one_beside_theirs(self, lib: Library) -> None:
        profile(lib, when_overlapped="ours")

        ref, _ = blocked(lib)
        lib.pull()
        lib.push()

        assert lib.item(ref).state is PushState.CLEAN

    def test_that_leaves_titles_alone_writes_none(self, lib: Library) -> None:
        profile(lib, when_text_edited="leave")
        lib.written(at(10, 11))

        lib.server.edit(lib.mailbox, lib.entry.id, subject="Mine!")
        lib.pull()
        lib.push()
        lib.pull()

        assert (lib.entry.subject, lib.asked("update"), lib.conflicts()) == ("Mine!", 0, [])

    def test_that_puts_back_does_not_put_back_what_exchange_released(self, lib: Library) -> None:
        profile(lib, when_deleted="put_back")
        ref = lib.written(at(10, 11))
        lib.clock.turn(days=1, hours=2, minutes=15)  # a quarter of an hour into it, and nobody came

        lib.server.remove(lib.mailbox, lib.entry.id)
        lib.pull()
        lib.push()

        assert lib.occurrence(ref).state is OccurrenceState.CANCELLED
        assert lib.entries == []
