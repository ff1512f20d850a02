"""Backups of the whole database, taken and put back as rows: the same on SQLite and PostgreSQL. And what follows.

Two installations on one calendar server are two backups that take turns in one database.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from booking.domain.intervals import Interval
from booking.domain.permissions import COMMAND_LINE
from booking.domain.states import HOLDING
from booking.store.database import db, reading, transaction
from booking.store.models import Conflict, Occurrence
from booking.sync import identity, pull, stops, worker
from booking.sync.identity import IdentityStatus
from tests.sync.library import Library, settle

WRITES = tuple(sorted(stops.WRITES))

Rows = Mapping[str, list[dict[str, Any]]]


def take() -> Rows:
    """Return every row of every table of ours."""
    with reading() as session:
        return {
            table.name: [dict(row) for row in session.execute(select(table)).mappings()]
            for table in db.metadata.sorted_tables
        }


def put_back(rows: Rows) -> None:
    """Have the database be as it was; what was written since is not known to it any more."""
    with transaction() as session:
        for table in reversed(db.metadata.sorted_tables):
            session.execute(table.delete())
        for table in db.metadata.sorted_tables:
            if rows[table.name]:
                session.execute(table.insert(), rows[table.name])


@contextmanager
def elsewhere(there: Rows) -> Iterator[dict[str, Rows]]:
    """Be the other installation for a while; gives what it looks like at the end, under "now"."""
    here, kept = take(), {"now": there}
    put_back(there)
    try:
        yield kept
    finally:
        kept["now"] = take()
        put_back(here)


def writes(lib: Library) -> int:
    """Return how many writes the server was asked for, whatever it answered."""
    return sum(lib.asked(operation) for operation in WRITES)


def status(lib: Library) -> IdentityStatus:
    """Return what an administrator is shown."""
    with reading() as session:
        return identity.status(session, now=lib.clock.now)


def say_server(lib: Library) -> None:
    """Decide, and let sync do all that follows."""
    identity.this_is_the_server(lib.engine, actor=COMMAND_LINE, now=lib.clock.now)
    go_on(lib)


def go_on(lib: Library) -> None:
    """Let some minutes pass in which everything that runs by itself runs."""
    for _ in range(2):
        pull.read_due(lib.engine)
        worker.push_due(lib.engine)
        pull.second_looks(lib.engine)
        lib.clock.turn(minutes=1)
    lib.pull()
    settle(lib)
    lib.pull()


def times(lib: Library) -> list[Interval]:
    """Return when the entries in the room's calendar stand."""
    return sorted(entry.when for entry in lib.entries)


def held_times(lib: Library) -> list[Interval]:
    """Return the times that bookings hold here."""
    with reading() as session:
        query = select(Occurrence).where(Occurrence.space_id == lib.space_id, Occurrence.state.in_(tuple(HOLDING)))
        return sorted(each.when for each in session.scalars(query))


def findings() -> list[Conflict]:
    """Return the conflicts that nobody has settled, in order."""
    with reading() as session:
        return list(session.scalars(select(Conflict).where(Conflict.resolved_at.is_(None)).order_by(Conflict.id)))
