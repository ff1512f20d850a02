from dataclasses import replace

import pytest

from booking.domain.errors import Forbidden, Invalid
from booking.domain.permissions import Actor
from booking.domain.states import Direction, TitleOption
from booking.services import directions, profiles
from booking.services.profiles import BUILT_IN, EffectiveProfile, ProfilePlace
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import Space
from tests import build
from tests.build import ADMINISTRATOR, NOW

NICKNAMES = replace(BUILT_IN, title_option=TitleOption.NICKNAME)
READ_ONLY = replace(BUILT_IN, direction=Direction.FROM_EXCHANGE, days_back=180)
STOPPED = replace(BUILT_IN, active=False)


def places(space: Space) -> tuple[ProfilePlace, ProfilePlace, ProfilePlace]:
    """Return the location, the category and the space itself."""
    location = ProfilePlace("Location", space.location_id)
    return (
        location,
        replace(location, name="Category", category_id=space.category_id),
        replace(location, name="Space", category_id=space.category_id, space_id=space.id),
    )


def save(
    session: Session, place: ProfilePlace, wanted: EffectiveProfile = NICKNAMES, *, actor: Actor = ADMINISTRATOR
) -> None:
    directions.save(session, place, wanted, actor=actor, now=NOW)


@pytest.mark.usefixtures("in_app")
class TestAProfile:
    def test_of_the_nearest_place_applies(self) -> None:
        with transaction() as session:
            space = build.space(session)
            neighbour = build.space(session, space.category)
            seen = []
            for place, wanted in zip(places(space), (NICKNAMES, READ_ONLY, STOPPED), strict=True):
                save(session, place, wanted)
                seen.append(profiles.effective(session, space.id))

            assert seen == [NICKNAMES, READ_ONLY, STOPPED]
            assert profiles.effective(session, neighbour.id) == READ_ONLY

    def test_is_one_for_each_place_however_often_it_is_saved(self) -> None:
        with transaction() as session:
            for place in places(build.space(session)):
                for wanted in (NICKNAMES, STOPPED):
                    save(session, place, wanted)

                assert profiles.own(session, place) == STOPPED

    def test_goes_when_it_is_removed_and_the_wider_one_applies(self) -> None:
        with transaction() as session:
            space = build.space(session)
            location, _, own = places(space)
            save(session, location, NICKNAMES)
            save(session, own, STOPPED)

            for _ in range(2):
                directions.remove(session, own, actor=ADMINISTRATOR, now=NOW)

            assert profiles.own(session, own) is None
            assert profiles.effective(session, space.id) == NICKNAMES
            assert [row.what for row in queries.audit.latest(session)] == ["profile.removed", *["profile.saved"] * 2]

    def test_looks_back_half_a_year_at_most(self) -> None:
        with transaction() as session:
            place, *_ = places(build.space(session))

            with pytest.raises(Invalid) as caught:
                save(session, place, replace(BUILT_IN, days_back=181))

            assert list(caught.value.fields) == ["days_back"]
            assert profiles.own(session, place) is None

    def test_needs_the_right_in_that_place(self) -> None:
        with transaction() as session:
            space = build.space(session)
            mine, others = build.manager(space.location), build.manager(build.location(session))

            for place in places(space):
                save(session, place, actor=mine)
                with pytest.raises(Forbidden):
                    save(session, place, actor=others)
                with pytest.raises(Forbidden):
                    directions.remove(session, place, actor=others, now=NOW)
