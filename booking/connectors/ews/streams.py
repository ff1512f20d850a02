"""A hanging answer: it comes in pieces for minutes, and a line that has died in between is noticed."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from requests import Response

from booking.connectors.ews import failures, notices
from booking.connectors.ews.faults import Fault, Wire
from booking.connectors.ews.transport import PIECE, Door

#: How long a line may be silent before its own heartbeat is known: twice that of Exchange.
#: Source: github.com/OfficeDev/ews-managed-api, HangingServiceRequestBase (45 s, and twice that as a timeout).
LONGEST_SILENCE = 90.0
SHORTEST_SILENCE = 1.0  # a hiccup of the network is not yet the end
HEARTBEATS = 2
KNOWN_AFTER = 3  # pauses: a stream may begin with two signs of life at once


class Pulse:
    """How long the line may be silent: twice the longest pause between two signs of life with nothing between."""

    def __init__(self) -> None:
        self.patience = LONGEST_SILENCE
        self._pauses = 0
        self._longest = 0.0
        self._last: float | None = None

    def heard(self, now: float, *, only_alive: bool) -> None:
        """Note that something came at `now`, and whether it was no more than a sign of life."""
        if only_alive and self._last is not None:
            self._pauses += 1
            self._longest = max(self._longest, now - self._last)
            if self._pauses >= KNOWN_AFTER:
                self.patience = min(LONGEST_SILENCE, max(SHORTEST_SILENCE, HEARTBEATS * self._longest))
        self._last = now if only_alive else None


class Stream:
    """One answer to GetStreamingEvents, read document by document."""

    def __init__(self, response: Response, door: Door, end: Callable[[], None]) -> None:
        self._chunks = response.iter_content(PIECE)
        self._door = door
        self._end = end

    def documents(self, pulse: Pulse) -> Iterator[bytes]:
        """Yield each document when it is complete.

        Raises:
            Fault: the line broke, ended without the server's last word, or was silent for too long. Bytes that do not
                become a document are silence too.
        """
        collected = notices.Documents()
        until = time.monotonic() + pulse.patience
        while True:
            for document in collected.fed(self._next(until - time.monotonic())):
                yield document
                until = time.monotonic() + pulse.patience

    def close(self) -> None:
        """Let go of the line."""
        with suppress(Exception):  # it may be broken already, and nobody waits for it any more
            self._end()

    def _next(self, patience: float) -> bytes:
        """Return what comes next, within `patience` seconds."""
        with self._door.deadline(max(0.001, patience)):
            try:
                data: bytes = next(self._chunks, b"")
            except Exception as error:
                fault = failures.understood(error, self._door, answered=False)
                if fault is None:
                    raise
                raise fault from None
        if not data:
            raise Fault(Wire.OVERDUE if self._door.overdue else Wire.NO_ANSWER)
        return data
