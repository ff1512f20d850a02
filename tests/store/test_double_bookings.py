"""The tables themselves refuse double bookings, whatever a service may have missed."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from booking.domain.errors import Taken
from booking.domain.intervals import Interval
from booking.domain.rules import LONGEST_OCCURRENCE
from booking.store.database import transaction
from booking.store.models import Occurrence, Space
from tests import build
from tests.build import TOMORROW_AT_TEN

HOUR = timedelta(hours=1)


def shifted(hours: float, when: Interval = TOMORROW_AT_TEN) -> Interval:
    return Interval(when.start + hours * HOUR, when.end + hours * HOUR)


@pytest.mark.usefixtures("in_app")
class TestTables:
    @pytest.mark.parametrize("hours", [0, 0.5, -0.5])
    def test_refuse_an_overlap(self, hours: float) -> None:
        with transaction() as session:
            space_id = build.booking(session).occurrences[0].space_id

        with pytest.raises(Taken), transaction() as session:
            build.booking(session, session.get_one(Space, space_id), shifted(hours))

    def test_refuse_a_short_one_inside_the_longest_possible(self) -> None:
        longest = Interval(TOMORROW_AT_TEN.start, TOMORROW_AT_TEN.start + LONGEST_OCCURRENCE)
        with transaction() as session:
            space_id = build.booking(session, None, longest).occurrences[0].space_id

        with pytest.raises(Taken), transaction() as session:
            build.booking(session, session.get_one(Space, space_id), shifted(25))

    def test_take_back_to_back_bookings(self) -> None:
        with transaction() as session:
            space = build.space(session)
            for hours in (-1, 0, 1):
                build.booking(session, space, shifted(hours))

        with transaction() as session:
            assert session.query(Occurrence).count() == 3

    def test_take_what_overlaps_only_a_date_that_let_go(self) -> None:
        with transaction() as session:
            space = build.space(session)
            build.booking(session, space).occurrences[0].holds = False
            session.flush()
            build.booking(session, space)

    def test_refuse_to_hold_again_what_somebody_else_has_now(self) -> None:
        with transaction() as session:
            space = build.space(session)
            released = build.booking(session, space).occurrences[0]
            released.holds = False
            session.flush()
            build.booking(session, space)
            released_id = released.id

        with pytest.raises(Taken), transaction() as session:
            session.get_one(Occurrence, released_id).holds = True

    def test_refuse_to_move_onto_a_neighbour(self) -> None:
        with transaction() as session:
            space = build.space(session)
            build.booking(session, space)
            moving = build.booking(session, space, shifted(1)).occurrences[0].id

        with pytest.raises(Taken), transaction() as session:
            session.get_one(Occurrence, moving).starts_at -= HOUR / 2

    def test_refuse_what_is_longer_than_the_longest(self) -> None:
        too_long = Interval(TOMORROW_AT_TEN.start, TOMORROW_AT_TEN.start + LONGEST_OCCURRENCE + HOUR)

        with pytest.raises(IntegrityError, match="longest"), transaction() as session:
            build.booking(session, None, too_long)

    def test_refuse_an_end_before_the_start(self) -> None:
        with transaction() as session:
            occurrence_id = build.booking(session).occurrences[0].id

        with pytest.raises(IntegrityError), transaction() as session:
            session.get_one(Occurrence, occurrence_id).ends_at = TOMORROW_AT_TEN.start - HOUR
