from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest

from booking.domain.errors import EndsBeforeItStarts, Forbidden, Invalid, NotFound
from booking.domain.opening import Hours, open_on
from booking.domain.permissions import Actor
from booking.services import opening
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import Location
from tests import build
from tests.build import ADMINISTRATOR, NOW, TOMORROW_AT_TEN

SATURDAY = date(2026, 11, 21)
NINE_TO_FIVE = {day: (Hours(540, 1020),) for day in range(7)}
TEN_TO_NOON = {5: (Hours(600, 720),)}


def set_week(
    session: Session, place: Location, week: Mapping[int, tuple[Hours, ...]], space_id: int | None = None
) -> None:
    opening.set_week(session, place.id, space_id, week, actor=ADMINISTRATOR, now=NOW)


def hours(session: Session, space_id: int) -> list[str]:
    """Return when a space is open that Saturday, in UTC, as in London in winter."""
    plan = queries.opening.plan_for(session, space_id, around=TOMORROW_AT_TEN)
    return [f"{each.start:%H:%M}-{each.end:%H:%M}" for each in open_on(plan, SATURDAY)]


@pytest.mark.usefixtures("in_app")
class TestSetWeek:
    def test_replaces_the_week_before(self) -> None:
        with transaction() as session:
            space = build.space(session)
            set_week(session, space.location, NINE_TO_FIVE)
            set_week(session, space.location, TEN_TO_NOON)

            assert hours(session, space.id) == ["10:00-12:00"]

    def test_of_a_space_stands_in_place_of_its_locations(self) -> None:
        with transaction() as session:
            kind = build.category(session)
            own, plain = build.space(session, kind), build.space(session, kind)
            set_week(session, kind.location, NINE_TO_FIVE)
            set_week(session, kind.location, TEN_TO_NOON, own.id)

            assert hours(session, own.id) == ["10:00-12:00"]
            assert hours(session, plain.id) == ["09:00-17:00"]

    def test_empty_gives_a_space_its_locations_week_again(self) -> None:
        with transaction() as session:
            space = build.space(session)
            set_week(session, space.location, NINE_TO_FIVE)
            set_week(session, space.location, TEN_TO_NOON, space.id)
            set_week(session, space.location, {}, space.id)

            assert hours(session, space.id) == ["09:00-17:00"]
            assert not queries.opening.hours_of(session, space.location_id, space.id).own

    @pytest.mark.parametrize("bad", [(Hours(600, 600),), (Hours(600, 2900),), (Hours(540, 720), Hours(700, 800))])
    def test_refuses_hours_that_cannot_be(self, bad: tuple[Hours, ...]) -> None:
        with transaction() as session:
            space = build.space(session)

            with pytest.raises(Invalid) as caught:
                set_week(session, space.location, {5: bad})
            assert list(caught.value.fields) == ["day_5"]
            assert hours(session, space.id) == ["00:00-00:00"]

    def test_needs_the_right_in_that_location(self) -> None:
        with transaction() as session:
            mine, other = build.location(session), build.location(session)

            with pytest.raises(Forbidden):
                opening.set_week(session, other.id, None, {}, actor=build.manager(mine), now=NOW)
            with pytest.raises(Forbidden):
                opening.set_week(session, mine.id, None, {}, actor=build.librarian(mine), now=NOW)


@pytest.mark.usefixtures("in_app")
class TestSetException:
    def test_holds_for_that_date_only_and_for_every_space(self) -> None:
        with transaction() as session:
            space = build.space(session)
            set_week(session, space.location, NINE_TO_FIVE, space.id)
            for times in ((Hours(600, 660), Hours(720, 780)), ()):
                opening.set_exception(
                    session, space.location_id, None, SATURDAY, times, note="Fair", actor=ADMINISTRATOR, now=NOW
                )

            plan = queries.opening.plan_for(session, space.id, around=TOMORROW_AT_TEN)
            assert open_on(plan, SATURDAY) == []
            assert len(open_on(plan, date(2026, 11, 22))) == 1

    def test_can_be_taken_back(self) -> None:
        with transaction() as session:
            space = build.space(session)
            set_week(session, space.location, NINE_TO_FIVE)
            place_id = space.location_id
            opening.set_exception(session, place_id, None, SATURDAY, (), actor=ADMINISTRATOR, now=NOW)
            opening.remove_exception(session, place_id, None, SATURDAY, actor=ADMINISTRATOR, now=NOW)

            assert hours(session, space.id) == ["09:00-17:00"]


@pytest.mark.usefixtures("in_app")
class TestAddClosure:
    def test_closes_one_space_and_not_its_neighbour(self) -> None:
        with transaction() as session:
            kind = build.category(session)
            closed, neighbour = build.space(session, kind), build.space(session, kind)
            closure = opening.add_closure(
                session,
                kind.location_id,
                closed.id,
                start=TOMORROW_AT_TEN.start,
                end=TOMORROW_AT_TEN.end,
                reason="Painting",
                actor=ADMINISTRATOR,
                now=NOW,
            )

            assert hours(session, closed.id) == ["00:00-10:00", "11:00-00:00"]
            assert hours(session, neighbour.id) == ["00:00-00:00"]
            assert [row.space_name for row in queries.opening.closures(session, kind.location_id)] == [closed.name]

            opening.remove_closure(session, closure.id, actor=ADMINISTRATOR, now=NOW)
            assert hours(session, closed.id) == ["00:00-00:00"]

    def test_refuses_an_end_before_the_start(self) -> None:
        when = TOMORROW_AT_TEN
        with transaction() as session, pytest.raises(EndsBeforeItStarts):
            opening.add_closure(
                session,
                build.location(session).id,
                None,
                start=when.end,
                end=when.start,
                reason="",
                actor=ADMINISTRATOR,
                now=NOW,
            )

    def test_refuses_a_space_of_another_location(self) -> None:
        with transaction() as session, pytest.raises(NotFound):
            opening.set_week(
                session, build.location(session).id, build.space(session).id, {}, actor=ADMINISTRATOR, now=NOW
            )


@pytest.mark.usefixtures("in_app")
class TestChangeClosure:
    def test_gives_it_other_times_and_another_reason(self) -> None:
        when, later = TOMORROW_AT_TEN, TOMORROW_AT_TEN.padded(before=-timedelta(minutes=30), after=timedelta(hours=1))
        with transaction() as session:
            space = build.space(session)
            closure = build.closure(session, space.location, when)

            opening.change_closure(
                session,
                closure.id,
                start=later.start,
                end=later.end,
                reason=" Stock taking ",
                actor=ADMINISTRATOR,
                now=NOW,
            )

            rows = queries.opening.closures(session, space.location_id)
            assert [(row.when, row.reason) for row in rows] == [(later, "Stock taking")]
            assert hours(session, space.id) == ["00:00-10:30", "12:00-00:00"]

    def test_refuses_what_cannot_be_and_who_may_not(self) -> None:
        when = TOMORROW_AT_TEN
        with transaction() as session:
            place = build.location(session)
            closure = build.closure(session, place, when)

            def change(actor: Actor, *, end: datetime = when.end, reason: str = "x", number: int = closure.id) -> None:
                opening.change_closure(session, number, start=when.start, end=end, reason=reason, actor=actor, now=NOW)

            with pytest.raises(EndsBeforeItStarts):
                change(ADMINISTRATOR, end=when.start)
            with pytest.raises(Invalid):
                change(ADMINISTRATOR, reason="x" * 201)
            with pytest.raises(Forbidden):
                change(build.librarian(place))
            with pytest.raises(NotFound):
                change(ADMINISTRATOR, number=999)
