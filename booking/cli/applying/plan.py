"""What applying a file would change, or has changed: one line for each difference."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from booking.cli.applying.words import DAYS


class Action(StrEnum):
    """What is done to a thing."""

    CREATE = "create"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the file and the installation. `line` is that of the file."""

    action: Action
    what: str  # location central
    label: str = ""  # Saturday
    old: str = ""
    new: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """All differences, in the order of the file, and what the file does not name."""

    changes: tuple[Change, ...] = ()
    elsewhere: tuple[str, ...] = ()


def by_days(changes: Iterable[Change]) -> list[Change]:
    """Return changes of weekdays, in their order, with days in a row that change alike as one: Monday-Friday."""

    def run(numbered: tuple[int, Change]) -> tuple[int, str, str]:
        number, change = numbered
        return DAYS.index(change.label.lower()) - number, change.old, change.new

    found = []
    for _, group in groupby(enumerate(changes), key=run):
        first, *others = [change for _, change in group]
        found.append(replace(first, label=f"{first.label}-{others[-1].label}") if others else first)
    return found
