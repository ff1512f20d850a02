"""Sync health: what is wrong and since when, every paired space, each with the button that mends it, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import charts, pages, scopes
from booking.admin.charts import DayChart
from booking.domain import rules
from booking.domain.errors import NotFound, Refused
from booking.domain.permissions import INSTALLATION, Permission, Scope
from booking.domain.states import Counted
from booking.http import words
from booking.http.identity import current_actor, needs, somewhere
from booking.http.wiring import cadence, engine
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.alerts import AlertRow
from booking.store.queries.conflicts import ConflictRow
from booking.store.queries.places import SpaceRow
from booking.sync import health, reconciling, remedies, status, why
from booking.sync.outages import Outage, outages
from booking.sync.status import SpaceHealth

#: A list of more spaces shows no chart for each: it would be longer than all the rest.
MOST_CHARTS = 120

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
        conflicts = tuple(each for each in queries.conflicts.unsettled(session) if each.link_id in ids)
        locations = {each.id: each for each in queries.places.locations(session)}
        alerts = queries.alerts.still_open(session)
        system = health.system(
            session,
            seen,
            now=now,
            may_see=lambda scope: actor.may(Permission.SEE_SYNC, on=scope),
            names_accounts=actor.may(Permission.EDIT_CONNECTIONS, on=INSTALLATION),
        )
        days = _days(session, [each.link_id for each in seen], now=now) if len(seen) <= MOST_CHARTS else None
    rows = [Row(each, actor.may(Permission.PAIR_SPACES, on=each.scope)) for each in seen]
    away = outages(seen)
    rows.sort(key=lambda row: (not row.health.needs_somebody, row.health.kind == "in-step"))
    return pages.show(
        "admin/sync/index.html",
        rows=rows,
        figures=_figures(seen, conflicts),
        conflicts=conflicts,
        outages=away,
        alerts=_alerts(alerts, seen, away),
        told={space.link_id for outage in away for space in outage.spaces},
        locations=locations,
        chart=charts.calls(engine.tally.last_hour(frozenset(each.connection_id for each in seen))),
        system=system,
        days=days,
        no_day=charts.nothing(now),
        now=now,
    )


def _days(session: Session, link_ids: list[int], *, now: datetime) -> dict[int, DayChart]:
    """Return the reads of the last 24 hours of these links."""
    what = (Counted.READ, Counted.READ_FAILED)
    return charts.days(queries.counts.lines(session, since=now - charts.DAY, what=what, link_ids=link_ids), now=now)


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


def _alerts(alerts: Iterable[AlertRow], seen: Iterable[SpaceHealth], away: Iterable[Outage]) -> list[AlertRow]:
    """Return the alerts about what the person sees; a server that fails all its spaces has a notice of its own."""
    links, connections = {each.link_id for each in seen}, {each.connection_id for each in seen}
    told = {each.spaces[0].connection_id for each in away}
    return [
        each
        for each in alerts
        if each.link_id in links
        or (each.link_id is None and each.connection_id in connections - told)
        or (each.link_id is None and each.connection_id is None)
    ]


@blueprint.get("/spaces/<slug>")
@needs(Permission.SEE_SYNC, on=scopes.of_space)
def show(slug: str) -> ResponseReturnValue:
    """Show all that is known of one pairing: its readings, what waits, what went wrong, and the last comparison."""
    now = clock.now()
    with reading() as session:
        space = scopes.space(session, slug)
        every = status.spaces(session, now=now, cadence=cadence())
        found = next((each for each in every if each.space_id == space.id), None)
        waiting = queries.health.waiting_rows(session, found.link_id) if found else ()
        errors = queries.health.errors(session, found.link_id) if found else ()
        compared = reconciling.reports(session, found.link_id, at_most=1) if found else ()
        detail = health.space(session, space, found, now=now)
        happenings = health.timeline(session, found.link_id) if found else ()
        days = _days(session, [found.link_id], now=now) if found else {}
    chart = charts.calls(engine.tally.last_hour(frozenset({found.connection_id} if found else set())))
    return pages.show(
        "admin/sync/show.html",
        space=space,
        health=found,
        detail=detail,
        happenings=happenings,
        day=days.get(found.link_id, charts.nothing(now)) if found else None,
        waiting=waiting,
        errors=errors,
        remedy=remedies.remedy,
        report=compared[0].report if compared else None,
        chart=chart,
        may_mend=current_actor().may(Permission.PAIR_SPACES, on=space.scope),
        may_ask=current_actor().may(Permission.SEE_BOOKINGS, on=space.scope),
        asked=_next_hour(now),
        now=now,
    )


# ------------------------------------------------------------------------- why is this slot busy?


def _of_id(session: Session, space_id: int, **_rest: object) -> Scope | None:
    row = queries.places.space(session, space_id)
    return row.scope if row else None


@blueprint.get("/why/<int:space_id>")
@needs(Permission.SEE_BOOKINGS, on=_of_id)
def explain(space_id: int) -> ResponseReturnValue:
    """Say why a space is busy, free or not certain at the moment that the address names."""
    now = clock.now()
    with reading() as session:
        space = queries.places.space(session, space_id)
        if space is None:
            raise NotFound(what="space")
        at, complaint = _asked(space, now=now)
        answer = why.why(session, space, at, now=now, cadence=cadence())
    return pages.show(
        "admin/sync/why.html",
        space=space,
        at=at,
        answer=answer,
        complaint=complaint,
        refused=bool(complaint),
        may_see_sync=current_actor().may(Permission.SEE_SYNC, on=space.scope),
        day_url=url_for("admin_days.show", slug=space.location_slug),
        now=now,
    )


def _asked(space: SpaceRow, *, now: datetime) -> tuple[datetime, str]:
    """Return the moment that is asked about, and what was wrong with the address; then it is the next hour."""
    wanted = request.args
    try:
        if "at" in wanted:
            return datetime.strptime(wanted["at"], "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC), ""
        if "date" in wanted:
            day, at = date.fromisoformat(wanted["date"]), time.fromisoformat(wanted.get("time", "09:00"))
            return rules.wall_time(day, at.replace(tzinfo=None), space.zone), ""
    except Refused as refusal:
        return _next_hour(now), words.sentence(refusal)
    except ValueError:
        return _next_hour(now), "Write the day like 2026-10-26 and the time like 09:00."
    return _next_hour(now), ""


def _next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
