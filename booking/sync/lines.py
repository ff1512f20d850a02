"""The open lines to calendar servers: a connector for each thread, and who may dial."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from booking.connectors.port import ConnectionSettings, Connector

#: So many calls in a row that fail are no trouble of one mailbox: with that one alone, others go well between.
_OUTAGE = 3
#: Calls that may be under way at once on one connection (SYNC.md section 7).
AT_ONCE = 4


class Lines:
    """What this process keeps about its connections between calls. Nothing here must survive a restart."""

    def __init__(self, connect: Callable[[ConnectionSettings], Connector]) -> None:
        self._connect = connect
        self._guard = threading.Lock()
        self._own = threading.local()
        self._all: list[Connector] = []
        self._dialling: dict[int, AbstractContextManager[bool]] = {}
        self._slots: dict[int, threading.BoundedSemaphore] = {}
        self._signed_in: dict[int, int] = {}
        self._failed: dict[int, int] = {}

    def connector(self, connection_id: int, revision: int, settings: ConnectionSettings) -> Connector:
        """Return this thread's own connector for that revision of a connection; an older one is closed."""
        mine: dict[int, tuple[int, Connector]] = self._own.__dict__.setdefault("connectors", {})
        held = mine.get(connection_id)
        if held is not None and held[0] == revision:
            return held[1]
        if held is not None:
            self._drop(held[1])
        made = self._connect(settings)
        mine[connection_id] = (revision, made)
        with self._guard:
            self._all.append(made)
        return made

    def _drop(self, connector: Connector) -> None:
        with self._guard:
            self._all = [each for each in self._all if each is not connector]
        connector.close()

    def hang_up(self) -> None:
        """Close what this thread has open: for one that ends, or that asks once in a long while."""
        for _, connector in self._own.__dict__.pop("connectors", {}).values():
            self._drop(connector)

    def close(self) -> None:
        """Let go of every connection."""
        with self._guard:
            connectors, self._all = self._all, []
        self._own = threading.local()
        for each in connectors:
            each.close()

    def dialling(self, connection_id: int) -> AbstractContextManager[bool]:
        """Return the lock of whoever signs in first; the others wait for it. Who holds it may take it again."""
        with self._guard:
            return self._dialling.setdefault(connection_id, threading.RLock())

    def slot(self, connection_id: int) -> AbstractContextManager[bool]:
        """Return the turnstile that keeps the calls at once within limits."""
        with self._guard:
            return self._slots.setdefault(connection_id, threading.BoundedSemaphore(AT_ONCE))

    def is_signed_in(self, connection_id: int, revision: int) -> bool:
        """Tell whether the last call under these settings was let in."""
        return self._signed_in.get(connection_id) == revision

    def signed_in(self, connection_id: int, revision: int) -> None:
        """Remember that the server let us in."""
        self._signed_in[connection_id] = revision

    def signed_out(self, connection_id: int) -> None:
        """Have the next call made by one thread alone, as the first one is."""
        self._signed_in.pop(connection_id, None)

    def in_trouble(self, connection_id: int) -> None:
        """Count one more call in a row that came to nothing."""
        self._failed[connection_id] = self._failed.get(connection_id, 0) + 1

    def well_again(self, connection_id: int) -> bool:
        """Note that a call went well; tell whether that ends trouble of the server, not of one mailbox alone."""
        return self._failed.pop(connection_id, 0) >= _OUTAGE
