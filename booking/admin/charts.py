"""Small charts drawn by the server: bars as one path of an SVG, and the same numbers in words."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.domain.states import Counted
from booking.sync.tally import Minute

#: Of the drawing: what is above the line, what is below it, and how wide a bar is with its gap.
_ABOVE, _BELOW, _STEP, _BAR = 16, 7, 2, 1.5


@dataclass(frozen=True, slots=True)
class CallChart:
    """Calls of an hour, minute by minute: answered ones above the line, failed ones below it."""

    width: int
    answered_path: str
    failed_path: str
    answered: int
    failed: int

    @property
    def words(self) -> str:
        """Return what the chart shows, for whoever does not see it."""
        calls = self.answered + self.failed
        if not calls:
            return "No calls in the last hour"
        failed = "none failed" if not self.failed else "1 failed" if self.failed == 1 else f"{self.failed} failed"
        return f"Last hour: {'1 call' if calls == 1 else f'{calls} calls'}, {failed}"


def calls(minutes: Sequence[Minute]) -> CallChart:
    """Draw the calls of these minutes."""
    most = max((max(each.answered, each.failed) for each in minutes), default=0) or 1
    above = [_good(at, each.answered / most) for at, each in enumerate(minutes) if each.answered]
    below = [_bad(at, each.failed / most) for at, each in enumerate(minutes) if each.failed]
    return CallChart(
        width=len(minutes) * _STEP,
        answered_path="".join(above),
        failed_path="".join(below),
        answered=sum(each.answered for each in minutes),
        failed=sum(each.failed for each in minutes),
    )


def _good(at: int, part: float) -> str:
    return _bar(at, _ABOVE - max(round(part * _ABOVE, 1), 1), _ABOVE)


def _bad(at: int, part: float) -> str:
    return _bar(at, _ABOVE + 1, _ABOVE + 1 + max(round(part * _BELOW, 1), 1))


def _bar(at: int, top: float, bottom: float) -> str:
    return f"M{at * _STEP} {top:g}h{_BAR}V{bottom:g}h-{_BAR}z"


# -------------------------------------------------------------------------------------- reads of a day

#: A bar is half an hour; a day has 48 of them.
_BAR_LENGTH, BARS = timedelta(minutes=30), 48
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayChart:
    """Reads of 24 hours, half hour by half hour: good ones above the line, failed ones below it."""

    good_path: str
    failed_path: str
    good: int
    failed: int
    begins_at: datetime

    @property
    def width(self) -> int:
        """Return how wide the drawing is."""
        return BARS * _STEP

    @property
    def words(self) -> str:
        """Return what the chart shows, for whoever does not see it."""
        if not self.good and not self.failed:
            return "Last 24 hours: no reads"
        good = "1 good read" if self.good == 1 else f"{self.good:,} good reads"
        return f"Last 24 hours: {good}, {f'{self.failed:,}' if self.failed else 'none'} failed"


def days(
    lines: Iterable[tuple[int, Counted, datetime, int]], *, now: datetime, all_together: bool = False
) -> dict[int, DayChart]:
    """Draw the reads of the last 24 hours of each link; with `all_together`, of all as one, under the number 0."""
    last = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    begins_at = last - _BAR_LENGTH * (BARS - 1)
    good: dict[int, Counter[int]] = defaultdict(Counter)
    failed: dict[int, Counter[int]] = defaultdict(Counter)
    for link_id, what, moment, number in lines:
        at = (moment - begins_at) // _BAR_LENGTH
        if 0 <= at < BARS:
            (failed if what is Counted.READ_FAILED else good)[0 if all_together else link_id][at] += number
    return {each: _day(good[each], failed[each], begins_at) for each in [*good, *(set(failed) - set(good))]}


def nothing(now: datetime) -> DayChart:
    """Return the chart of a day without reads."""
    return _day(Counter(), Counter(), now)


def _day(good: Counter[int], failed: Counter[int], begins_at: datetime) -> DayChart:
    most = max([*good.values(), *failed.values()], default=0) or 1
    return DayChart(
        "".join(_good(at, number / most) for at, number in sorted(good.items()) if number),
        "".join(_bad(at, number / most) for at, number in sorted(failed.items()) if number),
        sum(good.values()),
        sum(failed.values()),
        begins_at,
    )
