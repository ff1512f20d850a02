"""Series and odd entries, the whole way from a stand-in Exchange to the times that block a room.

All around the last Sundays of October and March, when the clocks of the room change.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from booking.domain.intervals import Interval, merged
from booking.domain.states import LinkState
from booking.sandbox.exchange import SeenItem
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import ExternalEvent
from booking.sync import pull
from tests import build
from tests.sync.beside import ROOM, Beside, beside

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

#: The Fridays before the clocks go back, and forward; 09:00 in London then, and on the days after.
BACK = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)
FORWARD = datetime(2027, 3, 26, 6, 0, tzinfo=UTC)
IN_OCTOBER = [(23, 8), (24, 8), (25, 9), (26, 9)]
IN_MARCH = [(26, 9), (27, 9), (28, 8), (29, 8)]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def room(stored: Flask, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Beside]:
    """Give a room in London beside its Exchange, on the Friday before the clocks go back, or another day."""
    with stored.app_context(), beside(tmp_path, now=getattr(request, "param", BACK)) as made:
        yield made


def nine(room: Beside) -> Interval:
    """From nine to ten on the room's first day."""
    start = room.clock.now.replace(hour=8 if room.clock.now == BACK else 9)
    return Interval(start, start + HOUR)


def read(room: Beside) -> list[Interval]:
    """Read the room, and return what blocks it."""
    pull.read_link(room.engine, room.link_id)
    with reading() as session:
        query = select(ExternalEvent).where(ExternalEvent.gone_at.is_(None), ExternalEvent.blocks)
        return sorted(each.when for each in session.scalars(query))


def dates(room: Beside) -> list[SeenItem]:
    """Return what Outlook shows of the next week, as single dates."""
    return room.sandbox.shown(ROOM, room.clock.now, room.clock.now + 7 * DAY)


def stand_up(room: Beside, *, days: int = 4) -> list[Interval]:
    """Put a daily series into the calendar, of so many days from the first; return when it blocks."""
    first = nine(room)
    room.meet(first, repeat="daily", until=(first.start + (days - 1) * DAY).date(), subject="Stand-up")
    return read(room)


class TestASeries:
    @pytest.mark.parametrize(("room", "starts"), [(BACK, IN_OCTOBER), (FORWARD, IN_MARCH)], indirect=["room"])
    def test_blocks_each_date_at_its_time_on_the_wall(self, room: Beside, starts: list[tuple[int, int]]) -> None:
        blocked = stand_up(room)

        assert [(each.start.day, each.start.hour) for each in blocked] == starts
        assert {each.length for each in blocked} == {HOUR}

    @pytest.mark.parametrize("room", [BACK, FORWARD], indirect=True)
    def test_frees_the_old_time_of_a_date_that_was_moved_and_blocks_its_new_one(self, room: Beside) -> None:
        before = stand_up(room)
        sunday = dates(room)[2]

        room.sandbox.move(ROOM, sunday.id, sunday.start + 3 * HOUR, sunday.end + 4 * HOUR)

        moved = Interval(before[2].start + 3 * HOUR, before[2].end + 4 * HOUR)
        assert read(room) == [before[0], before[1], moved, before[3]]

    def test_keeps_a_date_that_was_moved_to_another_day_and_back(self, room: Beside) -> None:
        before = stand_up(room, days=2)
        saturday = dates(room)[1]
        room.sandbox.move(ROOM, saturday.id, saturday.start + 2 * DAY, saturday.end + 2 * DAY)
        assert read(room) == [before[0], Interval(before[1].start + 2 * DAY, before[1].end + 2 * DAY)]

        room.sandbox.move(ROOM, dates(room)[1].id, saturday.start, saturday.end)

        assert read(room) == before

    def test_frees_a_date_that_was_deleted_and_no_other(self, room: Beside) -> None:
        before = stand_up(room)

        room.sandbox.delete(ROOM, dates(room)[2].id)

        assert read(room) == [before[0], before[1], before[3]]

    def test_frees_a_date_that_was_moved_and_then_deleted(self, room: Beside) -> None:
        before = stand_up(room)
        monday = dates(room)[3]
        room.sandbox.move(ROOM, monday.id, monday.start + 5 * HOUR, monday.end + 5 * HOUR)
        read(room)

        room.sandbox.delete(ROOM, dates(room)[3].id)

        assert read(room) == before[:3]

    def test_takes_the_new_title_of_one_date_alone(self, room: Beside) -> None:
        with transaction() as session:
            build.profile(session, location_id=room.location_id, keep_titles=True)
        before = stand_up(room)

        room.sandbox.edit(ROOM, dates(room)[2].id, subject="Fire drill")

        assert read(room) == before
        assert titles() == ["Stand-up", "Stand-up", "Fire drill", "Stand-up"]

    def test_without_an_end_blocks_as_far_as_the_room_is_read(self, room: Beside) -> None:
        room.meet(nine(room), repeat="weekly", subject="For ever")

        blocked = read(room)

        link = room.link()
        assert link.read_until is not None
        assert timedelta() <= link.read_until - blocked[-1].start < timedelta(days=7)
        assert {each.start.hour for each in blocked} >= {8, 9}  # nine o'clock on the wall, summer and winter

    def test_that_grows_and_shrinks_is_followed(self, room: Beside) -> None:
        before = stand_up(room, days=3)
        series = next(item for item in room.sandbox.items(ROOM) if item.kind == "RecurringMaster")

        room.sandbox.delete(ROOM, series.id)
        first = nine(room)
        room.meet(first, repeat="daily", until=(first.start + 5 * DAY).date())

        assert read(room)[:3] == before
        assert len(read(room)) == 6

    def test_that_is_deleted_frees_all_of_its_dates_at_once(self, room: Beside) -> None:
        stand_up(room, days=30)
        series = next(item for item in room.sandbox.items(ROOM) if item.kind == "RecurringMaster")

        room.sandbox.delete(ROOM, series.id)

        assert read(room) == []
        assert room.link().state is LinkState.ACTIVE

    @pytest.mark.parametrize("room", [BACK, FORWARD], indirect=True)
    def test_that_is_moved_as_a_whole_blocks_its_new_times(self, room: Beside) -> None:
        before = stand_up(room)
        series = next(item for item in room.sandbox.items(ROOM) if item.kind == "RecurringMaster")

        room.sandbox.move(ROOM, series.id, series.start + 2 * HOUR, series.end + 2 * HOUR)

        assert read(room) == [Interval(each.start + 2 * HOUR, each.end + 2 * HOUR) for each in before]


def titles() -> list[str]:
    with reading() as session:
        query = select(ExternalEvent).where(ExternalEvent.gone_at.is_(None)).order_by(ExternalEvent.starts_at)
        return [each.title for each in session.scalars(query)]


class TestAnAllDayEvent:
    @pytest.mark.parametrize(
        ("room", "day", "hours"),
        [(BACK, date(2026, 10, 25), 25), (FORWARD, date(2027, 3, 28), 23)],
        indirect=["room"],
    )
    def test_blocks_from_midnight_to_midnight_on_the_wall(self, room: Beside, day: date, hours: int) -> None:
        whole = local(day, day + DAY)

        room.meet(whole, all_day=True)

        assert read(room) == [whole]
        assert whole.length == hours * HOUR

    def test_of_several_days_blocks_them_all(self, room: Beside) -> None:
        whole = local(date(2026, 10, 24), date(2026, 10, 29))

        room.meet(whole, all_day=True)

        assert list(merged(read(room))) == [whole]

    def test_that_repeats_blocks_each_of_its_days(self, room: Beside) -> None:
        first = local(date(2026, 10, 24), date(2026, 10, 25))

        room.meet(first, all_day=True, repeat="daily", until=date(2026, 10, 26))

        days = [date(2026, 10, 24) + number * DAY for number in range(3)]
        assert read(room) == [local(day, day + DAY) for day in days]


def local(first: date, after: date) -> Interval:
    """From midnight to midnight in London, around the change of the clocks."""
    summer = {True: timedelta(hours=1), False: timedelta()}
    start, end = (
        datetime(each.year, each.month, each.day, tzinfo=UTC)
        - summer[date(2026, 3, 29) < each <= date(2026, 10, 25) or each > date(2027, 3, 28)]
        for each in (first, after)
    )
    return Interval(start, end)


class TestAnEvent:
    def test_over_several_days_and_the_change_of_the_clocks_blocks_every_hour(self, room: Beside) -> None:
        when = Interval(nine(room).start, nine(room).start + 75 * HOUR)

        room.meet(when)

        assert list(merged(read(room))) == [when]

    @pytest.mark.parametrize(
        ("busy", "blocks"),
        [
            ("Busy", True),
            ("OOF", True),
            ("WorkingElsewhere", True),
            ("NoData", True),
            ("Free", False),
            ("Tentative", False),
        ],
    )
    def test_blocks_by_what_outlook_shows_it_as(self, room: Beside, busy: str, *, blocks: bool) -> None:
        room.meet(nine(room), busy=busy)

        assert bool(read(room)) is blocks

    @pytest.mark.parametrize("busy", ["Busy", "Free"])
    def test_that_is_private_always_blocks_and_keeps_no_word(self, room: Beside, busy: str) -> None:
        with transaction() as session:
            build.profile(session, location_id=room.location_id, keep_titles=True)

        room.meet(nine(room), private=True, busy=busy, subject="Marked", location="Marked", body="Marked")

        assert read(room) == [nine(room)]
        assert titles() == [""]

    def test_that_becomes_private_forgets_its_title(self, room: Beside) -> None:
        with transaction() as session:
            build.profile(session, location_id=room.location_id, keep_titles=True)
        item = room.meet(nine(room), subject="Board")
        read(room)
        assert titles() == ["Board"]

        room.sandbox.edit(ROOM, item, private=True)

        assert read(room) == [nine(room)]
        assert titles() == [""]

    def test_that_its_organiser_cancelled_blocks_no_more(self, room: Beside) -> None:
        room.sandbox.add_room("boss@library.example", "The Boss")
        when = Interval(nine(room).start + DAY, nine(room).end + DAY)
        copy = room.sandbox.invite(
            "boss@library.example", rooms=[ROOM], subject="Choir", start=when.start, end=when.end
        )
        assert read(room) == [when]

        room.sandbox.delete("boss@library.example", copy)

        assert read(room) == []


class TestAnEndlessSeries:
    def test_costs_no_more_rows_however_often_it_is_read(self, room: Beside) -> None:
        room.meet(nine(room), repeat="daily")
        read(room)
        with reading() as session:
            rows = len(queries.external.all_of_link(session, room.link_id))

        read(room)

        with reading() as session:
            assert len(queries.external.all_of_link(session, room.link_id)) == rows
