"""Many at once for one slot: exactly one gets it, on each database, every time."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

from flask import Flask

from booking.domain.errors import Taken
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.services import bookings
from booking.services.bookings import Change, Wish
from booking.services.people import Patron
from booking.store import queries
from booking.store.database import transaction
from booking.store.models import CalendarLink
from tests import build
from tests.build import NOW, TOMORROW_AT_TEN

THREADS = 8
ROUNDS = 50
HOUR = timedelta(hours=1)


def slot(number: int) -> Interval:
    """Return one of many hours that do not touch, each starting on a step."""
    return Interval(TOMORROW_AT_TEN.start + number * 2 * HOUR, TOMORROW_AT_TEN.end + number * 2 * HOUR)


def race(app: Flask, attempts: list[Callable[[], None]]) -> Counter[str]:
    """Start all attempts at one moment, and count how they ended."""
    ready = Barrier(len(attempts))

    def run(attempt: Callable[[], None]) -> str:
        with app.app_context():
            ready.wait()
            try:
                attempt()
            except Taken:
                return "taken"
            return "won"

    with ThreadPoolExecutor(len(attempts)) as pool:
        return Counter(pool.map(run, attempts))


def place(space_id: int, when: Interval, name: str) -> None:
    wish = Wish(space_id, (when,), Patron(name, "Racer", "racer@example.org"))
    with transaction() as session:
        bookings.place(session, wish, actor=NOBODY, now=NOW)


class TestPlace:
    def test_lets_exactly_one_of_eight_have_a_slot(self, in_app: Flask) -> None:
        with transaction() as session:
            space_id = build.space(session).id

        def attempts(when: Interval) -> list[Callable[[], None]]:
            return [partial(place, space_id, when, f"Racer {number}") for number in range(THREADS)]

        outcomes = [race(in_app, attempts(slot(each))) for each in range(ROUNDS)]

        assert outcomes == [Counter(won=1, taken=THREADS - 1)] * ROUNDS

    def test_lets_one_of_two_that_overlap_in_part_have_its_time(self, in_app: Flask) -> None:
        with transaction() as session:
            space_id = build.space(session).id

        for each in range(20):
            early = slot(each)
            late = Interval(early.start + HOUR / 2, early.end + HOUR / 2)
            outcome = race(in_app, [partial(place, space_id, early, "Early"), partial(place, space_id, late, "Late")])

            assert outcome == Counter(won=1, taken=1)


class TestChange:
    def test_and_a_new_booking_never_both_get_a_slot(self, in_app: Flask) -> None:
        with transaction() as session:
            space_id = build.space(session).id

        for each in range(20):
            mine, goal = slot(2 * each), slot(2 * each + 1)
            with transaction() as session:
                wish = Wish(space_id, (mine,), Patron("Ada", "Lovelace", "ada@example.org"))
                booking = bookings.place(session, wish, actor=NOBODY, now=NOW)
                booking_id, key = booking.id, booking.occurrences[0].key

            def move(booking_id: int = booking_id, key: str = key, goal: Interval = goal) -> None:
                with transaction() as session:
                    bookings.change(session, booking_id, Change({key: goal}), actor=NOBODY, now=NOW)

            assert race(in_app, [move, partial(place, space_id, goal, "Grace")]) == Counter(won=1, taken=1)


class TestOutsideEvent:
    def test_and_a_booking_never_pass_each_other_unseen(self, in_app: Flask) -> None:
        """Whoever applies an outside event takes the space's lock, and looks for bookings under it."""
        with transaction() as session:
            space = build.space(session)
            link_id, space_id = build.link(session, space).id, space.id

        for each in range(20):
            when = slot(each)

            def apply(when: Interval = when) -> None:
                with transaction() as session:
                    queries.places.lock_space(session, space_id)
                    if queries.bookings.busy(session, space_id=space_id, during=when):
                        raise Taken
                    build.outside_event(session, session.get_one(CalendarLink, link_id), when)

            assert race(in_app, [apply, partial(place, space_id, when, "Ada")]) == Counter(won=1, taken=1)
