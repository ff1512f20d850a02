from datetime import timedelta

import pytest

from booking.domain.intervals import Interval
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import Space
from tests import build
from tests.build import NOW, TOMORROW_AT_TEN
from tests.store.counting import statements

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def shifted(by: timedelta) -> Interval:
    return Interval(TOMORROW_AT_TEN.start + by, TOMORROW_AT_TEN.end + by)


def offered(session: Session, space: Space, wish: Interval = TOMORROW_AT_TEN) -> list[tuple[str, str, Interval]]:
    row = queries.places.space(session, space.id)
    assert row is not None
    return [
        (each.why, each.space.name, each.when) for each in queries.free.offers(session, space=row, wish=wish, now=NOW)
    ]


@pytest.mark.usefixtures("in_app")
class TestOffers:
    def test_are_near_the_wish_in_time_and_place(self) -> None:
        with transaction() as session:
            kind = build.category(session)
            wanted = build.space(session, kind, name="Room A")
            build.space(session, kind, name="Room B")
            build.space(session, name="Elsewhere")
            build.booking(session, wanted)

            found = offered(session, wanted)

        assert found == [
            ("later", "Room A", shifted(HOUR)),
            ("earlier", "Room A", shifted(-HOUR)),
            ("other_space", "Room B", TOMORROW_AT_TEN),
            ("other_day", "Room A", shifted(DAY)),
            ("other_day", "Room A", shifted(2 * DAY)),
        ]

    def test_leave_out_what_is_closed_taken_in_outlook_or_not_certain(self) -> None:
        with transaction() as session:
            kind = build.category(session)
            wanted, unknown, blocked = (build.space(session, kind) for _ in range(3))
            build.link(session, unknown, read_at=NOW - HOUR)
            build.outside_event(session, build.link(session, blocked))
            build.closure(session, kind.location, TOMORROW_AT_TEN.padded(before=2 * DAY, after=20 * DAY), space=wanted)

            assert offered(session, wanted) == []

    def test_put_a_room_of_the_same_kind_and_size_first(self) -> None:
        with transaction() as session:
            kind = build.category(session)
            wanted = build.space(session, kind, capacity=4)
            for name, capacity in (("Too small", 2), ("Hall", 60), ("Twin", 4)):
                build.space(session, kind, name=name, capacity=capacity)
            build.booking(session, wanted)

            names = [name for why, name, _ in offered(session, wanted) if why == "other_space"]

        assert names == ["Twin", "Hall"]

    def test_take_as_many_statements_for_sixty_spaces_as_for_three(self) -> None:
        with transaction() as session:
            firsts = []
            for count in (3, 60):
                kind = build.category(session)
                ids = [build.space(session, kind).id for _ in range(count)]
                firsts.append(ids[0])

        counts = []
        for space_id in firsts:
            with reading() as session:
                space = session.get_one(Space, space_id)
                with statements() as sent:
                    offered(session, space)
            counts.append(len(sent))

        assert counts[0] == counts[1]
