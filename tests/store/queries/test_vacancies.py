from datetime import datetime, timedelta

import pytest

from booking.domain.availability import Cadence
from booking.domain.intervals import Interval
from booking.domain.opening import Hours
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import Location
from tests import build
from tests.build import NOW, TOMORROW_AT_TEN
from tests.store.counting import statements

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def vacant(session: Session, place: Location, when: Interval = TOMORROW_AT_TEN, now: datetime = NOW) -> list[str]:
    """The names of the spaces that are certainly vacant; those that may be have a question mark."""
    found = queries.vacancies.spaces(
        session, location_id=place.id, zone=place.zone, when=when, now=now, cadence=Cadence()
    )
    return [each.name if each.certain else f"{each.name}?" for each in found]


@pytest.mark.usefixtures("in_app")
class TestVacantSpaces:
    def test_are_those_that_nobody_has_then(self) -> None:
        with transaction() as session:
            kind = build.category(session)
            for name in ("Free", "Booked", "In Outlook", "Touched"):
                space = build.space(session, kind, name=name)
                if name == "Booked":
                    build.booking(session, space)
                if name == "In Outlook":
                    build.outside_event(session, build.link(session, space))
                if name == "Touched":
                    build.booking(session, space, Interval(TOMORROW_AT_TEN.start - HOUR, TOMORROW_AT_TEN.start))
            build.space(session, name="Elsewhere")

            assert vacant(session, kind.location) == ["Free", "Touched"]

    def test_leave_out_what_is_closed_by_the_hours_of_the_place_or_their_own(self) -> None:
        with transaction() as session:
            kind = build.category(session)
            build.space(session, kind, name="Open")
            shut = build.space(session, kind, name="Shut")
            build.closure(session, kind.location, TOMORROW_AT_TEN.padded(before=DAY, after=DAY), space=shut)

            assert vacant(session, kind.location) == ["Open"]

    def test_follow_a_week_of_their_own_before_that_of_the_place(self) -> None:
        with transaction() as session:
            place = build.location(session, week={day: (Hours(14 * 60, 18 * 60),) for day in range(7)})
            kind = build.category(session, place)
            build.space(session, kind, name="Afternoons")
            early = build.space(session, kind, name="Mornings too")
            build.hours(session, place, space=early, week={day: (Hours(8 * 60, 18 * 60),) for day in range(7)})

            assert vacant(session, place) == ["Mornings too"]
            assert vacant(
                session, place, Interval(TOMORROW_AT_TEN.start + 5 * HOUR, TOMORROW_AT_TEN.end + 5 * HOUR)
            ) == [
                "Afternoons",
                "Mornings too",
            ]

    def test_leave_out_what_the_rules_do_not_allow(self) -> None:
        with transaction() as session:
            kind = build.category(session)
            for name, rules in (
                ("Plain", {}),
                ("Long only", {"shortest_minutes": 120}),
                ("Short only", {"longest_minutes": 30}),
                ("Soon not", {"lead_minutes": 7 * 24 * 60}),
                ("On the even hour", {"step_minutes": 240}),
            ):
                build.space(session, kind, name=name, **rules)

            assert vacant(session, kind.location) == ["Plain"]

    def test_leave_out_what_needs_the_time_for_a_changeover(self) -> None:
        with transaction() as session:
            kind = build.category(session)
            before = Interval(TOMORROW_AT_TEN.start - HOUR, TOMORROW_AT_TEN.start)
            tight = build.space(session, kind, name="Tight", padding_after_minutes=30)
            build.space(session, kind, name="Clean", padding_after_minutes=30)
            build.booking(session, tight, before)

            assert vacant(session, kind.location) == ["Clean"]

    def test_are_not_certain_where_the_calendar_was_not_read_lately(self) -> None:
        with transaction() as session:
            kind = build.category(session)
            build.link(session, build.space(session, kind, name="Known"), read_at=NOW)
            build.link(session, build.space(session, kind, name="Unknown"), read_at=NOW - HOUR)

            assert vacant(session, kind.location) == ["Known", "Unknown?"]

    def test_take_as_many_statements_for_sixty_spaces_as_for_three(self) -> None:
        with transaction() as session:
            places = []
            for count in (3, 60):
                kind = build.category(session)
                for number in range(count):
                    build.space(session, kind, padding_after_minutes=15 if number % 2 else 0)
                places.append(kind.location_id)

        counts = []
        for place_id in places:
            with reading() as session:
                place = session.get_one(Location, place_id)
                with statements() as sent:
                    vacant(session, place)
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 9
