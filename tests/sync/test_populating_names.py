"""Populate name from Outlook: of new items only, by name alone, and never of a private one."""

import pytest

from booking.connectors.port import RemotePerson
from booking.store import queries
from booking.store.database import reading, transaction
from booking.sync import leaving, links
from tests import build
from tests.build import ADMINISTRATOR
from tests.sync.library import ROOM, Library, at

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

GRACE = RemotePerson("Grace Hopper", "grace@example.org")
OF_THE_ROOM = RemotePerson("Room 1", ROOM)


def populate(lib: Library, *, on: bool = True) -> None:
    """Switch it on or off for the room."""
    with transaction() as session:
        found = queries.profiles.of_place(session, (None, None, lib.space_id))
        if found is None:
            build.profile(session, space_id=lib.space_id, keep_organizers=on)
        else:
            found.keep_organizers = on


def names(lib: Library) -> list[str]:
    """Return who made each outside event of the link in use, by start."""
    return [each.organizer for each in lib.outside() if each.link_id == lib.link_id]


def reconnect(lib: Library) -> None:
    """Let the mailbox go and pair it again."""
    links.disconnect(lib.engine, lib.link_id, leave_entries=True, actor=ADMINISTRATOR, now=lib.clock.now)
    leaving.go_on(lib.engine, lib.link_id)
    links.pair(lib.engine, space_id=lib.space_id, address=lib.mailbox, actor=ADMINISTRATOR, now=lib.clock.now)
    with reading() as session:
        link = queries.links.of_space(session, lib.space_id)
        assert link is not None
        lib.link_id = link.id
    lib.pull()


class TestAName:
    def test_is_shown_of_new_items_only(self, lib: Library) -> None:
        old = lib.server.put(lib.mailbox, when=at(10, 11), organizer=GRACE)
        lib.pull()
        populate(lib)

        lib.server.put(lib.mailbox, when=at(12, 13), organizer=GRACE)
        lib.pull()
        lib.server.move(lib.mailbox, old, at(9, 10))
        lib.pull()

        assert names(lib) == ["", "Grace Hopper"]

    def test_is_shown_of_all_after_disconnecting_and_reconnecting(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(10, 11), organizer=GRACE)
        lib.pull()
        populate(lib)
        lib.server.put(lib.mailbox, when=at(12, 13), organizer=GRACE)

        reconnect(lib)

        assert names(lib) == ["Grace Hopper", "Grace Hopper"]

    def test_stays_when_its_item_is_moved(self, lib: Library) -> None:
        populate(lib)
        entry = lib.server.put(lib.mailbox, when=at(10, 11), organizer=GRACE)
        lib.pull()

        lib.server.move(lib.mailbox, entry, at(14, 15))
        lib.pull()

        assert names(lib) == ["Grace Hopper"]

    def test_goes_when_nobody_asks_for_it_any_more(self, lib: Library) -> None:
        populate(lib)
        lib.server.put(lib.mailbox, when=at(10, 11), organizer=GRACE)
        lib.pull()

        populate(lib, on=False)
        lib.pull()

        assert names(lib) == [""]

    def test_is_that_of_the_series_on_each_of_its_dates_or_on_none(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(10, 11), organizer=GRACE, repeat="weekly")
        lib.pull()
        populate(lib)
        known = len(names(lib))

        lib.clock.turn(days=21)  # further dates come into sight
        lib.server.put(lib.mailbox, when=at(12, 13, days=30), organizer=GRACE, repeat="weekly")
        lib.pull()

        shown = {each.uid: each.organizer for each in lib.outside()}
        assert len(names(lib)) > known
        assert sorted(shown.values()) == ["", "Grace Hopper"]

    @pytest.mark.parametrize("organizer", [OF_THE_ROOM, RemotePerson("Room 1", ""), None])
    def test_is_that_of_who_had_it_in_hand_last_where_the_item_is_in_the_rooms_own_name(
        self, lib: Library, organizer: RemotePerson | None
    ) -> None:
        populate(lib)
        with transaction() as session:
            link = queries.links.of_space(session, lib.space_id)
            assert link is not None
            link.mailbox_name = "Room 1"

        lib.server.put(lib.mailbox, when=at(10, 11), organizer=organizer, last_modified_by="Maya Lindqvist")
        lib.pull()

        assert names(lib) == ["Maya Lindqvist"]

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("grace@example.org", ""),
            ("Grace Hopper <grace@example.org>", "Grace Hopper"),
            ("Grace Hopper (grace@example.org)", "Grace Hopper"),
            ("Grace Hopper", "Grace Hopper"),
        ],
    )
    def test_is_never_an_address(self, lib: Library, name: str, shown: str) -> None:
        populate(lib)

        lib.server.put(lib.mailbox, when=at(10, 11), organizer=RemotePerson(name, "grace@example.org"))
        lib.pull()

        assert names(lib) == [shown]

    def test_is_never_that_of_a_private_item(self, lib: Library) -> None:
        populate(lib)

        lib.server.put(lib.mailbox, when=at(10, 11), organizer=GRACE, private=True, last_modified_by="Grace Hopper")
        lib.pull()

        assert names(lib) == [""]

    def test_goes_when_its_item_becomes_private_and_does_not_come_back(self, lib: Library) -> None:
        populate(lib)
        entry = lib.server.put(lib.mailbox, when=at(10, 11), organizer=GRACE)
        lib.pull()

        lib.server.edit(lib.mailbox, entry, private=True)
        lib.pull()

        assert names(lib) == [""]
