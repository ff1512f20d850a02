"""The sweeps over free/busy: which rooms are asked for together, for which time, and whether an answer is news."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from booking.connectors import digests
from booking.connectors.port import FreeBusy, Limits
from booking.domain.availability import FAR, NEAR
from booking.domain.intervals import Interval
from booking.domain.states import LinkState
from booking.store.queries.links import LinkRow
from booking.sync.engine import Engine

#: The span of a sweep that reaches as far as each room may be booked.
ALL = timedelta.max
#: Intervals of the near sweep within which a watch must have been heard to take its place. Half of what availability
#: believes, so that a watch that dies is made up for in time; twice the pause between two signs of life of Exchange.
_HEARD_WITHIN = 1.5
_DAY = timedelta(days=1)
_DATE = "%Y%m%d"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the free/busy of some rooms. `day` is the first one it covers."""

    span: timedelta
    day: date
    window: Interval

    def mark(self, link: LinkRow, answer: FreeBusy) -> str:
        """Return what is stored of an answer: the day of the look, and a digest of what it showed."""
        if self.span < ALL:
            return f"{self.day:{_DATE}}{answer.digest}"
        until = _end(self.day, link.window)  # whoever else was asked for with it, and however far
        own = digests.free_busy(block for block in answer.blocks if block.when.start < until)
        return f"{self.day:{_DATE}}{own.digest}"


def look(span: timedelta, day: date, rooms: Sequence[LinkRow]) -> Look:
    """Return the look that a sweep takes on a day. Its time moves once a day, not with every minute that passes."""
    start = datetime.combine(day, time(), UTC)
    if span == ALL:
        return Look(span, day, Interval(start, _end(day, max(room.window for room in rooms))))
    return Look(span, day, Interval(start, start + min(span + _DAY, timedelta(days=Limits().free_busy_days))))


def _end(day: date, window: timedelta) -> datetime:
    return datetime.combine(day, time(), UTC) + max(window, FAR) + 2 * _DAY


def by_end(look: Look, links: Iterable[LinkRow]) -> dict[datetime, set[int]]:
    """Return the rooms by how far each was compared: whoever else was asked for with it, and however far."""
    found: dict[datetime, set[int]] = {}
    for link in links:
        until = _end(look.day, link.window) if look.span == ALL else look.window.end
        found.setdefault(until, set()).add(link.id)
    return found


def batches(links: Iterable[LinkRow]) -> Iterator[Sequence[LinkRow]]:
    """Yield rooms to ask for together; those that failed last time apart, as one may spoil the answer for all."""
    size = Limits().free_busy_mailboxes
    alike: dict[tuple[int, bool], list[LinkRow]] = {}
    for link in links:
        alike.setdefault((link.connection_id, bool(link.read_failures)), []).append(link)
    for group in alike.values():
        for start in range(0, len(group), size):
            yield group[start : start + size]


def stored(link: LinkRow, span: timedelta) -> str:
    """Return the mark of the last look of a sweep that is known to be followed."""
    return {NEAR: link.near_digest, FAR: link.far_digest}.get(span, link.rest_digest)


def day_of(mark: str) -> date | None:
    """Return on which day a look was taken; None if its mark does not say."""
    try:
        return datetime.strptime(mark[:8], _DATE).replace(tzinfo=UTC).date()
    except ValueError:
        return None


def is_in_order(link: LinkRow) -> bool:
    """Tell whether what is stored of a room is worth comparing with."""
    well = link.state in {LinkState.ACTIVE, LinkState.DEGRADED} and not link.read_failures
    return well and link.read_until is not None


def is_watched(engine: Engine, link: LinkRow, now: datetime) -> bool:
    """Tell whether somebody hears of changes in a room, so that it need not be looked at so often."""
    return link.watched_at is not None and abs(now - link.watched_at) < engine.timing.near_every * _HEARD_WITHIN
