"""What was asked of the sandbox, and how it went: for tests, and for whoever looks for a fault."""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

FILTERS = ("operation", "mailbox", "account", "outcome", "sign_in", "since", "last")
_KEPT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One EWS request. `outcome` is NoError, a response code, or what happened instead of an answer.

    sign_in: how its sender signed in, "basic" or "ntlm"; empty where nobody did. judged: it presented credentials
    that were looked at, which counts as a try. handshake: a leg of NTLM that was no sign-in yet.
    impersonated: the mailbox that it acted as, if another. version: the schema that it spoke.
    duration_ms: until the answer was ready, without the time it took to send it.
    """

    at: datetime
    operation: str
    mailboxes: tuple[str, ...]
    account: str
    outcome: str
    sign_in: str = ""
    judged: bool = False
    handshake: bool = False
    impersonated: str = ""
    version: str = ""
    duration_ms: float = 0.0

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

    def sign_ins(self) -> list[LoggedRequest]:
        """Those that presented credentials to be judged, rightly or wrongly."""
        return [each for each in self.all() if each.judged]

    def matching(self, wanted: Mapping[str, str]) -> list[LoggedRequest]:
        """Those that fit every filter: equal in a field, not before `since`, of these the `last` so many.

        Raises:
            ValueError: a filter that there is not, or a value that is none.
        """
        unknown = sorted(set(wanted) - set(FILTERS))
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(FILTERS)}")
        since = datetime.fromisoformat(wanted["since"]) if "since" in wanted else None
        found = [each for each in self.all() if (since is None or each.at >= since) and _fits(each, wanted)]
        return found[-int(wanted["last"]) :] if "last" in wanted else found

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()


def _fits(request: LoggedRequest, wanted: Mapping[str, str]) -> bool:
    if "mailbox" in wanted and wanted["mailbox"].lower() not in request.mailboxes:
        return False
    names = {"operation", "account", "outcome", "sign_in"} & set(wanted)
    return all(getattr(request, name) == wanted[name] for name in names)
