"""What a mailbox left taken when a space was disconnected from it: staff look at the list, and say what is free."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.admin.forms.pairings import BlocksForm
from booking.domain.permissions import Permission
from booking.http.identity import current_actor, needs
from booking.services import pairings
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.left_behind import LeftRow

blueprint = Blueprint("admin_blocks", __name__, url_prefix="/admin/spaces/<slug>/exchange/blocks")


@blueprint.route("", methods=["GET", "POST"])
@needs(Permission.PAIR_SPACES, on=scopes.of_space)
def show(slug: str) -> ResponseReturnValue:
    """List the times that are still taken, and free those that are ticked."""
    now = clock.now()
    with reading() as session:
        space = scopes.space(session, slug)
        rows = queries.left_behind.rows(session, space.id, now=now)
    form = BlocksForm()
    form.events.choices = [(str(row.id), _words(row)) for row in rows]
    if form.validate_on_submit():
        chosen = [int(number) for number in form.events.data or ()]
        with transaction() as session:
            freed = pairings.free(session, space.id, chosen, actor=current_actor(), now=now)
        return pages.done(_freed(freed, left=len(rows) - freed), url_for("admin_links.show", slug=slug))
    ticked = frozenset(form.events.data or ()) if form.is_submitted() else {str(row.id) for row in rows}
    return pages.show("admin/blocks/show.html", form=form, space=space, rows=rows, ticked=ticked)


def _words(row: LeftRow) -> str:
    return f"{row.when.start.isoformat()} {row.mailbox}"


def _freed(number: int, *, left: int) -> str:
    told = "One time is free to book now." if number == 1 else f"{number:,} times are free to book now."
    if not left:
        return told
    return told + (" One stays taken." if left == 1 else f" {left:,} stay taken.")
