"""What a file says, once it is read: places by their short names, each with its settings and where they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from booking.cli.applying.lines import Path
from booking.cli.applying.tables import Said
from booking.domain.opening import Hours


@dataclass(frozen=True, slots=True)
class DaySaid:
    """The hours of one date; `hours` of None means that the ordinary week holds again."""

    path: Path
    day: date
    hours: tuple[Hours, ...] | None
    note: str


@dataclass(frozen=True, slots=True)
class ClosureSaid:
    """A closure on the location's own clock; a last day without a time counts to its end."""

    path: Path
    begins: date | datetime
    ends: date | datetime
    reason: str
    removed: bool


@dataclass(frozen=True, slots=True)
class OpeningSaid:
    """When a place is open. `week` is None where the file leaves it out, empty where the wider place decides."""

    path: Path
    week: Mapping[int, tuple[Hours, ...]] | None = None
    days: Mapping[int, Path] = field(default_factory=dict)  # where each weekday stands
    exceptions: tuple[DaySaid, ...] = ()
    closures: tuple[ClosureSaid, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileSaid:
    """How sync behaves in a place: by a profile that has a name; else `said`, or of None as the wider place says."""

    path: Path
    said: Said | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class SpaceSaid:
    """A space. `said` holds also what its category's and location's defaults say."""

    slug: str
    said: Said
    rules: Said
    opening: OpeningSaid
    profile: ProfileSaid | None

    @property
    def mailbox(self) -> str | None:
        """Return the address of its mailbox, in lower case as pairings keep it; None where the file names none.

        An empty one keeps a space without, where the defaults would name one.
        """
        return str(self.said.values.get("mailbox", "")).lower() or None


@dataclass(frozen=True, slots=True)
class CategorySaid:
    """A category and its spaces."""

    slug: str
    said: Said
    rules: Said
    profile: ProfileSaid | None
    spaces: tuple[SpaceSaid, ...]


@dataclass(frozen=True, slots=True)
class LocationSaid:
    """A location and all that is in it."""

    slug: str
    said: Said
    zones: tuple[tuple[str, Path], ...]
    opening: OpeningSaid
    profile: ProfileSaid | None
    categories: tuple[CategorySaid, ...]

    @property
    def connection(self) -> str | None:
        """Return what the file calls its connection."""
        return self.said.values.get("connection")

    @property
    def spaces(self) -> tuple[SpaceSaid, ...]:
        """Return the spaces of all its categories."""
        return tuple(space for category in self.categories for space in category.spaces)


@dataclass(frozen=True, slots=True)
class ConnectionSaid:
    """A connection. `key` is what locations call it in the file, `name` what it is called everywhere else."""

    key: str
    name: str
    said: Said


@dataclass(frozen=True, slots=True)
class FileSaid:
    """All that a file says."""

    connections: tuple[ConnectionSaid, ...] = ()
    locations: tuple[LocationSaid, ...] = ()
