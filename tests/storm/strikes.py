"""What can go wrong with a request, in words that fit every calendar server, and the weather that deals it out."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

WRITES = frozenset({"create", "update", "delete"})
LISTINGS = frozenset({"window", "free_busy"})
#: Of all requests, this share goes wrong.
SHARE = 0.35


class Strike(StrEnum):
    """One way for a request to go wrong."""

    DROPPED_BEFORE = "dropped before it was done"
    DROPPED_AFTER = "done, then dropped"
    LATE = "dropped, done later"
    GARBLED = "done, answered with what nobody can read"
    S401 = "401"
    S500 = "500"
    S502 = "502"
    S503 = "503"
    S504 = "504"
    THROTTLED = "throttled, with a wait"
    EMPTY = "a listing without anything in it"
    HALF = "half a listing, which says that it is whole"
    CUT_OFF = "half a listing, which says so"
    SECOND_FAILS = "the second part fails"
    GONE = "no such mailbox"


ON_WRITES = (
    *(Strike.DROPPED_BEFORE, Strike.DROPPED_AFTER, Strike.DROPPED_AFTER, Strike.LATE, Strike.LATE, Strike.GARBLED),
    *(Strike.S401, Strike.S500, Strike.S502, Strike.S503, Strike.S504, Strike.THROTTLED),
)
#: Answers to a write that say nothing about whether it was done.
UNCLEAR = frozenset(set(ON_WRITES) - {Strike.S500, Strike.THROTTLED})
ON_READS = (
    *(Strike.DROPPED_BEFORE, Strike.GARBLED, Strike.S500, Strike.S502, Strike.S503, Strike.S504),
    *(Strike.THROTTLED, Strike.SECOND_FAILS, Strike.GONE),
)
#: A wrong password ends all work for a quarter of an hour, so there is little of it.
RARELY = (Strike.S401,)
ON_LISTINGS = (*ON_READS, *(Strike.EMPTY, Strike.HALF, Strike.CUT_OFF) * 3)
FALSE_LISTINGS = frozenset({Strike.EMPTY, Strike.HALF})
_SELDOM = 0.03


class Crash(BaseException):
    """The process died here. No code of ours catches it."""


@dataclass(slots=True)
class Weather:
    """What befalls the requests of one step, the same each time for one seed."""

    dice: Random
    share: float = SHARE
    forced: Strike | None = None  # what befalls the first write
    dies_at: int = 0  # the process dies before its so-manieth request; 0: never
    asked: int = 0

    def next(self, operation: str) -> Strike | None:
        """Return what befalls the next request.

        Raises:
            Crash: the process dies first.
        """
        self.asked += 1
        if self.asked == self.dies_at:
            raise Crash
        if self.forced is not None and operation in WRITES:
            forced, self.forced = self.forced, None
            return forced
        if self.dice.random() >= self.share:
            return None
        if operation in WRITES:
            return self.dice.choice(ON_WRITES)
        if self.dice.random() < _SELDOM:
            return self.dice.choice(RARELY)
        return self.dice.choice(ON_LISTINGS if operation in LISTINGS else ON_READS)


FAIR = Weather(Random(0), share=0.0)
