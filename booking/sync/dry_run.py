"""The dry run: every room of a place or a connection is read, and what sync would do is listed. Nothing is written.

Neither in a calendar nor in a table: what is taken in is taken in by a transaction that is rolled back. The one
exception protects the account: a sign-in that is refused counts as a try, as everywhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.domain.permissions import INSTALLATION, Actor, Permission, Scope
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.folders import FolderRow
from booking.store.queries.links import LinkRow
from booking.sync import folder_rehearsal, rehearsal
from booking.sync.engine import Engine
from booking.sync.findings import HEADINGS, Finding, Kind, Rehearsal, Side, SpaceRehearsal, added, confirmation

__all__ = [
    "HEADINGS", "Finding", "Kind", "Place", "Progress", "Rehearsal", "Side", "SpaceRehearsal", "Target",
    "added", "confirmation", "places", "rehearse", "rehearse_place",
]  # fmt: skip


#: What is read: a room's calendar, or a folder that blocks a space.
Place = LinkRow | FolderRow


@dataclass(frozen=True, slots=True)
class Target:
    """Which rooms a dry run looks at: all, or those of a location, of a connection, or these spaces."""

    location_id: int | None = None
    connection_id: int | None = None
    space_ids: frozenset[int] = frozenset()

    def includes(self, place: Place) -> bool:
        """Tell whether a room or a folder is among them."""
        return (
            self.location_id in {None, place.location_id}
            and self.connection_id in {None, place.connection_id}
            and (not self.space_ids or place.space_id in self.space_ids)
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a dry run is: `done` of `total` rooms; `space` is the one that is looked at next."""

    done: int
    total: int
    space: str


def places(session: Session, target: Target, *, actor: Actor) -> tuple[Place, ...]:
    """Return what a dry run looks at: the paired rooms of the target where the actor may pair spaces, and the folders.

    An account's own calendar is about no single space, so only whoever looks after connections may have it read.
    """
    folders = queries.folders.read_at_all(session)
    found: tuple[Place, ...] = (*queries.links.rows(session), *folders)
    return tuple(each for each in found if target.includes(each) and _may(actor, each))


def _may(actor: Actor, place: Place) -> bool:
    if place.space_id is None:
        return actor.may(Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    return actor.may(Permission.PAIR_SPACES, on=Scope(place.location_id, place.category_id))


def _unwatched(_: Progress) -> None:
    """Nobody wants to know how far it is."""


def rehearse(
    engine: Engine,
    target: Target,
    *,
    actor: Actor,
    now: datetime,
    progress: Callable[[Progress], None] = _unwatched,
) -> Rehearsal:
    """Return what sync would do now in every room and folder of the target where the actor may pair spaces.

    `progress` is told before each of them. No transaction may be open.
    """
    with reading() as session:
        found = places(session, target, actor=actor)
    return Rehearsal(tuple(_each(engine, found, progress)), now, engine.now())


def _each(engine: Engine, found: Sequence[Place], progress: Callable[[Progress], None]) -> list[SpaceRehearsal]:
    done = []
    for number, place in enumerate(found):
        progress(Progress(number, len(found), _name(place)))
        done.append(rehearse_place(engine, place))
    return done


def _name(place: Place) -> str:
    if isinstance(place, LinkRow):
        return f"{place.location_name}, {place.space_name}"
    return place.name or "the account's own calendar"


def rehearse_place(engine: Engine, place: Place) -> SpaceRehearsal:
    """Return what sync would do in one room, or with one folder, now."""
    if isinstance(place, LinkRow):
        return rehearsal.room(engine, place)
    return folder_rehearsal.folder(engine, place)
