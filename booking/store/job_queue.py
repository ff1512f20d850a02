"""The job queue that workers share: Procrastinate's tables, beside ours in the same PostgreSQL database.

They are Procrastinate's own: it brings its schema and its migrations with it, and their last one is remembered in
the comment on its table of jobs. Our state never lies in them, so that losing all of them would lose nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, make_url, text

#: What stands before the names of Procrastinate's tables.
PREFIX = "procrastinate_"
#: Any number will do, so long as every machine uses the same one, and nothing else does.
_OUR_TURN = 4_207_849_485
_TABLE = "procrastinate_jobs"
_PATIENCE = "2s"  # of a statement that wakes a worker


def can_hold_one(database_url: str) -> bool:
    """Tell whether workers can share the database at that address: PostgreSQL can, SQLite cannot."""
    return database_url.startswith("postgresql")


def connect_arguments(database_url: str) -> dict[str, Any]:
    """Return what the driver of PostgreSQL is told to connect as SQLAlchemy does."""
    url = make_url(database_url)
    _, arguments = url.get_dialect()().create_connect_args(url)
    return dict(arguments)


# ---------------------------------------------------------------------------------------------- its tables


def bring_up(engine: Engine) -> None:
    """Bring the tables to what the installed Procrastinate needs; machines that start at once take turns."""
    if engine.dialect.name != "postgresql":
        return
    while _one_step(engine):
        pass


def migrations() -> dict[str, str]:
    """Return the statements of each of Procrastinate's migrations, by name, in their order."""
    folder = resources.files("procrastinate") / "sql" / "migrations"
    return {
        file.name: file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir(), key=lambda each: each.name)
        if file.name.endswith(".sql")
    }


def schema() -> str:
    """Return the statements that make all of it in an empty database."""
    return (resources.files("procrastinate") / "sql" / "schema.sql").read_text(encoding="utf-8")


def _one_step(engine: Engine) -> bool:
    """Take the next step that is missing, in a transaction of its own; False when none is."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _OUR_TURN})
        step = _next_step(connection)
        if step is None:
            return False
        name, statements = step
        if statements:
            connection.execution_options(no_parameters=True).exec_driver_sql(statements)
        connection.exec_driver_sql(f"COMMENT ON TABLE {_TABLE} IS '{name}'")
        return True


def _next_step(connection: Connection) -> tuple[str, str] | None:
    """Return the migration to remember, and what to do for it."""
    steps = migrations()
    newest = next(reversed(steps))
    known = connection.execute(
        text("SELECT to_regclass(:table) IS NOT NULL, obj_description(to_regclass(:table), 'pg_class')"),
        {"table": _TABLE},
    ).one()
    if not known[0]:
        return newest, schema()
    if known[1] is None:
        return newest, ""  # made by Procrastinate's own command: by the one that is installed
    return next(((name, statements) for name, statements in steps.items() if name > known[1]), None)


# ---------------------------------------------------------------------------------------------- its workers


class JobQueue:
    """The queue as a process sees it that serves pages: who works, and a line to put a job in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def is_worked_on(self, *, within: float) -> bool:
        """Tell whether a worker has shown in the last so many seconds that it lives."""
        shown = text(
            "SELECT EXISTS (SELECT 1 FROM procrastinate_workers"
            " WHERE last_heartbeat > now() - make_interval(secs => :within))"
        )
        return bool(self._ask(shown, within=within))

    def has_waiting(self, queueing_lock: str) -> bool:
        """Tell whether a job of that name waits, so that another need not be offered and refused."""
        waits = text("SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = :name AND status = 'todo')")
        return bool(self._ask(waits, name=queueing_lock))

    @contextmanager
    def line(self) -> Iterator[Any]:
        """Give the driver's own connection, for a short statement; it is committed at the end."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{_PATIENCE}'")
            yield connection.connection.driver_connection

    def _ask(self, query: TextClause, **values: object) -> object:
        with self._engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{_PATIENCE}'")
            return connection.scalar(query, values)
