"""What `booking apply` does to places, hours and profiles, compared with what it says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from booking.domain.opening import Hours
from booking.services import opening, places, profiles
from booking.services.profiles import EffectiveProfile
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.places import LocationRow, SpaceRow
from tests import build
from tests.build import ADMINISTRATOR, NOW
from tests.cli.applied import SMALL, applied, checked, differences, mistakes_in

pytestmark = pytest.mark.usefixtures("in_app")


def edited(old: str, new: str, *, text: str = SMALL) -> str:
    assert old in text
    return text.replace(old, new)


def location() -> LocationRow:
    with reading() as session:
        found = queries.places.location_by_slug(session, "central")
    assert found is not None
    return found


def space(slug: str = "room-1") -> SpaceRow:
    with reading() as session:
        found = queries.places.space_by_slug(session, slug)
    assert found is not None
    return found


def profile() -> EffectiveProfile:
    with reading() as session:
        return profiles.effective(session, space().id)


def audits() -> list[tuple[str, str, str]]:
    with reading() as session:
        return [(row.what, row.actor, row.subject) for row in reversed(queries.audit.latest(session))]


class TestApplying:
    def test_makes_all_that_the_file_says(self) -> None:
        applied(SMALL)

        made = space()
        assert (made.name, made.capacity, made.zone_name, made.category_name, made.location_name, made.zone) == (
            "Room 1",
            4,
            "First floor",
            "Study rooms",
            "Central Library",
            "Europe/London",
        )
        assert made.rules.longest == timedelta(hours=3)
        with reading() as session:
            week = queries.opening.hours_of(session, made.location_id).week
        assert week == dict.fromkeys(range(5), (Hours(540, 1020),)) | {5: (Hours(600, 840),)}

    def test_twice_changes_nothing(self) -> None:
        applied(SMALL)
        written = audits()

        plan, _ = applied(SMALL)

        assert [each.what for each in plan.changes] == ["connection exchange", "location central"]  # wait for a server
        assert audits() == written

    def test_twice_at_the_same_moment_makes_everything_once(self, app: Flask) -> None:
        def operator() -> int:
            with app.app_context():
                return len(applied(SMALL)[0].changes)

        with ThreadPoolExecutor(4) as operators:
            changes = sorted(each.result() for each in [operators.submit(operator) for _ in range(4)])

        assert changes[-1] > changes[-2]  # the others have only the connection left, which was not tried here
        assert len(set(changes[:-1])) == 1

    def test_checking_keeps_nothing(self) -> None:
        checked(SMALL)

        with reading() as session:
            assert queries.places.locations(session) == ()

    def test_is_written_down_as_done_on_the_command_line(self) -> None:
        applied(SMALL)

        assert {actor for _, actor, _ in audits()} == {"the command line"}
        assert ("space.saved", "the command line", "Room 1") in audits()


class TestADifference:
    @pytest.fixture(autouse=True)
    def _applied(self, in_app: Flask) -> None:  # noqa: ARG002 - its database
        applied(SMALL)

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('"10:00-14:00"', '"10:00-15:00"', "location central, Saturday: 10:00-14:00 -> 10:00-15:00"),
            ('"09:00-17:00"', '"09:00-18:00"', "location central, Monday-Friday: 09:00-17:00 -> 09:00-18:00"),
            ('saturday = "10:00-14:00"', "", "location central, Saturday: 10:00-14:00 -> closed"),
            ('"Central Library"', '"Main Library"', "location central, name: Central Library -> Main Library"),
            ("Europe/London", "Europe/Dublin", "location central, time_zone: Europe/London -> Europe/Dublin"),
            ('"3 h"', '"90 min"', "category central/rooms, rules.longest: 3 h -> 1 h 30 min"),
            ('"3 h"', '"default"', "category central/rooms, rules.longest: 3 h -> default"),
            ('zone = "First floor"', 'zone = ""', "space room-1, zone: First floor -> none"),
            ("capacity = 4", "capacity = 5", "space room-1, capacity: 4 -> 5"),
            (
                "capacity = 4",
                'rules = { window = "2 weeks" }',
                "space room-1, rules.window: default -> 14 days",
            ),
            ("capacity = 4", "accessible = true", "space room-1, accessible: no -> yes"),
            ("capacity = 4", "retired = true", "space room-1, retired: no -> yes"),
            (
                "zones =",
                'exceptions = { 2026-12-24 = "09:00-12:00" }\nzones =',
                "location central, 2026-12-24: as usual -> 09:00-12:00",
            ),
            (
                "zones =",
                'profile = { title = "nickname" }\nzones =',
                "location central, profile: default -> its own\nlocation central, profile.title: name -> nickname",
            ),
        ],
    )
    def test_is_one_line_and_nothing_else(self, old: str, new: str, said: str) -> None:
        text = edited(old, new)

        found = [each for each in differences(text) if "exchange" not in each]

        assert found == said.split("\n")

    def test_is_gone_once_it_was_applied(self) -> None:
        text = edited('"10:00-14:00"', '"10:00-15:00"')

        applied(text)

        assert [each for each in differences(text) if "exchange" not in each] == []

    def test_names_the_line_of_the_file(self) -> None:
        text = edited("capacity = 4", "capacity = 5")

        assert checked(text).changes[-1].line == text.count("\n")

    def test_is_not_what_is_stored_otherwise_than_it_was_written(self) -> None:
        text = edited('name = "Central Library"', 'name = "  Café  "\naddress = """\n1 Square\n"""\n')
        text = edited("zones =", 'contact_email = "Desk@Library.example"\nzones =', text=text)
        applied(text)

        assert [each for each in differences(text) if "exchange" not in each] == []
        assert location().name == "Café"

    def test_between_neighbouring_days_that_change_alike_is_told_once(self) -> None:
        text = edited('monday-friday = "09:00-17:00"', 'mon-tue = "09:00-18:00"\nwed = "9-5"\nthu-fri = "09:00-18:00"')

        assert [each for each in differences(text) if "exchange" not in each] == [
            "location central, Monday-Tuesday: 09:00-17:00 -> 09:00-18:00",
            "location central, Wednesday: 09:00-17:00 -> 09:00-05:00",
            "location central, Thursday-Friday: 09:00-17:00 -> 09:00-18:00",
        ]


class TestWhatTheFileLeavesOut:
    def test_stays_as_staff_set_it(self) -> None:
        applied(SMALL)
        with transaction() as session:
            queries.places.lock_space(session, space().id).description = "A whiteboard."

        applied(edited("capacity = 4", "powered = true"))

        assert (space().description, space().capacity, space().powered) == ("A whiteboard.", 4, True)

    def test_is_named_and_is_no_difference(self) -> None:
        applied(SMALL)
        with transaction() as session:
            here = queries.places.lock_space(session, space().id)
            opening.set_week(session, here.location_id, here.id, {0: (Hours(600, 660),)}, actor=ADMINISTRATOR, now=NOW)
            build.zone(session, here.location, name="Attic")
            build.closure(session, here.location, build.TOMORROW_AT_TEN, reason="Painting")
            draft = places.SpaceDraft(here.category_id, "Another room")
            another = places.save_space(session, draft, actor=ADMINISTRATOR, now=NOW)
            build.link(session, another, through=build.connection(session, name="exchange"))
            elsewhere = build.location(session).slug

        found = checked(edited('rules = { longest = "3 h" }\n', ""))

        assert [each.what for each in found.changes if "exchange" not in f"{each}"] == []
        assert [each for each in found.elsewhere if not each.startswith("connection")] == [
            "zone central/Attic",
            "location central: closure 2026-11-21 10:00 to 2026-11-21 11:00, Painting",
            "category central/rooms: rules.longest 3 h",
            "space another-room",
            "space room-1: its opening hours",
            f"location {elsewhere}",
        ]


class TestDefaults:
    def test_of_the_nearest_table_count_for_each_space(self) -> None:
        text = edited("[connections", '[defaults]\ncapacity = 9\nmailbox = "{slug}@library.example"\n\n[connections')
        text = edited("rules =", "defaults = { capacity = 7, powered = true }\nrules =", text=text)
        text = f"{text}room-2 = {{}}\n"

        _, todo = applied(text)

        assert [(space(slug).capacity, space(slug).powered) for slug in ("room-1", "room-2")] == [(4, True), (7, True)]
        assert [each.mailbox for each in todo.to_pair] == ["room-1@library.example", "room-2@library.example"]

    def test_a_space_without_a_name_is_named_after_its_short_one(self) -> None:
        applied(f"{SMALL}quiet-room-2 = {{}}\n")

        assert space("quiet-room-2").name == "Quiet room 2"


class TestRetired:
    def test_places_go_out_of_use_and_come_back_only_when_the_file_says_so(self) -> None:
        applied(SMALL)
        applied(edited("capacity = 4", "retired = true"))
        assert space().retired

        assert [each.why for each in mistakes_in(SMALL)] == [
            "This place was taken out of use. Write retired = true here, or retired = false to bring it back."
        ]
        applied(edited("capacity = 4", "retired = false"))

        assert not space().retired
        assert ("space.brought_back", "the command line", "Room 1") in audits()

    def test_a_space_with_bookings_to_come_stays_and_the_reason_is_told(self) -> None:
        applied(SMALL)
        with transaction() as session:
            build.booking(session, queries.places.lock_space(session, space().id))

        found = mistakes_in(edited("capacity = 4", "retired = true"))

        assert [each.line for each in found] == [SMALL.count("\n")]
        assert "1 booking still to come" in found[0].why

    def test_a_place_that_never_was_is_not_made(self) -> None:
        applied(edited('name = "Study rooms"', 'name = "Study rooms"\nretired = true'))

        with reading() as session:
            assert queries.places.categories(session, location().id, with_retired=True) == ()


class TestHoursOfASpace:
    TEXT = SMALL.replace("capacity = 4", 'hours = { monday = "10:00-12:00" }')

    def test_stand_in_place_of_its_locations(self) -> None:
        applied(self.TEXT)

        with reading() as session:
            assert queries.opening.hours_of(session, location().id, space().id).week == {0: (Hours(600, 720),)}

    def test_are_its_locations_again_when_the_file_says_default(self) -> None:
        applied(self.TEXT)

        applied(SMALL.replace("capacity = 4", 'hours = "default"'))

        with reading() as session:
            assert not queries.opening.hours_of(session, location().id, space().id).own

    def test_cannot_be_none_at_all(self) -> None:
        found = mistakes_in(SMALL.replace("capacity = 4", 'hours = { every-day = "closed" }'))

        assert "never open" in found[0].why


class TestExceptions:
    def test_are_taken_back_by_as_usual(self) -> None:
        applied(edited("zones =", 'exceptions = { 2026-12-24 = { hours = "closed", note = "Eve" } }\nzones ='))
        with reading() as session:
            assert [row.note for row in queries.opening.hours_of(session, location().id).exceptions] == ["Eve"]

        applied(edited("zones =", 'exceptions = { 2026-12-24 = "as usual" }\nzones ='))

        with reading() as session:
            assert queries.opening.hours_of(session, location().id).exceptions == ()


class TestClosures:
    def closures(self) -> list[tuple[str, str, str]]:
        with reading() as session:
            rows = queries.opening.closures(session, location().id)
        return [(f"{row.when.start:%m-%d %H:%M}", f"{row.when.end:%m-%d %H:%M}", row.reason) for row in rows]

    def applied(self, closure: str) -> None:
        applied(edited("zones =", f"closures = [{{ {closure} }}]\nzones ="))

    def test_count_to_the_end_of_their_last_day_on_the_locations_clock(self) -> None:
        self.applied('from = 2027-03-28, to = 2027-03-28, reason = "Clocks"')

        assert self.closures() == [("03-28 00:00", "03-28 23:00", "Clocks")]  # in UTC; that day has 23 hours

    def test_are_changed_not_doubled_when_their_times_are_edited(self) -> None:
        self.applied('from = 2026-12-24, to = 2027-01-01, reason = "Christmas"')
        self.applied('from = 2026-12-25T12:00:00, to = 2026-12-31, reason = "Christmas"')

        assert self.closures() == [("12-25 12:00", "01-01 00:00", "Christmas")]

    def test_are_changed_when_their_reason_is_edited(self) -> None:
        self.applied('from = 2026-12-24, to = 2027-01-01, reason = "Christmas"')
        self.applied('from = 2026-12-24, to = 2027-01-01, reason = "Holidays"')

        assert self.closures() == [("12-24 00:00", "01-02 00:00", "Holidays")]

    def test_of_the_same_times_are_kept_for_each_reason(self) -> None:
        for _ in range(2):
            self.applied(
                'from = 2026-12-24, to = 2026-12-24, reason = "Eve" }, {'
                ' from = 2026-12-24, to = 2026-12-24, reason = "Painting"'
            )

            assert [reason for *_, reason in self.closures()] == ["Eve", "Painting"]

    def test_are_taken_away_by_removed(self) -> None:
        self.applied('from = 2026-12-24, to = 2027-01-01, reason = "Christmas"')
        for _ in range(2):
            self.applied('from = 2026-12-24, to = 2027-01-01, reason = "Christmas", removed = true')

        assert self.closures() == []

    def test_of_staff_stay(self) -> None:
        applied(SMALL)
        with transaction() as session:
            where = queries.places.lock_space(session, space().id).location
            build.closure(session, where, build.TOMORROW_AT_TEN, reason="Painting")

        self.applied('from = 2026-12-24, to = 2027-01-01, reason = "Christmas"')

        assert [reason for *_, reason in self.closures()] == ["Painting", "Christmas"]


class TestZones:
    def test_come_in_the_order_of_the_file(self) -> None:
        applied(SMALL)

        applied(edited('["Ground floor", "First floor"]', '["First floor", "Cellar", "Ground floor"]'))

        with reading() as session:
            rows = queries.places.zones(session, location().id)
        assert [row.name for row in rows] == ["First floor", "Cellar", "Ground floor"]


class TestASpace:
    def test_moves_to_the_category_under_which_it_is_written(self) -> None:
        applied(SMALL)
        text = edited("rooms.spaces]", "rooms.spaces]\n[locations.central.categories.halls.spaces]")

        assert "space room-1, category: rooms -> halls" in differences(text)
        applied(text)

        assert space().category_slug == "halls"

    def test_does_not_move_to_another_location(self) -> None:
        with transaction() as session:
            kind = build.category(session)
            places.save_space(session, places.SpaceDraft(kind.id, "Room", slug="room-1"), actor=ADMINISTRATOR, now=NOW)

        found = mistakes_in(SMALL)

        assert [(each.line, each.where, each.why) for each in found] == [
            (
                SMALL.count("\n"),
                "locations.central.categories.rooms.spaces.room-1.category",
                "A space stays in its location.",
            )
        ]
