"""How the database is opened: for reading, for changing, and never in any other way.

SQLite runs with WAL, `synchronous=FULL` and `BEGIN IMMEDIATE` behind a fair queue, because a check followed by
an insert under its default (deferred) transactions double-books, and without a queue a writer can starve.
PostgreSQL carries an exclusion constraint, SQLite a trigger; both surface here as `Taken`.
"""

import fcntl
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from booking.domain.errors import NotPossible, Taken
from booking.store.models import Base

__all__ = [
    "NEWEST_REVISION",
    "Condition",
    "Session",
    "after_commit",
    "condition",
    "db",
    "prepare",
    "reading",
    "server_now",
    "transaction",
]

db = SQLAlchemy(metadata=Base.metadata)

#: The last migration; a test holds it against the folder of migrations. Alembic itself, which knows, takes 10 MB of
#: each process that serves pages.
NEWEST_REVISION = "0004"
#: What is raised while the database is away or will not answer, as opposed to what it refuses.
AWAY = (InterfaceError, OperationalError)

_WRITES = "booking_writes"
_HOOKS = "booking_after_commit"
_BUSY_TIMEOUT_MS = 20_000


class WriteQueue:
    """Lets one writer at a time through to SQLite, first come, first served; between processes by a file lock."""

    def __init__(self, lock_file: Path | None) -> None:
        """Guard the database beside `lock_file`; None for one that only this process sees."""
        self._lock_file = lock_file
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._owner: int | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for our turn, then hold it.

        Raises:
            RuntimeError: this thread holds it already; a transaction inside a transaction is a fault.
        """
        me = threading.get_ident()
        if self._owner == me:
            msg = "transaction() inside transaction(): pass the session instead"
            raise RuntimeError(msg)
        self._queue_up()
        self._owner = me
        try:
            with self._between_processes():
                yield
        finally:
            self._owner = None
            self._let_next()

    def _queue_up(self) -> None:
        mine = threading.Event()
        with self._guard:
            self._waiting.append(mine)
            if self._waiting[0] is mine:
                return
        mine.wait()

    def _let_next(self) -> None:
        with self._guard:
            self._waiting.popleft()
            if self._waiting:
                self._waiting[0].set()

    @contextmanager
    def _between_processes(self) -> Iterator[None]:
        if self._lock_file is None:
            yield
            return
        with self._lock_file.open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield  # closing the file lets the lock go


_QUEUES: dict[str, WriteQueue] = {}
_QUEUES_GUARD = threading.Lock()


def prepare(engine: Engine) -> None:
    """Have each connection of this engine set up as the top of this file says; once, at start."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connection)
        event.listen(engine, "begin", _sqlite_begin)


def _sqlite_connection(dbapi_connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own objects
    dbapi_connection.isolation_level = None  # we say BEGIN ourselves
    cursor = dbapi_connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading() -> Iterator[Session]:
    """Give a session to look with; nothing it changes is kept."""
    with Session(db.engine, autoflush=False) as session:
        yield session


@contextmanager
def transaction() -> Iterator[Session]:
    """Give a session to change with: all of it is kept, or none.

    Stands inside `try`, never around it, so that a refusal always rolls back. Functions handed to
    `after_commit` run once the change is safe.

    Raises:
        Taken: the database refused a double booking.
        NotPossible: somebody else has just saved what may stand once only.
    """
    with _turn(db.engine):
        session = Session(db.engine.execution_options(**{_WRITES: True}))
        try:
            yield session
            session.commit()
        except IntegrityError as error:
            session.rollback()
            if _is_double_booking(error):
                raise Taken from error
            if words := _faster(error):
                raise NotPossible(words) from error
            raise
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()
    for hook in session.info.get(_HOOKS, ()):
        hook()


def after_commit(session: Session, hook: Callable[[], None]) -> None:
    """Have `hook` called after this session's transaction is committed; not at all if it is rolled back."""
    session.info.setdefault(_HOOKS, []).append(hook)


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    if engine.dialect.name != "sqlite":
        yield
        return
    with _queue_of(engine).turn():
        yield


def _queue_of(engine: Engine) -> WriteQueue:
    name = engine.url.database or ""
    in_memory = name in {"", ":memory:"}
    key = f"{name}:{id(engine)}" if in_memory else name
    with _QUEUES_GUARD:
        if key not in _QUEUES:
            _QUEUES[key] = WriteQueue(None if in_memory else Path(f"{name}.writing"))
        return _QUEUES[key]


def _is_double_booking(error: IntegrityError) -> bool:
    """Tell whether the exclusion constraint (PostgreSQL) or the trigger (SQLite) spoke. Source: migration 0001."""
    return "occurrence_holds_its_space_alone" in str(error.orig)


_SHORT_NAME = "Somebody else has just taken this short name. Choose another."
_SETTINGS = "Somebody else has just saved these settings. Look again, and repeat what you did."
#: What to say when two people save at one moment what may stand once only, by the constraint that spoke. PostgreSQL
#: alone lets them get so far. Source: migration 0001.
_FASTER: Mapping[str, str] = {
    "uq_location_slug": _SHORT_NAME,
    "ix_category_location_id_slug": _SHORT_NAME,
    "uq_space_slug": _SHORT_NAME,
    "ix_zone_location_id_name": "Somebody else has just added a part of that name. Choose another.",
    "uq_connection_name": "Somebody else has just saved a connection of that name. Choose another.",
    "uq_person_login": "Somebody else has just added an account with that address.",
    "uq_calendar_link_live_mailbox": "Somebody else has just paired this mailbox with another space.",
    "uq_calendar_link_live_space": "Somebody else has just paired this space.",
    "ix_profile_member_location_id": _SETTINGS,
    "ix_profile_member_category_id": _SETTINGS,
    "ix_profile_member_space_id": _SETTINGS,
    "ix_remote_folder_connection_id_mailbox_remote_id": _SETTINGS,
    "ix_tree_reading_connection_id_mailbox": _SETTINGS,
}


def _faster(error: IntegrityError) -> str:
    """Return what to tell whoever was second; empty when the database refused for another reason."""
    said = str(error.orig)
    return next((words for name, words in _FASTER.items() if f'"{name}"' in said), "")


def server_now(session: Session) -> datetime:
    """Return the database's own clock, aware, in UTC: what claims are measured by, on any machine."""
    if session.get_bind().dialect.name == "sqlite":
        stamp = session.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
        return datetime.fromisoformat(stamp).replace(tzinfo=UTC)
    moment: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment.astimezone(UTC)


class Condition(Enum):
    """What stands between the database and work."""

    READY = auto()
    AWAY = auto()
    OUTDATED = auto()  # its tables are of another version


def condition() -> Condition:
    """Look whether the application's database answers, and whether its tables are this version's."""
    try:
        with db.engine.connect() as connection:
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return Condition.AWAY
    return Condition.READY if found == NEWEST_REVISION else Condition.OUTDATED
