"""Reset of a space's sync: which entry is whose is forgotten and found again. Marked, running, gone."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.admin.forms.pairings import ResetForm
from booking.domain.errors import Refused
from booking.domain.permissions import Permission
from booking.http import words
from booking.http.identity import current_actor, needs
from booking.http.wiring import engine_itself
from booking.store import queries
from booking.store.database import reading
from booking.sync import reset, resets

blueprint = Blueprint("admin_resets", __name__, url_prefix="/admin/spaces/<slug>/exchange/reset")


@blueprint.get("")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def show(slug: str) -> ResponseReturnValue:
    """Say what a reset would do, and how far one is: a page, or the part of it that htmx asks for."""
    now = clock.now()
    with reading() as session:
        space = scopes.space(session, slug)
        link = queries.links.row_of_space(session, space.id)
        if link is None:
            return pages.refused("This space is not paired.", url_for("admin_links.show", slug=slug))
        plan = reset.preview(session, link.id, now=now)
        last = resets.latest(session, link.id)
    template = "admin/resets/_progress.html" if request.headers.get("HX-Request") else "admin/resets/show.html"
    return pages.show(template, reset_form=ResetForm(), space=space, link=link, plan=plan, last=last)


@blueprint.post("")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def mark(slug: str) -> ResponseReturnValue:
    """Mark the pairing for reset: it begins as soon as nobody writes to its calendar."""
    return _do(slug, withdrawing=False)


@blueprint.post("/withdraw")
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def withdraw(slug: str) -> ResponseReturnValue:
    """Take back a reset that has not begun."""
    return _do(slug, withdrawing=True)


def _do(slug: str, *, withdrawing: bool) -> ResponseReturnValue:
    with reading() as session:
        link = queries.links.row_of_space(session, scopes.space(session, slug).id)
    if link is None:
        return pages.refused("This space is not paired.", url_for("admin_links.show", slug=slug))
    act = resets.withdraw if withdrawing else resets.mark
    try:
        act(engine_itself(), link.id, actor=current_actor(), now=clock.now())
    except Refused as refusal:
        return pages.refused(words.sentence(refusal), url_for(".show", slug=slug))
    said = "The reset was withdrawn. Nothing was changed." if withdrawing else "Marked for reset."
    return pages.done(said, url_for(".show", slug=slug))
