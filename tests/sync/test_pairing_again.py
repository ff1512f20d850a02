"""A mailbox that is paired again holds entries of ours from before: they are no sign of a restored database."""

import pytest

from booking.connectors.memory import FailBefore
from booking.connectors.port import Definite, Kind
from booking.domain.states import OccurrenceState
from booking.store import queries
from booking.store.database import reading
from booking.sync import imports, leaving, links
from tests.build import ADMINISTRATOR
from tests.sync.library import Library, at, settle

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _left_behind(lib: Library) -> str:
    """Have a booking written, changed three times, and left in the calendar when its pairing ends."""
    ref = lib.written(at(10, 11, days=3))
    for number in range(3):
        lib.rename(ref, f"Reading circle {number}")
        lib.push()
    links.disconnect(lib.engine, lib.link_id, leave_entries=True, actor=ADMINISTRATOR, now=lib.clock.now)
    leaving.go_on(lib.engine, lib.link_id)
    return ref


def _pair(lib: Library) -> None:
    links.pair(lib.engine, space_id=lib.space_id, address=lib.mailbox, actor=ADMINISTRATOR, now=lib.clock.now)
    with reading() as session:
        link = queries.links.of_space(session, lib.space_id)
        assert link is not None
        lib.link_id = link.id


def _pair_unread(lib: Library) -> None:
    """Pair it while its calendar cannot be read."""
    lib.server.fail("window", FailBefore(Definite(Kind.TRANSIENT, "In trouble.")), times=2)
    _pair(lib)
    assert lib.link().read_at is None
    lib.clock.turn(minutes=1)


def _is_in_step(lib: Library, ref: str) -> bool:
    settle(lib)
    lib.pull()
    return lib.connection().writes_stopped == "" and lib.occurrence(ref).state is OccurrenceState.CONFIRMED


class TestAMailboxThatIsPairedAgain:
    def test_has_its_old_entries_adopted(self, lib: Library) -> None:
        ref = _left_behind(lib)

        _pair(lib)

        assert _is_in_step(lib, ref)
        assert len(lib.entries) == 1

    def test_and_not_read_yet_may_have_a_booking_changed(self, lib: Library) -> None:
        ref = _left_behind(lib)
        _pair_unread(lib)

        lib.rename(ref, "Chess club")

        assert _is_in_step(lib, ref)
        assert len(lib.entries) == 1

    def test_and_not_read_yet_may_have_its_bookings_imported(self, lib: Library) -> None:
        ref = _left_behind(lib)
        _pair_unread(lib)

        imports.run(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=lib.clock.now)

        assert _is_in_step(lib, ref)
        assert len(lib.entries) == 1
