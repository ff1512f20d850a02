from dataclasses import replace

import pytest

from booking.domain.errors import Forbidden, Invalid, NotFound, NotPossible
from booking.domain.rules import OwnRules
from booking.services import places
from booking.services.places import CategoryDraft, LocationDraft, SpaceDraft, ZoneDraft
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import Category, Location
from tests import build
from tests.build import ADMINISTRATOR, NOW, TOMORROW_AT_TEN

CENTRAL = LocationDraft(name="Central Library", zone="Europe/London")


def mistakes(caught: "pytest.ExceptionInfo[Invalid]") -> list[str]:
    return list(caught.value.fields)


def save_space(session: Session, kind: Category, **more: object) -> int:
    draft = replace(SpaceDraft(category_id=kind.id, name="Room 1"), **more)  # type: ignore[arg-type]  # by name
    return places.save_space(session, draft, actor=ADMINISTRATOR, now=NOW).id


@pytest.mark.usefixtures("in_app")
class TestSaveLocation:
    def test_makes_a_short_name_for_addresses_and_keeps_it_unique(self) -> None:
        with transaction() as session:
            slugs = [places.save_location(session, CENTRAL, actor=ADMINISTRATOR, now=NOW).slug for _ in range(3)]

        assert slugs == ["central-library", "central-library-2", "central-library-3"]

    @pytest.mark.parametrize(("name", "slug"), [("Þór & Ægir", "or-gir"), ("図書館", "place"), ("New", "new-2")])
    def test_makes_one_from_any_name(self, name: str, slug: str) -> None:
        with transaction() as session:
            saved = places.save_location(session, replace(CENTRAL, name=name), actor=ADMINISTRATOR, now=NOW)

            assert saved.slug == slug

    def test_keeps_its_own_short_name_when_changed(self) -> None:
        with transaction() as session:
            made = places.save_location(session, CENTRAL, actor=ADMINISTRATOR, now=NOW)
            draft = replace(CENTRAL, id=made.id, slug="central-library", phone="+44 20 7946 0000")

            assert places.save_location(session, draft, actor=ADMINISTRATOR, now=NOW).phone == "+44 20 7946 0000"

    @pytest.mark.parametrize(
        ("field", "entered"),
        [
            ("name", {"name": " "}),
            ("name", {"name": "x" * 201}),
            ("zone", {"zone": "Europe/Londn"}),
            ("contact_email", {"contact_email": "desk at library"}),
            ("slug", {"slug": "Central Library"}),
            ("slug", {"slug": "new"}),
            ("phone", {"phone": "1\n2"}),
        ],
    )
    def test_refuses_what_cannot_be_right(self, field: str, entered: dict[str, str]) -> None:
        draft = replace(CENTRAL, **entered)  # type: ignore[arg-type]  # by name

        with pytest.raises(Invalid) as caught, transaction() as session:
            places.save_location(session, draft, actor=ADMINISTRATOR, now=NOW)
        assert mistakes(caught) == [field]

    def test_lets_a_manager_change_only_their_own_location(self) -> None:
        with transaction() as session:
            mine, other = build.location(session), build.location(session)
            me = build.manager(mine)

            places.save_location(session, replace(CENTRAL, id=mine.id), actor=me, now=NOW)
            for draft in (CENTRAL, replace(CENTRAL, id=other.id)):
                with pytest.raises(Forbidden):
                    places.save_location(session, draft, actor=me, now=NOW)


@pytest.mark.usefixtures("in_app")
class TestSaveZone:
    def test_refuses_a_name_that_the_location_has_already(self) -> None:
        with transaction() as session:
            place = build.location(session)
            draft = ZoneDraft(place.id, "Second floor")
            places.save_zone(session, draft, actor=ADMINISTRATOR, now=NOW)

            with pytest.raises(Invalid):
                places.save_zone(session, draft, actor=ADMINISTRATOR, now=NOW)


@pytest.mark.usefixtures("in_app")
class TestSaveCategory:
    def test_may_have_the_short_name_of_one_in_another_location(self) -> None:
        with transaction() as session:
            drafts = [CategoryDraft(build.location(session).id, "Study rooms") for _ in range(2)]
            saved = [places.save_category(session, draft, actor=ADMINISTRATOR, now=NOW).slug for draft in drafts]

        assert saved == ["study-rooms", "study-rooms"]

    @pytest.mark.parametrize(
        ("field", "own"),
        [
            ("step_minutes", OwnRules(step_minutes=0)),
            ("window_days", OwnRules(window_days=0)),
            ("shortest_minutes", OwnRules(shortest_minutes=300)),
            ("lead_minutes", OwnRules(lead_minutes=1440, window_days=1)),
        ],
    )
    def test_refuses_rules_by_which_nobody_could_book(self, field: str, own: OwnRules) -> None:
        with transaction() as session:
            draft = CategoryDraft(build.location(session).id, "Study rooms", own=own)

            with pytest.raises(Invalid) as caught:
                places.save_category(session, draft, actor=ADMINISTRATOR, now=NOW)
        assert mistakes(caught) == [field]


@pytest.mark.usefixtures("in_app")
class TestSaveSpace:
    def test_inherits_the_rules_of_its_category(self) -> None:
        with transaction() as session:
            kind = build.category(session, longest_minutes=120)

            row = queries.places.space(session, save_space(session, kind, own=OwnRules(shortest_minutes=60)))

        assert row is not None
        assert (row.rules.shortest.seconds, row.rules.longest.seconds) == (3600, 7200)
        assert row.own.longest_minutes is None

    def test_refuses_a_zone_of_another_location(self) -> None:
        with transaction() as session:
            zone = build.zone(session, build.location(session))
            kind = build.category(session)

            with pytest.raises(Invalid) as caught:
                save_space(session, kind, zone_id=zone.id)
        assert mistakes(caught) == ["zone_id"]

    def test_refuses_a_space_that_seats_nobody(self) -> None:
        with pytest.raises(Invalid) as caught, transaction() as session:
            save_space(session, build.category(session), capacity=0)
        assert mistakes(caught) == ["capacity"]

    def test_refuses_to_carry_a_space_to_another_location(self) -> None:
        with transaction() as session:
            space_id = save_space(session, build.category(session))
            elsewhere = build.category(session)

            with pytest.raises(Invalid) as caught:
                save_space(session, elsewhere, id=space_id)
        assert mistakes(caught) == ["category_id"]

    def test_of_an_unknown_category_is_refused(self) -> None:
        with transaction() as session, pytest.raises(NotFound):
            places.save_space(session, SpaceDraft(category_id=999, name="Room"), actor=ADMINISTRATOR, now=NOW)


@pytest.mark.usefixtures("in_app")
class TestRetireSpace:
    def test_waits_until_nothing_is_booked_any_more(self) -> None:
        with transaction() as session:
            space = build.space(session)
            build.booking(session, space)

            with pytest.raises(NotPossible, match="1 booking still to come"):
                places.retire_space(session, space.id, actor=ADMINISTRATOR, now=NOW)
            places.retire_space(session, space.id, actor=ADMINISTRATOR, now=TOMORROW_AT_TEN.end)

            assert space.retired

    def test_waits_until_no_calendar_is_paired_any_more(self) -> None:
        with transaction() as session:
            space = build.space(session)
            build.link(session, space)

            with pytest.raises(NotPossible, match="Disconnect"):
                places.retire_space(session, space.id, actor=ADMINISTRATOR, now=NOW)


@pytest.mark.usefixtures("in_app")
class TestRetireLocation:
    def test_takes_it_off_every_list(self) -> None:
        with transaction() as session:
            place = build.location(session)
            places.retire_location(session, place.id, actor=ADMINISTRATOR, now=NOW)
            session.flush()

            assert queries.places.locations(session) == ()
            assert session.get_one(Location, place.id).retired


@pytest.mark.usefixtures("in_app")
class TestBringingBack:
    def test_puts_a_retired_place_into_use_again_with_all_that_was_in_use_in_it(self) -> None:
        with transaction() as session:
            space, retired = build.space(session), build.space(session)
            kind, place = space.category, space.location
            kind.retired = place.retired = retired.retired = True

            places.bring_back_location(session, place.id, actor=ADMINISTRATOR, now=NOW)
            places.bring_back_category(session, kind.id, actor=build.manager(place), now=NOW)
            places.bring_back_space(session, retired.id, actor=ADMINISTRATOR, now=NOW)

            assert [row.id for row in queries.places.spaces(session, location_id=place.id)] == [space.id]
            assert not retired.retired
            assert {row.what for row in queries.audit.latest(session)} == {
                "location.brought_back",
                "category.brought_back",
                "space.brought_back",
            }

    def test_needs_the_right_in_that_place(self) -> None:
        with transaction() as session:
            space = build.space(session)
            elsewhere = build.manager(build.location(session))

            with pytest.raises(Forbidden):
                places.bring_back_space(session, space.id, actor=elsewhere, now=NOW)
            with pytest.raises(Forbidden):
                places.bring_back_category(session, space.category_id, actor=elsewhere, now=NOW)
            with pytest.raises(Forbidden):
                places.bring_back_location(session, space.location_id, actor=build.manager(space.location), now=NOW)
