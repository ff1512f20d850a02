"""How a whole test ended, in the three words that Microsoft's own test uses."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """The end of a test; the value is stable, for other programs."""

    SUCCESSFUL = "successful"
    WITH_WARNINGS = "successful_with_warnings"
    FAILED = "failed"

    @property
    def words(self) -> str:
        """Return what a page says."""
        return self.value.replace("_", " ").capitalize()


def of(results: Iterable[str]) -> Verdict:
    """Return how a test ended whose steps ended so: ok, warning, failed or skipped.

    A step that was left out without any failure is a test that was not done, and not a good one.
    """
    ended = frozenset(results)
    if not ended or ended & {"failed", "skipped"}:
        return Verdict.FAILED
    return Verdict.WITH_WARNINGS if "warning" in ended else Verdict.SUCCESSFUL
