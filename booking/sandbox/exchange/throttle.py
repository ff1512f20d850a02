"""Throttling: a budget for each account, and how much it may ask at once.

Sources: learn.microsoft.com, "EWS throttling in Exchange"; EXCHANGE-FACTS.md section 1.7; the words of
ErrorExceededConnectionCount: github.com/OfficeDev/ews-managed-api/issues/293.
"""

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from booking.sandbox.exchange.limits import Limits

_MINUTE = 60.0
_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttling:
    """How much is too much.

    requests_per_minute: of one account, or of one mailbox that is impersonated; None: as many as it likes.
    back_off_seconds: how long the first wait is; each request that comes too early makes it longer by as much.
    concurrency: requests at once; None: what this kind of server allows.
    """

    requests_per_minute: int | None = None
    back_off_seconds: float = 10.0
    concurrency: int | None = None


class Busy(Exception):
    """Too many requests; the account is to come back after `back_off` milliseconds."""

    def __init__(self, back_off: int) -> None:
        super().__init__(f"busy for {back_off} ms")
        self.back_off = back_off


class TooManyAtOnce(Exception):
    """The account has `most` requests under way already."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} requests are under way")
        self.most = most


class Throttle:
    """Counts what is asked; without a policy it lets everything through."""

    def __init__(self, policy: Throttling | None, limits: Limits, elapsed: Callable[[], float]) -> None:
        self._policy = policy
        self._most = None if policy is None else policy.concurrency or limits.concurrency
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._recent: defaultdict[str, deque[float]] = defaultdict(deque)
        self._shut_until: dict[str, float] = {}
        self._at_once: Counter[str] = Counter()

    @contextmanager
    def passing(self, who: str) -> Iterator[None]:
        """Hold while a request is served.

        Raises:
            Busy: the budget of a minute is used up, or the wait that was asked for is not over.
            TooManyAtOnce: too many are under way.
        """
        with self._lock:
            self._require_budget(who)
            self._require_room(who)
            self._at_once[who] += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_once[who] -= 1

    def _require_budget(self, who: str) -> None:
        if self._policy is None or self._policy.requests_per_minute is None:
            return
        now, wait = self._elapsed(), self._policy.back_off_seconds
        if now < self._shut_until.get(who, now):
            self._shut_until[who] += wait
            raise Busy(self._remaining(who, now))
        recent = self._recent[who]
        while recent and recent[0] <= now - _MINUTE:
            recent.popleft()
        if len(recent) >= self._policy.requests_per_minute:
            recent.clear()
            self._shut_until[who] = now + wait
            raise Busy(self._remaining(who, now))
        recent.append(now)

    def _require_room(self, who: str) -> None:
        if self._most is not None and self._at_once[who] >= self._most:
            raise TooManyAtOnce(self._most)

    def _remaining(self, who: str, now: float) -> int:
        return round((self._shut_until[who] - now) * _MILLISECONDS)
