"""The pages of health, put together: the whole, one space, and what was done there and when."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from booking.domain.permissions import Scope
from booking.services import profiles
from booking.store import queries
from booking.store.database import Session
from booking.store.models import SyncRun
from booking.store.queries.places import SpaceRow
from booking.sync import space_values, system_values, values
from booking.sync.space_values import SpaceDetail
from booking.sync.status import SpaceHealth
from booking.sync.system_values import Seen, System
from booking.sync.values import Gathered


def everything(_scope: Scope) -> bool:
    """Let every place be seen: for the command line."""
    return True


def system(
    session: Session,
    health: Iterable[SpaceHealth],
    *,
    now: datetime,
    gathered: Gathered | None = None,
    may_see: Callable[[Scope], bool] = everything,
    names_accounts: bool = False,
) -> System:
    """Return every value of the whole, as far as somebody may see its places.

    Args:
        session: to read with.
        health: how each space is that they may see.
        now: the present moment.
        gathered: what was counted of late, if that was asked already.
        may_see: tells it of a place.
        names_accounts: whether user names of calendar servers are shown to them.
    """
    health = tuple(health)
    ids = queries.health.synced_spaces(session)
    spaces = tuple(each for each in queries.places.spaces_by_id(session, ids) if may_see(each.scope))
    used = {each.connection_id for each in health} | _connections_of(session, spaces)
    ways = queries.directions.load(session)
    known = queries.profiles.rows(session)
    seen = Seen(
        connections=tuple(each for each in queries.connections.rows(session) if names_accounts or each.id in used),
        spaces=spaces,
        health=health,
        unsynced=frozenset(
            each.id
            for each in spaces
            if not ways.of(location_id=each.location_id, category_id=each.category_id, space_id=each.id).active
        ),
        profiles=len(known),
        active_profiles=sum(each.active for each in known),
        names_accounts=names_accounts,
    )
    return system_values.of(seen, gathered or values.gather(session, now=now), now=now)


def _connections_of(session: Session, spaces: Iterable[SpaceRow]) -> set[int]:
    places = {each.location_id for each in spaces}
    return {
        each.connection_id for each in queries.places.locations(session) if each.connection_id and each.id in places
    }


def space(
    session: Session, place: SpaceRow, health: SpaceHealth | None, *, now: datetime, gathered: Gathered | None = None
) -> SpaceDetail:
    """Return every value of one space; `health` is None for one that is not paired."""
    applied = profiles.applied(session, place.id)
    return space_values.of(
        health,
        gathered or values.gather(session, now=now),
        profile=applied.profile.name if applied.profile else "",
        active=applied.settings.active,
        now=now,
    )


# ----------------------------------------------------------------------------------------------- timeline

_KINDS = {
    "first_read": "First reading of the whole calendar",
    "read": "Calendar read",
    "import": "Bookings imported",
    "reconcile": "Both sides compared",
    "reset": "Reset",
    "dry_run": "Dry run",
}
_OUTCOMES = {
    "marked": ("reaching", "waits for its turn"),
    "running": ("reaching", "running"),
    "done": ("in-step", "done"),
    "failed": ("failed", "failed"),
    "dropped": ("late", "comes again"),
    "withdrawn": ("paused", "withdrawn"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline of a space: a run, how it ended, and what it found."""

    at: datetime
    ended_at: datetime | None
    title: str
    kind: str
    outcome: str
    words: str


def timeline(session: Session, link_id: int, *, at_most: int = 30) -> tuple[Happening, ...]:
    """Return the runs of a pairing, newest first: readings that brought something, imports, comparisons, resets."""
    return tuple(_happening(each) for each in queries.runs.of_link(session, link_id, at_most=at_most))


def _happening(run: SyncRun) -> Happening:
    kind, outcome = _OUTCOMES.get(run.outcome, ("reaching", run.outcome))
    title = _KINDS.get(run.kind, run.kind.replace("_", " ").capitalize())
    if run.kind == "import" and run.outcome == "running":
        kind, outcome = "in-step", "started"  # how far it is stands with the space's pairing
    return Happening(run.started_at, run.ended_at, title, kind, outcome, _told(run))


def _told(run: SyncRun) -> str:
    """Return what a run found, in words; never a title."""
    try:
        told = json.loads(run.report or "{}")
    except ValueError:
        return ""
    if not isinstance(told, dict):
        return ""
    counts = (("entries", "entry", "entries"), ("changes", "change", "changes"), ("found", "difference", "differences"))
    said = [values.counted(told[key], one, more) for key, one, more in counts if isinstance(told.get(key), int)]
    if isinstance(told.get("items"), list):
        said.append(values.counted(len(told["items"]), "booking", "bookings"))
    problem = told.get("problem")
    return ", ".join(said) + (f"{': ' if said else ''}{problem}" if isinstance(problem, str) and problem else "")
