"""The bell: wakes whoever writes, here or elsewhere. A lost ring loses nothing; the sweep finds it."""

import threading
import time
from typing import Protocol


class Far(Protocol):
    """Whoever wakes workers elsewhere: at once and without fail."""

    def call(self, link_ids: tuple[int, ...]) -> None:
        """Have workers take these links up."""

    def close(self) -> None:
        """Finish what was called for, and end."""


class Bell:
    """Links to be worked on, each handed to one taker at a time. Where nobody in this process does, `far` is told."""

    def __init__(self, far: Far | None = None) -> None:
        self._far = far
        self._rung: dict[int, None] = {}  # in the order in which they were rung
        self._busy: set[int] = set()
        self._takers = 0
        self._open = True
        self._changed = threading.Condition()

    def ring(self, *link_ids: int) -> None:
        """Have these links taken up."""
        if self._far is not None and not self.heard:
            self._far.call(link_ids)
            return
        with self._changed:
            self._rung.update(dict.fromkeys(link_ids))
            self._changed.notify_all()

    def take(self, timeout: float) -> int | None:
        """Return a link to work on, waiting up to `timeout` seconds for one; call `done` with it afterwards."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._open:
                for link_id in self._rung:
                    if link_id not in self._busy:
                        del self._rung[link_id]
                        self._busy.add(link_id)
                        return link_id
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(left)
            return None

    def done(self, link_id: int) -> None:
        """Let the link be taken again: what was rung meanwhile is not lost."""
        with self._changed:
            self._busy.discard(link_id)
            self._changed.notify_all()

    def join(self) -> None:
        """Say that one more taker listens."""
        with self._changed:
            self._takers += 1

    def leave(self) -> None:
        """Say that a taker listens no more."""
        with self._changed:
            self._takers -= 1

    @property
    def heard(self) -> bool:
        """Tell whether anybody listens in this process."""
        return self._takers > 0

    def close(self) -> None:
        """Send all takers home."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        if self._far is not None:
            self._far.close()
