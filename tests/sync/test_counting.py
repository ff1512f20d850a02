"""What sync does is counted in lines: of entries by the minute, of reads by ten."""

from datetime import timedelta

from booking.domain.states import Counted
from booking.store import queries
from booking.store.database import reading, transaction
from tests.sync.library import Library, at


class TestCounting:
    def test_adds_to_the_line_of_its_minute(self, lib: Library) -> None:
        with transaction() as session:
            for seconds in (0, 20, 59, 60):
                moment = lib.clock.now + timedelta(seconds=seconds)
                queries.counts.add(session, [lib.link_id], Counted.WRITTEN, at=moment)

        with reading() as session:
            lines = queries.counts.lines(session, since=lib.clock.now, what=[Counted.WRITTEN], link_ids=[lib.link_id])

        assert sorted((moment - lib.clock.now, number) for _, _, moment, number in lines) == [
            (timedelta(), 3),
            (timedelta(minutes=1), 1),
        ]

    def test_is_forgotten_after_a_day(self, lib: Library) -> None:
        with transaction() as session:
            queries.counts.add(session, [lib.link_id], Counted.READ, at=lib.clock.now)
            queries.counts.forget(session, before=lib.clock.now + timedelta(minutes=1))

        with reading() as session:
            assert queries.counts.since(session, lib.clock.now - timedelta(days=1)) == {}

    def test_sums_up_what_was_done_since(self, lib: Library) -> None:
        lib.pull()
        lib.written(at(9, 10))
        lib.clock.turn(minutes=30)
        lib.pull()

        with reading() as session:
            hour = queries.counts.since(session, lib.clock.now - timedelta(hours=1))
            lately = queries.counts.since(session, lib.clock.now - timedelta(minutes=5))
            ours = queries.counts.ours_in_step(session, now=lib.clock.now)

        assert hour == {lib.link_id: {Counted.READ: 2, Counted.WRITTEN: 1}}
        assert lately == {lib.link_id: {Counted.READ: 1}}
        assert ours == {lib.link_id: 1}
