"""Copies of a whole database: taken, and put back, on SQLite and PostgreSQL alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from booking.store.database import db, transaction

Copy = Mapping[str, Sequence[dict[str, Any]]]


def taken() -> Copy:
    """Return everything that stands in the database."""
    with db.engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in db.metadata.sorted_tables
        }


def put_back(copy: Copy) -> None:
    """Have the database be as it was when the copy was taken."""
    with transaction() as session:
        connection = session.connection()
        for table in reversed(db.metadata.sorted_tables):
            connection.execute(table.delete())
        for table in db.metadata.sorted_tables:
            if rows := copy[table.name]:
                connection.execute(table.insert(), list(rows))
