"""Forgetting what is long over, and nothing else."""

import pytest

from booking.domain.states import PushState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.sync import tidying, troubles
from tests.sync.library import Library, at

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class TestTidying:
    def test_keeps_tombstones_for_ninety_days(self, lib: Library) -> None:
        ref = lib.written()
        lib.cancel(ref)
        lib.push()

        lib.clock.turn(days=89)
        tidying.tidy(lib.engine)
        assert lib.item(ref).state is PushState.GONE
        lib.clock.turn(days=2)
        tidying.tidy(lib.engine)

        with reading() as session:
            assert queries.push.all_of_link(session, lib.link_id) == ()
        assert lib.occurrence(ref).key

    def test_forgets_events_that_are_long_over(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(10, 11))
        lib.pull()

        lib.clock.turn(days=200)
        tidying.tidy(lib.engine)

        assert lib.outside() == []

    def test_forgets_old_errors(self, lib: Library) -> None:
        with transaction() as session:
            troubles.note(
                session, now=lib.clock.now, operation="read", kind="transient", message="Away.", link_id=lib.link_id
            )

        lib.clock.turn(days=31)
        tidying.tidy(lib.engine)

        with reading() as session:
            assert queries.health.errors(session, lib.link_id) == ()
