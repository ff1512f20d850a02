"""Point 24: summer time ends, or begins, between one edit and the next. Clocks here go back on Sunday, 01:00 UTC."""

from collections.abc import Callable

import pytest

from booking.domain.intervals import Interval
from booking.domain.states import PushState
from tests.sync.library import Library, at

SATURDAY, SUNDAY, MONDAY = 1, 2, 3
#: The hour that Sunday's clocks show twice, the second time round; and one that begins in summer and ends in winter.
TWICE = at(1, 2, days=SUNDAY)
ACROSS = at(0, 2, days=SUNDAY)
ANYWHERE = [
    pytest.param(TWICE, id="in the hour that comes twice"),
    pytest.param(ACROSS, id="across the change"),
    pytest.param(at(10, 11, days=MONDAY), id="after the change"),
]


def ours(lib: Library, ref: str, when: Interval) -> None:
    lib.move(ref, when)
    lib.push()


def theirs(lib: Library, ref: str, when: Interval) -> None:
    lib.server.move(lib.mailbox, lib.item(ref).remote_id, when)
    lib.pull()
    lib.push()


class TestABookingOnTheOtherSideOfTheChange:
    @pytest.mark.parametrize("edit", [ours, theirs])
    @pytest.mark.parametrize("when", ANYWHERE)
    def test_stands_at_the_same_instant_on_both_sides(
        self, lib: Library, edit: Callable[[Library, str, Interval], None], when: Interval
    ) -> None:
        """Point 24: whoever moves it, nobody's copy is an hour off."""
        ref = lib.written(at(10, 11, days=SATURDAY))

        edit(lib, ref, when)

        assert lib.occurrence(ref).when == lib.entry.when == when
        assert lib.item(ref).state is PushState.CLEAN
        assert lib.conflicts() == []

    def test_is_no_edit_when_it_is_read_again_after_the_change(self, lib: Library) -> None:
        """Point 24."""
        ref = lib.written(at(10, 11, days=10))
        version = lib.item(ref).want_version

        lib.clock.turn(days=MONDAY)
        lib.pull()
        lib.push()

        assert lib.item(ref).want_version == version
        assert lib.asked("update") == 0
        assert lib.told() == ["confirmed"]

    def test_edited_by_us_before_and_by_them_after_the_change_has_their_time(self, lib: Library) -> None:
        """Point 24."""
        ref = lib.written(at(10, 11, days=10))
        ours(lib, ref, at(12, 13, days=10))

        lib.clock.turn(days=MONDAY)
        theirs(lib, ref, at(9, 10.5, days=11))

        assert lib.occurrence(ref).when == lib.entry.when == at(9, 10.5, days=11)
        assert lib.conflicts() == []

    def test_keeps_its_length_when_only_its_title_changes(self, lib: Library) -> None:
        """Point 24."""
        ref = lib.written(ACROSS)

        lib.clock.turn(hours=12)
        lib.rename(ref, "Chess")
        lib.push()

        assert lib.entry.when == ACROSS
        assert "Chess" in lib.entry.body
