"""One value on the pages of health: what it shows, what that means, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from booking.domain.states import Counted
from booking.store import queries
from booking.store.database import Session
from booking.store.queries.runs import UnderWay

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOTHING = "Nothing to do."


@dataclass(frozen=True, slots=True)
class Value:
    """Something that is shown about sync. `key` is stable, for programs; `kind` names the look of its state."""

    key: str
    label: str
    shown: str
    kind: str
    meaning: str
    next_step: str = NOTHING


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was counted of every link: asked once, however many spaces are shown."""

    hour: Mapping[int, Mapping[Counted, int]] = field(default_factory=dict)
    day: Mapping[int, Mapping[Counted, int]] = field(default_factory=dict)
    ours: Mapping[int, int] = field(default_factory=dict)
    theirs: Mapping[int, int] = field(default_factory=dict)
    under_way: Mapping[int, Mapping[str, UnderWay]] = field(default_factory=dict)

    def within_hour(self, what: Counted, *link_ids: int) -> int:
        """Return how often that was done on these links in the last sixty minutes."""
        return sum(self.hour.get(each, {}).get(what, 0) for each in link_ids)

    def within_day(self, what: Counted, *link_ids: int) -> int:
        """Return how often that was done on these links in the last 24 hours."""
        return sum(self.day.get(each, {}).get(what, 0) for each in link_ids)


def gather(session: Session, *, now: datetime) -> Gathered:
    """Return all that was counted of late."""
    return Gathered(
        hour=queries.counts.since(session, now - HOUR),
        day=queries.counts.since(session, now - DAY),
        ours=queries.counts.ours_in_step(session, now=now),
        theirs=queries.counts.theirs_known(session, now=now),
        under_way=queries.runs.under_way(session),
    )


def counted(number: int, one: str, more: str) -> str:
    """Return a number with its noun: "1 read", "42 reads"."""
    return f"{number:,} {one if number == 1 else more}"
