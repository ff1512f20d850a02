"""A space goes out of use with a plan for its dates: cancelled or moved, each checked first; its pairing leaves."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from booking.domain.errors import NotPossible, Refused
from booking.domain.states import LinkState, OccurrenceState
from booking.mail import messages
from booking.services import places, retiring
from booking.services.retiring import RetirePlan
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, OutboxMessage
from booking.sync import leaving
from booking.sync.front import Front
from booking.sync.worker import Step
from tests import build
from tests.build import ADMINISTRATOR
from tests.sync.library import at
from tests.sync.rooms import Rooms, rooms

GONE = "The room is being rebuilt."


@pytest.fixture
def two(stored: Flask, request: pytest.FixtureRequest) -> Iterator[Rooms]:
    with stored.app_context(), rooms(request.node.nodeid) as made:
        made.read(1, 2)
        yield made


def planned(two: Rooms, into: int | None, message: str = "") -> RetirePlan:
    goal = None if into is None else two.space_id(into)
    with reading() as session:
        fates = retiring.preview(session, two.space_id(1), into=goal, now=two.lib.clock.now)
    return retiring.planned(fates, into=goal, message=message)


def retire(two: Rooms, plan: RetirePlan) -> None:
    Front(two.lib.engine).retire_space(two.space_id(1), plan, actor=ADMINISTRATOR, now=two.lib.clock.now)


def link(number: int) -> LinkState:
    with reading() as session:
        return session.get_one(CalendarLink, number).state


class TestASpaceThatIsRetired:
    """Point 30: a space is retired."""

    def test_with_its_dates_cancelled_tells_why_and_leaves_its_mailbox_clean(self, two: Rooms) -> None:
        """Point 30."""
        written, waiting = two.lib.written(at(10, 11)), two.lib.place(at(12, 13))
        link_id = two.link_id(1)

        retire(two, planned(two, None, GONE))
        leaving.go_on(two.lib.engine, link_id)

        states = {two.lib.occurrence(each).state for each in (written, waiting)}
        assert states == {OccurrenceState.CANCELLED}
        assert two.entries(1) == []
        assert link(link_id) is LinkState.ENDED
        assert two.lib.told() == ["confirmed", "cancelled", "cancelled"]
        assert GONE in _last_mail()

    def test_with_its_dates_moved_has_them_in_the_other_calendar(self, two: Rooms) -> None:
        """Point 30."""
        written, waiting = two.lib.written(at(10, 11)), two.lib.place(at(12, 13))
        link_id = two.link_id(1)

        retire(two, planned(two, 2))
        two.write(2)
        leaving.go_on(two.lib.engine, link_id)

        assert [each.when for each in two.entries(2)] == [at(10, 11), at(12, 13)]
        assert two.entries(1) == []
        assert {two.lib.occurrence(each).state for each in (written, waiting)} == {OccurrenceState.CONFIRMED}
        assert link(link_id) is LinkState.ENDED

    def test_while_a_create_is_open_leaves_nothing_behind(self, two: Rooms) -> None:
        """Point 30: the intent settles in the leaving calendar before the link ends."""
        two.lib.place(at(10, 11))
        two.lib.run_until(Step.SENT)

        retire(two, planned(two, 2))
        link_id = two.link_id(1)
        two.settle(1, 2)
        leaving.go_on(two.lib.engine, link_id)

        assert two.entries(1) == []
        assert len(two.entries(2)) == 1
        assert link(link_id) is LinkState.ENDED

    def test_cancels_what_cannot_move_and_says_which(self, two: Rooms) -> None:
        free, taken = two.lib.written(at(10, 11)), two.lib.written(at(12, 13))
        two.lib.place(at(12, 13), space_id=two.space_id(2))

        plan = planned(two, 2)
        retire(two, plan)

        assert plan.cancel == {two.lib.occurrence(taken).key}
        assert two.lib.occurrence(free).space_id == two.space_id(2)
        assert two.lib.occurrence(taken).state is OccurrenceState.CANCELLED

    def test_is_offered_to_nobody_any_more(self, two: Rooms) -> None:
        retire(two, RetirePlan())

        with pytest.raises(Refused):
            two.lib.place(at(10, 11))


class TestAPlanThatDoesNotFit:
    def test_any_more_changes_nothing(self, two: Rooms) -> None:
        two.lib.written(at(10, 11))
        plan = planned(two, None)
        meanwhile = two.lib.place(at(14, 15))

        with pytest.raises(NotPossible):
            retire(two, plan)

        assert two.lib.occurrence(meanwhile).holds
        assert link(two.link_id(1)) is LinkState.ACTIVE

    def test_because_somebody_took_the_other_room_in_outlook_changes_nothing(self, two: Rooms) -> None:
        """Unknown is not free: a stale room is read before anything moves there."""
        ref = two.lib.written(at(10, 11))
        plan = planned(two, 2)
        two.lib.clock.turn(minutes=20)
        two.lib.server.put("room-2@library.example", when=at(10, 11))

        with pytest.raises(Refused):
            retire(two, plan)

        assert two.lib.occurrence(ref).space_id == two.space_id(1)

    def test_because_the_other_space_is_of_another_category_changes_nothing(self, two: Rooms) -> None:
        two.lib.written(at(10, 11))
        with transaction() as session:
            kind = build.category(session, queries.places.lock_space(session, two.space_id(1)).location)
            two.lib.spaces[1] = build.space(session, kind).id

        with pytest.raises(NotPossible):
            planned(two, 2)

    def test_without_one_a_space_with_dates_stays(self, two: Rooms) -> None:
        two.lib.written(at(10, 11))

        with transaction() as session, pytest.raises(NotPossible):
            places.retire_space(session, two.space_id(1), actor=ADMINISTRATOR, now=two.lib.clock.now)


def _last_mail() -> str:
    with reading() as session:
        last = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert last is not None
        facts = queries.outbox.message_facts(session, last.id)
    return messages.text("cancelled", facts, base_url="http://127.0.0.1")
