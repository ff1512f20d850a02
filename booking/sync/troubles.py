"""What went wrong with a calendar: remembered in words, and what follows for its link."""

import secrets
from datetime import datetime, timedelta

from booking.connectors.port import ConnectorError, Definite, Kind
from booking.domain import retry
from booking.domain.states import LinkState
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import CalendarLink, SyncError
from booking.store.queries.connections import Line
from booking.sync.engine import Engine

#: A server, or a proxy before it, that names a longer wait is asked again all the same.
_LONGEST_WAIT = timedelta(hours=1)
_FRESH_RIGHTS = " Fresh rights can take some minutes to arrive."


def open_breaker(engine: Engine, line: Line, error: Definite, *, operation: str) -> None:
    """Stop every sign-in of a connection for a quarter of an hour: a second wrong one may lock the account."""
    now = engine.now()
    with transaction() as session:
        connection = queries.connections.lock(session, line.id)
        if connection.revision != line.revision:
            return
        connection.breaker_until = now + engine.timing.sign_in_again
        connection.breaker_reason = str(error)
        connection.signed_in_at = None
        queries.links.move_states(
            session, line.id, old=LinkState.ACTIVE, new=LinkState.AUTH_FAILED, now=now, reason=str(error)
        )
        note(session, now=now, operation=operation, kind=Kind.SIGN_IN, message=str(error), connection_id=line.id)


def pause(engine: Engine, line: Line, error: ConnectorError, *, wait: timedelta | None, operation: str) -> None:
    """Leave the server in peace for as long as it asked."""
    now = engine.now()
    until = now + max(_bounded(wait) or engine.timing.throttled, timedelta(seconds=1))
    with transaction() as session:
        connection = queries.connections.lock(session, line.id)
        before = connection.throttled_until
        if before is None or before < until or retry.is_over(before, now):  # one from before our clock jumped back
            connection.throttled_until = until
        note(session, now=now, operation=operation, kind=Kind.THROTTLED, message=str(error), connection_id=line.id)


def hurry(engine: Engine, session: Session, connection_id: int, *, now: datetime) -> None:
    """Have all that waits because of a connection's trouble taken up now: the server answers again."""
    queries.links.hurry(session, connection_id)
    queries.push.hurry(session, connection_id, settled=now - engine.timing.settle)


def note(
    session: Session,
    *,
    now: datetime,
    operation: str,
    kind: str,
    message: str,
    connection_id: int | None = None,
    link_id: int | None = None,
    push_item_id: int | None = None,
) -> None:
    """Keep an error for staff; the message holds no secret and no private title."""
    session.add(
        SyncError(
            at=now,
            connection_id=connection_id,
            link_id=link_id,
            push_item_id=push_item_id,
            operation=operation,
            kind=str(kind),
            message=message,
        ),
    )


def wait(attempt: int, *, server_asked: timedelta | None = None) -> timedelta:
    """Return how long to wait before the next try, with the dice thrown."""
    jitter = 0.5 + secrets.randbelow(500) / 1000  # never nearly nothing: each try costs the server something
    return retry.wait_before(attempt, server_asked=_bounded(server_asked), jitter=jitter)


def _bounded(asked: timedelta | None) -> timedelta | None:
    return None if asked is None else min(asked, _LONGEST_WAIT)


def follow(engine: Engine, link: CalendarLink, error: Definite, *, now: datetime) -> timedelta | None:
    """Give a link the state that an error means for it; return how long to leave it alone, if that is certain."""
    match error.kind:
        case Kind.MAILBOX_GONE:
            set_state(link, LinkState.GONE, now=now, reason=str(error))
            return engine.timing.gone_again
        case Kind.FORBIDDEN:
            set_state(link, LinkState.DEGRADED, now=now, reason=str(error) + _FRESH_RIGHTS)
            return engine.timing.forbidden_again
        case _:
            return None


def set_state(link: CalendarLink, state: LinkState, *, now: datetime, reason: str = "") -> None:
    """Change a link's state, unless staff have stopped it."""
    if link.state in {LinkState.PAUSED, LinkState.LEAVING, LinkState.ENDED}:
        return
    if link.state is not state:
        link.state_since = now
    link.state = state
    link.state_reason = reason
