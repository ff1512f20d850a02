"""The import of a space: bookings that are not in its calendar yet are written there."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import links, pages, scopes
from booking.domain.errors import Refused
from booking.domain.permissions import Permission
from booking.http import words
from booking.http.identity import current_actor, needs
from booking.http.wiring import engine_itself
from booking.store.database import reading
from booking.sync import imports

blueprint = Blueprint("admin_imports", __name__, url_prefix="/admin/spaces/<slug>/exchange/import")


@blueprint.get("")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def show(slug: str) -> ResponseReturnValue:
    """Show how far the import is: a page, or the part of it that htmx asks for."""
    with reading() as session:
        tab = links.tab_of(session, slug)
    template = "admin/imports/_progress.html" if request.headers.get("HX-Request") else "admin/imports/show.html"
    return pages.show(template, tab=tab, space=tab.space)


@blueprint.post("")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def run(slug: str) -> ResponseReturnValue:
    """Have every booking that is not over written into the calendar; run again it adds nothing."""
    with reading() as session:
        tab = links.tab_of(session, slug)
    if tab.link is None:
        return pages.refused("Pair the space first.", url_for("admin_links.show", slug=slug))
    try:
        imports.run(engine_itself(), tab.link.id, actor=current_actor(), now=clock.now())
    except Refused as refusal:
        return pages.refused(words.sentence(refusal), url_for("admin_links.show", slug=slug))
    return pages.done("The import is running.", url_for(".show", slug=slug))
