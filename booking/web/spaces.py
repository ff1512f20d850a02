"""Where one can book: locations, a location's day, a space."""

from datetime import datetime

from flask import Blueprint, abort, render_template, request, session
from flask.typing import ResponseReturnValue

from booking import clock
from booking.domain.permissions import Permission, Scope
from booking.http import days
from booking.http.grids import Sheet
from booking.http.identity import current_actor, needs
from booking.http.wiring import cadence
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.places import LocationRow, SpaceRow

blueprint = Blueprint("spaces", __name__)

#: References of bookings made in this browser since it was opened: "Yours" in the grid, without name or link.
MINE = "mine"


@blueprint.get("/")
@needs(Permission.SEE_PUBLIC_PAGES)
def locations() -> ResponseReturnValue:
    """Show the public locations and when they are open today."""
    now = clock.now()
    with reading() as database:
        rows = queries.places.public_locations(database)
        today = {row.id: _today_words(database, row, now) for row in rows}
    return render_template("web/spaces/locations.html", locations=rows, today=today, now=now)


@blueprint.get("/locations/<slug>")
@needs(Permission.SEE_PUBLIC_PAGES)
def day(slug: str) -> ResponseReturnValue:
    """Show one day of a location, as grid or list or, if neither was chosen, as the width allows."""
    now = clock.now()
    with reading() as database:
        location = location_or_404(database, slug)
        wanted = days.wanted(request.args, zone=location.zone, now=now)
        grid = queries.grid.patron_day(
            database, location=location, day=wanted.day, now=now, cadence=cadence(), mine=mine()
        )
        today = _today_words(database, location, now)
    sheet = Sheet(grid, now, asked=wanted.asked, seats=wanted.seats)
    return render_template("web/spaces/day.html", sheet=sheet, location=location, wanted=wanted, today=today)


@blueprint.get("/spaces/<slug>")
@needs(Permission.SEE_PUBLIC_PAGES)
def show(slug: str) -> ResponseReturnValue:
    """Show one space: what is in it, its rules, its hours, and when it is free today."""
    now = clock.now()
    with reading() as database:
        space = space_or_404(database, slug)
        location = location_or_404(database, space.location_slug)
        today = days.local_date(now, space.zone)
        plan = queries.opening.plan_for(database, space.id, around=days.around(today, space.zone))
        grid = queries.grid.patron_day(database, location=location, day=today, now=now, cadence=cadence(), mine=mine())
    sheet = Sheet(grid, now)
    row = next((each for each in sheet.rows if each.space.id == space.id), None)
    return render_template(
        "web/spaces/show.html", space=space, plan=plan, sheet=sheet, row=row, today=days.today_words(plan, now)
    )


def location_or_404(database: Session, slug: str) -> LocationRow:
    """Return a location that whoever asks may see."""
    row = queries.places.location_by_slug(database, slug)
    if row is None or row.retired or not (row.is_public or _is_staff(row.scope)):
        abort(404)
    return row


def space_or_404(database: Session, slug: str) -> SpaceRow:
    """Return a space that whoever asks may see."""
    row = queries.places.space_by_slug(database, slug)
    if row is None or row.retired or not (row.location_is_public or _is_staff(row.scope)):
        abort(404)
    return row


def mine() -> frozenset[str]:
    """Return the references of bookings made in this browser."""
    return frozenset(session.get(MINE, ()))


def remember(ref: str) -> None:
    """Show this booking as "Yours" until the browser is closed."""
    session[MINE] = [*session.get(MINE, ()), ref][-20:]


def _is_staff(scope: Scope) -> bool:
    return current_actor().may(Permission.SEE_STAFF_PAGES, on=scope)


def _today_words(database: Session, row: LocationRow, now: datetime) -> str:
    around = days.around(days.local_date(now, row.zone), row.zone)
    plans = queries.opening.plans_for_spaces(database, row.id, (), zone=row.zone, around=around)
    return days.today_words(plans[None], now)
