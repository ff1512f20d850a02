"""Counting what is asked of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from booking.store.database import db


@contextmanager
def statements() -> Iterator[list[str]]:
    """Give a list that fills with every statement this application sends meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement not in {"BEGIN", "BEGIN IMMEDIATE"}:  # on SQLite we say those ourselves
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
