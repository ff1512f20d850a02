"""What is to happen by and by, on a thread of its own; ended cleanly, and driven by tests without waiting."""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    act: Callable[[], object] = field(compare=False)
    every: float | None = field(default=None, compare=False)


class Later:
    """A list of things to do, each when its time has come. `elapsed` counts seconds and never goes back."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._due: list[_Due] = []
        self._thread: threading.Thread | None = None
        #: Set when the sandbox closes; whatever waits, waits on this.
        self.closing = threading.Event()

    def after(self, seconds: float, act: Callable[[], object]) -> None:
        """Do this once, that many seconds from now; never, if the sandbox closes before."""
        self._add(_Due(self._elapsed() + seconds, next(self._numbers), act))

    def every(self, seconds: float, act: Callable[[], object]) -> None:
        """Do this again and again until the sandbox closes."""
        self._add(_Due(self._elapsed() + seconds, next(self._numbers), act, seconds))

    def run_due(self) -> None:
        """Do now, on the caller's thread and in order, all whose time has come."""
        while (due := self._take(self._elapsed())) is not None:
            self._do(due)

    def run_all(self) -> None:
        """Do now, in order, all that waits, whenever it was to happen; what repeats is not asked again."""
        with self._changed:
            waiting = sorted(self._due)
            self._due = [each for each in waiting if each.every is not None]
        for due in waiting:
            if due.every is None:
                self._do(due)

    def close(self) -> None:
        """Forget all that waits; returns when nothing runs any more."""
        self.closing.set()
        with self._changed:
            self._due.clear()
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _add(self, due: _Due) -> None:
        with self._changed:
            if self.closing.is_set():
                return
            heapq.heappush(self._due, due)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="sandbox later", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _take(self, now: float) -> _Due | None:
        with self._changed:
            if not self._due or self._due[0].at > now:
                return None
            due = heapq.heappop(self._due)
            if due.every is not None:
                heapq.heappush(self._due, _Due(now + due.every, next(self._numbers), due.act, due.every))
            return due

    def _do(self, due: _Due) -> None:
        try:
            due.act()
        except Exception:
            logger.exception("what the sandbox was to do later failed")

    def _work(self) -> None:
        while not self.closing.is_set():
            self.run_due()
            with self._changed:
                wait = self._due[0].at - self._elapsed() if self._due else None
                if not self.closing.is_set() and (wait is None or wait > 0):
                    self._changed.wait(wait)
