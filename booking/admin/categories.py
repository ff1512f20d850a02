"""Categories: spaces of one kind, and the rules they share."""

from collections import Counter

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.admin.forms import rules
from booking.admin.forms.places import CategoryForm
from booking.domain.errors import Refused
from booking.domain.permissions import Permission
from booking.domain.rules import DEFAULTS
from booking.http.identity import current_actor, needs
from booking.services import places
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.places import CategoryRow, LocationRow

blueprint = Blueprint("admin_categories", __name__, url_prefix="/admin/locations/<slug>/categories")


@blueprint.get("")
@needs(Permission.EDIT_PLACES, on=scopes.of_location)
def index(slug: str) -> ResponseReturnValue:
    """List the categories of a location."""
    with reading() as session:
        location = scopes.location(session, slug)
        categories = queries.places.categories(session, location.id)
        inside = Counter(each.category_id for each in queries.places.spaces(session, location_id=location.id))
    rows = [(category, inside[category.id]) for category in categories]
    return pages.show("admin/categories/index.html", location=location, rows=rows)


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Permission.EDIT_PLACES, on=scopes.of_location)
def new(slug: str) -> ResponseReturnValue:
    """Add a category."""
    with reading() as session:
        location = scopes.location(session, slug)
    return _page(location, None, CategoryForm())


@blueprint.route("/<category>", methods=["GET", "POST"])
@needs(Permission.EDIT_PLACES, on=scopes.of_category)
def edit(slug: str, category: str) -> ResponseReturnValue:
    """Change a category and its rules."""
    with reading() as session:
        location = scopes.location(session, slug)
        row = scopes.category(session, location.id, category)
    return _page(location, row, CategoryForm(obj=row, data=rules.values_of(row.own)))


def _page(location: LocationRow, category: CategoryRow | None, form: CategoryForm) -> ResponseReturnValue:
    if form.validate_on_submit():
        draft = form.draft(location.id, category.id if category else None)
        try:
            with transaction() as session:
                places.save_category(session, draft, actor=current_actor(), now=clock.now())
        except Refused as refusal:
            form.explain(refusal)
        else:
            words = "Saved." if category else f"{draft.name} was added."
            return pages.done(words, url_for(".index", slug=location.slug))
    return pages.show(
        "admin/categories/form.html",
        form=form,
        location=location,
        category=category,
        rule_names=rules.NAMES,
        empty=rules.inherited(DEFAULTS),
    )


@blueprint.get("/<category>/retire")
@needs(Permission.EDIT_PLACES, on=scopes.of_category)
def retire(slug: str, category: str) -> ResponseReturnValue:
    """Ask whether to take a category out of use, or say what stands in the way."""
    with reading() as session:
        location = scopes.location(session, slug)
        row = scopes.category(session, location.id, category)
        spaces = queries.places.spaces(session, location_id=location.id, with_retired=True)
        inside = [each.id for each in spaces if each.category_id == row.id]
        obstacle = queries.places.still_in_use(session, inside, now=clock.now())
    return _retire_page(row, obstacle)


@blueprint.post("/<category>/retire")
@needs(Permission.EDIT_PLACES, on=scopes.of_category)
def retire_now(slug: str, category: str) -> ResponseReturnValue:
    """Take a category with its spaces out of use."""
    with reading() as session:
        row = scopes.category(session, scopes.location(session, slug).id, category)
    try:
        with transaction() as session:
            places.retire_category(session, row.id, actor=current_actor(), now=clock.now())
    except Refused as refusal:
        return _retire_page(row, str(refusal))
    return pages.done(f"{row.name} is retired.", url_for(".index", slug=slug))


def _retire_page(category: CategoryRow, obstacle: str) -> ResponseReturnValue:
    return pages.show(
        "admin/places/retire.html",
        refused=request.method == "POST",
        what="category",
        name=category.name,
        obstacle=obstacle,
        consequence="It and its spaces are offered to nobody from then on.",
        back_url=url_for(".edit", slug=category.location_slug, category=category.slug),
        list_url=url_for("admin_bookings.index", location=category.location_slug),
    )
