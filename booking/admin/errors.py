"""The error report: what went wrong with calendars, each with its remedy; filtered, and taken along as a table."""

import csv
import io
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.admin.forms.errors import ANY, ErrorsForm
from booking.domain.permissions import INSTALLATION, Permission
from booking.http.identity import current_actor, needs, somewhere
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.connections import ConnectionRow
from booking.store.queries.errors import Wanted
from booking.store.queries.places import SpaceRow
from booking.sync import remedies
from booking.sync.remedies import Reported

blueprint = Blueprint("admin_errors", __name__, url_prefix="/admin/sync/errors")

#: Rows of the page; the table to take along has more.
SHOWN = 200
MOST = 10_000
HEADING = ("When (UTC)", "Location", "Space", "Mailbox", "Connection", "Booking", "Doing", "Kind", "Message", "Remedy")
#: What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Mine:
    """What whoever asks may see errors of."""

    spaces: tuple[SpaceRow, ...]
    connections: tuple[ConnectionRow, ...]
    everything: bool


@blueprint.get("")
@needs(Permission.SEE_SYNC, on=somewhere)
def index() -> ResponseReturnValue:
    """List what went wrong, newest first, as far as it is asked for."""
    with reading() as session:
        mine = _mine(session)
        form = _form(session, mine)
        wanted = _wanted(form, mine) if form.validate() else None
        found = remedies.report(session, wanted, at_most=SHOWN) if wanted else ()
        total = queries.errors.count(session, wanted) if wanted else 0
    asked = {name: value for name, value in request.args.items(multi=False) if value}
    return pages.show("admin/sync/errors.html", form=form, found=found, total=total, asked=asked, now=clock.now())


@blueprint.get("/report.csv")
@needs(Permission.SEE_SYNC, on=somewhere)
def report() -> ResponseReturnValue:
    """Give the same list as a table that any spreadsheet opens."""
    with reading() as session:
        mine = _mine(session)
        form = _form(session, mine)
        if not form.validate():
            return pages.show("admin/sync/errors.html", form=form, found=(), total=0, asked={}, now=clock.now())
        found = remedies.report(session, _wanted(form, mine), at_most=MOST)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(HEADING)
    table.writerows(_line(each) for each in found)
    name = f"sync-errors-{clock.now():%Y-%m-%d}.csv"
    # With a byte order mark: else spreadsheets take letters beyond ASCII for others.
    return Response(
        "\ufeff" + text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _line(each: Reported) -> list[str]:
    row = each.row
    cells = [f"{row.at:%Y-%m-%d %H:%M:%S}", row.location, row.space, row.mailbox, row.connection, row.booking]
    return [_harmless(cell) for cell in (*cells, each.doing, each.title, row.message, each.remedy)]


def _harmless(cell: str) -> str:
    """Return a cell that a spreadsheet shows and does not reckon: servers write what they like."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


# ------------------------------------------------------------------------------------------- what is asked


def _mine(session: Session) -> Mine:
    everything = current_actor().may(Permission.SEE_SYNC, on=INSTALLATION)
    ids = queries.errors.concerned(session)
    spaces = scopes.allowed(queries.places.spaces_by_id(session, ids), Permission.SEE_SYNC)
    places = {each.location_id for each in spaces}
    used = {each.connection_id for each in queries.places.locations(session) if each.id in places}
    known = queries.connections.rows(session)
    return Mine(spaces, tuple(each for each in known if everything or each.id in used), everything)


def _form(session: Session, mine: Mine) -> ErrorsForm:
    form = ErrorsForm(request.args)
    form.offer(mine.spaces, mine.connections)
    given = request.args.get("space", "")
    named = queries.places.space_by_slug(session, given) if given and not given.isdecimal() else None
    form.space.data = str(named.id) if named else given or str(ANY)  # by its name, too: other pages point here
    form.connection.data = request.args.get("connection") or str(ANY)
    form.kind.data = request.args.get("kind", "")
    form.hours.data = request.args.get("hours", "")
    return form


def _wanted(form: ErrorsForm, mine: Mine) -> Wanted:
    hours = form.hours.data
    return Wanted(
        spaces=None if mine.everything else frozenset(each.id for each in mine.spaces),
        connections=None if mine.everything else frozenset(each.id for each in mine.connections),
        space_id=form.space.number or None,
        connection_id=form.connection.number or None,
        ref=(form.booking.data or "").upper(),
        kind=form.kind.data or "",
        since=clock.now() - timedelta(hours=int(hours)) if hours else None,
    )
