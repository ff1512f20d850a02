"""Looking for a server from what stands in the form of a connection, on every page that has one."""

from flask import render_template
from flask.typing import ResponseReturnValue

from booking.admin.forms.connections import ConnectionForm
from booking.admin.forms.text import said
from booking.domain.errors import Refused
from booking.http import wiring
from booking.http.identity import current_actor
from booking.sync import connections
from booking.sync.connections import Found

NOTHING_TO_SAY = ("", 204)  # htmx then leaves the page as it is


def propose() -> ResponseReturnValue:
    """Propose a server when the user name has been written and the server has not; nobody signs in anywhere."""
    form = ConnectionForm()
    if said(form.server) or not ("@" in said(form.username) or "@" in said(form.email)):
        return NOTHING_TO_SAY
    try:
        found = _found(form, password="")
    except Refused:
        return field(form, "No server was found from this name by itself. Write it, if you know it.")
    return field(form, _proposal(form, found))


def find(form: ConnectionForm) -> str:
    """Look for the server as the button asks, with the password if one was typed; return what to say.

    Nothing is saved. Where nothing was found the reason stands in the form, and what is returned is empty.
    """
    try:
        return _proposal(form, _found(form, password=form.password.data or ""))
    except Refused as refusal:
        form.explain(refusal)
        return ""


def field(form: ConnectionForm, search: str) -> ResponseReturnValue:
    """Return the field of the server alone, as htmx swaps it."""
    return render_template("admin/connections/_server.html", connection_form=form, search=search)


def _found(form: ConnectionForm, *, password: str) -> Found:
    """Look for the server.

    Raises:
        Refused: nothing was found, or the password was refused.
    """
    return connections.find_server(
        wiring.engine_itself(),
        said(form.email),
        form.login,
        password,
        actor=current_actor(),
        sign_in=form.way,
        ca_pem=said(form.ca_pem),
    )


def _proposal(form: ConnectionForm, found: Found) -> str:
    """Write the server into its field, and return what to say about it."""
    form.server.data = found.server
    if not found.display_name:
        return f"Found: {found.server}. Nobody signed in there. Is it yours? Then go on."
    version = dict(connections.VERSIONS).get(found.version, "")
    speaks = f" It speaks {version}." if version else ""
    return f"Found: {found.server}, where the password of {found.display_name} was accepted.{speaks}"
