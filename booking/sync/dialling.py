"""Who signs in first: one thread of one process of the whole installation, while all others wait for it.

The connection's row is claimed, by the database's clock, as links are for writing. A dialler that died lets the
others wait until its claim has run out, and no longer.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from booking.store import queries
from booking.store.database import reading, server_now, transaction
from booking.sync.engine import Engine

_LOOK_EVERY = 0.05


class Busy(Exception):
    """Others have been signing in for longer than one call may last; ask again in a while."""


@contextmanager
def alone(engine: Engine, connection_id: int) -> Iterator[None]:
    """Be the only one in the installation that signs in through a connection. No transaction may be open.

    Raises:
        Busy: the others took too long.
    """
    with engine.lines.dialling(connection_id):
        token = _take(engine, connection_id)
        try:
            yield
        finally:
            with transaction() as session:
                queries.connections.end_dial(session, connection_id, by=token)


def _take(engine: Engine, connection_id: int) -> str:
    """Claim the connection as soon as nobody else has it; return the claim's token."""
    token = f"{engine.worker_name[:30]}:{secrets.token_hex(8)}"
    lasting = engine.timing.dialling
    deadline = time.monotonic() + (2 * lasting).total_seconds()
    while time.monotonic() < deadline:
        if _is_free(connection_id):
            with transaction() as session:
                if queries.connections.take_dial(session, connection_id, by=token, lasting=lasting):
                    return token
        time.sleep(_LOOK_EVERY)
    raise Busy


def _is_free(connection_id: int) -> bool:
    with reading() as session:
        until = queries.connections.dialling_until(session, connection_id)
        return until is None or until <= server_now(session)
