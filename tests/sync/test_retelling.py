"""What a profile's mapping does to entries: those written from then on, and those that stand already."""

import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import select

from booking.domain import mapping
from booking.domain.errors import Forbidden
from booking.domain.mapping import BUILT_IN, Field, Mapping
from booking.domain.permissions import NOBODY, Actor, Grant, Role
from booking.domain.reconcile import BusyClass
from booking.domain.states import Direction, PushState, TitleOption
from booking.services import mappings
from booking.store.database import reading, transaction
from booking.store.models import AuditEntry, Category, Location, PushItem, Space, SyncProfile
from booking.sync import retelling
from booking.sync.retelling import Extent
from tests import build
from tests.sync.library import Library, at

BOSS = Actor(name="Ruth", grants=frozenset({Grant(Role.ADMINISTRATOR)}))
MARKED = Mapping(
    subject=(Field.CATEGORY, Field.NAME),
    categories=(Field.SPACE,),
    words=("Library booking",),
    reminder_minutes=15,
    busy=BusyClass.OOF,
)


def profile(
    lib: Library,
    wanted: Mapping = BUILT_IN,
    *,
    name: str = "",
) -> int:
    """Give the space a profile with this mapping; returns its number."""
    text = mapping.as_text(wanted)
    with transaction() as session:
        return build.profile(session, space_id=lib.space_id, name=name, field_mapping=text).id


def mapped(lib: Library, profile_id: int, wanted: Mapping) -> None:
    with transaction() as session:
        mappings.save(session, profile_id, wanted, actor=BOSS, now=lib.clock.now)


def extent(lib: Library, profile_id: int, wanted: Mapping, *, at_most: int | None = None) -> Extent:
    with reading() as session:
        return retelling.extent(session, lib.engine, profile_id, wanted, at_most=at_most)


def place_names(lib: Library) -> tuple[str, str, str]:
    """Return the names of space, location and category."""
    with reading() as session:
        space = session.get_one(Space, lib.space_id)
        category = session.get_one(Category, space.category_id)
        return space.name, session.get_one(Location, category.location_id).name, category.name


class TestWithoutAChoice:
    def test_writes_what_was_always_written_and_remembers_it_alike(self, lib: Library) -> None:
        ref = lib.place(title="Engines")
        lib.push()

        space, location, _ = place_names(lib)
        body = (
            f"Booked by: Ada Lovelace\nE-mail: ada@example.org\nTitle: Engines\nRoom: {space}, {location}\n"
            f"Booking: {ref}\n\nSee or change the booking: http://127.0.0.1:5000/admin/bookings/{ref}"
        )
        assert (lib.entry.subject, lib.entry.location) == ("Ada Lovelace", f"{space}, {location}")
        assert lib.entry.body == body
        assert (lib.entry.categories, lib.entry.reminder_minutes, lib.entry.busy) == ((), None, BusyClass.BUSY)
        text = f"Ada Lovelace\x00{body}\x00{space}, {location}"
        assert lib.item(ref).sent_text_hash == hashlib.sha256(text.encode()).hexdigest()
        assert (lib.item(ref).sent_extras, lib.item(ref).sent_busy) == ("", BusyClass.BUSY)

    def test_writes_nothing_anew(self, lib: Library) -> None:
        lib.written()
        number = profile(lib)

        lib.pull()
        lib.push()

        assert extent(lib, number, BUILT_IN) == Extent(rooms=1, standing=1, differing=0)
        assert lib.asked("update") == 0

    def test_leaves_a_category_that_people_gave_it(self, lib: Library) -> None:
        ref = lib.written()
        lib.pull()
        lib.server.edit(lib.mailbox, lib.entry.id, categories=("Blue",), reminder_minutes=5)
        lib.pull()

        lib.rename(ref, "Engines")
        lib.push()
        lib.server.edit(lib.mailbox, lib.entry.id, busy=BusyClass.FREE)
        lib.pull()
        lib.push()

        assert "Title: Engines" in lib.entry.body
        assert lib.entry.busy is BusyClass.BUSY
        assert (lib.entry.categories, lib.entry.reminder_minutes) == (("Blue",), 5)


class TestAMapping:
    def test_is_what_entries_are_written_by_and_no_edit_in_outlook(self, lib: Library) -> None:
        profile(lib, MARKED)

        ref = lib.written()
        lib.pull()
        lib.push()
        lib.pull()

        space, location, category = place_names(lib)
        assert (lib.entry.subject, lib.entry.location) == (f"{category}, Ada Lovelace", f"{space}, {location}")
        assert lib.entry.categories == (space, "Library booking")
        assert (lib.entry.reminder_minutes, lib.entry.busy) == (15, BusyClass.OOF)
        assert lib.conflicts() == []
        assert lib.item(ref).state is PushState.CLEAN
        assert (lib.asked("create"), lib.asked("update")) == (1, 0)

    def test_takes_effect_for_what_is_written_from_then_on(self, lib: Library) -> None:
        number = profile(lib)
        lib.written(at(10, 11))

        mapped(lib, number, MARKED)
        lib.pull()
        lib.push()
        lib.written(at(12, 13))
        lib.pull()

        before, after = lib.entries
        assert (before.subject, before.categories, before.busy) == ("Ada Lovelace", (), BusyClass.BUSY)
        assert (after.reminder_minutes, after.busy) == (15, BusyClass.OOF)
        assert lib.conflicts() == []
        assert lib.asked("update") == 0

    def test_is_followed_when_a_booking_changes(self, lib: Library) -> None:
        number = profile(lib)
        ref = lib.written()
        mapped(lib, number, MARKED)

        lib.rename(ref, "Engines")
        lib.push()
        lib.pull()

        assert (lib.entry.reminder_minutes, lib.entry.busy) == (15, BusyClass.OOF)
        assert "Title: Engines" in lib.entry.body
        assert lib.conflicts() == []
        assert lib.asked("update") == 1

    def test_puts_back_the_busy_class_that_it_says(self, lib: Library) -> None:
        profile(lib, MARKED)
        lib.written()
        lib.pull()

        lib.server.edit(lib.mailbox, lib.entry.id, busy=BusyClass.BUSY)
        lib.pull()
        told = lib.conflicts()
        lib.push()

        assert told == ["edited"]
        assert lib.entry.busy is BusyClass.OOF

    @pytest.mark.parametrize("written_by", [MARKED, BUILT_IN])
    def test_is_known_again_on_an_entry_whose_row_was_lost(self, lib: Library, written_by: Mapping) -> None:
        number = profile(lib, written_by)
        ref = lib.written()
        mapped(lib, number, MARKED)
        with transaction() as session:
            session.delete(session.scalars(select(PushItem)).one())

        lib.pull()
        lib.push()
        lib.pull()

        assert lib.item(ref).remote_id == lib.entry.id
        assert lib.conflicts() == []

    def test_holds_where_no_nearer_profile_does(self, lib: Library) -> None:
        with transaction() as session:
            category = session.get_one(Space, lib.space_id).category_id
            wide = build.profile(session, category_id=category).id
        lib.written()

        nearer = profile(lib, name="Nearer")

        assert extent(lib, wide, MARKED) == Extent(rooms=0, standing=0, differing=0)
        assert extent(lib, nearer, MARKED) == Extent(rooms=1, standing=1, differing=1)


class TestExtent:
    def test_counts_what_would_be_written_anew_and_is_still_to_come(self, lib: Library) -> None:
        number = profile(lib)
        lib.written(at(10, 11))
        lib.written(at(12, 13))

        alike = replace(BUILT_IN, subject=(Field.NAME,), categories=(Field.NICKNAME,))
        assert extent(lib, number, BUILT_IN) == extent(lib, number, alike) == Extent(rooms=1, standing=2, differing=0)
        for wanted in (
            replace(BUILT_IN, subject=(Field.REFERENCE,)),
            replace(BUILT_IN, body=(Field.LINK,)),
            replace(BUILT_IN, location=(Field.SPACE,)),
            replace(BUILT_IN, words=("Library",)),
            replace(BUILT_IN, reminder_minutes=0),
            replace(BUILT_IN, busy=BusyClass.TENTATIVE),
        ):
            assert extent(lib, number, wanted) == Extent(rooms=1, standing=2, differing=2)
        assert extent(lib, number, MARKED, at_most=1) == Extent(rooms=1, standing=2, differing=None)
        lib.clock.turn(days=2)
        assert extent(lib, number, MARKED) == Extent(rooms=1, standing=0, differing=0)

    def test_counts_another_title_option_too_and_nothing_where_nothing_is_written(self, lib: Library) -> None:
        number = profile(lib)
        lib.written()
        with transaction() as session:
            session.get_one(SyncProfile, number).title_option = TitleOption.NAME_AND_EMAIL
        counted = extent(lib, number, BUILT_IN)
        with transaction() as session:
            session.get_one(SyncProfile, number).direction = Direction.FROM_EXCHANGE
        one_way = extent(lib, number, BUILT_IN)
        with transaction() as session:
            session.get_one(SyncProfile, number).direction = Direction.BOTH
            session.get_one(SyncProfile, number).active = False

        assert counted == Extent(rooms=1, standing=1, differing=1)
        assert one_way == extent(lib, number, BUILT_IN) == Extent(rooms=0, standing=0, differing=0)


class TestRewrite:
    def test_writes_every_future_entry_anew_once_and_says_how_many(self, lib: Library) -> None:
        number = profile(lib, name="Study rooms")
        lib.written(at(10, 11))
        lib.written(at(12, 13))
        mapped(lib, number, MARKED)

        told = retelling.rewrite(lib.engine, number, actor=BOSS)
        lib.push()
        lib.pull()
        again = retelling.rewrite(lib.engine, number, actor=BOSS)
        lib.push()

        assert (told, again) == (2, 0)
        assert [(each.reminder_minutes, each.busy) for each in lib.entries] == [(15, BusyClass.OOF)] * 2
        assert extent(lib, number, MARKED).differing == 0
        assert lib.conflicts() == []
        assert (lib.asked("create"), lib.asked("update")) == (2, 2)
        with reading() as session:
            audits = [(each.what, each.subject, each.detail) for each in session.scalars(select(AuditEntry))]
        assert ("profile.rewritten", "Study rooms", "2 future entries are written anew.") in audits

    def test_takes_away_what_is_mapped_no_more(self, lib: Library) -> None:
        number = profile(lib, MARKED)
        ref = lib.written()
        mapped(lib, number, BUILT_IN)

        retelling.rewrite(lib.engine, number, actor=BOSS)
        lib.push()

        assert (lib.entry.subject, lib.entry.categories) == ("Ada Lovelace", ())
        assert (lib.entry.reminder_minutes, lib.entry.busy) == (None, BusyClass.BUSY)
        assert lib.item(ref).sent_extras == ""

    def test_is_for_administrators(self, lib: Library) -> None:
        with pytest.raises(Forbidden):
            retelling.rewrite(lib.engine, profile(lib), actor=NOBODY)
