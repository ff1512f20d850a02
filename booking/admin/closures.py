"""Closures: stretches of time in which a location or one space is closed."""

from datetime import datetime

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.admin.forms import text
from booking.admin.forms.fields import ClockField, DayField
from booking.admin.forms.opening import WHOLE_LOCATION, ClosureForm
from booking.domain.errors import NoSuchTime, NotFound
from booking.domain.intervals import Interval
from booking.domain.permissions import Permission
from booking.domain.rules import wall_time
from booking.http import words
from booking.http.identity import current_actor, needs
from booking.services import opening
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.places import LocationRow

blueprint = Blueprint("admin_closures", __name__, url_prefix="/admin/locations/<slug>/closures")


@blueprint.route("", methods=["GET", "POST"])
@needs(Permission.EDIT_HOURS, on=scopes.of_location)
def index(slug: str) -> ResponseReturnValue:
    """List the closures of a location; add one."""
    with reading() as session:
        location = scopes.location(session, slug)
        spaces = queries.places.spaces(session, location_id=location.id)
    form = ClosureForm()
    form.space_id.offer([(WHOLE_LOCATION, f"All of {location.name}"), *((each.id, each.name) for each in spaces)])
    if form.validate_on_submit() and (when := _when(form, location)):
        _add(form, location, when)
        return pages.done("The closure was added. Bookings in it stay: look at them.", url_for(".index", slug=slug))
    now = clock.now()
    with reading() as session:
        rows = [each for each in queries.opening.closures(session, location.id) if each.when.end > now]
    return pages.show("admin/opening/closures.html", form=form, location=location, rows=rows)


@blueprint.post("/<int:closure_id>/remove")
@needs(Permission.EDIT_HOURS, on=scopes.of_location)
def remove(slug: str, closure_id: int) -> ResponseReturnValue:
    """Take a closure away."""
    with reading() as session:
        location = scopes.location(session, slug)
        known = any(each.id == closure_id for each in queries.opening.closures(session, location.id))
    if not known:
        raise NotFound(what="closure")
    with transaction() as session:
        opening.remove_closure(session, closure_id, actor=current_actor(), now=clock.now())
    return pages.done("The closure was removed.", url_for(".index", slug=slug))


def _when(form: ClosureForm, location: LocationRow) -> Interval | None:
    """Return what was entered, read on the wall clock of the location; None, with complaints, for a skipped hour."""
    start = _moment(form, form.from_day, form.from_time, location)
    end = _moment(form, form.to_day, form.to_time, location)
    if start is None or end is None:
        return None
    if end <= start:  # by the clock it came after: the hour that is repeated when summer time ends
        form.complain("to_time", "The end must come after the beginning.")
        return None
    return Interval(start, end)


def _moment(form: ClosureForm, day: DayField, field: ClockField, location: LocationRow) -> datetime | None:
    if day.data is None or field.data is None:
        return None  # the form said so already
    try:
        return wall_time(day.data, field.data, location.zone)
    except NoSuchTime as refusal:
        form.complain(field.name, words.sentence(refusal, zone=location.zone))
        return None


def _add(form: ClosureForm, location: LocationRow, when: Interval) -> None:
    with transaction() as session:
        opening.add_closure(
            session,
            location.id,
            form.space_id.number or None,
            start=when.start,
            end=when.end,
            reason=text.said(form.reason),
            actor=current_actor(),
            now=clock.now(),
        )
