"""Folders beside the rooms' calendars: listing them, ticking one for a space, and letting go of it again."""

import pytest

from booking.connectors import memory
from booking.connectors.memory import FailBefore, Show
from booking.connectors.port import Definite, Kind
from booking.domain.errors import Forbidden, Invalid, NotCertain, NotFound, Taken
from booking.domain.permissions import NOBODY
from booking.domain.reconcile import BusyClass
from booking.domain.states import FolderState, TreeState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.sync import folder_reading, folders, ticking
from tests import build
from tests.sync.library import Library, at
from tests.sync.shelves import ACCOUNT, Shelves, shelves

SOON, LATER = at(10, 11, days=2), at(14, 15, days=3)
BROKEN = Definite(Kind.TRANSIENT, "The server cannot be reached.")


@pytest.fixture
def shelf(lib: Library) -> Shelves:
    """Give a library with folders beside its rooms."""
    return shelves(lib)


class TestATree:
    def test_is_listed_with_where_each_folder_lies(self, shelf: Shelves) -> None:
        shelf.lib.server.add_folder("", "Library", "Branches", "Bookmobile")
        shelf.lib.server.add_folder("", "Closures")

        tree = shelf.look()

        assert (tree.state, tree.found, tree.error) == (TreeState.DONE, 2, "")
        assert [each.path for each in shelf.rows()] == [("Closures",), ("Library", "Branches", "Bookmobile")]
        assert {each.state for each in shelf.rows()} == {FolderState.LISTED}
        assert shelf.lib.connection().folders_read_at == shelf.lib.clock.now

    def test_of_a_mailbox_stands_beside_the_public_one(self, shelf: Shelves) -> None:
        shelf.lib.server.add_folder("", "Closures")
        shelf.lib.server.add_folder(ACCOUNT, "Tours")
        shelf.look()

        shelf.look(ACCOUNT.upper())

        assert [(each.mailbox, each.path[-1]) for each in shelf.rows()] == [
            ("", "Closures"), (ACCOUNT, "Calendar"), (ACCOUNT, "Tours"),
        ]  # fmt: skip

    def test_that_cannot_be_read_says_why_and_takes_nothing_off_the_list(self, shelf: Shelves) -> None:
        shelf.ticked("Closures")
        shelf.lib.server.fail("folders", FailBefore(BROKEN))

        tree = shelf.look()

        assert (tree.state, tree.error) == (TreeState.FAILED, "The server cannot be reached.")
        assert shelf.row("Closures").missing_since is None

    def test_forgets_what_is_gone_but_nothing_that_blocks(self, shelf: Shelves) -> None:
        shelf.ticked("Closures")
        shelf.lib.server.add_folder("", "Idle")
        shelf.look()
        shelf.lib.server.public_folders.clear()

        shelf.look()

        assert [(each.path, each.state, each.missing_since) for each in shelf.rows()] == [
            (("Closures",), FolderState.TICKED, shelf.lib.clock.now)
        ]

    def test_is_asked_for_by_administrators_about_addresses(self, shelf: Shelves) -> None:
        now = shelf.lib.clock.now
        with transaction() as session, pytest.raises(Forbidden):
            folders.ask_for_tree(session, shelf.lib.connection_id, actor=NOBODY, now=now)
        with transaction() as session, pytest.raises(Invalid):
            folders.ask_for_tree(session, shelf.lib.connection_id, mailbox="tours", actor=build.ADMINISTRATOR, now=now)
        with transaction() as session, pytest.raises(NotFound):
            folders.ask_for_tree(session, 999, actor=build.ADMINISTRATOR, now=now)

    def test_whose_reader_died_is_read_by_another(self, shelf: Shelves) -> None:
        now = shelf.lib.clock.now
        with transaction() as session:
            tree = folders.ask_for_tree(session, shelf.lib.connection_id, actor=build.ADMINISTRATOR, now=now)
        with transaction() as session:
            assert queries.trees.begin(session, tree, now=now, stuck_since=now)

        assert folders.read_due(shelf.lib.engine) == 0
        shelf.lib.clock.turn(minutes=16)

        assert folders.read_due(shelf.lib.engine) == 1
        with reading() as session:
            assert folders.progress(session, tree).state is TreeState.DONE


class TestATickedFolder:
    def test_blocks_its_space(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.put(calendar, when=SOON, subject="Stocktaking")

        shelf.beat()

        assert shelf.blocked() == [SOON]
        with pytest.raises(Taken):
            shelf.lib.place(SOON, space_id=shelf.space_id)

    def test_blocks_a_paired_space_beside_its_own_calendar(self, shelf: Shelves) -> None:
        calendar = shelf.lib.server.add_folder("", "Closures")
        shelf.look()
        shelf.choose("Closures", shelf.lib.space_id)
        shelf.lib.server.put(calendar, when=SOON, uid="twice")
        shelf.lib.server.put(shelf.lib.mailbox, when=SOON, uid="twice")
        shelf.lib.server.put(shelf.lib.mailbox, when=LATER)

        shelf.lib.pull()
        shelf.beat()
        shelf.lib.pull()

        assert shelf.blocked(shelf.lib.space_id) == [SOON, SOON, LATER]
        assert shelf.lib.conflicts() == []

    def test_follows_what_happens_there(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        moved = shelf.lib.server.put(calendar, when=SOON)
        gone = shelf.lib.server.put(calendar, when=at(12, 13, days=2))
        shelf.beat()

        shelf.lib.server.move(calendar, moved, LATER)
        shelf.lib.server.remove(calendar, gone)
        shelf.beat()

        assert shelf.blocked() == [LATER]

    def test_blocks_by_the_profile_and_the_busy_class(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.put(calendar, when=SOON, busy=BusyClass.TENTATIVE)
        shelf.lib.server.put(calendar, when=LATER, busy=BusyClass.FREE)
        shelf.beat()

        assert shelf.blocked() == []

    def test_keeps_no_more_than_the_profile_asks_for_and_nothing_private(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.put(calendar, when=SOON, subject="Stocktaking", guests=frozenset({"eve@example.org"}))
        shelf.lib.server.put(calendar, when=LATER, subject="Hospital", private=True)
        shelf.beat()

        assert {each.title for each in shelf.events()} == {""}
        with transaction() as session:
            build.profile(session, space_id=shelf.space_id, keep_titles=True)
        shelf.beat()

        assert [(each.title, each.private) for each in shelf.events()] == [("Stocktaking", False), ("", True)]

    def test_is_not_read_where_sync_is_switched_off(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.put(calendar, when=SOON)
        with transaction() as session:
            build.profile(session, space_id=shelf.space_id, active=False)

        shelf.beat()

        assert (shelf.lib.asked("folder_window"), shelf.blocked()) == (0, [])

    def test_never_blocks_with_our_own_bookings(self, shelf: Shelves) -> None:
        shelf.look(shelf.lib.mailbox)
        shelf.choose("Calendar", shelf.space_id)
        shelf.lib.written(SOON)

        shelf.beat()

        assert shelf.blocked() == []

    def test_is_read_with_the_beat_of_the_sweep_and_by_one_reader(self, shelf: Shelves) -> None:
        shelf.ticked("Closures")
        shelf.beat()
        stale = shelf.row("Closures")

        shelf.beat(seconds=30)
        assert shelf.lib.asked("folder_window") == 1
        shelf.beat(seconds=31)

        assert shelf.lib.asked("folder_window") == 2
        assert not folder_reading.read(shelf.lib.engine, stale)


class TestAReadingOfAFolder:
    @pytest.mark.parametrize(
        "fault",
        [
            FailBefore(BROKEN),
            FailBefore(Definite(Kind.FORBIDDEN, "no")),
            FailBefore(Definite(Kind.MAILBOX_GONE, "gone")),
            Show(lambda _event: False, complete=False),
            Show(lambda _event: False),
        ],
        ids=["fails", "is forbidden", "finds no mailbox", "is cut off", "is empty"],
    )
    def test_that_is_not_whole_frees_nothing(self, shelf: Shelves, fault: memory.Fault) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.put(calendar, when=SOON)
        shelf.beat()
        shelf.lib.server.fail("folder_window", fault)

        shelf.beat()

        assert shelf.blocked() == [SOON]
        row = shelf.row("Closures")
        assert (row.read_failures, "Nothing was freed" in row.last_error) == (1, True)

    def test_is_tried_again_and_then_all_is_well(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.fail("folder_window", FailBefore(BROKEN))
        shelf.beat()
        shelf.lib.server.put(calendar, when=SOON)

        shelf.beat()

        assert shelf.blocked() == [SOON]
        assert (shelf.row("Closures").read_failures, shelf.row("Closures").last_error) == (0, "")

    def test_without_the_right_to_read_frees_nothing(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        entry = shelf.lib.server.put(calendar, when=SOON)
        shelf.beat()
        shelf.lib.server.remove(calendar, entry)
        shelf.lib.server.fail("folder_rights", FailBefore(BROKEN))

        shelf.beat()
        assert shelf.blocked() == [SOON]
        shelf.beat()

        assert shelf.blocked() == []

    def test_of_a_folder_that_is_gone_frees_nothing(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.put(calendar, when=SOON)
        shelf.beat()
        shelf.lib.server.remove_folder("", "Closures")

        shelf.beat()
        shelf.look()
        shelf.beat()

        assert shelf.blocked() == [SOON]
        assert "Reviewer right" in shelf.row("Closures").last_error

    def test_that_shows_too_little_asks_staff(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        entries = [shelf.lib.server.put(calendar, when=at(8 + number, 9 + number, days=2)) for number in range(8)]
        shelf.beat()
        for entry in entries[:5]:
            shelf.lib.server.remove(calendar, entry)

        shelf.beat()

        assert (shelf.row("Closures").state, shelf.row("Closures").vanishing) == (FolderState.FROZEN, 5)
        assert len(shelf.blocked()) == 8

        folder_reading.believe(
            shelf.lib.engine, shelf.row("Closures").id, actor=build.ADMINISTRATOR, now=shelf.lib.clock.now
        )

        assert (shelf.row("Closures").state, len(shelf.blocked())) == (FolderState.TICKED, 3)

    def test_from_before_it_was_unticked_is_dropped(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.put(calendar, when=SOON)

        def untick() -> None:
            shelf.choose("Closures", None)

        shelf.lib.server.fail("folder_window", memory.Wait(untick))
        shelf.beat()

        assert shelf.blocked() == []
        assert shelf.row("Closures").state is FolderState.LEAVING


class TestUntickingAFolder:
    def test_shows_first_what_would_be_freed(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.put(calendar, when=SOON)
        shelf.beat()

        chosen = shelf.choose("Closures", None)

        assert (chosen.changed, [each.times for each in chosen.losses]) == (0, [(SOON,)])
        assert (shelf.row("Closures").state, shelf.blocked()) == (FolderState.TICKED, [SOON])

    def test_frees_it_after_a_while(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.put(calendar, when=SOON)
        shelf.beat()

        assert shelf.choose("Closures", None, seen=True).changed == 1
        shelf.beat(seconds=29)
        assert shelf.blocked() == [SOON]
        shelf.beat(seconds=2)

        assert shelf.blocked() == []
        assert (shelf.row("Closures").state, shelf.row("Closures").space_id) == (FolderState.LISTED, None)
        shelf.lib.place(SOON, space_id=shelf.space_id)

    def test_is_undone_by_ticking_it_again(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.put(calendar, when=SOON)
        shelf.beat()
        shelf.choose("Closures", None, seen=True)

        assert shelf.choose("Closures", shelf.space_id).losses == ()
        shelf.beat()

        assert shelf.blocked() == [SOON]

    def test_for_another_space_blocks_that_before_the_first_is_free(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.put(calendar, when=SOON)
        shelf.beat()
        other = shelf.lib.space_id

        assert [each.to for each in shelf.choose("Closures", other).losses] != []
        shelf.choose("Closures", other, seen=True)
        shelf.lib.server.fail("folder_window", FailBefore(BROKEN))
        shelf.beat()
        assert (shelf.blocked(), shelf.blocked(other)) == ([SOON], [])
        shelf.beat()

        assert (shelf.blocked(), shelf.blocked(other)) == ([], [SOON])

    def test_is_for_administrators_and_for_folders_that_are_there(self, shelf: Shelves) -> None:
        shelf.ticked("Closures")
        now = shelf.lib.clock.now

        with pytest.raises(Forbidden):
            ticking.choose(shelf.lib.engine, shelf.lib.connection_id, {}, actor=NOBODY, now=now)
        with pytest.raises(NotFound):
            ticking.choose(shelf.lib.engine, shelf.lib.connection_id, {999: None}, actor=build.ADMINISTRATOR, now=now)
        with pytest.raises(NotFound):
            shelf.choose("Closures", 999)


class TestASpaceWithAFolder:
    def test_is_not_certain_while_its_folder_is_not_known(self, shelf: Shelves) -> None:
        shelf.ticked("Closures")
        assert not shelf.is_certain(SOON)

        shelf.beat()
        assert shelf.is_certain(SOON)
        shelf.lib.clock.turn(minutes=31)

        assert not shelf.is_certain(SOON)

    def test_is_read_when_somebody_books_it(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Closures")
        shelf.lib.server.put(calendar, when=SOON)

        with pytest.raises(Taken):
            shelf.books(SOON)
        shelf.books(LATER)

        assert shelf.lib.asked("folder_window") == 1

    def test_cannot_be_booked_while_its_folder_cannot_be_read(self, shelf: Shelves) -> None:
        shelf.ticked("Closures")
        shelf.lib.server.fail("folder_window", FailBefore(BROKEN))

        with pytest.raises(NotCertain):
            shelf.books(SOON)

        shelf.books(SOON)

    def test_is_as_before_once_the_folder_is_unticked(self, shelf: Shelves) -> None:
        shelf.ticked("Closures")
        shelf.choose("Closures", None)
        shelf.beat()

        assert shelf.is_certain(SOON)

    def test_says_which_folder_takes_it(self, shelf: Shelves) -> None:
        calendar = shelf.ticked("Library", "Closures")
        shelf.lib.server.put(calendar, when=SOON)
        shelf.beat()

        assert shelf.why(SOON.start).startswith("An entry in the folder Library / Closures blocks it.")

    def test_is_told_of_when_its_folder_cannot_be_read_for_ten_minutes(self, shelf: Shelves) -> None:
        shelf.ticked("Library", "Closures")
        shelf.beat()
        shelf.lib.server.fail("folder_window", FailBefore(Definite(Kind.FORBIDDEN, "no")), times=99)
        shelf.beat()
        assert shelf.alerts() == []

        for _ in range(11):
            shelf.beat()

        (words,) = shelf.alerts()
        assert words.startswith("The folder Library / Closures cannot be read")
        assert "Reviewer right" in words
