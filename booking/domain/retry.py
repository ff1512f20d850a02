"""How long to wait before trying again."""

from datetime import datetime, timedelta

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
#: No wait of ours is longer. What seems to have longer to wait was reckoned by a clock that has been set back since.
LONGEST_SENSIBLE = timedelta(hours=2)
_DOUBLINGS = 16  # 2**16 s is far beyond the longest wait; keeps the arithmetic small for any number of tries


def wait_before(attempt: int, *, server_asked: timedelta | None = None, jitter: float) -> timedelta:
    """Return how long to wait before the next try.

    The ceiling doubles from one second to five minutes; `jitter` picks a point under it, so that many rooms
    that failed together do not come back together. Never undercuts what the server asked for: tries made too
    early count against us and prolong the throttling.

    Args:
        attempt: tries already made, 1 after the first failure.
        server_asked: Exchange's `BackOffMilliseconds`, or a `Retry-After`.
        jitter: from 0 to 1, drawn by the caller.

    Sources: "EWS throttling in Exchange" (learn.microsoft.com); "Exponential Backoff And Jitter",
    AWS Architecture Blog, for why the whole wait is drawn and not only a part of it.
    """
    ceiling = min(FIRST_WAIT * 2.0 ** min(max(attempt - 1, 0), _DOUBLINGS), LONGEST_WAIT)
    return max(ceiling * jitter, server_asked or timedelta())


def is_over(until: datetime | None, now: datetime) -> bool:
    """Tell whether a wait is over: its time has come, or could never have been meant."""
    return until is None or not now < until <= now + LONGEST_SENSIBLE
