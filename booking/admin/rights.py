"""What an Exchange administrator does for us: lines to copy, and what to type into Microsoft's own test."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking.admin import pages
from booking.domain import analyzer as microsofts
from booking.domain import powershell, servers
from booking.domain.errors import NotFound
from booking.domain.permissions import Permission
from booking.http.identity import needs
from booking.store import queries
from booking.store.database import reading
from booking.store.queries.connections import ConnectionRow

blueprint = Blueprint("admin_rights", __name__, url_prefix="/admin/exchange")

_LONGEST = 254


@blueprint.get("/rights")
@needs(Permission.EDIT_CONNECTIONS)
def index() -> ResponseReturnValue:
    """Show the lines for an account that is not stored yet."""
    account = request.args.get("account", "").strip()[:_LONGEST]
    return pages.show(
        "admin/exchange/rights.html", connection=None, account=account, scripts=powershell.scripts(account), rooms=()
    )


@blueprint.get("/<int:connection_id>/rights")
@needs(Permission.EDIT_CONNECTIONS)
def of_connection(connection_id: int) -> ResponseReturnValue:
    """Show the lines for the account of a connection, and for the rooms that are paired through it."""
    row, rooms = _connection(connection_id)
    account = row.email or servers.login(row.username, row.netbios)
    return pages.show(
        "admin/exchange/rights.html",
        connection=row,
        account=account,
        scripts=powershell.scripts(account, rooms),
        rooms=rooms,
    )


@blueprint.get("/<int:connection_id>/analyzer")
@needs(Permission.EDIT_CONNECTIONS)
def analyzer(connection_id: int) -> ResponseReturnValue:
    """Show what to type into Microsoft's Remote Connectivity Analyzer for this connection."""
    row, rooms = _connection(connection_id)
    mailbox = request.args.get("mailbox", "").strip()[:_LONGEST] or next(iter(rooms), "")
    fields = microsofts.fields(
        mailbox=mailbox,
        username=servers.login(row.username, row.netbios),
        server=row.server,
        impersonate=row.impersonate,
    )
    return pages.show(
        "admin/exchange/analyzer.html",
        connection=row,
        fields=fields,
        mailbox=mailbox,
        rooms=rooms,
        address=microsofts.ADDRESS,
        back_url=url_for("admin_exchange.show", connection_id=connection_id),
    )


def _connection(connection_id: int) -> tuple[ConnectionRow, tuple[str, ...]]:
    """Return a connection, and the mailboxes that are paired through it.

    Raises:
        NotFound: there is none.
    """
    with reading() as session:
        row = queries.connections.row(session, connection_id)
        if row is None:
            raise NotFound(what="connection")
        rooms = tuple(each.mailbox for each in queries.links.rows(session) if each.connection_id == connection_id)
    return row, rooms
