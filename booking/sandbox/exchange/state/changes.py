"""What happened in a place since somebody last asked, page by page, and how they remember where they are.

A round tells everything up to the change that was the newest when it began. What is new to the asker comes first, in
the order of its arrival, then what changed or went, by its last change; the newest first in each. Arrivals never
change their number, so nothing is told twice or left out when items change while the pages of a round are read.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

_HEAD = b"\x01sync"
#: Before all numbers: the store's are positive, and what was always there has small negative ones.
_BEGINNING = -1_000_000


class Kind(StrEnum):
    """What happened, in EWS's words."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing of the place: since when it is there, and when it last changed or went."""

    id: str
    arrived: int
    changed: int
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One change as it is told."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where an asker is: all up to `done` is told, and of the round up to `until` what stands before `last`."""

    place: str
    done: int = _BEGINNING
    until: int = 0
    last: tuple[bool, int] | None = None

    def text(self) -> str:
        """The position as the opaque state that clients keep."""
        return b64encode(_HEAD + json.dumps(asdict(self)).encode()).decode()


class UnknownState(ValueError):
    """The text is no state that was given out for this place."""


def read(state: str, *, place: str, newest: int) -> Position:
    """The position in a client's state; an empty state is the beginning. Raises UnknownState."""
    if not state:
        return Position(place=place)
    try:
        raw = b64decode(state, validate=True)
        found = json.loads(raw.removeprefix(_HEAD)) if raw.startswith(_HEAD) else {}
        last = found["last"]
        position = Position(
            place=str(found["place"]),
            done=int(found["done"]),
            until=int(found["until"]),
            last=None if last is None else (bool(last[0]), int(last[1])),
        )
    except (BadBase64, ValueError, KeyError, TypeError, IndexError) as error:
        raise UnknownState(state) from error
    if position.place != place or max(position.done, position.until) > newest:
        raise UnknownState(state)
    return position


def following(traces: Iterable[Trace], position: Position, *, newest: int, most: int) -> tuple[list[Told], Position]:
    """The next changes, and where the asker then is; `last` is None in it once the round is over."""
    until = position.until if position.last is not None else newest
    waiting = []
    for trace in traces:
        is_new = trace.arrived > position.done
        number = trace.arrived if is_new else trace.changed
        place = (is_new, number)
        unheard = is_new and trace.gone
        if position.done < number <= until and not unheard and (position.last is None or place < position.last):
            waiting.append((place, trace))
    waiting.sort(key=lambda each: each[0], reverse=True)
    page = waiting[:most]
    told = [Told(_kind(trace, is_new=place[0]), trace.id) for place, trace in page]
    if len(waiting) > len(page):
        return told, Position(place=position.place, done=position.done, until=until, last=page[-1][0])
    return told, Position(place=position.place, done=until)


def _kind(trace: Trace, *, is_new: bool) -> Kind:
    if trace.gone:
        return Kind.DELETE
    return Kind.CREATE if is_new else Kind.UPDATE
