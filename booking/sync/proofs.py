"""The whole test of a stored connection: where the server is looked for, each step to the folder, one verdict."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from booking.connectors import registry
from booking.connectors.port import Definite, SignIn, StepResult
from booking.domain import permissions
from booking.domain.errors import NotFound
from booking.domain.permissions import INSTALLATION, Actor, Permission
from booking.domain.verdicts import Verdict
from booking.services import connections as stored_connections
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.connections import ConnectionRow
from booking.sync import changed_servers, connections, trials
from booking.sync.engine import Engine
from booking.sync.trials import Step

#: Seconds for the search; what is left of half a minute belongs to the server itself.
_LEG, _LONGEST = 2.5, 5.0
_AUTODISCOVER = "Autodiscover names the server"


@dataclass(frozen=True, slots=True)
class Proof:
    """How a whole test went."""

    steps: tuple[Step, ...]
    verdict: Verdict
    milliseconds: int


def prove(
    engine: Engine, connection_id: int, *, mailbox: str = "", folder: str = "", actor: Actor, now: datetime
) -> Proof:
    """Test a stored connection, in a mailbox and a folder if they are given; it ends within half a minute.

    A connection that stands paused may be tested. What came out is kept as its last test.

    Raises:
        Forbidden: only administrators may test connections.
        NotFound: there is no such connection.
    """
    permissions.require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    with reading() as session:
        row = queries.connections.row(session, connection_id)
    if row is None:
        raise NotFound(what="connection")
    began = time.monotonic()
    found = _autodiscover(engine, row, mailbox or row.email)
    tried = connections.try_place(engine, connection_id, mailbox=mailbox, folder=folder)
    steps = (*found, *changed_servers.noticed(row, (_right_before(row, each) for each in tried)))
    if any(each.result is not StepResult.SKIPPED for each in tried):  # else the server was left in peace
        with transaction() as session:
            stored_connections.keep_report(session, connection_id, trials.report(steps), now=now)
    return Proof(steps, connections.verdict(steps), round((time.monotonic() - began) * 1000))


def _autodiscover(engine: Engine, row: ConnectionRow, address: str) -> tuple[Step, ...]:
    """Return which server autodiscover names for an address. As a stranger: the password has one try, and not here."""
    if row.protocol != "ews" or "@" not in address:
        return ()
    began = time.monotonic()
    try:
        found = registry.find_server(
            address,
            sign_in=SignIn(row.sign_in),
            ca_pem=row.ca_pem,
            allow_local=engine.allow_local,
            proxy=engine.proxy,
            leg_seconds=_LEG,
            deadline_seconds=_LONGEST,
        )
    except Definite as failure:
        step = _not_named(f"{str(failure).partition('. ')[0].rstrip('.')}.")  # without whom it asked
    else:
        step = _named(row.server, found.url)
    return (replace(step, milliseconds=round((time.monotonic() - began) * 1000)),)


def _not_named(why: str) -> Step:
    remedy = (
        "Nothing here depends on it: the server that stands in the connection is used. People's Outlook looks for its"
        " server in this way, so tell your Exchange administrator if it should work."
    )
    return Step("autodiscover", _AUTODISCOVER, StepResult.WARNING, why, remedy)


def _named(entered: str, found: str) -> Step:
    host = urlsplit(found).hostname or found
    ours = urlsplit(entered if "://" in entered else f"https://{entered}").hostname or entered
    if host.lower() == ours.lower():
        return Step("autodiscover", _AUTODISCOVER, StepResult.OK, f"{host}, as in this connection.")
    words = f"It names {host}; this connection uses {ours}."
    remedy = "Both may lead to the same Exchange. If they do not, or after a move, write the other name into it."
    return Step("autodiscover", _AUTODISCOVER, StepResult.WARNING, words, remedy)


def _right_before(row: ConnectionRow, step: Step) -> Step:
    """Return a step; where the account is refused that was let in with these same settings, with what that means."""
    if step.name != "sign_in" or not step.failed or row.signed_in_at is None:
        return step
    words = (
        f" It was accepted last on {row.signed_in_at:%d %B %Y at %H:%M} UTC with these same settings: so the form of"
        " the name is right, and the password was changed or has expired, or the account is locked or outside its"
        " logon hours."
    )
    return replace(step, remedy=step.remedy + words)
