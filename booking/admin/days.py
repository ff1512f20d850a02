"""One day of a location for staff: the patrons' grid with names and with what stands in Outlook."""

from dataclasses import replace

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.domain.permissions import Permission
from booking.http import days
from booking.http.grids import Sheet
from booking.http.identity import current_actor, needs, somewhere
from booking.http.wiring import cadence
from booking.store import queries
from booking.store.database import reading

blueprint = Blueprint("admin_days", __name__, url_prefix="/admin/locations/<slug>/day")


@blueprint.get("")
@needs(Permission.SEE_BOOKINGS, on=somewhere)
def show(slug: str) -> ResponseReturnValue:
    """Show one day; of a location where the person works in some categories only, those."""
    now = clock.now()
    with reading() as session:
        location = scopes.location(session, slug)
        scopes.require_touched(location, Permission.SEE_BOOKINGS)
        wanted = days.wanted(request.args, zone=location.zone, now=now)
        grid = queries.grid.staff_day(session, location=location, day=wanted.day, now=now, cadence=cadence())
    actor = current_actor()
    seen = [each for each in grid.groups if actor.may(Permission.SEE_BOOKINGS, on=each.rows[0].space.scope)]
    sheet = Sheet(replace(grid, groups=tuple(seen)), now)
    return pages.show(
        "admin/days/show.html", location=location, wanted=wanted, sheet=sheet, refused=bool(wanted.complaint)
    )
