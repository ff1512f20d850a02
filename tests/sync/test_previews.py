"""What staff see first: pairing, pairing again, disconnecting and importing, each as it then comes."""

import pytest
from sqlalchemy import func, select

from booking.domain.errors import Forbidden
from booking.domain.permissions import NOBODY
from booking.domain.states import Authority, LinkState
from booking.services import pairings
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, Space
from booking.sync import imports, links, previews
from booking.sync.findings import Kind
from tests import build
from tests.build import ADMINISTRATOR
from tests.sync.library import NOW, ROOM, Library, at

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OTHER = "room-9@library.example"


def number_of_links() -> int:
    with reading() as session:
        return session.scalars(select(func.count()).select_from(CalendarLink)).one()


def preview(lib: Library, address: str = OTHER) -> previews.Pairing:
    return previews.pairing(lib.engine, space_id=lib.space_id, address=address, actor=ADMINISTRATOR, now=NOW)


def pair(lib: Library, address: str = OTHER, authority: Authority | None = None) -> None:
    outcome = links.pair(
        lib.engine, space_id=lib.space_id, address=address, actor=ADMINISTRATOR, now=NOW, authority=authority
    )
    assert outcome.saved
    assert outcome.link_id is not None
    lib.link_id, lib.mailbox = outcome.link_id, address


def disconnect(lib: Library) -> None:
    links.disconnect(lib.engine, lib.link_id, leave_entries=True, actor=ADMINISTRATOR, now=NOW)


def left(lib: Library) -> list[int]:
    with reading() as session:
        return [each.id for each in queries.left_behind.rows(session, lib.space_id, now=NOW)]


@pytest.fixture
def two(lib: Library) -> Library:
    """Give a library with a second mailbox that nobody has."""
    lib.server.add_room(OTHER, "Room 9")
    return lib


class TestAPreviewOfPairing:
    def test_says_what_the_first_sync_would_do_and_changes_nothing(self, two: Library) -> None:
        two.written(at(9, 10))
        two.pull()
        two.server.put(OTHER, when=at(13, 14))
        asked = [call.operation for call in two.server.calls].count("create")

        found = preview(two)

        assert found.rehearsal is not None
        assert {(each.kind, each.when) for each in found.rehearsal.findings} == {
            (Kind.CREATE, at(9, 10)), (Kind.BLOCK, at(13, 14)),
        }  # fmt: skip
        assert found.leaves is not None
        assert [each.when for each in found.leaves.entries] == [at(9, 10)]
        assert number_of_links() == 1
        assert [call.operation for call in two.server.calls].count("create") == asked
        assert two.server.entries(OTHER)[0].when == at(13, 14)

    def test_shows_what_stands_in_the_way_of_a_booking(self, two: Library) -> None:
        ref = two.written(at(9, 10))
        two.server.put(OTHER, when=at(9, 11))

        found = preview(two)

        assert found.rehearsal is not None
        assert [(each.kind, each.ref) for each in found.rehearsal.findings] == [(Kind.CONFLICT, ref)]

    def test_of_a_mailbox_that_is_not_there_says_which_step_fails(self, two: Library) -> None:
        found = preview(two, "nobody@library.example")

        assert found.rehearsal is None
        assert found.steps[-1].failed

    def test_of_its_own_mailbox_says_what_sync_would_do(self, two: Library) -> None:
        assert preview(two, ROOM).again

    def test_is_for_those_who_may(self, two: Library) -> None:
        with pytest.raises(Forbidden):
            previews.pairing(two.engine, space_id=two.space_id, address=OTHER, actor=NOBODY, now=NOW)


class TestPairing:
    def test_may_make_the_room_exclusive_at_once(self, two: Library) -> None:
        pair(two, authority=Authority.EXCLUSIVE)

        assert two.link().authority is Authority.EXCLUSIVE

    def test_leaves_it_shared_when_others_have_entered_something(self, two: Library) -> None:
        two.server.put(OTHER, when=at(13, 14))

        outcome = links.pair(
            two.engine, space_id=two.space_id, address=OTHER, actor=ADMINISTRATOR, now=NOW,
            authority=Authority.EXCLUSIVE,
        )  # fmt: skip

        assert outcome.saved
        assert outcome.steps[-1].name == "exclusive"


class TestWhatOutlookBlocked:
    def test_stays_taken_after_disconnecting_until_staff_confirm_the_list(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(13, 14))
        lib.server.put(lib.mailbox, when=at(15, 16))
        lib.pull()
        with reading() as session:
            assert len(previews.leaving(session, lib.link_id, now=NOW).blocks) == 2
        disconnect(lib)
        assert lib.blocked() == [at(13, 14), at(15, 16)]
        with reading() as session:
            assert [each.let_go for each in queries.causes.theirs(session, lib.space_id, at(13, 16))] == [ROOM, ROOM]

        with transaction() as session:
            freed = pairings.free(session, lib.space_id, left(lib)[:1], actor=ADMINISTRATOR, now=NOW)

        assert freed == 1
        assert lib.blocked() == [at(15, 16)]

    def test_of_a_pairing_that_stands_is_never_freed_by_it(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(13, 14))
        lib.pull()
        ids = [each.id for each in lib.outside()]

        with transaction() as session:
            assert pairings.free(session, lib.space_id, ids, actor=ADMINISTRATOR, now=NOW) == 0

        assert lib.blocked() == [at(13, 14)]

    def test_is_freed_only_by_those_who_may(self, lib: Library) -> None:
        with pytest.raises(Forbidden), transaction() as session:
            pairings.free(session, lib.space_id, [], actor=NOBODY, now=NOW)

    def test_gives_way_to_what_a_reading_of_the_same_mailbox_shows(self, lib: Library) -> None:
        event = lib.server.put(lib.mailbox, when=at(13, 14))
        lib.server.put(lib.mailbox, when=at(15, 16))
        lib.pull()
        disconnect(lib)
        lib.server.remove(lib.mailbox, event)

        pair(lib, ROOM)

        assert lib.blocked() == [at(15, 16)]
        assert left(lib) == []

    def test_stays_taken_when_another_mailbox_is_paired(self, two: Library) -> None:
        two.server.put(ROOM, when=at(13, 14))
        two.pull()

        pair(two)

        assert two.blocked() == [at(13, 14)]
        assert len(left(two)) == 1


class TestAPreviewOfAnImport:
    def test_lists_what_would_be_written_and_what_would_not(self, lib: Library) -> None:
        disconnect(lib)
        lib.place(at(9, 10))
        lib.place(at(11, 12))
        lib.server.put(ROOM, when=at(11, 13))
        with transaction() as session:
            session.get_one(CalendarLink, lib.link_id).state = LinkState.ENDED
        pair(lib, ROOM)

        with reading() as session:
            plan = previews.importing(session, lib.link_id, now=NOW)

        assert [each.when for each in plan.writable] == [at(9, 10)]
        assert [each.when for each in plan.blocked] == [at(11, 12)]

    def test_is_what_the_import_then_writes_and_twice_adds_nothing(self, lib: Library) -> None:
        with transaction() as session:
            space = session.get_one(Space, lib.space_id)
            for hour in (9, 11):
                build.booking(session, space, at(hour, hour + 1))
        with reading() as session:
            planned = previews.importing(session, lib.link_id, now=NOW).writable

        for _ in range(2):
            imports.run(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=NOW)
            lib.push()

        assert sorted(entry.when for entry in lib.entries) == sorted(each.when for each in planned)
        with reading() as session:
            assert previews.importing(session, lib.link_id, now=NOW).bookings == ()
