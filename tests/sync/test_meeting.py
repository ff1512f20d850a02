"""Two do something at one moment that can be done once only, or that takes several locks: no fault, no deadlock."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from booking.domain.errors import Refused
from booking.domain.states import LinkState
from booking.services import places
from booking.services.places import SpaceDraft
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, Space
from booking.sync import links, worker
from tests.build import ADMINISTRATOR
from tests.sync.library import at
from tests.sync.rooms import Rooms, rooms

ROUNDS = 6


@pytest.fixture
def many(stored: Flask, request: pytest.FixtureRequest) -> Iterator[Rooms]:
    with stored.app_context(), rooms(request.node.nodeid, 4) as made:
        made.read(1, 2, 3, 4)
        yield made


def meet(app: Flask, attempts: Sequence[Callable[[], object]]) -> Counter[str]:
    """Start all at one moment, each in a thread of its own, and count how they ended; a fault is raised."""
    ready = Barrier(len(attempts))

    def run(attempt: Callable[[], object]) -> str:
        with app.app_context():
            ready.wait(20)
            try:
                return "not saved" if getattr(attempt(), "saved", True) is False else "done"
            except Refused as refusal:
                return "refused" if str(refusal) else "without a word"

    with ThreadPoolExecutor(len(attempts)) as pool:
        return Counter(pool.map(run, attempts))


class TestTwoWhoPairOneMailbox:
    def test_with_two_spaces_end_with_one_pairing_and_a_sentence(self, stored: Flask, many: Rooms) -> None:
        for number in range(ROUNDS):
            _unpair(many)
            mailbox = f"new-{number}@library.example"
            many.lib.server.add_room(mailbox)

            ended = meet(
                stored,
                [partial(_pair, many, space, mailbox) for space in many.lib.spaces],
            )

            assert ended["done"] == 1, ended
            assert _live(mailbox) == 1

    def test_with_one_space_end_with_one_pairing(self, stored: Flask, many: Rooms) -> None:
        _unpair(many)
        many.lib.server.add_room("new@library.example")

        ended = meet(stored, [lambda: _pair(many, many.space_id(1), "new@library.example") for _ in range(4)])

        assert ended["done"] >= 1
        assert _live("new@library.example") == 1


class TestTwoWhoSaveOneShortName:
    def test_end_with_one_space_and_a_sentence(self, stored: Flask, many: Rooms) -> None:
        with reading() as session:
            category_id = session.get_one(Space, many.space_id(1)).category_id

        for number in range(ROUNDS):
            draft = SpaceDraft(category_id, "Turing Hall", slug=f"turing-hall-{number}")
            ended = meet(stored, [partial(_save, many, draft)] * 4)

            assert ended == {"done": 1, "refused": 3}


class TestBookingsThatChangePlaces:
    def test_at_one_moment_never_wait_for_each_other_without_end(self, stored: Flask, many: Rooms) -> None:
        """Point 26: spaces and links are locked in the order of their ids, whichever way a date goes."""
        here = [many.lib.place(at(hour, hour + 1), space_id=many.space_id(1)) for hour in (8, 9, 10)]
        there = [many.lib.place(at(hour, hour + 1), space_id=many.space_id(2)) for hour in (12, 13, 14)]
        many.write(1, 2)

        ended = meet(
            stored,
            [
                *(partial(many.to, ref, 2) for ref in here),
                *(partial(many.to, ref, 1) for ref in there),
                lambda: worker.push_due(many.lib.engine),
                lambda: many.read(1, 2),
            ],
        )
        many.write(1, 2)

        assert ended == {"done": 8}
        assert [each.when for each in many.entries(1)] == [at(12, 13), at(13, 14), at(14, 15)]
        assert [each.when for each in many.entries(2)] == [at(8, 9), at(9, 10), at(10, 11)]

    def test_to_several_rooms_at_once_end_in_one(self, stored: Flask, many: Rooms) -> None:
        ref = many.lib.written(at(10, 11))

        meet(stored, [partial(many.to, ref, number) for number in (2, 3, 4)])
        many.settle(1, 2, 3, 4)

        assert sum(len(many.entries(number)) for number in (1, 2, 3, 4)) == 1


def _pair(many: Rooms, space_id: int, address: str) -> object:
    return links.pair(many.lib.engine, space_id=space_id, address=address, actor=ADMINISTRATOR, now=many.lib.clock.now)


def _save(many: Rooms, draft: SpaceDraft) -> None:
    with transaction() as session:
        places.save_space(session, draft, actor=ADMINISTRATOR, now=many.lib.clock.now)


def _unpair(many: Rooms) -> None:
    with transaction() as session:
        for link in session.scalars(select(CalendarLink)):
            link.state, link.state_since = LinkState.ENDED, many.lib.clock.now


def _live(mailbox: str) -> int:
    with reading() as session:
        query = select(CalendarLink).where(CalendarLink.mailbox == mailbox, CalendarLink.state != LinkState.ENDED)
        return len(list(session.scalars(query)))
