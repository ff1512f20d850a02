"""What sync cancelled stands again, on both sides: one date, or all that one reading of a room took."""

import pytest

from booking.domain.errors import Taken
from booking.domain.permissions import Actor, Grant, Role
from booking.domain.states import OccurrenceState, PushState
from booking.store.database import reading
from booking.store.queries.cancelled import CancelledRow
from booking.sync import links, undoing
from booking.sync.undoing import Undone
from tests.sync.library import Library, at

#: No lock is at stake here, so one database will do: the service has its tests on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MINA = Actor(name="Mina Okafor", grants=frozenset({Grant(Role.MANAGER)}))


def cancelled(lib: Library) -> tuple[CancelledRow, ...]:
    """Return what can be undone of the latest reading that cancelled anything."""
    with reading() as session:
        return undoing.batches(session, now=lib.clock.now)[0].rows


def undo(lib: Library) -> tuple[Undone, ...]:
    return undoing.undo(lib.engine, cancelled(lib), actor=MINA, now=lib.clock.now)


class TestUndoing:
    def test_writes_a_new_entry_of_the_next_generation(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.remove(lib.mailbox, lib.entry.id)
        lib.pull()

        undo(lib)
        lib.push()
        lib.pull()

        assert lib.entry.when == at(10, 11)
        assert lib.item(ref).state is PushState.CLEAN
        assert lib.item(ref).generation == 2
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert lib.told() == ["confirmed", "cancelled_in_outlook", "restored"]

    def test_finds_what_came_into_the_calendar_meanwhile(self, lib: Library) -> None:
        lib.written(at(10, 11))
        lib.server.remove(lib.mailbox, lib.entry.id)
        lib.pull()
        lib.server.put(lib.mailbox, when=at(10.5, 12))  # and nobody has read it yet

        (only,) = undo(lib)

        assert isinstance(only.refusal, Taken)
        assert lib.told() == ["confirmed", "cancelled_in_outlook"]

    def test_of_a_booking_that_gave_way_works_once_theirs_is_gone(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.remove(lib.mailbox, lib.entry.id)
        lib.pull()
        theirs = lib.server.put(lib.mailbox, when=at(10, 11))
        lib.pull()
        lib.server.remove(lib.mailbox, theirs)

        (only,) = undo(lib)

        assert only.refusal is None
        assert lib.occurrence(ref).holds

    def test_of_a_vanish_that_was_wrongly_confirmed_brings_all_back(self, lib: Library) -> None:
        refs = [lib.written(at(number, number + 1)) for number in range(8, 20)]
        for entry in lib.entries:
            lib.server.remove(lib.mailbox, entry.id)
        lib.pull()
        links.accept_vanished(lib.engine, lib.link_id, actor=MINA, now=lib.clock.now)
        assert not any(lib.occurrence(ref).holds for ref in refs)

        done = undo(lib)
        lib.push()

        assert [each.refusal for each in done] == [None] * 12
        assert all(lib.occurrence(ref).holds for ref in refs)
        assert len(lib.entries) == 12

    def test_is_of_one_reading_and_not_of_another(self, lib: Library) -> None:
        lib.written(at(10, 11))
        lib.written(at(12, 13))
        for entry in lib.entries:
            lib.server.remove(lib.mailbox, entry.id)
            lib.pull()
            lib.clock.turn(minutes=1)

        with reading() as session:
            found = undoing.batches(session, now=lib.clock.now)

        assert [len(each.rows) for each in found] == [1, 1]
        assert [each.first.when for each in found] == [at(12, 13), at(10, 11)]
