"""Which installation this is: what was found when it is in doubt, and the two answers. Administrators only."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages
from booking.domain.permissions import Permission
from booking.http import wiring
from booking.http.identity import current_actor, needs
from booking.store import queries
from booking.store.database import reading
from booking.sync import identity

blueprint = Blueprint("admin_identity", __name__, url_prefix="/admin/identity")


def is_stopped() -> bool:
    """Tell whether a decision is waited for: every staff page says so."""
    with reading() as session:
        return queries.identity.is_stopped(session)


@blueprint.get("")
@needs(Permission.EDIT_INSTALLATION)
def index() -> ResponseReturnValue:
    """Show what was found, since when and where, and what either answer would do."""
    return _page("admin/identity/index.html")


@blueprint.route("/server", methods=["GET", "POST"])
@needs(Permission.EDIT_INSTALLATION)
def server() -> ResponseReturnValue:
    """Ask once more, then go on as the server."""
    if request.method == "GET":
        return _page("admin/identity/server.html")
    folder = wiring.settings.instance
    identity.this_is_the_server(wiring.engine_itself(), actor=current_actor(), now=clock.now(), folder=folder)
    words = "This is the server. Every room that was stopped is read whole first; then writing goes on."
    return pages.done(words, url_for(".index"))


@blueprint.route("/copy", methods=["GET", "POST"])
@needs(Permission.EDIT_INSTALLATION)
def copy() -> ResponseReturnValue:
    """Ask once more, then become an installation of its own."""
    if request.method == "GET":
        return _page("admin/identity/copy.html")
    folder = wiring.settings.instance
    identity.this_is_a_copy(wiring.engine_itself(), folder, actor=current_actor(), now=clock.now())
    return pages.done("This is a copy now, with an identity of its own. Its connections are paused.", url_for(".index"))


def _page(template: str) -> ResponseReturnValue:
    now = clock.now()
    with reading() as session:
        found = identity.status(session, now=now)
    return pages.show(template, found=found, now=now)
