"""What the bare stack allows: Flask, a session, a user, CSRF, one statement, JSON, and nothing of ours.

Started as `gunicorn bench.floor:app`, with the address of the database in BENCH_DATABASE.
"""

import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from flask import Flask, Response, abort, jsonify, request, session

TABLES = (
    "CREATE TABLE IF NOT EXISTS floor_user (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS floor_booking (id {serial}, space_id INTEGER, starts_at TEXT, ends_at TEXT, who INT)",
    "CREATE INDEX IF NOT EXISTS floor_booking_when ON floor_booking (space_id, starts_at, ends_at)",
    "CREATE TABLE IF NOT EXISTS floor_audit (id {serial}, what TEXT NOT NULL, booking_id INTEGER NOT NULL)",
)
FREE = (
    "SELECT s.id FROM space s WHERE s.location_id = ? AND NOT EXISTS (SELECT 1 FROM occurrence o"
    " WHERE o.space_id = s.id AND o.holds AND o.starts_at < ? AND o.ends_at > ? AND o.starts_at > ?)"
)
TAKEN = "SELECT 1 FROM floor_booking WHERE space_id = ? AND starts_at < ? AND ends_at > ?"
BOOK = "INSERT INTO floor_booking (space_id, starts_at, ends_at, who) VALUES (?, ?, ?, 1) RETURNING id"
AUDIT = "INSERT INTO floor_audit (what, booking_id) VALUES ('placed', ?)"
DAY = (
    "SELECT o.space_id, o.starts_at, o.ends_at FROM occurrence o JOIN space s ON s.id = o.space_id"
    " WHERE s.location_id = ? AND o.holds AND o.starts_at < ? AND o.ends_at > ? AND o.starts_at > ?"
    " ORDER BY o.space_id, o.starts_at"
)


class Database:
    """One connection a thread, on either database, with the same question marks."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()
        self.is_postgresql = url.startswith("postgresql")
        with self.transaction() as connection:
            for table in TABLES:
                serial = "SERIAL PRIMARY KEY" if self.is_postgresql else "INTEGER PRIMARY KEY"
                connection.execute(table.format(serial=serial))
            connection.execute(self.sql("INSERT INTO floor_user (id, name) VALUES (1, 'Pat') ON CONFLICT DO NOTHING"))

    def sql(self, text: str) -> str:
        return text.replace("?", "%s") if self.is_postgresql else text

    def moment(self, value: str) -> datetime | str:
        """Return a time as the tables of ours hold it."""
        return datetime.fromisoformat(value) if self.is_postgresql else value.replace("T", " ")[:19] + ".000000"

    @property
    def connection(self) -> Any:  # noqa: ANN401 - of either driver
        known = getattr(self._local, "connection", None)
        if known is None:
            known = self._local.connection = self._opened()
        return known

    def _opened(self) -> Any:  # noqa: ANN401 - of either driver
        if self.is_postgresql:
            return psycopg.connect(self._url.replace("+psycopg", ""), autocommit=True)
        opened = sqlite3.connect(self._url.removeprefix("sqlite:///"), isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=20000"):
            opened.execute(f"PRAGMA {pragma}")
        return opened

    def all(self, text: str, *values: object) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.connection.execute(self.sql(text), values).fetchall()
        return rows

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        connection = self.connection
        connection.execute("BEGIN" if self.is_postgresql else "BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


class Floor:
    """The views."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self) -> None:
        """Look the user up, and compare the token of what changes something."""
        if request.path == "/begin":
            return
        if not self._database.all("SELECT name FROM floor_user WHERE id = ?", session.get("user", 0)):
            abort(403)
        if request.method == "POST" and request.headers.get("X-CSRF-Token") != session.get("csrf"):
            abort(400)

    def begin(self) -> Response:
        session["user"], session["csrf"] = 1, secrets.token_hex(16)
        return jsonify(csrf=session["csrf"])

    def free(self) -> Response:
        return jsonify([row[0] for row in self._found(FREE)])

    def day(self) -> Response:
        return jsonify([[row[0], str(row[1]), str(row[2])] for row in self._found(DAY)])

    def _found(self, statement: str) -> list[tuple[Any, ...]]:
        start, end, earliest = (self._database.moment(request.args[name]) for name in ("start", "end", "earliest"))
        return self._database.all(statement, int(request.args["location"]), end, start, earliest)

    def book(self) -> Response:
        wish = json.loads(request.data)
        with self._database.transaction() as connection:
            if self._database.is_postgresql:
                connection.execute("SELECT id FROM space WHERE id = %s FOR UPDATE", (wish["space"],))
            if self._database.all(TAKEN, wish["space"], wish["end"], wish["start"]):
                return Response(status=409)
            values = wish["space"], wish["start"], wish["end"]
            made = connection.execute(self._database.sql(BOOK), values).fetchone()[0]
            connection.execute(self._database.sql(AUDIT), (made,))
        return jsonify(id=made)


def make(url: str) -> Flask:
    """Return the bare application."""
    bare, floor = Flask("floor"), Floor(Database(url))
    bare.secret_key = "floor"  # noqa: S105 - guards nothing
    bare.before_request(floor.known)
    for view in (floor.begin, floor.free, floor.day):
        bare.add_url_rule(f"/{view.__name__}", view_func=view)
    bare.add_url_rule("/bookings", view_func=floor.book, methods=["POST"])
    return bare


def app(environ: dict[str, Any], start_response: Any) -> Any:  # noqa: ANN401 - WSGI's
    """Answer for gunicorn; made at the first request of each worker, after it was forked."""
    return _made()(environ, start_response)


_MADE: list[Flask] = []
_GUARD = threading.Lock()


def _made() -> Flask:
    with _GUARD:
        if not _MADE:
            _MADE.append(make(os.environ["BENCH_DATABASE"]))
    return _MADE[0]
