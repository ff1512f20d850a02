"""Zones: the parts of a location, as people find their way."""

from collections import Counter

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.admin.forms import text
from booking.admin.forms.places import ZoneForm
from booking.domain.errors import NotFound, Refused
from booking.domain.permissions import Permission
from booking.http.identity import current_actor, needs
from booking.services import places
from booking.services.places import ZoneDraft
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.places import LocationRow, ZoneRow

blueprint = Blueprint("admin_zones", __name__, url_prefix="/admin/locations/<slug>/zones")


@blueprint.route("", methods=["GET", "POST"])
@needs(Permission.EDIT_PLACES, on=scopes.of_location)
def index(slug: str) -> ResponseReturnValue:
    """List the zones of a location; add one."""
    with reading() as session:
        location = scopes.location(session, slug)
    return _page(location, None, ZoneForm())


@blueprint.route("/<int:zone_id>", methods=["GET", "POST"])
@needs(Permission.EDIT_PLACES, on=scopes.of_location)
def edit(slug: str, zone_id: int) -> ResponseReturnValue:
    """Change a zone."""
    with reading() as session:
        location = scopes.location(session, slug)
        zone = queries.places.zone(session, zone_id)
    if zone is None or zone.location_id != location.id:
        raise NotFound(what="zone")
    return _page(location, zone, ZoneForm(obj=zone))


def _page(location: LocationRow, edited: ZoneRow | None, form: ZoneForm) -> ResponseReturnValue:
    if form.validate_on_submit():
        draft = ZoneDraft(
            location.id,
            name=text.said(form.name),
            position=text.number(form.position),
            id=edited.id if edited else None,
        )
        try:
            with transaction() as session:
                places.save_zone(session, draft, actor=current_actor(), now=clock.now())
        except Refused as refusal:
            form.explain(refusal)
        else:
            words = "Saved." if edited else f"{draft.name} was added."
            return pages.done(words, url_for(".index", slug=location.slug))
    with reading() as session:
        zones = queries.places.zones(session, location.id)
        inside = Counter(each.zone_id for each in queries.places.spaces(session, location_id=location.id))
    rows = [(zone, inside[zone.id]) for zone in zones]
    return pages.show("admin/zones/index.html", form=form, location=location, rows=rows, edited=edited)
