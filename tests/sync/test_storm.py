"""A storm: random bookings, edits in Outlook, lost answers and dead workers; then calm, and both sides must agree."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import select

from booking.connectors.memory import Call, FailAfter, FailBefore, FailLate, Fault
from booking.connectors.port import Ambiguous, Definite, Kind
from booking.domain.errors import Refused
from booking.domain.intervals import Interval
from booking.domain.states import PushState
from booking.store.database import reading
from booking.store.models import Conflict, Occurrence, PushItem
from booking.sync import claims, pull, worker
from tests.sync.library import Library, at

_WRITES = frozenset({"create", "update", "delete"})
_LOST = Ambiguous("The connection was reset.")
_AWAY = Definite(Kind.TRANSIENT, "The server is away.")


class Storm:
    """One seeded run."""

    def __init__(self, lib: Library, seed: int) -> None:
        self.lib = lib
        self.dice = random.Random(seed)
        self.refs: list[str] = []

    def fault(self, call: Call) -> Fault | None:
        """Let a third of all requests go wrong, in every way that a request can."""
        if self.dice.random() > 0.35:
            return None
        if call.operation in _WRITES:
            faults: list[Fault] = [FailBefore(_LOST), FailAfter(_LOST), FailLate(_LOST), FailBefore(_AWAY)]
            return self.dice.choice(faults)
        return FailBefore(_AWAY)

    def hour(self) -> Interval:
        start = self.dice.randrange(7, 20)
        return at(start, start + 1, days=self.dice.randrange(1, 4))

    def blow(self) -> None:
        """Let something happen."""
        self.lib.clock.turn(seconds=self.dice.choice([0, 1, 20, 120]))
        act = self.dice.choice(self.acts())
        with suppress(Refused, claims.Lost):
            act()

    def acts(self) -> list[Callable[[], None]]:
        """Return what can happen, the likely more than once."""
        ours = [self.place, self.place, self.move, self.rename, self.cancel]
        return [*ours, self.push, self.push, self.push, self.read, self.late]

    def place(self) -> None:
        self.refs.append(self.lib.place(self.hour()))

    def move(self) -> None:
        if self.refs:
            self.lib.move(self.dice.choice(self.refs), self.hour())

    def rename(self) -> None:
        if self.refs:
            self.lib.rename(self.dice.choice(self.refs), f"Title {self.dice.random()}")

    def cancel(self) -> None:
        if self.refs:
            self.lib.cancel(self.dice.choice(self.refs))

    def push(self) -> None:
        """Write for a few steps, and die."""
        left = self.dice.randrange(1, 20)
        for _ in worker.steps(self.lib.engine, self.lib.claim()):
            left -= 1
            if not left:
                break
        self.lib.expire_claims()

    def read(self) -> None:
        self.lib.pull()

    def late(self) -> None:
        self.lib.server.settle()

    def calm(self) -> None:
        """Let everything arrive and everything be done."""
        self.lib.server.hook = None
        self.lib.server.settle()
        for _ in range(8):
            self.lib.clock.turn(minutes=6)
            self.lib.push()
            self.lib.pull()
            pull.second_looks(self.lib.engine)

    def check(self) -> None:
        """Every booking that stands is there once, at its time; nothing else of ours is."""
        with reading() as session:
            standing = {each.key: each.when for each in session.scalars(select(Occurrence).where(Occurrence.holds))}
            states = set(session.scalars(select(PushItem.state)))
        there = [(entry.stamp.key, entry.when) for entry in self.lib.entries if entry.stamp]
        assert sorted(there) == sorted(standing.items())
        assert states <= {PushState.CLEAN, PushState.GONE}
        assert self.lib.outside() == []
        assert self.lib.conflicts() == []


class StormWithPeople(Storm):
    """The same, while people move and delete our entries in Outlook and put their own meetings there."""

    def acts(self) -> list[Callable[[], None]]:
        return [*super().acts(), self.meet, self.move_there, self.delete_there]

    def meet(self) -> None:
        self.lib.server.put(self.lib.mailbox, when=self.hour())

    def move_there(self) -> None:
        if ours := [entry for entry in self.lib.entries if entry.stamp]:
            self.lib.server.move(self.lib.mailbox, self.dice.choice(ours).id, self.hour())

    def delete_there(self) -> None:
        if self.lib.entries:
            self.lib.server.remove(self.lib.mailbox, self.dice.choice(self.lib.entries).id)

    def check(self) -> None:
        """What stands is there once, unless staff were asked; what blocks is what others put there."""
        with reading() as session:
            standing = {each.key: each.when for each in session.scalars(select(Occurrence).where(Occurrence.holds))}
            asked = set(session.scalars(select(Occurrence.key).join(PushItem).where(PushItem.state == "conflict")))
            flagged = select(Occurrence.key).join(Conflict).where(Conflict.kind == "copied")
            asked |= set(session.scalars(flagged))  # a late twin that somebody moved: staff decide
        there = [(entry.stamp.key, entry.when) for entry in self.lib.entries if entry.stamp]
        theirs = {entry.when for entry in self.lib.entries if not entry.stamp}
        twins = {when for key, when in there if key in asked}
        assert sorted(each for each in there if each[0] not in asked) == sorted(
            each for each in standing.items() if each[0] not in asked
        )
        assert theirs <= set(self.lib.blocked()) <= theirs | twins


class TestAStorm:
    @pytest.mark.parametrize("kind", [Storm, StormWithPeople])
    @pytest.mark.parametrize("seed", range(4))
    def test_leaves_both_sides_in_agreement(self, lib: Library, kind: type[Storm], seed: int) -> None:
        storm = kind(lib, seed)
        lib.server.hook = storm.fault

        for _ in range(40):
            storm.blow()
        storm.calm()

        storm.check()


class TestManyThreads:
    def test_that_edit_while_others_write_lose_nothing(self, lib: Library, stored: Flask) -> None:
        refs = [lib.place(at(hour, hour + 1)) for hour in (8, 10, 12)]

        def edit(ref: str) -> None:
            with stored.app_context():
                for number in range(6):
                    lib.rename(ref, f"Title {number}")
                lib.cancel(ref)

        def write(_: int) -> None:
            with stored.app_context():
                for _ in range(8):
                    worker.push_due(lib.engine)

        with ThreadPoolExecutor(5) as pool:
            done = [*pool.map(edit, refs), *pool.map(write, range(2))]
        lib.clock.turn(minutes=3)
        lib.push()

        assert len(done) == 5
        assert lib.entries == []
        assert {lib.item(ref).state for ref in refs} == {PushState.GONE}
