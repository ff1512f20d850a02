"""Whether anything may be written: not while it is open which of two copies of this installation is the server.

Every way to a write asks here or in the database: what is due (`queries.push`), each step of a push, deleting
strays, and at last the line itself (`calls`), so that none is forgotten. Reading goes on.
"""

from datetime import datetime

from booking.domain.states import LinkState
from booking.store import queries
from booking.store.database import Session, transaction
from booking.store.models import CalendarLink

#: What the port calls them.
WRITES = frozenset({"create", "update", "delete", "decline"})


def may_write(session: Session, link: CalendarLink) -> bool:
    """Tell whether a link's calendar may be written to now."""
    if link.state in {LinkState.PAUSED, LinkState.ENDED}:
        return False
    if link.recovering and link.state is not LinkState.LEAVING:
        return False  # it is read whole first; what leaves is not read any more
    connection = queries.connections.row(session, link.connection_id)
    if connection is None or connection.paused:
        return False
    return not queries.identity.why(session, link.connection_id)


def stop_writing(connection_id: int, *, reason: str, look_at: datetime) -> None:
    """Let nothing be written through a connection, and read all its rooms: an administrator wants to see them whole.

    By itself, in no other transaction: a connection is locked before its links.
    """
    with transaction() as session:
        connection = queries.connections.lock(session, connection_id)
        if connection.writes_stopped:
            return
        connection.writes_stopped = reason
        for link_id in queries.links.ids_of_connection(session, connection_id):
            queries.links.hint(session, link_id, at=look_at)
