"""Named profiles: who has which, what leaves which, and what follows."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from booking.domain.errors import Forbidden, Invalid, NotPossible
from booking.domain.intervals import Interval
from booking.domain.mapping import Field, Mapping
from booking.domain.states import Direction, TitleOption
from booking.domain.windows import SyncWindow
from booking.services import assigning, profiles
from booking.services.assigning import Done, ProfileWish
from booking.services.profiles import BUILT_IN, EffectiveProfile, ProfilePlace
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import CalendarLink, Space
from booking.store.queries.profiles import Place, PlaceRow
from tests import build
from tests.build import ADMINISTRATOR, NOW

READ_ONLY = replace(BUILT_IN, direction=Direction.FROM_EXCHANGE)
STOPPED = replace(BUILT_IN, active=False)

pytestmark = pytest.mark.usefixtures("in_app")
#: No lock is at stake here, so one database will do.
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def made(session: Session, name: str = "First", settings: EffectiveProfile = BUILT_IN) -> int:
    """Make a profile without places; returns its id."""
    return assigning.save(session, None, ProfileWish(name, settings=settings), actor=ADMINISTRATOR, now=NOW).profile_id


def rows(session: Session, *places: Place) -> tuple[PlaceRow, ...]:
    return assigning.places(session, places)


def of_space(space: Space) -> Place:
    return None, None, space.id


def of_category(space: Space) -> Place:
    return None, space.category_id, None


def of_location(space: Space) -> Place:
    return space.location_id, None, None


def give(session: Session, profile_id: int, *places: Place) -> Done:
    return assigning.change_members(
        session, profile_id, added=rows(session, *places), removed=(), actor=ADMINISTRATOR, now=NOW
    )


def take(session: Session, profile_id: int, *places: Place) -> Done:
    return assigning.change_members(
        session, profile_id, added=(), removed=rows(session, *places), actor=ADMINISTRATOR, now=NOW
    )


class TestAProfile:
    def test_is_given_to_many_places_at_once(self) -> None:
        with transaction() as session:
            spaces = [build.space(session) for _ in range(3)]
            profile_id = made(session, settings=READ_ONLY)

            give(session, profile_id, of_location(spaces[0]), of_category(spaces[1]), of_space(spaces[2]))

            assert [profiles.effective(session, each.id) for each in spaces] == [READ_ONLY] * 3
            (found,) = profiles.all(session)
            assert set(found.places) == {of_location(spaces[0]), of_category(spaces[1]), of_space(spaces[2])}

    def test_replaces_the_one_a_place_had_and_says_so_before_and_after(self) -> None:
        with transaction() as session:
            space = build.space(session, name="Gaskell Room")
            first, second = made(session), made(session, "Second", READ_ONLY)
            give(session, first, of_space(space), of_location(space))
            wanted = rows(session, of_space(space))

            before = assigning.preview_of_members(session, second, added=wanted, removed=(), now=NOW)
            after = assigning.attach(session, second, wanted, actor=ADMINISTRATOR, now=NOW)

            assert before.sentences[0] == "Gaskell Room leaves the profile “First”."
            assert [(each.place.name, each.left) for each in after] == [("Gaskell Room", "First")]
            assert profiles.effective(session, space.id) == READ_ONLY
            left = profiles.get(session, first)
            assert left is not None
            assert left.places == (of_location(space),)

    def test_given_twice_to_a_place_replaces_nothing(self) -> None:
        with transaction() as session:
            space = build.space(session)
            profile_id = made(session)

            told = [give(session, profile_id, of_space(space)).replaced for _ in range(2)]

            assert told == [(), ()]
            assert len(queries.profiles.members(session)) == 1

    def test_taken_from_a_place_lets_the_next_wider_one_apply(self) -> None:
        with transaction() as session:
            space = build.space(session)
            give(session, made(session, "Wide", READ_ONLY), of_location(space))
            near = made(session, "Near", STOPPED)
            give(session, near, of_space(space))

            take(session, near, of_space(space))

            assert profiles.effective(session, space.id) == READ_ONLY

    def test_that_another_place_has_is_not_taken_from_it(self) -> None:
        with transaction() as session:
            space = build.space(session)
            first, second = made(session), made(session, "Second")
            give(session, first, of_space(space))

            take(session, second, of_space(space))

            assert queries.profiles.members(session) == {of_space(space): first}

    def test_changed_changes_wherever_it_applies(self) -> None:
        with transaction() as session:
            spaces = [build.space(session) for _ in range(2)]
            profile_id = made(session)
            give(session, profile_id, *map(of_space, spaces))
            wanted = replace(
                BUILT_IN,
                title_option=TitleOption.NICKNAME,
                window=SyncWindow.DAYS,
                days_back=30,
                field_mapping=Mapping(subject=(Field.TITLE,)),
            )

            assigning.save(session, profile_id, ProfileWish("Renamed", "Why", wanted), actor=ADMINISTRATOR, now=NOW)

            assert [profiles.effective(session, each.id) for each in spaces] == [wanted] * 2
            assert [(each.name, each.description) for each in profiles.all(session)] == [("Renamed", "Why")]

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            (ProfileWish("  "), "name"),
            (ProfileWish("FIRST"), "name"),
            (ProfileWish("x" * 121), "name"),
            (ProfileWish("Far", settings=replace(BUILT_IN, window=SyncWindow.DAYS, days_back=181)), "days_back"),
            (ProfileWish("Near", settings=replace(BUILT_IN, window=SyncWindow.DAYS, days_back=0)), "days_back"),
        ],
    )
    def test_needs_a_name_of_its_own_and_a_window_that_can_be(self, wish: ProfileWish, field: str) -> None:
        with transaction() as session:
            made(session)

            with pytest.raises(Invalid) as caught:
                assigning.save(session, None, wish, actor=ADMINISTRATOR, now=NOW)

            assert list(caught.value.fields) == [field]

    def test_deleted_leaves_its_places_to_what_is_around_them(self) -> None:
        with transaction() as session:
            space = build.space(session)
            profile_id = made(session, settings=STOPPED)
            give(session, profile_id, of_space(space), of_category(space))

            assigning.delete(session, profile_id, actor=ADMINISTRATOR, now=NOW)

            assert profiles.all(session) == ()
            assert profiles.effective(session, space.id) == BUILT_IN

    def test_is_for_administrators_alone(self) -> None:
        with transaction() as session:
            space = build.space(session)
            profile_id = made(session)
            manager = build.manager(space.location)

            for act in (
                lambda: assigning.save(session, None, ProfileWish("Mine"), actor=manager, now=NOW),
                lambda: assigning.attach(session, profile_id, (), actor=manager, now=NOW),
                lambda: assigning.delete(session, profile_id, actor=manager, now=NOW),
            ):
                with pytest.raises(Forbidden):
                    act()

    def test_is_given_to_no_place_that_is_no_more(self) -> None:
        with transaction() as session, pytest.raises(NotPossible):
            rows(session, (None, None, 4711))


@ONE_DATABASE
class TestAPlaceOfItsOwn:
    """What `booking apply` and the location's tab store is that place's alone."""

    def test_leaves_a_shared_profile_as_it_is_for_the_others(self) -> None:
        with transaction() as session:
            space = build.space(session, name="Gaskell Room")
            neighbour = build.space(session, space.category)
            shared = made(session, "Shared", READ_ONLY)
            give(session, shared, of_space(space), of_space(neighbour))
            place = ProfilePlace("Gaskell Room", space.location_id, space.category_id, space.id)

            profiles.store(session, place, STOPPED, now=NOW)

            assert profiles.effective(session, space.id) == STOPPED
            assert profiles.effective(session, neighbour.id) == READ_ONLY
            assert [each.name for each in profiles.all(session)] == ["Gaskell Room", "Shared"]

    def test_changes_the_profile_that_no_other_place_has(self) -> None:
        with transaction() as session:
            space = build.space(session)
            profile_id = made(session, "Only here", READ_ONLY)
            give(session, profile_id, of_space(space))
            place = ProfilePlace("Gaskell Room", space.location_id, space.category_id, space.id)

            profiles.store(session, place, STOPPED, now=NOW)

            assert [(each.name, each.settings) for each in profiles.all(session)] == [("Only here", STOPPED)]

    def test_takes_a_name_that_is_free(self) -> None:
        with transaction() as session:
            space = build.space(session)
            elsewhere = made(session, "Central")
            give(session, elsewhere, of_category(space))

            profiles.store(session, ProfilePlace("Central", space.location_id), STOPPED, now=NOW)

            assert [each.name for each in profiles.all(session)] == ["Central", "Central 2"]


@ONE_DATABASE
class TestWhatApplies:
    def why(self, session: Session, space: Space) -> tuple[str, str]:
        found = profiles.applied(session, space.id)
        return found.profile.name if found.profile else "", found.why

    def test_is_said_with_its_reason(self) -> None:
        with transaction() as session:
            kind = build.category(session, build.location(session, name="Central"), name="Study rooms")
            space = build.space(session, kind)
            told = [self.why(session, space)]
            for name, place in (("L", of_location), ("C", of_category), ("S", of_space)):
                give(session, made(session, name), place(space))
                told.append(self.why(session, space))

        assert told[0][1].startswith("Neither this place nor a wider one has a profile")
        assert told[1:] == [
            ("L", "It was given to the location Central. Neither this space nor its category has one of its own."),
            ("C", "It was given to the category Study rooms. This space has none of its own."),
            ("S", "It was given to this space itself."),
        ]

    def test_in_a_category_is_its_own_or_the_locations(self) -> None:
        with transaction() as session:
            kind = build.category(session, build.location(session, name="Central"))
            place = ProfilePlace(kind.name, kind.location_id, kind.id)
            give(session, made(session, "L"), (kind.location_id, None, None))

            found = profiles.applied_in(session, place)

        assert (found.why, found.inherited_from) == (
            "It was given to the location Central. This category has none of its own.",
            "location",
        )

    def test_is_an_inactive_nearest_one_although_a_wider_one_is_active(self) -> None:
        with transaction() as session:
            space = build.space(session)
            give(session, made(session, "Wide", READ_ONLY), of_location(space))
            give(session, made(session, "Near", STOPPED), of_category(space))

            found = profiles.applied(session, space.id)

        assert found.profile is not None
        assert (found.profile.name, found.settings.active) == ("Near", False)


@ONE_DATABASE
class TestWhatFollows:
    @pytest.fixture
    def paired(self) -> Sequence[int]:
        """Give the ids of two paired spaces of one category, each with a booking still to be written."""
        with transaction() as session:
            kind = build.category(session)
            spaces = [build.space(session, kind) for _ in range(2)]
            for each in spaces:
                build.link(session, each)
            return [each.id for each in spaces]

    def test_counts_the_spaces_where_sync_stops(self, paired: Sequence[int]) -> None:
        with transaction() as session:
            profile_id = made(session, settings=STOPPED)
            wanted = rows(session, *((None, None, each) for each in paired))

            follows = assigning.preview_of_members(session, profile_id, added=wanted, removed=(), now=NOW)

        assert follows.sentences == (
            "Sync stops for 2 spaces: nothing is read from Outlook there, and nothing is written.",
        )

    def test_is_nothing_to_ask_about_where_only_the_text_changes(self, paired: Sequence[int]) -> None:
        with transaction() as session:
            profile_id = made(session)
            give(session, profile_id, *((None, None, each) for each in paired))
            titles = replace(BUILT_IN, title_option=TitleOption.NICKNAME)

            follows = assigning.preview_of_save(session, profile_id, titles, now=NOW)

        assert follows.sentences == ()

    def test_has_the_calendars_read_anew_where_more_is_read(self, paired: Sequence[int]) -> None:
        with transaction() as session:
            profile_id = made(session)
            give(session, profile_id, (None, None, paired[0]))
            longer = ProfileWish("First", settings=replace(BUILT_IN, window=SyncWindow.LAST_MONTH))

            done = assigning.save(session, profile_id, longer, actor=ADMINISTRATOR, now=NOW)

            asked = {each.space_id for each in session.query(CalendarLink).filter(CalendarLink.look_at == NOW)}
            assert asked == {paired[0]}
            assert len(done.link_ids) == 1

    def test_is_that_the_bookings_of_a_longer_window_are_written(self, paired: Sequence[int]) -> None:
        with transaction() as session:
            space = session.get_one(Space, paired[0])
            link = queries.links.of_space(session, space.id)
            assert link is not None
            link.imported_at = NOW
            past = Interval(NOW.replace(day=3, hour=10), NOW.replace(day=3, hour=11))
            build.booking(session, space, past)
            profile_id = made(session)
            give(session, profile_id, of_space(space))
            longer = ProfileWish("First", settings=replace(BUILT_IN, window=SyncWindow.LAST_MONTH))

            done = assigning.save(session, profile_id, longer, actor=ADMINISTRATOR, now=NOW)

            assert done.plan.sentences == ("1 booking date will be written to Outlook.",)
            assert len(queries.push.all_of_link(session, link.id)) == 1
