"""Locations: listed, added, changed, retired."""

from collections import Counter

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.admin.forms.places import ZONES, LocationForm
from booking.domain.errors import Refused
from booking.domain.permissions import INSTALLATION, Permission
from booking.http.identity import current_actor, needs, somewhere
from booking.services import places
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.places import LocationRow

blueprint = Blueprint("admin_locations", __name__, url_prefix="/admin/locations")


@blueprint.get("")
@needs(Permission.SEE_STAFF_PAGES, on=somewhere)
def index() -> ResponseReturnValue:
    """List the locations in which the person works."""
    actor = current_actor()
    with reading() as session:
        mine = scopes.touched(queries.places.locations(session), Permission.SEE_STAFF_PAGES)
        spaces = Counter(
            {row.id: len(queries.places.spaces(session, location_id=row.id)) for row in mine},
        )
    rows = [(row, spaces[row.id], actor.may(Permission.EDIT_PLACES, on=row.scope)) for row in mine]
    return pages.show(
        "admin/locations/index.html", rows=rows, may_add=actor.may(Permission.EDIT_PLACES, on=INSTALLATION)
    )


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Permission.EDIT_PLACES)
def new() -> ResponseReturnValue:
    """Add a location."""
    form = LocationForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                draft = form.draft(None)
                slug = places.save_location(session, draft, actor=current_actor(), now=clock.now()).slug
        except Refused as refusal:
            form.explain(refusal)
        else:
            return pages.done(
                f"{draft.name} was added. Next: its categories.", url_for("admin_categories.index", slug=slug)
            )
    return pages.show("admin/locations/new.html", form=form, zones=ZONES)


@blueprint.route("/<slug>", methods=["GET", "POST"])
@needs(Permission.EDIT_PLACES, on=scopes.of_location)
def edit(slug: str) -> ResponseReturnValue:
    """Change a location."""
    with reading() as session:
        location = scopes.location(session, slug)
    form = LocationForm(obj=location)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                saved = places.save_location(session, form.draft(location.id), actor=current_actor(), now=clock.now())
                slug = saved.slug
        except Refused as refusal:
            form.explain(refusal)
        else:
            return pages.done("Saved.", url_for(".edit", slug=slug))
    may_retire = current_actor().may(Permission.EDIT_PLACES, on=INSTALLATION)
    return pages.show("admin/locations/edit.html", form=form, location=location, zones=ZONES, may_retire=may_retire)


@blueprint.get("/<slug>/retire")
@needs(Permission.EDIT_PLACES)
def retire(slug: str) -> ResponseReturnValue:
    """Ask whether to take a location out of use, or say what stands in the way."""
    with reading() as session:
        location = scopes.location(session, slug)
        spaces = queries.places.spaces(session, location_id=location.id, with_retired=True)
        obstacle = queries.places.still_in_use(session, [each.id for each in spaces], now=clock.now())
    return _retire_page(location, obstacle)


@blueprint.post("/<slug>/retire")
@needs(Permission.EDIT_PLACES)
def retire_now(slug: str) -> ResponseReturnValue:
    """Take a location out of use."""
    with reading() as session:
        location = scopes.location(session, slug)
    try:
        with transaction() as session:
            places.retire_location(session, location.id, actor=current_actor(), now=clock.now())
    except Refused as refusal:
        return _retire_page(location, str(refusal))
    return pages.done(f"{location.name} is retired.", url_for(".index"))


def _retire_page(location: LocationRow, obstacle: str) -> ResponseReturnValue:
    return pages.show(
        "admin/places/retire.html",
        refused=request.method == "POST",
        what="location",
        name=location.name,
        obstacle=obstacle,
        consequence="Patrons no longer find it, and staff no longer see its grid.",
        back_url=url_for(".edit", slug=location.slug),
        list_url=url_for("admin_bookings.index", location=location.slug),
    )
