"""What calls to calendar servers came to in this process: by connection, operation and outcome, and how long they took.

Numbers only, kept in memory: a monitor reads them from `/metrics`, staff see the last hour on the page of sync.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from booking.connectors.port import Ambiguous, Definite

#: Seconds; a call ends at its deadline of thirty.
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
OK, AMBIGUOUS, FAULT = "ok", "ambiguous", "fault"
_HOUR = 60


@dataclass(frozen=True, slots=True)
class Durations:
    """How long the calls of one operation took: how many within each bucket, how many in all, and their sum."""

    within: tuple[int, ...]
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Minute:
    """The calls of one minute; `ago` is 0 for the one that runs."""

    ago: int
    answered: int
    failed: int


class Tally:
    """Counts calls. Safe for any number of threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Count by that clock of seconds."""
        self._clock = clock
        self._guard = threading.Lock()
        self._calls: Counter[tuple[int, str, str]] = Counter()
        self._within: dict[tuple[int, str], list[int]] = {}
        self._seconds: dict[tuple[int, str], float] = {}
        self._minutes: deque[tuple[int, Counter[tuple[int, bool]]]] = deque(maxlen=_HOUR + 1)

    @contextmanager
    def call(self, connection_id: int, operation: str) -> Iterator[None]:
        """Count the call that is made within, by how it ends."""
        began, outcome = self._clock(), FAULT
        try:
            yield
            outcome = OK
        except Definite as error:
            outcome = str(error.kind)
            raise
        except Ambiguous:
            outcome = AMBIGUOUS
            raise
        finally:
            self._note(connection_id, operation, outcome, self._clock() - began)

    def _note(self, connection_id: int, operation: str, outcome: str, seconds: float) -> None:
        line = (connection_id, operation)
        with self._guard:
            self._calls[(*line, outcome)] += 1
            self._seconds[line] = self._seconds.get(line, 0.0) + seconds
            within = self._within.setdefault(line, [0] * (len(BUCKETS) + 1))
            within[next((at for at, bound in enumerate(BUCKETS) if seconds <= bound), len(BUCKETS))] += 1
            self._minute()[connection_id, outcome == OK] += 1

    def _minute(self) -> Counter[tuple[int, bool]]:
        number = int(self._clock() // 60)
        if not self._minutes or self._minutes[-1][0] != number:
            self._minutes.append((number, Counter()))
        return self._minutes[-1][1]

    def calls(self) -> Mapping[tuple[int, str, str], int]:
        """Return how many calls there were since the start, by connection, operation and outcome."""
        with self._guard:
            return dict(self._calls)

    def durations(self) -> Mapping[tuple[int, str], Durations]:
        """Return how long they took, by connection and operation."""
        with self._guard:
            return {
                line: Durations(tuple(within), sum(within), self._seconds[line])
                for line, within in self._within.items()
            }

    def last_hour(self, connection_ids: frozenset[int] | None = None) -> tuple[Minute, ...]:
        """Return the calls of each of the last sixty minutes, oldest first; of these connections, or of all."""
        with self._guard:
            now = int(self._clock() // 60)
            found = {now - number: counts for number, counts in self._minutes}
            return tuple(_summed(ago, found.get(ago, {}), connection_ids) for ago in range(_HOUR - 1, -1, -1))


def _summed(ago: int, counts: Mapping[tuple[int, bool], int], wanted: frozenset[int] | None) -> Minute:
    mine = [(good, number) for (line, good), number in counts.items() if wanted is None or line in wanted]
    return Minute(ago, sum(number for good, number in mine if good), sum(number for good, number in mine if not good))
