"""When a task is due, in the words of cron: the same moments on every machine, so that one of them takes each."""

from dataclasses import dataclass
from datetime import timedelta
from math import gcd

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Ticks:
    """A cron line that comes at least as often as the task, and which of its moments are the task's.

    Cron knows no "every 45 seconds", for 45 divides no minute: it comes every 15, and every third is taken.
    """

    cron: str
    every: int
    step: int

    def is_due(self, timestamp: int) -> bool:
        """Tell whether the task is due at that moment of the cron line, in seconds since 1970."""
        return timestamp % self.every < self.step


def of(every: timedelta) -> Ticks:
    """Return the moments of a task that is done so often; over a minute, in quarters of a minute."""
    seconds = max(int(every.total_seconds()), 1)
    if seconds > _MINUTE:
        seconds -= seconds % 15
    if seconds % _HOUR == 0:
        step = gcd(seconds, _DAY)
        cron = "0 0 * * *" if step == _DAY else f"0 */{step // _HOUR} * * *"
    elif seconds % _MINUTE == 0:
        step = gcd(seconds, _HOUR)
        cron = f"*/{step // _MINUTE} * * * *"
    else:
        step = gcd(seconds, _MINUTE)
        cron = f"* * * * * */{step}"  # the seconds stand last. Source: croniter
    return Ticks(cron, seconds, step)
