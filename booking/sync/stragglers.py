"""The last look at a room whose pairing ends: what of ours came late, or stands there twice, goes too.

Nobody reads a room whose pairing has ended, so whatever is left then stays for ever.
"""

from datetime import datetime

from booking.connectors.port import ConnectorError, Definite, EventKind, Kind, RemoteRef
from booking.domain.states import PushState
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.links import LinkRow
from booking.sync import calls, judging, pull, strays
from booking.sync.calls import NotNow
from booking.sync.engine import Engine

#: Then nothing can be done there, and the pairing ends all the same.
_HOPELESS = frozenset({Kind.MAILBOX_GONE, Kind.FORBIDDEN})


def are_gone(engine: Engine, link_id: int) -> bool:
    """Tell whether nothing of ours stands there that was to be deleted; what does is deleted, and looked for again."""
    now = engine.now()
    with reading() as session:
        link = queries.links.row(session, link_id)
        install_id = queries.connections.install_id(session)
        deleted = _deleted(session, link_id, now=now)
    if link is None or not deleted:
        return True
    if link.next_read_at is not None and link.next_read_at > now:
        return False
    try:
        left = _left(engine, link, deleted, install_id=install_id)
    except NotNow:
        return False
    except ConnectorError as failure:
        pull.failed(engine, link_id, failure, operation="read")
        return isinstance(failure, Definite) and failure.kind in _HOPELESS
    strays.remove(engine, link, left)
    return not left


def _deleted(session: Session, link_id: int, *, now: datetime) -> frozenset[str]:
    """Return the keys of the dates to come that were sent there once and should be there no more."""
    return frozenset(
        row.occurrence.key
        for row in queries.push.all_of_link(session, link_id)
        if row.state is PushState.GONE
        and not row.want_present
        and row.intent_op is not None
        and row.occurrence.ends_at > now
    )


def _left(engine: Engine, link: LinkRow, deleted: frozenset[str], *, install_id: str) -> tuple[RemoteRef, ...]:
    window = pull.full_window(engine, link)
    snapshot = calls.ask(engine, link.connection_id, "window", lambda line: line.window(link.mailbox, window))
    if not snapshot.complete:
        raise Definite(Kind.TRANSIENT, "The server did not show the whole calendar.")
    return tuple(
        event.ref
        for event in snapshot.events
        if event.stamp
        and event.stamp.install_id == install_id
        and event.stamp.key in deleted
        and event.kind is EventKind.SINGLE  # else somebody made more of it
        and not judging.is_copy(event)
    )
