"""Today: what needs somebody, and who comes to which location."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.domain.permissions import Permission
from booking.domain.states import BookingState
from booking.http import days, filters
from booking.http.identity import needs, somewhere
from booking.http.wiring import cadence
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.bookings import OccurrenceRow
from booking.store.queries.places import LocationRow
from booking.sync import status
from booking.sync.outages import Outage, outages

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

SHOWN = 12  # bookings of one location; the rest is a link away


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that needs somebody: what it is, and where it is mended."""

    words: str
    detail: str
    address: str
    link: str
    kind: str  # of calendar state, for its shape: conflict, failed, reaching, ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """A date of today, and whose it is."""

    ref: str
    who: str
    title: str
    date: OccurrenceRow


@dataclass(frozen=True, slots=True)
class Today:
    """Today in one location."""

    location: LocationRow
    day: datetime
    arrivals: tuple[Arrival, ...]
    total: int


@blueprint.get("/")
@needs(Permission.SEE_STAFF_PAGES, on=somewhere)
def index() -> ResponseReturnValue:
    """Show what needs somebody, and today in each location."""
    now = clock.now()
    with reading() as session:
        findings = [*_waiting(session), *_failed(session), *_alarms(session, now)]
        locations = scopes.touched(queries.places.locations(session), Permission.SEE_BOOKINGS)
        today = [_today(session, row, now) for row in locations]
    return pages.show("admin/overview/index.html", findings=findings, today=today, now=now)


def _waiting(session: Session) -> list[Finding]:
    mine = scopes.granted(Permission.SEE_BOOKINGS)
    number = queries.bookings.search(session, scopes=mine, state=BookingState.HELD).total
    if not number:
        return []
    words = "One booking is held" if number == 1 else f"{number:,} bookings are held"
    detail = "Their time is kept; they wait until Outlook has answered. That takes seconds, unless Outlook is away."
    return [Finding(words, detail, url_for("admin_bookings.index", state="held"), "Look at them", "reaching")]


def _failed(session: Session) -> list[Finding]:
    number = queries.messages.counts(session, scopes=scopes.granted(Permission.SEE_MESSAGES)).get("failed", 0)
    if not number:
        return []
    words = "One message could not be sent" if number == 1 else f"{number:,} messages could not be sent"
    detail = "The patrons do not know yet what happened to their bookings."
    return [Finding(words, detail, url_for("admin_messages.index", state="failed"), "Look and try again", "failed")]


def _alarms(session: Session, now: datetime) -> list[Finding]:
    seen = scopes.allowed(status.spaces(session, now=now, cadence=cadence()), Permission.SEE_SYNC)
    away = outages(seen)
    told = {space.link_id for each in away for space in each.spaces}
    found = [(each.words, _outage_words(each, now), each.kind) for each in away]
    found += [
        (f"{row.space_name}: {row.words}", row.problem, row.kind)
        for row in seen
        if row.needs_somebody and row.link_id not in told
    ]
    health = url_for("admin_sync.index"), "See sync health"
    conflicts = url_for("admin_conflicts.index"), "Look and decide"
    return [
        Finding(words, detail, *(conflicts if kind == "conflict" else health), kind) for words, detail, kind in found
    ]


def _outage_words(outage: Outage, now: datetime) -> str:
    if outage.since is None:
        return f"{outage.reason} {outage.advice}"
    since = f"{filters.stamp(outage.since, 'UTC')} UTC, {filters.ago(outage.since, now)}"
    return f"{outage.reason} Since {since}. {outage.advice}"


def _today(session: Session, location: LocationRow, now: datetime) -> Today:
    day = days.local_date(now, location.zone)
    found = queries.bookings.search(
        session,
        scopes=scopes.granted(Permission.SEE_BOOKINGS),
        location_id=location.id,
        day_from=day,
        day_to=day,
    )
    arrivals = [
        Arrival(booking.ref, booking.patron_name, booking.title, date)
        for booking in found.rows
        for date in booking.occurrences
        if date.holds and date.when.end > now and days.local_date(date.when.start, location.zone) <= day
    ]
    arrivals.sort(key=lambda each: each.date.when)
    return Today(location, now, tuple(arrivals[:SHOWN]), len(arrivals))
