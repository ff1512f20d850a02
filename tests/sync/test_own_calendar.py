"""The service account's own calendar: whom an event there blocks, and what is said about the others."""

import pytest

from booking.connectors.memory import FailBefore, Show
from booking.connectors.port import Concerned, Definite, Kind
from booking.domain.reconcile import BusyClass
from booking.domain.states import FolderState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import UnmatchedEvent
from booking.store.queries.folders import Matchable
from booking.sync import own_calendar, ticking
from booking.sync.own_calendar import Why
from tests import build
from tests.sync.library import ROOM, Library, at
from tests.sync.shelves import ACCOUNT, Shelves, shelves

SOON, LATER = at(10, 11, days=2), at(14, 15, days=3)


@pytest.fixture
def shelf(lib: Library) -> Shelves:
    """Give a library whose account has a calendar of its own; its paired room and the bookmobile are near."""
    return shelves(lib)


def space(number: int, name: str, *, mailbox: str = "", connected: bool = True, location: str = "Main") -> Matchable:
    """A space as an event may name it."""
    return Matchable(number, name, location, mailbox, connected=connected, active=True)


class TestMatching:
    @pytest.mark.parametrize(
        ("addresses", "place", "found"),
        [
            ({"a@x.example"}, "", {1}),
            ({"a@x.example", "b@x.example"}, "", {1, 2}),
            ({"eve@x.example"}, "Quiet Room", {3}),
            (set(), "  quiet   ROOM ", {3}),
            (set(), "Quiet Room, Main", {3}),
            (set(), "Main, Quiet Room", {3}),
            (set(), "Blue; Quiet Room", {1, 3}),
            ({"a@x.example"}, "Quiet Room", {1, 3}),
            ({"a@x.example"}, "Atrium", {1}),
        ],
    )
    def test_goes_by_mailbox_and_by_name(self, addresses: set[str], place: str, found: set[int]) -> None:
        spaces = [
            space(1, "Blue", mailbox="a@x.example"), space(2, "Red", mailbox="b@x.example"), space(3, "Quiet Room"),
        ]  # fmt: skip

        assert own_calendar.match(Concerned(frozenset(addresses), place), spaces).spaces == found

    @pytest.mark.parametrize("place", ["", "Atrium", "Quiet", "The Quiet Room", ";"])
    def test_takes_no_guesses(self, place: str) -> None:
        found = own_calendar.match(Concerned(frozenset({"eve@x.example"}), place), [space(3, "Quiet Room")])

        assert (found.spaces, found.why) == (frozenset(), Why.NO_SPACE)

    def test_takes_a_name_that_several_have_for_none(self) -> None:
        spaces = [space(1, "Quiet Room", location="Main"), space(2, "Quiet Room", location="Annexe")]

        assert own_calendar.match(Concerned(place="Quiet Room"), spaces).why is Why.SEVERAL
        assert own_calendar.match(Concerned(place="Quiet Room, Annexe"), spaces).spaces == {2}

    def test_prefers_the_one_at_a_location_of_the_connection(self) -> None:
        spaces = [space(1, "Quiet Room"), space(2, "Quiet Room", connected=False)]

        assert own_calendar.match(Concerned(place="Quiet Room"), spaces).spaces == {1}


class TestTheAccountsOwnCalendar:
    def test_blocks_whom_it_is_about(self, shelf: Shelves) -> None:
        shelf.lib.server.put(ACCOUNT, when=SOON, guests=frozenset({ROOM, "eve@example.org"}))
        shelf.lib.server.put(ACCOUNT, when=LATER, location="Bookmobile")

        shelf.read_own()

        assert (shelf.blocked(shelf.lib.space_id), shelf.blocked()) == ([SOON], [LATER])
        assert shelf.unmatched() == []

    def test_blocks_every_room_that_is_invited(self, shelf: Shelves) -> None:
        shelf.lib.server.put(ACCOUNT, when=SOON, guests=frozenset({ROOM}), location="Bookmobile")

        shelf.read_own()

        assert (shelf.blocked(shelf.lib.space_id), shelf.blocked()) == ([SOON], [SOON])

    def test_lists_what_is_about_no_space(self, shelf: Shelves) -> None:
        shelf.lib.server.put(ACCOUNT, when=SOON, subject="Tender", location="Town hall")

        shelf.read_own()

        assert shelf.unmatched() == [("Town hall", "no_space")]
        assert shelf.events() == []

    def test_keeps_neither_guests_nor_anything_private(self, shelf: Shelves) -> None:
        shelf.lib.server.put(ACCOUNT, when=SOON, subject="Hospital", location="Ward 7", private=True)
        shelf.lib.server.put(ACCOUNT, when=LATER, subject="Tender", guests=frozenset({"eve@example.org"}))
        shelf.read_own()

        with reading() as session:
            rows = queries.folder_events.unmatched_models(session, shelf.own().id)
            kept = " ".join(
                str(getattr(row, column.name)) for row in rows for column in UnmatchedEvent.__table__.columns
            )

        assert sorted(row.private for row in rows) == [False, True]
        assert not any(word in kept for word in ("Hospital", "Ward", "Tender", "eve@"))

    def test_blocks_the_place_of_a_private_event_and_keeps_only_its_time(self, shelf: Shelves) -> None:
        shelf.lib.server.put(ACCOUNT, when=SOON, subject="Hospital", location="Bookmobile", private=True)
        with transaction() as session:
            build.profile(session, space_id=shelf.space_id, keep_titles=True)

        shelf.read_own()

        assert [(each.when, each.private, each.title) for each in shelf.events()] == [(SOON, True, "")]

    def test_asks_about_each_event_once(self, shelf: Shelves) -> None:
        entry = shelf.lib.server.put(ACCOUNT, when=SOON, guests=frozenset({ROOM}))
        shelf.lib.server.put(ACCOUNT, when=LATER, location="Town hall")
        shelf.lib.server.put(ACCOUNT, when=LATER, location="Bookmobile", busy=BusyClass.FREE)
        shelf.lib.server.put(ACCOUNT, when=at(8, 9), location="Bookmobile", repeat="daily", until=LATER.end.date())
        shelf.read_own()
        shelf.beat()

        assert shelf.lib.asked("concerned") == 3

        shelf.lib.server.edit(ACCOUNT, entry, location="Bookmobile", guests=frozenset())
        shelf.beat()

        assert shelf.lib.asked("concerned") == 4
        assert SOON not in shelf.blocked(shelf.lib.space_id)
        assert SOON in shelf.blocked()

    def test_finds_a_space_that_was_named_later(self, shelf: Shelves) -> None:
        shelf.lib.server.put(ACCOUNT, when=SOON, location="Town hall")
        shelf.read_own()

        shelf.named(shelf.space_id, "Town hall")
        shelf.beat()

        assert (shelf.blocked(), shelf.unmatched()) == ([SOON], [])

    def test_goes_on_taking_a_space_that_was_named_otherwise_until_its_event_changes(self, shelf: Shelves) -> None:
        entry = shelf.lib.server.put(ACCOUNT, when=SOON, location="Bookmobile")
        shelf.read_own()

        shelf.named(shelf.space_id, "Town hall")
        shelf.beat()
        shelf.beat()
        assert shelf.blocked() == [SOON]

        shelf.lib.server.edit(ACCOUNT, entry, subject="Read again")
        shelf.beat()
        assert shelf.blocked() == []

    @pytest.mark.parametrize(
        ("operation", "fault"),
        [
            ("window", FailBefore(Definite(Kind.TRANSIENT, "no answer"))),
            ("window", Show(lambda _event: False, complete=False)),
            ("window", Show(lambda _event: False)),
            ("concerned", FailBefore(Definite(Kind.TRANSIENT, "no answer"))),
        ],
    )
    def test_that_cannot_be_read_whole_frees_nothing(self, shelf: Shelves, operation: str, fault: FailBefore) -> None:
        shelf.lib.server.put(ACCOUNT, when=SOON, guests=frozenset({ROOM}))
        shelf.read_own()
        shelf.lib.server.put(ACCOUNT, when=LATER, guests=frozenset({ROOM}))
        shelf.lib.server.fail(operation, fault)

        shelf.beat()

        assert shelf.blocked(shelf.lib.space_id) == [SOON]
        assert "Nothing was freed." in shelf.own().last_error

    def test_frees_what_was_deleted_there(self, shelf: Shelves) -> None:
        entry = shelf.lib.server.put(ACCOUNT, when=SOON, guests=frozenset({ROOM}))
        shelf.read_own()

        shelf.lib.server.remove(ACCOUNT, entry)
        shelf.beat()

        assert shelf.blocked(shelf.lib.space_id) == []

    def test_says_when_nobody_knows_its_address(self, shelf: Shelves) -> None:
        with transaction() as session:
            connection = queries.connections.lock(session, shelf.lib.connection_id)
            connection.email, connection.username = "", "LIB\\svc"

        shelf.read_own()

        assert "The e-mail address of the account is not known" in shelf.own().last_error

    def test_is_let_go_of_like_a_folder(self, shelf: Shelves) -> None:
        shelf.lib.server.put(ACCOUNT, when=SOON, guests=frozenset({ROOM}))
        shelf.lib.server.put(ACCOUNT, when=LATER, location="Town hall")
        shelf.read_own()

        assert [each.times for each in shelf.leave_own().losses] == [(SOON,)]
        assert shelf.leave_own(seen=True).changed == 1
        shelf.beat(seconds=29)
        assert shelf.blocked(shelf.lib.space_id) == [SOON]
        shelf.beat(seconds=2)

        assert (shelf.blocked(shelf.lib.space_id), shelf.unmatched()) == ([], [])
        assert (shelf.own().state, shelf.lib.connection().reads_own_calendar) == (FolderState.LISTED, False)

    def test_can_be_switched_on_in_the_connection(self, shelf: Shelves) -> None:
        shelf.lib.server.put(ACCOUNT, when=SOON, guests=frozenset({ROOM}))
        with transaction() as session:
            queries.connections.lock(session, shelf.lib.connection_id).reads_own_calendar = True
        shelf.beat()
        assert shelf.blocked(shelf.lib.space_id) == [SOON]

        with transaction() as session:
            queries.connections.lock(session, shelf.lib.connection_id).reads_own_calendar = False
        shelf.beat()

        assert shelf.blocked(shelf.lib.space_id) == [SOON]
        assert ticking.OWN == 0
