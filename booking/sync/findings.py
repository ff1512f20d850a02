"""What a dry run found: one line for each thing that sync would do, and what it looked at. Never a title."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from booking.domain.intervals import Interval

#: Lines for one space; what is more is only counted.
MOST_LINES = 200


class Kind(StrEnum):
    """What would happen."""

    CREATE = "create"
    CHANGE = "change"
    BLOCK = "block"
    FREE = "free"
    CANCEL = "cancel"
    CONFLICT = "conflict"


class Side(StrEnum):
    """Where it would happen."""

    OUTLOOK = "outlook"
    HERE = "here"


#: The kinds in words: heading of a figure.
HEADINGS: Mapping[Kind, str] = {
    Kind.CREATE: "Created",
    Kind.CHANGE: "Changed",
    Kind.BLOCK: "Blocked",
    Kind.FREE: "Freed",
    Kind.CANCEL: "Cancelled",
    Kind.CONFLICT: "Conflicts",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that sync would do. `ref` names the booking, if it is about one of ours.

    `before` is the time at which it stood, if that changes.
    """

    kind: Kind
    side: Side
    when: Interval
    words: str
    ref: str = ""
    before: Interval | None = None


@dataclass(frozen=True, slots=True)
class SpaceRehearsal:
    """What sync would do in one room, from what its calendar shows now.

    `items` is how many entries were read, of which `ours` bear our stamp. `problem` says why it was not looked at.
    `counts` counts all findings, also those that are not listed any more.
    """

    link_id: int
    space_id: int
    space_name: str
    space_slug: str
    location_name: str
    zone: str
    mailbox: str
    findings: tuple[Finding, ...] = ()
    counts: Mapping[Kind, int] = field(default_factory=dict)
    items: int = 0
    ours: int = 0
    to_import: int = 0  # bookings from before the pairing, which only the import writes
    under_way: int = 0  # entries about which a request has just been sent
    standing_conflicts: int = 0  # known before, and still open
    warnings: tuple[str, ...] = ()
    problem: str = ""

    @property
    def looked(self) -> bool:
        """Tell whether its calendar was read."""
        return not self.problem

    @property
    def total(self) -> int:
        """Return how many things would happen."""
        return sum(self.counts.values())

    @property
    def more(self) -> int:
        """Return how many of them are counted and not listed."""
        return self.total - len(self.findings)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A dry run over some rooms. Nothing was written, in no calendar and in no table."""

    spaces: tuple[SpaceRehearsal, ...]
    began: datetime
    ended: datetime

    @property
    def counts(self) -> dict[Kind, int]:
        """Return how often each thing would happen, each kind named."""
        return added(each.counts for each in self.spaces)

    @property
    def total(self) -> int:
        """Return how many things would happen."""
        return sum(each.total for each in self.spaces)

    @property
    def items(self) -> int:
        """Return how many entries were found."""
        return sum(each.items for each in self.spaces)

    @property
    def failed(self) -> tuple[SpaceRehearsal, ...]:
        """Return the rooms that could not be looked at."""
        return tuple(each for each in self.spaces if not each.looked)

    @property
    def words(self) -> str:
        """Return the confirmation, for people."""
        read = len(self.spaces) - len(self.failed)
        return confirmation(read=read, failed=len(self.failed), items=self.items, total=self.total)


def added(counts: Iterable[Mapping[Kind, int]]) -> dict[Kind, int]:
    """Return the sums, each kind named."""
    sums: Counter[Kind] = Counter()
    for each in counts:
        sums.update(each)
    return {kind: sums[kind] for kind in Kind}


def confirmation(*, read: int, failed: int, items: int, total: int) -> str:
    """Return how a dry run ended, for people: data was found, or none was, and what sync would do."""
    lost = f" {_some(failed, 'calendar')} could not be read." if failed else ""
    if not read:
        return f"No calendar was read.{lost} Nothing was written."
    where = _some(read, "calendar")
    if not items:
        found = f"Nothing was found: {where} {'was' if read == 1 else 'were'} read and no entry stands there to sync."
    else:
        found = f"Data was found: {_some(items, 'entry', 'entries')} in {where}."
    would = f" Sync would do {_some(total, 'thing')}." if total else " Both sides agree: sync would change nothing."
    return f"{found}{would}{lost} Nothing was written."


def _some(number: int, what: str, several: str = "") -> str:
    return f"one {what}" if number == 1 else f"{number:,} {several or what + 's'}"
