"""Everything now: what waits is written, and every paired calendar is read exactly, as far as the servers answer."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from booking.store import queries
from booking.store.database import reading
from booking.store.queries.links import WORKING, LinkRow
from booking.sync import leaving, pull, status, worker
from booking.sync.engine import Engine
from booking.sync.status import Code, SpaceHealth

#: So many rooms of one server in a row that fail: the others would too.
_ENOUGH = 3
#: How often a room is read that could not be read the first time.
_TRIES = 2
#: A room that another worker writes to is looked at again so often, with a pause, while nothing moves.
_PATIENCE = 20
_PAUSE = 0.25
#: What failed and is tried again so soon is waited for.
_SOON = timedelta(seconds=3)
#: Seconds between two lines about one room.
_EVERY = 5.0
_LEFT_ALONE = "It was not asked for, because its server failed several others in a row."
#: Whoever was read and is so needs nothing more of a round. Conflicts are for people.
_WELL = frozenset({Code.IN_STEP, Code.CONFLICT, Code.SLOWED_DOWN})


@dataclass(frozen=True, slots=True)
class Done:
    """How a room is after the round, and whether the round read it, or left it alone as its server failed others."""

    health: SpaceHealth
    was_read: bool
    left_alone: bool = False

    @property
    def problem(self) -> str:
        """What stands in the way, in words; empty when it was read and nothing waits."""
        health = self.health
        if self.was_read and not health.waiting and health.code in _WELL:
            return ""
        words = health.last_error or health.problem or (_LEFT_ALONE if self.left_alone else "")
        if words:
            return words
        return "Something still waits to be written." if self.was_read else "It could not be read just now."


def everything(engine: Engine, *, tell: Callable[[str], None]) -> tuple[Done, ...]:
    """Write all that is due, then read every live room exactly. No transaction may be open.

    `tell` is given a line now and then. A server that fails several rooms in a row is left alone for this round.
    """
    begun = engine.now()
    with reading() as session:
        links = queries.links.rows(session)
    tired: set[int] = set()
    write(engine, tell=tell, tired=tired)
    leaving.go_on_with_all(engine)
    given_up = _read(engine, [each for each in links if each.state in WORKING], begun=begun, tell=tell)
    write(engine, tell=tell, tired=tired)  # what reading brought to light
    with reading() as session:
        rows = {each.id: each for each in queries.links.rows(session)}
        found = status.spaces(session, now=engine.now(), cadence=engine.timing.cadence)
    return tuple(_done(each, rows.get(each.link_id), begun=begun, given_up=given_up) for each in found)


def _done(health: SpaceHealth, link: LinkRow | None, *, begun: datetime, given_up: frozenset[int]) -> Done:
    was_read = _was_read(link, begun)
    of_tired = link is not None and link.connection_id in given_up
    return Done(health, was_read, left_alone=of_tired and not was_read and not health.last_error)


def write(
    engine: Engine,
    *,
    tell: Callable[[str], None],
    tired: set[int] | None = None,
    only: Iterable[int] | None = None,
) -> None:
    """Write what is due, again and again, until nothing is, or nothing moves any more.

    Args:
        engine: of this worker.
        tell: is given a line now and then.
        tired: connections to be left alone; those that fail too often are added.
        only: these links; all without.
    """
    round_ = _Writing(engine, tell, set() if tired is None else tired, None if only is None else frozenset(only))
    unmoved = 0
    while unmoved < _PATIENCE:
        due = round_.due(at=engine.now())
        if due:
            tell(f"Writing to {_calendars(len(due))}.")
        elif not round_.due(at=engine.now() + _SOON):
            return
        if due and round_.once(due):
            unmoved = 0
        else:
            unmoved += 1
            time.sleep(_PAUSE)  # another worker holds these rooms, or they failed and are due again soon


@dataclass
class _Writing:
    engine: Engine
    tell: Callable[[str], None]
    tired: set[int]
    only: frozenset[int] | None
    failures: Counter[int] = field(default_factory=Counter)
    told_at: float = field(default_factory=time.monotonic)

    def due(self, *, at: datetime) -> list[LinkRow]:
        """Return the links on which something can be written by then."""
        with reading() as session:
            ids = queries.push.links_with_work(session, now=at)
            wanted = [each for each in ids if self.only is None or each in self.only]
            rows = [row for each in wanted if (row := queries.links.row(session, each)) is not None]
        return [each for each in rows if each.connection_id not in self.tired]

    def once(self, due: Iterable[LinkRow]) -> bool:
        """Write on each of these links; tell whether anything moved."""
        moved = False
        for link in due:
            if link.connection_id not in self.tired:
                moved = self._write(link) or moved
        return moved

    def _write(self, link: LinkRow) -> bool:
        before, _ = _open(link.id)
        worker.run_link(self.engine, link.id, after=lambda _: self._say_how_far(link))
        after, error = _open(link.id)
        if after < before or not error:
            self.failures[link.connection_id] = 0
            return after < before
        self.failures[link.connection_id] += 1
        if self.failures[link.connection_id] >= _ENOUGH:
            self.tired.add(link.connection_id)
        return False

    def _say_how_far(self, link: LinkRow) -> None:
        """Now and then, as a room with many bookings takes a while."""
        if time.monotonic() - self.told_at < _EVERY:
            return
        left, _ = _open(link.id)
        self.tell(f"{link.location_name}, {link.space_name}: {left} still to be written.")
        self.told_at = time.monotonic()


def _open(link_id: int) -> tuple[int, str]:
    """Return how much is still to be written on a link, and what stopped the last try."""
    with reading() as session:
        return queries.push.still_open(session, link_id), queries.push.last_error(session, link_id)


def _read(engine: Engine, links: Iterable[LinkRow], *, begun: datetime, tell: Callable[[str], None]) -> frozenset[int]:
    """Read each of these rooms, and those that failed once more; return the connections that were given up."""
    failures: Counter[int] = Counter()
    wanted = tuple(links)
    for _ in range(_TRIES):
        for number, link in enumerate(wanted, start=1):
            if failures[link.connection_id] < _ENOUGH:
                tell(f"Reading {number} of {len(wanted)}: {link.location_name}, {link.space_name}.")
                pull.read_link(engine, link.id)
                failures[link.connection_id] = 0 if _is_read(link, begun) else failures[link.connection_id] + 1
        wanted = tuple(each for each in wanted if not _is_read(each, begun))
    return frozenset(each for each, number in failures.items() if number >= _ENOUGH)


def _is_read(link: LinkRow, begun: datetime) -> bool:
    with reading() as session:
        return _was_read(queries.links.row(session, link.id), begun)


def _was_read(link: LinkRow | None, begun: datetime) -> bool:
    return link is not None and link.full_read_at is not None and link.full_read_at >= begun


def _calendars(number: int) -> str:
    return "one calendar" if number == 1 else f"{number} calendars"
