"""Small charts drawn by the server: bars as one path of an SVG, and the same numbers in words."""

from collections.abc import Sequence
from dataclasses import dataclass

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
