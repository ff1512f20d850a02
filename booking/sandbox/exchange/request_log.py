"""What was asked of the sandbox, and how it went: for tests, and for whoever looks for a fault."""

import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

_KEPT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One EWS request. `outcome` is NoError, a response code, or what happened instead of an answer."""

    at: datetime
    operation: str
    mailboxes: tuple[str, ...]
    account: str
    outcome: str

    @property
    def mailbox(self) -> str:
        """The first mailbox that the request named, or the one it acted as."""
        return self.mailboxes[0] if self.mailboxes else ""

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat(), "mailbox": self.mailbox}


class RequestLog:
    """The last ten thousand requests, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[LoggedRequest] = deque(maxlen=_KEPT)

    def add(self, request: LoggedRequest) -> None:
        with self._lock:
            self._requests.append(request)

    def all(self) -> list[LoggedRequest]:
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()
