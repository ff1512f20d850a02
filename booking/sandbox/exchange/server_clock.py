"""The clock that the stand-in goes by: it can be moved on, and it can be wrong."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta


class ServerClock:
    """What the server takes for the time; called like a function."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._moved = timedelta()
        self._offset = timedelta()

    def __call__(self) -> datetime:
        """The present moment as this server has it."""
        with self._lock:
            return self._now() + self._moved + self._offset

    def true(self) -> datetime:
        """The present moment without the error of the server's clock."""
        with self._lock:
            return self._now() + self._moved

    def elapsed(self) -> float:
        """Seconds that only grow, real ones and those it was moved on; for waits and budgets."""
        with self._lock:
            return time.monotonic() + self._moved.total_seconds()

    def move(self, by: timedelta) -> None:
        """Let that much time pass at once."""
        with self._lock:
            self._moved += by

    def set_offset(self, offset: timedelta) -> None:
        """Make the server's clock wrong by that much; nothing else passes faster or slower."""
        with self._lock:
            self._offset = offset
