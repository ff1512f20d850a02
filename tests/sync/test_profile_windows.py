"""How far back a profile looks: items one minute either side of each edge, read and written; and what follows."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from booking.domain.intervals import Interval
from booking.domain.windows import SyncWindow
from booking.services.assigning import ProfileWish
from booking.services.profiles import BUILT_IN
from booking.store.database import reading, transaction
from booking.store.models import Location, Space
from booking.sync import imports, preview, pull, worker
from tests import build
from tests.build import ADMINISTRATOR
from tests.sync.library import Library, at, settle

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Edge:
    """A window, and the moment (UTC) at which it begins on 23 October 2026 at 9 in the morning in London."""

    window: SyncWindow
    days: int
    begins: datetime


EDGES = pytest.mark.parametrize(
    "edge",
    [
        Edge(SyncWindow.TODAY, 0, datetime(2026, 10, 22, 23, 0, tzinfo=UTC)),
        Edge(SyncWindow.LAST_MONTH, 0, datetime(2026, 8, 31, 23, 0, tzinfo=UTC)),
        Edge(SyncWindow.DAYS, 1, datetime(2026, 10, 21, 23, 0, tzinfo=UTC)),
        Edge(SyncWindow.DAYS, 180, datetime(2026, 4, 25, 23, 0, tzinfo=UTC)),
    ],
    ids=lambda edge: f"{edge.window}-{edge.days}",
)


def looks_back(lib: Library, window: SyncWindow, days: int = 0) -> None:
    """Give the room's location a profile with that window."""
    with transaction() as session:
        place = session.get_one(Location, session.get_one(Space, lib.space_id).location_id)
        place.zone = "Europe/London"
        build.profile(session, location_id=place.id, window=window, days_back=days)


def ending(moment: datetime) -> Interval:
    return Interval(moment - timedelta(minutes=30), moment)


class TestAnEventOfOutlook:
    @EDGES
    def test_is_read_when_it_ended_at_the_edge_or_after(self, lib: Library, edge: Edge) -> None:
        looks_back(lib, edge.window, edge.days)
        before, on, after = (ending(edge.begins + each) for each in (-MINUTE, 0 * MINUTE, MINUTE))
        for when in (before, on, after):
            lib.server.put(lib.mailbox, when=when)

        lib.pull()

        assert lib.blocked() == [on, after]

    def test_that_is_known_is_not_let_go_when_the_window_grows_shorter(self, lib: Library) -> None:
        looks_back(lib, SyncWindow.TODAY)
        lib.server.put(lib.mailbox, when=at(3, 4, days=0))
        lib.pull()

        lib.clock.turn(days=3)
        lib.pull()

        assert lib.blocked() == [at(3, 4, days=0)]

    def test_that_is_known_and_moved_out_of_the_window_frees_its_time(self, lib: Library) -> None:
        looks_back(lib, SyncWindow.TODAY)
        entry = lib.server.put(lib.mailbox, when=at(10, 11))
        lib.pull()

        lib.server.move(lib.mailbox, entry, at(10, 11, days=-9))
        lib.pull()

        assert lib.blocked() == [at(10, 11, days=-9)]

    def test_is_read_at_the_next_cycle_after_the_window_has_grown(self, lib: Library) -> None:
        looks_back(lib, SyncWindow.TODAY)
        lib.server.put(lib.mailbox, when=at(10, 11, days=-20))
        lib.pull()
        assert lib.blocked() == []

        longer = ProfileWish("Longer", settings=replace(BUILT_IN, window=SyncWindow.DAYS, days_back=30))
        preview.save_profile(lib.engine, 1, longer, actor=ADMINISTRATOR, now=lib.clock.now)
        pull.read_due(lib.engine)

        assert lib.blocked() == [at(10, 11, days=-20)]


class TestABooking:
    @EDGES
    def test_is_written_when_it_ended_at_the_edge_or_after(self, lib: Library, edge: Edge) -> None:
        looks_back(lib, edge.window, edge.days)
        before, on, after = (ending(edge.begins + each) for each in (-MINUTE, 0 * MINUTE, MINUTE))
        with transaction() as session:
            space = session.get_one(Space, lib.space_id)
            build.booking(session, space, before)
            build.booking(session, space, Interval(before.end, on.end))
            build.booking(session, space, Interval(on.end, after.end))

        with reading() as session:
            assert imports.count(session, lib.link_id, now=lib.clock.now) == 2
        imports.run(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=lib.clock.now)
        lib.push()
        settle(lib)

        assert sorted(entry.when.end for entry in lib.entries) == [on.end, after.end]

    def test_to_come_is_written_before_those_that_are_over(self, lib: Library) -> None:
        looks_back(lib, SyncWindow.LAST_MONTH)
        coming = at(10, 11)
        with transaction() as session:
            space = session.get_one(Space, lib.space_id)
            for day in range(-5, 0):
                build.booking(session, space, at(10, 11, days=day))
            build.booking(session, space, coming)
        imports.run(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=lib.clock.now)

        lib.run_until(worker.Step.RECORDED)

        assert [entry.when for entry in lib.entries] == [coming]

    def test_that_could_not_be_written_in_time_is_given_up_when_it_leaves_the_window(self, lib: Library) -> None:
        looks_back(lib, SyncWindow.TODAY)
        with transaction() as session:
            build.booking(session, session.get_one(Space, lib.space_id), at(9, 10, days=0))
        imports.run(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=lib.clock.now)

        lib.clock.turn(days=1)
        lib.push()

        assert lib.entries == []
