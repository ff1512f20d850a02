"""A date goes to another space: both calendars follow in one transaction, whatever was under way."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from booking.connectors.memory import FailAfter, FailBefore, FailLate
from booking.connectors.port import Ambiguous, Definite, Kind
from booking.domain.errors import NotCertain, NotFound, NotPossible, Taken
from booking.domain.permissions import NOBODY
from booking.domain.states import LinkState, OccurrenceState, PushState
from booking.services import bookings
from booking.services.bookings import Change
from booking.store.database import transaction
from booking.store.models import Booking, CalendarLink, Space
from booking.sync import worker
from booking.sync.front import Front
from booking.sync.worker import Step
from tests import build
from tests.sync.library import Library, at
from tests.sync.rooms import Rooms, rooms

LOST = Ambiguous("The connection was reset before the answer came.")
DOWN = FailBefore(Definite(Kind.TRANSIENT, "The server does not answer."))


@pytest.fixture
def two(stored: Flask, request: pytest.FixtureRequest) -> Iterator[Rooms]:
    with stored.app_context(), rooms(request.node.nodeid) as made:
        yield made


class TestADateThatMovesToAnotherSpace:
    """Point 26: a booking moved to another space with a push open."""

    def test_leaves_one_calendar_and_stands_in_the_other(self, two: Rooms) -> None:
        """Point 26."""
        ref = two.lib.written(at(10, 11))

        two.to(ref, 2)
        two.write(1, 2)

        assert two.entries(1) == []
        assert [each.when for each in two.entries(2)] == [at(10, 11)]
        assert {row.state for row in two.rows(ref).values()} == {PushState.GONE, PushState.CLEAN}
        assert two.lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert two.lib.told() == ["confirmed", "changed"]

    def test_says_space_and_place_in_its_new_entry(self, two: Rooms) -> None:
        ref = two.lib.written(at(10, 11))

        two.to(ref, 2)
        two.write(1, 2)

        with transaction() as session:
            name = session.get_one(Space, two.space_id(2)).name
        (entry,) = two.entries(2)
        assert name in entry.location
        assert name in entry.body

    def test_may_change_its_time_as_well(self, two: Rooms) -> None:
        ref = two.lib.written(at(10, 11))
        key = two.lib.occurrence(ref).key

        change = Change(when={key: at(15, 16)}, space={key: two.space_id(2)})
        _change(two.lib, ref, change)
        two.write(1, 2)

        assert two.entries(1) == []
        assert [each.when for each in two.entries(2)] == [at(15, 16)]

    @pytest.mark.parametrize("fault", [FailAfter(LOST), FailLate(LOST), FailBefore(LOST)])
    def test_while_its_create_has_no_answer_leaves_nothing_behind(
        self, two: Rooms, fault: FailAfter | FailBefore | FailLate
    ) -> None:
        """Point 26: the create may land in the old room at any time, and is found there and removed."""
        ref = two.lib.place(at(10, 11))
        two.lib.server.fail("create", fault)
        two.write(1)
        assert two.lib.item(ref).state is PushState.UNKNOWN

        two.to(ref, 2)
        two.lib.server.settle()
        two.settle(1, 2)

        assert two.entries(1) == []
        assert [each.when for each in two.entries(2)] == [at(10, 11)]
        assert two.lib.occurrence(ref).state is OccurrenceState.CONFIRMED

    def test_between_intent_and_answer_leaves_nothing_behind(self, two: Rooms) -> None:
        """Point 26: the worker has its request under way while the booking moves."""
        ref = two.lib.place(at(10, 11))
        steps = worker.steps(two.lib.engine, two.lib.claim())
        for step in steps:
            if step is Step.INTENDED:
                break

        two.to(ref, 2)
        for _ in steps:
            pass
        two.lib.expire_claims()
        two.settle(1, 2)

        assert two.entries(1) == []
        assert len(two.entries(2)) == 1
        assert two.lib.conflicts() == []

    def test_while_an_update_has_no_answer_leaves_nothing_behind(self, two: Rooms) -> None:
        """Point 26."""
        ref = two.lib.written(at(10, 11))
        two.lib.move(ref, at(12, 13))
        two.lib.server.fail("update", FailAfter(LOST))
        two.write(1)

        two.to(ref, 2)
        two.settle(1, 2)

        assert two.entries(1) == []
        assert [each.when for each in two.entries(2)] == [at(12, 13)]

    def test_is_not_taken_for_a_stranger_while_its_old_entry_still_stands(self, two: Rooms) -> None:
        ref = two.lib.written(at(10, 11))

        two.to(ref, 2)
        two.read(1)

        assert two.lib.outside() == []
        assert two.lib.conflicts() == []

    def test_and_back_again_stands_once(self, two: Rooms) -> None:
        ref = two.lib.written(at(10, 11))

        two.to(ref, 2)
        two.write(1, 2)
        two.to(ref, 1)
        two.write(1, 2)

        assert len(two.entries(1)) == 1
        assert two.entries(2) == []
        assert {row.generation for row in two.rows(ref).values()} == {1, 2}

    def test_and_back_before_anything_was_written_keeps_its_entry(self, two: Rooms) -> None:
        ref = two.lib.written(at(10, 11))
        entry = two.lib.entry.id

        two.to(ref, 2)
        two.to(ref, 1)
        two.write(1, 2)

        assert [each.id for each in two.entries(1)] == [entry]
        assert two.entries(2) == []

    def test_that_waited_for_a_calendar_waits_for_the_other(self, two: Rooms) -> None:
        ref = two.lib.place(at(10, 11))

        two.to(ref, 2)
        two.write(1)
        held = two.lib.occurrence(ref).state
        two.write(2)

        assert held is OccurrenceState.HELD
        assert two.lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert two.lib.told() == ["confirmed"]

    def test_that_waited_is_confirmed_where_no_calendar_is_paired(self, two: Rooms) -> None:
        ref = two.lib.place(at(10, 11))
        _end_link(two.link_id(2))

        two.to(ref, 2)

        assert two.lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert two.lib.told()[0] == "confirmed"


class TestADateThatMayNotMoveThere:
    def test_finds_it_taken_by_a_booking(self, two: Rooms) -> None:
        ref = two.lib.written(at(10, 11))
        two.lib.place(at(10.5, 11.5), space_id=two.space_id(2))

        with pytest.raises(Taken):
            two.to(ref, 2)
        two.write(1)

        assert len(two.entries(1)) == 1

    def test_finds_it_taken_by_somebody_in_outlook(self, two: Rooms) -> None:
        ref = two.lib.written(at(10, 11))
        two.lib.server.put("room-2@library.example", when=at(10, 11))
        two.read(2)

        with pytest.raises(Taken):
            two.to(ref, 2)

    def test_goes_to_no_space_that_is_retired(self, two: Rooms) -> None:
        ref = two.lib.written(at(10, 11))
        with transaction() as session:
            session.get_one(Space, two.space_id(2)).retired = True

        with pytest.raises(NotFound):
            two.to(ref, 2)

    def test_stays_in_its_location(self, two: Rooms) -> None:
        ref = two.lib.written(at(10, 11))
        with transaction() as session:
            elsewhere = build.space(session).id
        two.lib.spaces[1] = elsewhere

        with pytest.raises(NotPossible):
            two.to(ref, 2)

    def test_is_shown_to_staff_if_somebody_was_faster_in_outlook(self, two: Rooms) -> None:
        ref = two.lib.written(at(10, 11))
        two.to(ref, 2)
        two.lib.server.put("room-2@library.example", when=at(10, 11))

        two.write(1, 2)

        assert two.lib.conflicts() == ["blocked"]
        assert two.rows(ref)[two.link_id(2)].state is PushState.CONFLICT


class TestTheWayInForPages:
    def test_reads_the_new_room_if_that_is_stale(self, two: Rooms) -> None:
        two.read(1, 2)
        ref = two.lib.written(at(10, 11))
        two.lib.clock.turn(minutes=20)
        two.lib.server.put("room-2@library.example", when=at(10, 11))

        with pytest.raises(Taken):
            _through_the_front(two, ref)

    def test_refuses_if_the_new_room_cannot_be_asked(self, two: Rooms) -> None:
        two.read(1, 2)
        ref = two.lib.written(at(10, 11))
        two.lib.clock.turn(minutes=20)
        two.lib.server.fail("window", DOWN)

        with pytest.raises(NotCertain):
            _through_the_front(two, ref)

    def test_wakes_both_calendars(self, two: Rooms) -> None:
        two.read(1, 2)
        ref = two.lib.written(at(10, 11))

        _through_the_front(two, ref)

        bell = two.lib.engine.bell
        assert {bell.take(0.01), bell.take(0.01)} == {two.link_id(1), two.link_id(2)}


def _through_the_front(two: Rooms, ref: str) -> None:
    change = Change(space={two.lib.occurrence(ref).key: two.space_id(2)})
    Front(two.lib.engine).change(ref, change, actor=NOBODY, now=two.lib.clock.now)


def _change(lib: Library, ref: str, change: Change) -> None:
    with transaction() as session:
        booking_id = session.scalars(select(Booking.id).where(Booking.ref == ref)).one()
        bookings.change(session, booking_id, change, actor=NOBODY, now=lib.clock.now)


def _end_link(link_id: int) -> None:
    with transaction() as session:
        session.get_one(CalendarLink, link_id).state = LinkState.ENDED
