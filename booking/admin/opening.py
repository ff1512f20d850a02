"""Opening hours and exceptions of locations and spaces."""

from datetime import date

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.admin.forms.opening import ExceptionForm, WeekForm
from booking.admin.forms.text import said
from booking.domain.errors import Refused
from booking.domain.permissions import Permission
from booking.http.identity import current_actor, needs
from booking.services import opening
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.queries.places import LocationRow, SpaceRow

blueprint = Blueprint("admin_opening", __name__, url_prefix="/admin")


@blueprint.route("/locations/<slug>/hours", methods=["GET", "POST"])
@needs(Permission.EDIT_HOURS, on=scopes.of_location)
def of_location(slug: str) -> ResponseReturnValue:
    """Show and set the opening hours of a location."""
    with reading() as session:
        location = scopes.location(session, slug)
    return _page(location, None)


@blueprint.route("/spaces/<slug>/hours", methods=["GET", "POST"])
@needs(Permission.EDIT_HOURS, on=scopes.of_space)
def of_space(slug: str) -> ResponseReturnValue:
    """Show and set the hours of one space, which replace those of its location."""
    location, space = _space(slug)
    return _page(location, space)


@blueprint.post("/locations/<slug>/hours/exceptions/<day>/remove")
@needs(Permission.EDIT_HOURS, on=scopes.of_location)
def remove_of_location(slug: str, day: str) -> ResponseReturnValue:
    """Let the ordinary week of a location hold again on that date."""
    with reading() as session:
        location = scopes.location(session, slug)
    return _remove(location, None, day)


@blueprint.post("/spaces/<slug>/hours/exceptions/<day>/remove")
@needs(Permission.EDIT_HOURS, on=scopes.of_space)
def remove_of_space(slug: str, day: str) -> ResponseReturnValue:
    """Let the ordinary week of a space hold again on that date."""
    location, space = _space(slug)
    return _remove(location, space, day)


def _space(slug: str) -> tuple[LocationRow, SpaceRow]:
    with reading() as session:
        space = scopes.space(session, slug)
        return scopes.location(session, space.location_slug), space


def _page(location: LocationRow, space: SpaceRow | None) -> ResponseReturnValue:
    """Show both forms; take the one that was sent."""
    for_exception = request.method == "POST" and "exception" in request.form
    week = WeekForm(formdata=None) if for_exception else WeekForm()
    exception = ExceptionForm() if for_exception else ExceptionForm(formdata=None)
    sent = exception if for_exception else week
    if request.method == "POST" and sent.validate():
        try:
            with transaction() as session:
                words = _take(session, sent, location, space)
        except Refused as refusal:
            sent.explain(refusal)
        else:
            return pages.done(words, _address(location, space))
    with reading() as session:
        hours = queries.opening.hours_of(session, location.id, space.id if space else None)
        wider = queries.opening.hours_of(session, location.id)
    if for_exception or request.method == "GET":
        week.fill(hours.week)
    return pages.show(
        "admin/opening/hours.html",
        form=sent,
        week=week,
        exception=exception,
        location=location,
        space=space,
        own=hours.own,
        exceptions=hours.exceptions,
        wider=wider,
    )


def _take(session: Session, sent: WeekForm | ExceptionForm, location: LocationRow, space: SpaceRow | None) -> str:
    """Store a form, and return what to say.

    Raises:
        Refused: it cannot be stored.
    """
    actor, now, space_id = current_actor(), clock.now(), space.id if space else None
    if isinstance(sent, WeekForm):
        opening.set_week(session, location.id, space_id, sent.week(), actor=actor, now=now)
        return "The week was saved."
    if sent.day.data is not None:
        opening.set_exception(
            session,
            location.id,
            space_id,
            sent.day.data,
            sent.hours.hours,
            note=said(sent.note),
            actor=actor,
            now=now,
        )
    return "The exception was saved."


def _remove(location: LocationRow, space: SpaceRow | None, day: str) -> ResponseReturnValue:
    try:
        when = date.fromisoformat(day)
    except ValueError:
        abort(404)
    with transaction() as session:
        space_id = space.id if space else None
        opening.remove_exception(session, location.id, space_id, when, actor=current_actor(), now=clock.now())
    return pages.done("The ordinary week holds again on that day.", _address(location, space))


def _address(location: LocationRow, space: SpaceRow | None) -> str:
    return url_for(".of_space", slug=space.slug) if space else url_for(".of_location", slug=location.slug)
