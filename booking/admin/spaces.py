"""Spaces: listed by category, added, changed, retired."""

from itertools import groupby

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from booking import clock
from booking.admin import images, pages, scopes
from booking.admin.forms import rules
from booking.admin.forms.places import SpaceForm
from booking.admin.forms.retiring import RetireForm, mark
from booking.admin.forms.text import said
from booking.domain.errors import Refused
from booking.domain.permissions import Permission
from booking.domain.rules import DEFAULTS, SpaceRules
from booking.http.identity import current_actor, needs, somewhere
from booking.http.wiring import front
from booking.services import places, retiring
from booking.services.retiring import Fate
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
        connection = queries.connections.row_of_location(session, location.id)
    return pages.show(
        "admin/spaces/index.html",
        location=location,
        categories=categories,
        groups=[(name, list(rows)) for name, rows in groupby(spaces, key=lambda each: each.category_name)],
        total=len(spaces),
        paired={link.space_id: link.mailbox for link in links},
        connection=connection,
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
    """Ask whether to take a space out of use, and what becomes of the bookings still to come."""
    with reading() as session:
        space = scopes.space(session, slug)
        coming = retiring.preview(session, space.id, into=None, now=clock.now())
        return _retire_page(session, space, _retire_form(session, space), coming)


@blueprint.post("/spaces/<slug>/retire")
@needs(Permission.EDIT_PLACES, on=scopes.of_space)
def retire_now(slug: str) -> ResponseReturnValue:
    """Show what becomes of each booking still to come; once that was seen, take the space out of use."""
    with reading() as session:
        space = scopes.space(session, slug)
        form = _retire_form(session, space)
        right = form.validate_on_submit()
        fates = retiring.preview(session, space.id, into=form.goal if right else None, now=clock.now())
    if right and (not fates or form.seen.data == mark(fates, form.goal)):
        try:
            plan = retiring.planned(fates, into=form.goal, message=said(form.message))
            front.retire_space(space.id, plan, actor=current_actor(), now=clock.now())
        except Refused as refusal:
            form.explain(refusal, zone=space.zone)
        else:
            return pages.done(f"{space.name} is retired.", url_for(".index", slug=space.location_slug))
    elif right and form.seen.data:
        form.complain(None, "Something is different now. Look at the list again.")
    with reading() as session:
        return _retire_page(session, space, form, fates, looked_at=right)


def _retire_form(session: Session, space: SpaceRow) -> RetireForm:
    form = RetireForm()
    form.offer(_like(session, space))
    return form


def _like(session: Session, space: SpaceRow) -> list[SpaceRow]:
    """Return the other spaces of its category that are in use."""
    found = queries.places.spaces(session, location_id=space.location_id)
    return [each for each in found if each.category_id == space.category_id and each.id != space.id]


def _retire_page(
    session: Session, space: SpaceRow, form: RetireForm, fates: tuple[Fate, ...], *, looked_at: bool = False
) -> ResponseReturnValue:
    link = queries.links.row_of_space(session, space.id)
    goal = form.goal if looked_at else None
    form.seen.data = mark(fates, goal) if looked_at else ""
    return pages.show(
        "admin/spaces/retire.html",
        refused=any(form.complaints),
        form=form,
        space=space,
        mailbox=link.mailbox if link else "",
        fates=fates,
        looked_at=looked_at,
        goal=form.names.get(goal, "") if goal is not None else "",
        moving=sum(goal is not None and not each.obstacle for each in fates),
    )
