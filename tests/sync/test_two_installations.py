"""Two installations, each with a database of its own, on one room: the smaller stamp stays."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from booking.domain.intervals import Interval
from booking.sync import worker
from booking.sync.worker import Step
from tests.sync import backups
from tests.sync.backups import go_on
from tests.sync.library import Library, at

SMALL, LARGE = "0" * 16, "f" * 16


class TestTwoInstallationsOnOneRoom:
    @pytest.mark.parametrize(("theirs", "who"), [(SMALL, "theirs"), (LARGE, "ours")])
    def test_that_write_at_the_same_moment_keep_the_smaller_stamp(self, lib: Library, theirs: str, who: str) -> None:
        sides = [Side(lib, backups.take()), Side(lib, as_installation(backups.take(), theirs))]
        for side in sides:
            side.book(at(10, 11))
        for stage in (Step.LOOKED, Step.RECORDED):  # both look, and see nothing; both write
            for side in sides:
                side.goes_on_to(stage)
        for _ in range(2):
            for side in sides:
                side.finishes()

        stand = [name for name, side in zip(("ours", "theirs"), sides, strict=True) if side.holds()]

        assert stand == [who]
        assert [entry.stamp.install_id for entry in lib.entries if entry.stamp] == [
            lib.install_id if who == "ours" else theirs
        ]

    def test_show_staff_both_when_one_was_confirmed_already(self, lib: Library) -> None:
        sides = [Side(lib, backups.take()), Side(lib, as_installation(backups.take(), LARGE))]
        for side in sides:
            side.book(at(10, 11))
        sides[0].goes_on_to(Step.LOOKED)
        for side in reversed(sides):
            side.finishes()

        sides[1].finishes()

        assert [side.holds() for side in sides] == [True, True]
        assert sides[1].conflicts() == ["overlap"]


class Side:
    """One of two installations that take turns in one database."""

    def __init__(self, lib: Library, rows: backups.Rows) -> None:
        self._lib = lib
        self._rows = rows
        self._ref = ""
        self._steps: Iterator[Step] = iter(())

    @contextmanager
    def _turn(self) -> Iterator[Library]:
        backups.put_back(self._rows)
        yield self._lib
        self._rows = backups.take()

    def book(self, when: Interval) -> None:
        with self._turn() as lib:
            self._ref = lib.place(when)
            self._steps = worker.steps(lib.engine, lib.claim())

    def goes_on_to(self, stage: Step) -> None:
        with self._turn():
            while next(self._steps) is not stage:
                pass

    def finishes(self) -> None:
        with self._turn() as lib:
            list(self._steps)
            lib.expire_claims()
            go_on(lib)

    def holds(self) -> bool:
        with self._turn() as lib:
            return lib.occurrence(self._ref).holds

    def conflicts(self) -> list[str]:
        with self._turn() as lib:
            return lib.conflicts()


def as_installation(rows: backups.Rows, other: str) -> backups.Rows:
    return {**rows, "installation": [{**each, "install_id": other} for each in rows["installation"]]}
