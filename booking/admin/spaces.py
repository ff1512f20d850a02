"""Spaces: listed by category, added, changed, retired."""

from itertools import groupby

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from booking import clock
from booking.admin import images, pages, scopes
from booking.admin.forms import rules
from booking.admin.forms.places import SpaceForm
from booking.domain.errors import Refused
from booking.domain.permissions import Permission
from booking.domain.rules import DEFAULTS, SpaceRules
from booking.http.identity import current_actor, needs, somewhere
from booking.services import places
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.queries.places import CategoryRow, LocationRow, SpaceRow

blueprint = Blueprint("admin_spaces", __name__, url_prefix="/admin")


@blueprint.get("/locations/<slug>/spaces")
@needs(Permission.EDIT_PLACES, on=somewhere)
def index(slug: str) -> ResponseReturnValue:
    """List the spaces of a location that the person may change."""
    with reading() as session:
        location = scopes.location(session, slug)
        scopes.require_touched(location, Permission.EDIT_PLACES)
        spaces = scopes.allowed(queries.places.spaces(session, location_id=location.id), Permission.EDIT_PLACES)
        categories = _categories(session, location)
        links = queries.links.rows(session)
    return pages.show(
        "admin/spaces/index.html",
        location=location,
        categories=categories,
        groups=[(name, list(rows)) for name, rows in groupby(spaces, key=lambda each: each.category_name)],
        total=len(spaces),
        paired={link.space_id: link.mailbox for link in links},
    )


@blueprint.route("/locations/<slug>/spaces/new", methods=["GET", "POST"])
@needs(Permission.EDIT_PLACES, on=somewhere)
def new(slug: str) -> ResponseReturnValue:
    """Add a space."""
    with reading() as session:
        location = scopes.location(session, slug)
        scopes.require_touched(location, Permission.EDIT_PLACES)
        categories = _categories(session, location)
        form = SpaceForm()
        form.offer(categories, queries.places.zones(session, location.id))
    if form.validate_on_submit():
        try:
            saved = _save(form, None)
        except Refused as refusal:
            form.explain(refusal)
        else:
            return pages.done(f"{form.name.data} was added.", url_for(".edit", slug=saved))
    applying = categories[0].rules if len(categories) == 1 else DEFAULTS
    return _page("admin/spaces/new.html", form, applying, location=location)


@blueprint.route("/spaces/<slug>", methods=["GET", "POST"])
@needs(Permission.EDIT_PLACES, on=scopes.of_space)
def edit(slug: str) -> ResponseReturnValue:
    """Change a space."""
    with reading() as session:
        space = scopes.space(session, slug)
        location = scopes.location(session, space.location_slug)
        categories = _categories(session, location)
        form = SpaceForm(obj=space, data=rules.values_of(space.own))
        form.offer(categories, queries.places.zones(session, location.id))
    if form.validate_on_submit():
        try:
            saved = _save(form, space)
        except Refused as refusal:
            form.explain(refusal)
        else:
            return pages.done("Saved.", url_for(".edit", slug=saved))
    applying = next((each.rules for each in categories if each.id == space.category_id), DEFAULTS)
    return _page("admin/spaces/edit.html", form, applying, space=space)


def _categories(session: Session, location: LocationRow) -> tuple[CategoryRow, ...]:
    return scopes.allowed(queries.places.categories(session, location.id), Permission.EDIT_PLACES)


def _save(form: SpaceForm, space: SpaceRow | None) -> str:
    """Store what was entered, and return the space's name in addresses; a photograph that is not kept is removed.

    Raises:
        Refused: what was entered cannot be right.
    """
    before = space.image if space else ""
    upload = form.image.data  # without a file, WTForms leaves the stored name here
    new_image = images.keep(upload) if isinstance(upload, FileStorage) else ""
    kept = new_image or ("" if form.remove_image.data else before)
    try:
        with transaction() as session:
            draft = form.draft(space.id if space else None, image=kept)
            slug = places.save_space(session, draft, actor=current_actor(), now=clock.now()).slug
    except Refused:
        images.drop(new_image)
        raise
    if before != kept:
        images.drop(before)
    return slug


def _page(
    template: str,
    form: SpaceForm,
    applying: SpaceRules,
    *,
    location: LocationRow | None = None,
    space: SpaceRow | None = None,
) -> ResponseReturnValue:
    shown = space.image if space else ""
    return pages.show(
        template,
        form=form,
        image_url=url_for("images.show", name=shown) if shown else "",
        rule_names=rules.NAMES,
        empty=rules.inherited(applying),
        location=location,
        space=space,
    )


@blueprint.get("/spaces/<slug>/retire")
@needs(Permission.EDIT_PLACES, on=scopes.of_space)
def retire(slug: str) -> ResponseReturnValue:
    """Ask whether to take a space out of use, or say what stands in the way."""
    with reading() as session:
        space = scopes.space(session, slug)
        obstacle = queries.places.still_in_use(session, [space.id], now=clock.now())
    return _retire_page(space, obstacle)


@blueprint.post("/spaces/<slug>/retire")
@needs(Permission.EDIT_PLACES, on=scopes.of_space)
def retire_now(slug: str) -> ResponseReturnValue:
    """Take a space out of use."""
    with reading() as session:
        space = scopes.space(session, slug)
    try:
        with transaction() as session:
            places.retire_space(session, space.id, actor=current_actor(), now=clock.now())
    except Refused as refusal:
        return _retire_page(space, str(refusal))
    return pages.done(f"{space.name} is retired.", url_for(".index", slug=space.location_slug))


def _retire_page(space: SpaceRow, obstacle: str) -> ResponseReturnValue:
    return pages.show(
        "admin/places/retire.html",
        refused=request.method == "POST",
        what="space",
        name=space.name,
        obstacle=obstacle,
        consequence="It is offered to nobody from then on.",
        back_url=url_for(".edit", slug=space.slug),
        list_url=url_for("admin_bookings.index", location=space.location_slug),
    )
