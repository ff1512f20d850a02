"""The sample library: made once, and brought up to date each week."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from booking import clock
from booking.cli.sample import exchange, filling, library, moments
from booking.cli.sample.week import BOOKINGS
from booking.domain.states import LinkState
from booking.http import wiring
from booking.sandbox.exchange import ExchangeSandbox
from booking.store import queries
from booking.store.database import reading
from tests.support.databases import SqliteFiles

pytestmark = pytest.mark.usefixtures("in_app")

NOW = clock.now()  # what is compared with the clock of the engine


@pytest.fixture
def database_url(sqlite_files: SqliteFiles, instance: Path) -> Iterator[str]:
    """Give the only kind of database that the demo has."""
    with sqlite_files.fresh(instance) as url:
        yield url


@pytest.fixture
def sandbox() -> Iterator[ExchangeSandbox]:
    """Give a stand-in Exchange that forgets."""
    with ExchangeSandbox() as sandbox:
        yield sandbox


def fill(sandbox: ExchangeSandbox, folder: Path, *, weeks: int = 0) -> None:
    now = NOW + timedelta(weeks=weeks)
    filling.fill(sandbox, wiring.engine, server=sandbox.url, folder=folder, now=now)


def bookings() -> int:
    """Return how many of the sample's bookings there are."""
    monday = moments.monday_of(NOW)
    keys = [f"sample-{monday + timedelta(weeks=week)}-{number}" for week in range(4) for number in range(len(BOOKINGS))]
    with reading() as session:
        return sum(queries.bookings.by_request_key(session, key) is not None for key in keys)


def meetings(sandbox: ExchangeSandbox) -> int:
    """Return how many entries stand in the rooms that are not ours."""
    rooms = [exchange.address_of(space) for space in library.SPACES]
    return sum(not item.extended for room in rooms for item in sandbox.items(room))


class TestTheSample:
    def test_has_two_zones_three_categories_and_twelve_paired_spaces(
        self, sandbox: ExchangeSandbox, tmp_path: Path
    ) -> None:
        fill(sandbox, tmp_path)

        with reading() as session:
            locations = queries.places.locations(session)
            categories = [row for each in locations for row in queries.places.categories(session, each.id)]
            spaces = [row for each in locations for row in queries.places.spaces(session, location_id=each.id)]
            links = [queries.links.of_space(session, each.id) for each in spaces]
        assert [each.zone for each in locations] == [moments.LONDON, moments.NEW_YORK]
        assert [each.nickname_allowed for each in categories].count(True) == 1
        assert (len(categories), len(spaces)) == (3, 12)
        assert [each.state for each in links if each] == [LinkState.ACTIVE] * 12

    def test_books_this_week_and_the_next_without_a_clash(self, sandbox: ExchangeSandbox, tmp_path: Path) -> None:
        fill(sandbox, tmp_path)

        assert bookings() == 2 * len(BOOKINGS)

    def test_adds_nothing_in_the_same_week(self, sandbox: ExchangeSandbox, tmp_path: Path) -> None:
        fill(sandbox, tmp_path)
        first = (bookings(), meetings(sandbox))

        fill(sandbox, tmp_path)

        assert (bookings(), meetings(sandbox)) == first

    def test_adds_one_week_a_week_later(self, sandbox: ExchangeSandbox, tmp_path: Path) -> None:
        fill(sandbox, tmp_path)
        stood = meetings(sandbox)

        fill(sandbox, tmp_path, weeks=1)

        assert bookings() == 3 * len(BOOKINGS)
        assert meetings(sandbox) == stood + len(exchange.MEETINGS) + 2  # the all-day one, and the invitation

    def test_leaves_alone_what_a_visitor_cancelled_in_outlook(self, sandbox: ExchangeSandbox, tmp_path: Path) -> None:
        fill(sandbox, tmp_path)
        room = exchange.address_of(library.space("maker-space"))
        sandbox.delete(room, sandbox.items(room)[0].id)
        left = meetings(sandbox)

        fill(sandbox, tmp_path)

        assert meetings(sandbox) == left
