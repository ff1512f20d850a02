"""Sync health: every paired space, those that need somebody first, each with the button that mends it."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.domain.permissions import Permission
from booking.http.identity import current_actor, needs, somewhere
from booking.http.wiring import cadence
from booking.store import queries
from booking.store.database import reading
from booking.store.queries.health import ConflictRow
from booking.sync import status
from booking.sync.outages import outages
from booking.sync.status import SpaceHealth

blueprint = Blueprint("admin_sync", __name__, url_prefix="/admin/sync")


@dataclass(frozen=True, slots=True)
class Row:
    """One paired space, and whether whoever asks may mend it."""

    health: SpaceHealth
    may_mend: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """All paired spaces that the person sees, at a glance."""

    spaces: int
    in_step: int
    needy: int
    waiting: int
    oldest: timedelta | None
    conflicts: int


@blueprint.get("")
@needs(Permission.SEE_SYNC, on=somewhere)
def index() -> ResponseReturnValue:
    """Show how every paired space of the person's places is."""
    now = clock.now()
    actor = current_actor()
    with reading() as session:
        seen = scopes.allowed(status.spaces(session, now=now, cadence=cadence()), Permission.SEE_SYNC)
        ids = {each.link_id for each in seen}
        conflicts = tuple(each for each in queries.health.open_conflicts(session) if each.link_id in ids)
        locations = {each.id: each for each in queries.places.locations(session)}
    rows = [Row(each, actor.may(Permission.PAIR_SPACES, on=each.scope)) for each in seen]
    away = outages(seen)
    rows.sort(key=lambda row: (not row.health.needs_somebody, row.health.kind == "in-step"))
    return pages.show(
        "admin/sync/index.html",
        rows=rows,
        figures=_figures(seen, conflicts),
        conflicts=conflicts,
        outages=away,
        told={space.link_id for outage in away for space in outage.spaces},
        locations=locations,
        now=now,
    )


def _figures(seen: tuple[SpaceHealth, ...], conflicts: tuple[ConflictRow, ...]) -> Figures:
    lags = [each.lag for each in seen if each.lag is not None]
    return Figures(
        spaces=len(seen),
        in_step=sum(each.kind == "in-step" for each in seen),
        needy=sum(each.needs_somebody for each in seen),
        waiting=sum(each.waiting for each in seen),
        oldest=max(lags, default=None),
        conflicts=len(conflicts),
    )
