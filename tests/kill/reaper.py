"""Killing workers at the worst moments: when an intent is open, so that nobody knows whether its request arrives."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import psycopg

from tests.support.machines import Reborn

#: A worker is let work for so long; then it is killed when an intent is open, and anyway after so long again.
_SHORTEST, _LONGEST = 1.5, 4.5
_PATIENCE = 1.0
#: How long after its intent was seen: before the request leaves, while Exchange thinks, or when the answer is back.
_LATEST = 0.45
_LOOK_EVERY = 0.01

_OPEN = """
    SELECT item.id, item.intent_at FROM push_item item JOIN calendar_link link ON link.id = item.link_id
    WHERE lower(item.state::text) = 'intent' AND link.claimed_by = %s ORDER BY item.intent_at DESC
"""


@dataclass
class Reaper:
    """Kills the workers one after the other; `hits` counts those that left an intent open."""

    workers: Sequence[Reborn]
    database: psycopg.Connection
    seed: int
    hits: int = 0
    _due: dict[int, float] = field(default_factory=dict)
    _aimed: dict[int, float] = field(default_factory=dict)
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    @property
    def kills(self) -> int:
        return sum(each.kills for each in self.workers)

    def kill_until(self, stop: threading.Event) -> None:
        """Go on until told to stop."""
        while not stop.is_set():
            for number, worker in enumerate(self.workers):
                self._look_at(number, worker)
            stop.wait(_LOOK_EVERY)

    def _look_at(self, number: int, worker: Reborn) -> None:
        now = time.monotonic()
        if number not in self._due:
            if worker.is_at_work:
                self._due[number] = now + self._random.uniform(_SHORTEST, _LONGEST)
        elif now < self._due[number]:
            return
        elif number not in self._aimed:
            if self._open(worker):
                self._aimed[number] = now + self._random.uniform(0, _LATEST)
            elif now > self._due[number] + _PATIENCE:
                self._kill(number, worker)
        elif now > self._aimed[number]:
            self._kill(number, worker)

    def _kill(self, number: int, worker: Reborn) -> None:
        found = self._open(worker)
        worker.kill()
        self.hits += bool(set(found) & set(self._open(worker)))  # it died with its request on the way
        self._due.pop(number)
        self._aimed.pop(number, None)
        worker.start()

    def _open(self, worker: Reborn) -> list[tuple[object, ...]]:
        return self.database.execute(_OPEN, (worker.name,)).fetchall()
