"""The only way to a calendar server: gated, signed in once, and with its refusals remembered.

Wrong passwords lock accounts. So after a start, a change or a failure one thread alone signs in while the
others wait for it, and after ONE wrong sign-in nobody tries for a quarter of an hour.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from booking.connectors.port import Ambiguous, ConnectionSettings, Connector, ConnectorError, Definite, Kind, SignIn
from booking.domain import retry, servers
from booking.domain.states import LinkState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.connections import Line
from booking.sync import dialling, stops, troubles
from booking.sync.engine import Engine

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


class NotNow(Exception):
    """The server may not be asked before `until`; `reason` is for staff."""

    def __init__(self, reason: str, until: datetime) -> None:
        """Remember why and how long."""
        super().__init__(reason)
        self.reason = reason
        self.until = until


#: What a call may end in, apart from an answer.
Failure = ConnectorError | NotNow


def ask(engine: Engine, connection_id: int, operation: str, do: Callable[[Connector], Answer]) -> Answer:
    """Return what the server answers. No transaction may be open.

    Raises:
        NotNow: the connection is paused, throttled, or its sign-in failed a short while ago.
        Definite: the server refused.
        Ambiguous: a write got no clear answer.
    """
    while True:
        line = _open_line(engine, connection_id)
        if not engine.lines.is_signed_in(line.id, line.revision):
            with _dialling(engine, connection_id):
                line = _open_line(engine, connection_id)  # whoever was first may have been refused
                if not engine.lines.is_signed_in(line.id, line.revision):
                    return _first_call(engine, line, operation, do)
        with engine.lines.slot(connection_id):
            line = _open_line(engine, connection_id)  # somebody may have been refused while we waited for our turn
            if engine.lines.is_signed_in(line.id, line.revision):
                return _well(engine, line, operation, do)


def check(engine: Engine, connection_id: int, do: Callable[[Connector], Answer]) -> Answer:
    """Return what a test of the connection shows: alone on the line; one that staff have paused may be tested.

    Raises:
        NotNow: the connection is throttled, or its sign-in failed a short while ago.
    """
    with _dialling(engine, connection_id):
        return _call(engine, _quiet_line(engine, connection_id), "check", do)


@contextmanager
def _dialling(engine: Engine, connection_id: int) -> Iterator[None]:
    """Sign in alone, in the whole installation.

    Raises:
        NotNow: others have been at it for too long.
    """
    try:
        with dialling.alone(engine, connection_id):
            yield
    except dialling.Busy:
        words = "Another process is signing in to the server, and has no answer yet."
        raise NotNow(words, engine.now() + engine.timing.leg) from None


def was_refused(engine: Engine, connection_id: int, words: str) -> None:
    """Open the breaker after a test in which the account could not sign in: a test counts as an attempt too."""
    with reading() as session:
        line = queries.connections.line(session, connection_id)
    _remember(engine, line, "check", Definite(Kind.SIGN_IN, words))


def settings(engine: Engine, line: Line) -> ConnectionSettings:
    """Return a stored connection as its connector wants it."""
    return ConnectionSettings(
        protocol=line.protocol,
        server=line.server,
        username=servers.login(line.username, line.netbios),
        password=line.password,
        email=line.email,
        impersonate=line.impersonate,
        sign_in=SignIn(line.sign_in),
        version=line.version,
        ca_pem=line.ca_pem,
        allow_local=engine.allow_local,
        proxy=engine.proxy,
        leg_seconds=engine.timing.leg.total_seconds(),
        deadline_seconds=engine.timing.deadline.total_seconds(),
    )


def _open_line(engine: Engine, connection_id: int) -> Line:
    line = _quiet_line(engine, connection_id)
    if line.paused:
        raise NotNow("The connection is paused.", engine.now() + timedelta(minutes=1))
    return line


def _quiet_line(engine: Engine, connection_id: int) -> Line:
    """Return how to reach a server that has not asked to be left in peace."""
    with reading() as session:
        line = queries.connections.line(session, connection_id)
    now = engine.now()
    if line.breaker_until is not None and not retry.is_over(line.breaker_until, now):
        raise NotNow(line.breaker_reason, line.breaker_until)
    if line.throttled_until is not None and not retry.is_over(line.throttled_until, now):
        raise NotNow("The server asked us to slow down.", line.throttled_until)
    return line


def _first_call(engine: Engine, line: Line, operation: str, do: Callable[[Connector], Answer]) -> Answer:
    """Make the call that shows whether the server lets us in; it holds the lock of `dialling`."""
    answer = _call(engine, line, operation, do)
    if engine.notes_calls:
        _let_in(engine, line, after_trouble=engine.lines.well_again(line.id))
    return answer


def _let_in(engine: Engine, line: Line, *, after_trouble: bool = False) -> None:
    now = engine.now()
    with transaction() as session:
        connection = queries.connections.lock(session, line.id)
        if connection.revision != line.revision:
            return
        refused = connection.breaker_until is not None
        connection.signed_in_at = now
        connection.breaker_until = None
        connection.breaker_reason = ""
        queries.links.move_states(session, line.id, old=LinkState.AUTH_FAILED, new=LinkState.ACTIVE, now=now, reason="")
        if refused or after_trouble:
            troubles.hurry(engine, session, line.id, now=now)
    engine.lines.signed_in(line.id, line.revision)


def _well(engine: Engine, line: Line, operation: str, do: Callable[[Connector], Answer]) -> Answer:
    """Make a call on a line that is signed in; the first that succeeds after an outage hurries all that waits."""
    answer = _call(engine, line, operation, do)
    if engine.notes_calls and engine.lines.well_again(line.id):
        now = engine.now()
        with transaction() as session:
            troubles.hurry(engine, session, line.id, now=now)
    return answer


def _call(engine: Engine, line: Line, operation: str, do: Callable[[Connector], Answer]) -> Answer:
    if operation in stops.WRITES:
        _require_leave(engine, line)
    connector = engine.lines.connector(line.id, line.revision, settings(engine, line))
    try:
        with engine.tally.call(line.id, operation):
            return do(connector)
    except Definite as error:
        _remember(engine, line, operation, error)
        raise
    except Ambiguous as error:
        engine.lines.in_trouble(line.id)
        engine.lines.signed_out(line.id)  # it may have been a refused sign-in: let one thread find out
        if error.wait is not None:
            troubles.pause(engine, line, error, wait=error.wait, operation=operation)
        raise


def _require_leave(engine: Engine, line: Line) -> None:
    """Pass if it is not open which installation this is: the last door before a write, whoever asks for it.

    Raises:
        NotNow: an administrator has to decide first.
    """
    with reading() as session:
        why = queries.identity.why(session, line.id)
    if why:
        raise NotNow(why, engine.now() + timedelta(minutes=1))


def _remember(engine: Engine, line: Line, operation: str, error: Definite) -> None:
    """Let what concerns the whole connection count for all of it."""
    about = {"connection": line.id, "operation": operation}
    log.warning("connection %s, %s: %s", line.id, operation, error.kind, extra=about)
    if error.kind is Kind.SIGN_IN:
        with engine.lines.dialling(line.id):  # whoever sees that nobody is signed in waits until the breaker is open
            engine.lines.signed_out(line.id)
            troubles.open_breaker(engine, line, error, operation=operation)
    elif error.kind is Kind.THROTTLED:
        troubles.pause(engine, line, error, wait=error.wait, operation=operation)
    elif error.kind is Kind.TRANSIENT:
        engine.lines.in_trouble(line.id)
    elif engine.notes_calls and not engine.lines.is_signed_in(line.id, line.revision):
        _let_in(engine, line)  # it refused the request, so it knew who was asking
