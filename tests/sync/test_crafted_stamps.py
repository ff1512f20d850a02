"""A stamp that we cannot have written overflows nothing and stops nothing; one that could be true is taken for it."""

from dataclasses import replace

import pytest

from booking.connectors.memory import FailAfter
from booking.connectors.port import Ambiguous, Stamp
from booking.domain.states import PushState
from tests.sync.backups import go_on, held_times, say_server, status, times
from tests.sync.library import Library, at


class TestACraftedStamp:
    @pytest.mark.parametrize(
        ("version", "generation"), [(10**30, 1), (2**31 - 1, 1), (-1, 1), (0, 1), (1, 10**30), (1, -1)]
    )
    def test_on_an_entry_nobody_knows_only_takes_the_room(self, lib: Library, version: int, generation: int) -> None:
        lib.written(at(10, 11))
        stamp = Stamp(lib.install_id, "made-up", generation, version, "uid-1")
        lib.server.put(lib.mailbox, when=at(14, 15), uid="uid-1", stamp=stamp)

        lib.pull()

        assert lib.blocked() == [at(14, 15)]
        assert status(lib).writes_go

    @pytest.mark.parametrize("version", [10**30, 2**31 - 1, -1])
    def test_on_our_own_entry_changes_nothing(self, lib: Library, version: int) -> None:
        ref = lib.written(at(10, 11))
        stamp = lib.entry.stamp
        assert stamp is not None
        lib.server.edit(lib.mailbox, lib.entry.id, stamp=replace(stamp, version=version))

        lib.pull()
        lib.move(ref, at(14, 15))
        go_on(lib)

        assert status(lib).writes_go
        assert times(lib) == held_times(lib) == [at(14, 15)]

    @pytest.mark.parametrize("version", [10**30, 2**31 - 1])
    def test_found_instead_of_an_answer_overflows_nothing(self, lib: Library, version: int) -> None:
        ref = lib.place(at(10, 11))
        lib.server.fail("create", FailAfter(Ambiguous("No answer came.")))
        lib.push()
        stamp = lib.entry.stamp
        assert stamp is not None
        lib.server.edit(lib.mailbox, lib.entry.id, stamp=replace(stamp, version=version))

        go_on(lib)

        assert times(lib) == held_times(lib) == [at(10, 11)]
        assert lib.item(ref).state is PushState.CLEAN

    def test_that_could_be_true_stops_writing_and_is_counted_on_from_when_accepted(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        stamp = lib.entry.stamp
        assert stamp is not None
        lib.server.edit(lib.mailbox, lib.entry.id, stamp=replace(stamp, version=1_000_000))
        lib.pull()
        stopped = not status(lib).writes_go

        say_server(lib)
        lib.move(ref, at(14, 15))
        go_on(lib)

        assert stopped
        assert times(lib) == held_times(lib) == [at(14, 15)]
