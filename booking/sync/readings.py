"""A reading: what one look at a room's calendar showed, and from which state of ours it was made."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from booking.connectors.port import RemoteEvent, RemoteRef
from booking.domain.intervals import Interval
from booking.store.queries.links import LinkRow


@dataclass(frozen=True, slots=True)
class Reading:
    """What a look showed. `link` carries the counters from before the look.

    `vanished` are ids that are certainly not there: asked for one by one, with the right to read shown in the
    same round. `too_many` is set instead when so much would vanish at once that staff must say whether it is true.
    """

    link: LinkRow
    window: Interval
    events: tuple[RemoteEvent, ...]
    read_at: datetime
    vanished: frozenset[str] = frozenset()
    uncertain: bool = False
    why: str = ""
    too_many: int = 0
    missing: frozenset[str] = frozenset()
    full: bool = False
    near_digest: str | None = None
    far_digest: str | None = None
    rest_digest: str | None = None


class Fate(StrEnum):
    """What became of a reading."""

    APPLIED = "applied"
    DROPPED = "dropped"  # we wrote meanwhile: look again
    IDLE = "idle"  # the link is not read now


@dataclass(frozen=True, slots=True)
class Applied:
    """What taking a reading in changed. `strays` are items of ours that should not be there."""

    fate: Fate
    changes: int = 0
    strays: tuple[RemoteRef, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would follow from taking a reading in, besides what changed here: an alarm, and items to be deleted."""

    alarmed: bool
    strays: tuple[RemoteRef, ...]
