from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from booking.domain.availability import Cadence, SlotState
from booking.domain.intervals import Interval
from booking.domain.opening import Hours
from booking.domain.states import HeldReason
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import Location
from booking.store.queries.grid import Cell, DayGrid
from tests import build
from tests.build import NOW, TOMORROW_AT_TEN
from tests.store.counting import statements

CADENCE = Cadence()
SATURDAY = date(2026, 11, 21)
NINE_TO_FIVE = dict.fromkeys(range(7), (Hours(9 * 60, 17 * 60),))
HOUR = timedelta(hours=1)


def patron_day(
    session: Session, place: Location, day: date = SATURDAY, *, now: datetime = NOW, mine: frozenset[str] = frozenset()
) -> DayGrid:
    location = queries.places.location(session, place.id)
    assert location is not None
    return queries.grid.patron_day(session, location=location, day=day, now=now, cadence=CADENCE, mine=mine)


def staff_day(session: Session, place: Location, day: date = SATURDAY, *, now: datetime = NOW) -> DayGrid:
    location = queries.places.location(session, place.id)
    assert location is not None
    return queries.grid.staff_day(session, location=location, day=day, now=now, cadence=CADENCE)


def cells(grid: DayGrid) -> tuple[Cell, ...]:
    return grid.groups[0].rows[0].cells


def drawn(grid: DayGrid) -> list[tuple[str, int]]:
    return [(cell.state.value, cell.columns) for cell in cells(grid)]


@pytest.mark.usefixtures("in_app")
class TestPatronDay:
    def test_shows_columns_from_opening_to_closing_in_wall_time(self) -> None:
        with transaction() as session:
            place = build.location(session, zone="America/New_York", week=NINE_TO_FIVE)
            build.space(session, build.category(session, place))

            grid = patron_day(session, place)

        assert len(grid.starts) == 16
        assert f"{grid.starts[0]:%H:%M}, {grid.ends:%H:%M}" == "09:00, 17:00"
        assert grid.starts[0] == datetime(2026, 11, 21, 14, tzinfo=UTC)
        assert grid.opening_text == "Open 09:00 to 17:00"

    def test_shows_what_outlook_blocks_as_simply_taken(self) -> None:
        with transaction() as session:
            place = build.location(session, week=NINE_TO_FIVE)
            link = build.link(session, build.space(session, build.category(session, place)))
            build.outside_event(session, link)

            assert drawn(patron_day(session, place, now=link.created_at))[:5] == [
                ("free", 1),
                ("free", 1),
                ("taken", 2),
                ("free", 1),
                ("free", 1),
            ]

    @pytest.mark.parametrize("event", [{"blocks": False}, {"gone_at": NOW}])
    def test_shows_what_outlook_does_not_block_as_free(self, event: dict[str, object]) -> None:
        with transaction() as session:
            place = build.location(session, week=NINE_TO_FIVE)
            link = build.link(session, build.space(session, build.category(session, place)))
            build.outside_event(session, link, **event)  # type: ignore[arg-type]  # by name

            assert {cell.state for cell in cells(patron_day(session, place))} == {SlotState.FREE}

    def test_holds_no_name_title_organiser_or_reference(self) -> None:
        with transaction() as session:
            place = build.location(session)
            space = build.space(session, build.category(session, place))
            patron = build.person(session, first_name="Xanthe", last_name="Quill", email="xq@example.org")
            build.booking(
                session, space, patron=patron, title="Secret plans", nickname="Nightowl", held=HeldReason.CALENDAR
            )
            later = Interval(TOMORROW_AT_TEN.start + 2 * HOUR, TOMORROW_AT_TEN.end + 2 * HOUR)
            build.outside_event(session, build.link(session, space), later, title="Board meeting", organizer="Zed Nix")

            everything = str(asdict(patron_day(session, place))) + str(patron_day(session, place))

        for word in (
            "Xanthe",
            "Quill",
            "xq@",
            "Secret plans",
            "Nightowl",
            "TEST-",
            "Board",
            "Zed",
            "secret-",
            "Outlook",
        ):
            assert word not in everything

    def test_shows_which_bookings_are_yours(self) -> None:
        with transaction() as session:
            place = build.location(session, week=NINE_TO_FIVE)
            space = build.space(session, build.category(session, place))
            ref = build.booking(session, space).ref

            grid = patron_day(session, place, mine=frozenset({ref}))

        assert [(cell.state, cell.ref) for cell in cells(grid) if cell.ref] == [(SlotState.YOURS, ref)]

    def test_is_empty_with_the_reason_when_nothing_is_open(self) -> None:
        with transaction() as session:
            place = build.location(session)
            build.space(session, build.category(session, place))
            build.exception(session, place, TOMORROW_AT_TEN.start, note="Stocktaking")

            grid = patron_day(session, place)

        assert grid.starts == ()
        assert grid.opening_text == "Closed: Stocktaking"
        assert cells(grid) == ()

    def test_says_why_a_closed_part_of_the_day_is_closed(self) -> None:
        with transaction() as session:
            place = build.location(session, week=NINE_TO_FIVE)
            build.space(session, build.category(session, place))
            space = build.space(session, build.category(session, place))
            build.closure(session, place, TOMORROW_AT_TEN, space=space, reason="Painting work")

            grid = patron_day(session, place)

        closed = [cell for group in grid.groups for row in group.rows for cell in row.cells if cell.state == "closed"]
        assert [(cell.text, cell.columns) for cell in closed] == [("Painting work", 2)]

    def test_shows_the_hours_past_midnight_with_the_day_they_belong_to(self) -> None:
        with transaction() as session:
            place = build.location(session, week={5: (Hours(18 * 60, 26 * 60),)})
            space = build.space(session, build.category(session, place))
            midnight = datetime(2026, 11, 22, tzinfo=UTC)
            build.booking(session, space, Interval(midnight, midnight + HOUR))

            grid = patron_day(session, place)

        assert drawn(grid) == [("free", 1)] * 12 + [("taken", 2), ("free", 1), ("free", 1)]

    def test_goes_unsure_when_the_calendar_was_not_read_for_too_long(self) -> None:
        with transaction() as session:
            place = build.location(session, week=NINE_TO_FIVE)
            space = build.space(session, build.category(session, place))
            build.link(session, space, read_at=NOW - HOUR)

            row = patron_day(session, place).groups[0].rows[0]

        assert {cell.state for cell in row.cells} == {SlotState.UNSURE}
        assert row.free_runs == ()

    @pytest.mark.parametrize(("day", "columns"), [(date(2026, 3, 29), 46), (date(2026, 10, 25), 50)])
    def test_has_the_columns_of_a_day_on_which_clocks_change(self, day: date, columns: int) -> None:
        with transaction() as session:
            place = build.location(session)
            build.space(session, build.category(session, place))

            grid = patron_day(session, place, day, now=datetime(day.year, day.month, 20, tzinfo=UTC))

        assert len(grid.starts) == columns
        assert sum(cell.columns for cell in cells(grid)) == columns
        assert {cell.end - cell.start for cell in cells(grid)} == {grid.step}
        assert all(later - earlier == grid.step for earlier, later in pairwise(grid.starts))

    def test_keeps_free_what_a_changeover_needs(self) -> None:
        with transaction() as session:
            place = build.location(session, week=NINE_TO_FIVE)
            space = build.space(session, build.category(session, place), padding_after_minutes=30)
            build.booking(session, space)

            grid = patron_day(session, place)

        assert drawn(grid)[:3] == [("free", 1), ("taken", 4), ("free", 1)]


@pytest.mark.usefixtures("in_app")
class TestStaffDay:
    def test_names_who_has_the_space_and_until_when(self) -> None:
        with transaction() as session:
            place = build.location(session, week=NINE_TO_FIVE)
            booking = build.booking(session, build.space(session, build.category(session, place)))

            found = [cell for cell in cells(staff_day(session, place)) if cell.state is SlotState.TAKEN]

            assert [(cell.text, cell.ref, cell.note) for cell in found] == [
                ("Ada Lovelace", booking.ref, "10:00 to 11:00")
            ]

    def test_shows_what_waits_as_held(self) -> None:
        with transaction() as session:
            place = build.location(session, week=NINE_TO_FIVE)
            space = build.space(session, build.category(session, place))
            build.booking(session, space, held=HeldReason.CALENDAR)

            assert ("held", 2) in drawn(staff_day(session, place))

    @pytest.mark.parametrize(
        ("event", "words"),
        [
            ({}, "BUSY in Outlook"),
            ({"title": "Board", "organizer": "Zed Nix"}, "BUSY in Outlook · Board · Zed Nix"),
            ({"title": "Board", "private": True}, "BUSY in Outlook"),
        ],
    )
    def test_shows_what_outlook_blocks(self, event: dict[str, object], words: str) -> None:
        with transaction() as session:
            place = build.location(session, week=NINE_TO_FIVE)
            link = build.link(session, build.space(session, build.category(session, place)))
            build.outside_event(session, link, **event)  # type: ignore[arg-type]  # by name

            found = [cell.text for cell in cells(staff_day(session, place)) if cell.state is SlotState.OUTLOOK]

        assert found == [words]

    @pytest.mark.parametrize("said", ["keep_titles", "show_private_rows"])
    def test_says_of_a_private_event_that_it_is_one_where_its_nearest_profile_asks(self, said: str) -> None:
        with transaction() as session:
            kind = build.category(session, build.location(session, week=NINE_TO_FIVE))
            told, untold = (build.space(session, kind, name=name) for name in ("A", "B"))
            build.profile(session, location_id=kind.location_id, **{said: True})
            build.profile(session, space_id=untold.id)
            for each in (told, untold):
                build.outside_event(session, build.link(session, each), private=True, title="Dismissal")

            rows = staff_day(session, kind.location).groups[0].rows
            found = [cell.text for row in rows for cell in row.cells if cell.state is SlotState.OUTLOOK]

        assert found == ["BUSY in Outlook · Private", "BUSY in Outlook"]

    def test_shows_bookings_of_a_day_that_was_closed_meanwhile(self) -> None:
        with transaction() as session:
            place = build.location(session, week=NINE_TO_FIVE)
            build.booking(session, build.space(session, build.category(session, place)))
            build.closure(session, place, TOMORROW_AT_TEN.padded(before=24 * HOUR, after=24 * HOUR))

            assert drawn(staff_day(session, place)) == [("taken", 2)]
            assert patron_day(session, place).starts == ()

    def test_leaves_yesterdays_late_hours_to_yesterday(self) -> None:
        with transaction() as session:
            place = build.location(session, week={4: (Hours(18 * 60, 26 * 60),), 5: (Hours(600, 660),)})
            midnight = datetime(2026, 11, 21, tzinfo=UTC)
            booked = Interval(midnight, midnight + HOUR)
            build.booking(session, build.space(session, build.category(session, place)), booked)

            assert drawn(staff_day(session, place)) == [("free", 1), ("free", 1)]

    def test_says_that_a_changeover_is_kept_free(self) -> None:
        with transaction() as session:
            place = build.location(session, week=NINE_TO_FIVE)
            space = build.space(session, build.category(session, place), padding_before_minutes=30)
            build.booking(session, space)

            texts = [cell.text for cell in cells(staff_day(session, place))]

        assert texts.count("Kept free for changeover") == 2


@pytest.mark.usefixtures("in_app")
class TestStatements:
    @pytest.mark.parametrize("draw", [patron_day, staff_day])
    def test_are_as_many_for_sixty_spaces_as_for_three(self, draw: object) -> None:
        with transaction() as session:
            small, large = (_filled(session, count).id for count in (3, 60))

        counts = []
        for location_id in (small, large):
            with reading() as session:
                place = session.get_one(Location, location_id)
                with statements() as sent:
                    draw(session, place)  # type: ignore[operator]  # one of two functions
            counts.append(len(sent))

        assert counts[0] == counts[1] <= 10


def _filled(session: Session, count: int) -> Location:
    """Make a location with so many paired spaces, each with a booking and an outside event."""
    place = build.location(session)
    kind = build.category(session, place)
    connection = build.connection(session)
    later = Interval(TOMORROW_AT_TEN.start + 3 * HOUR, TOMORROW_AT_TEN.end + 3 * HOUR)
    for _ in range(count):
        space = build.space(session, kind)
        build.booking(session, space)
        build.outside_event(session, build.link(session, space, through=connection), later)
    return place
