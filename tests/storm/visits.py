"""How often each numbered point of SYNC.md section 3 truly happened, and what these points are."""

from collections import Counter
from collections.abc import Iterable, Mapping

POINTS: Mapping[int, str] = {
    1: "crash before commit",
    2: "crash after commit, before claim",
    3: "crash after claim, before intent",
    4: "intent committed, request not sent",
    5: "create sent, applied, no answer",
    6: "applied late, after our deadline",
    7: "answer received, crash before commit",
    8: "worker frozen past its claim, then sends",
    9: "update applied, no answer",
    10: "delete applied, no answer",
    11: "pull sees our new item before its id is stored",
    12: "a snapshot older than our own write",
    13: "crash inside a read of several requests",
    14: "not found, because rights were lost",
    15: "a listing empty or half gone, falsely and truly",
    16: "notifications die silently",
    17: "database restored from a backup, or cloned",
    18: "two requests, one slot",
    19: "throttled in the middle",
    20: "wrong password with eight threads waiting",
    21: "401, 502, 503, 504 or reset on a write",
    22: "mailbox deleted or renamed",
    23: "item copied in Outlook with our stamp; ours made recurring",
    24: "summer time changes between edits",
    25: "disk full or database locked while recording",
    26: "booking moved to another space, push open",
    27: "one date of a series edited",
    28: "link re-paired with an open intent",
    29: "profile turned to one way",
    30: "space retired",
    31: "our clock jumps",
}
#: Points of which both halves must happen: the rarer one counts.
HALVES: Mapping[int, tuple[str, str]] = {
    15: ("15 falsely", "15 truly"),
    17: ("17 restored", "17 cloned"),
    23: ("23 copied", "23 recurring"),
}
#: So often each point must have happened in a storm of 10,000.
FEWEST = 50


class Visits:
    """Counts of what happened. A point that has two halves is counted by half."""

    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        self.counts: Counter[str] = Counter(counts or {})

    def note(self, point: int | str) -> None:
        """Say that it happened once more."""
        self.counts[str(point)] += 1

    def add(self, other: "Visits") -> None:
        """Take in what happened elsewhere."""
        self.counts.update(other.counts)

    def of(self, point: int) -> int:
        """Return how often a point happened, the rarer half of it."""
        if point in HALVES:
            return min(self.counts[half] for half in HALVES[point])
        return self.counts[str(point)]

    def rare(self, fewest: int) -> list[int]:
        """Return the points that happened less often than that."""
        return [point for point in POINTS if self.of(point) < fewest]

    def table(self) -> Iterable[str]:
        """Yield a line for each point."""
        for point, words in POINTS.items():
            halves = "".join(f"  {half.partition(' ')[2]} {self.counts[half]}" for half in HALVES.get(point, ()))
            yield f"{point:4}  {self.of(point):8}  {words}{halves}"


#: Of this process.
VISITS = Visits()
