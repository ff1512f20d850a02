"""Waiting for what happens elsewhere: look again and again until a deadline, never sleep and hope."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


class NeverHappenedError(AssertionError):
    """What was waited for did not come about in time."""


def until(look: Callable[[], Answer], *, what: str, seconds: float = 20, every: float = 0.05) -> Answer:
    """Return the first answer of `look` that counts as true.

    Raises:
        NeverHappenedError: there was none within `seconds`; it shows the last answer.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > deadline:
            msg = f"waited {seconds:g} s for {what}; the last answer was {answer!r}"
            raise NeverHappenedError(msg)
        time.sleep(every)
