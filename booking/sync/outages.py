"""What is wrong with a whole server: said once, instead of once for every space whose calendar it holds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from booking.sync.status import Code, SpaceHealth

_FEWEST = 2
_LATE = "late"
#: Looks of a space that waits for its server.
_WAITING = frozenset({_LATE, "reaching"})
#: By the state that such a server gives all its spaces: what is found.
_STOPPED: Mapping[Code, str] = {
    Code.SIGN_IN_FAILED: "does not let us in",
    Code.CONNECTION_PAUSED: "is paused",
    Code.WRITING_STOPPED: "is read, but not written to",
}
#: What is said of these spaces whether their server answers or not.
_NOT_ASKED = frozenset({Code.PAUSED, Code.LEAVING, Code.MAILBOX_GONE, Code.FROZEN, Code.RIGHT_MISSING})
_AWAY = "does not answer"
_CATCHES_UP = "It is asked again by itself; when it answers, everything catches up."


@dataclass(frozen=True, slots=True)
class Outage:
    """A server that none of its spaces can use: what is found, why, what to do, and since when."""

    connection: str
    finding: str
    kind: str
    reason: str
    advice: str
    since: datetime | None
    spaces: tuple[SpaceHealth, ...]

    @property
    def words(self) -> str:
        """A heading."""
        return f"{self.connection} {self.finding}"

    @property
    def location_id(self) -> int:
        """A location in whose settings the connection can be mended."""
        return self.spaces[0].location_id


def outages(spaces: Iterable[SpaceHealth]) -> tuple[Outage, ...]:
    """Return the servers that fail every one of their spaces, two or more, for one reason."""
    by_connection: dict[str, list[SpaceHealth]] = defaultdict(list)
    for each in spaces:
        by_connection[each.connection_name].append(each)
    found = (_outage(name, rows) for name, rows in by_connection.items() if len(rows) >= _FEWEST)
    return tuple(each for each in found if each is not None)


def _outage(name: str, rows: list[SpaceHealth]) -> Outage | None:
    first, codes = rows[0], {each.code for each in rows}
    reads = [each.last_read for each in rows if each.last_read is not None]
    if len(codes) == 1 and first.code in _STOPPED:
        since = min((each.since for each in rows if each.since is not None), default=None)
        return Outage(name, _STOPPED[first.code], first.kind, first.problem, first.advice, since, tuple(rows))
    asked = [each for each in rows if each.code not in _NOT_ASKED]
    if len(asked) >= _FEWEST and _is_away(asked):
        told = tuple(each for each in asked if each.kind in _WAITING) or tuple(asked)
        return Outage(name, _AWAY, _LATE, asked[0].last_error, _CATCHES_UP, max(reads, default=None), told)
    return None


def _is_away(rows: list[SpaceHealth]) -> bool:
    """Tell whether all of them wait with an error, and have done so for long enough to show."""
    waiting = all(each.last_error and _looks(each) & _WAITING for each in rows)
    return waiting and any(_LATE in _looks(each) for each in rows)


def _looks(space: SpaceHealth) -> set[str]:
    """Return how it looks for each thing that is wrong: a conflict does not hide that it was not read."""
    return {space.kind, *(each.kind for each in space.troubles)}
