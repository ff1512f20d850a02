"""Bringing the tables to this version's. Apart from `database`, because only commands need Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import ArgumentError, OperationalError

from booking.store import job_queue


class Unreachable(Exception):
    """The database cannot be opened; says which and why, without its password."""


def upgrade(database_url: str) -> None:
    """Bring the database's tables to this version's; safe to run again.

    Raises:
        Unreachable: there is no database at that address.
    """
    config = Config()
    config.set_main_option("script_location", str(_migrations()))
    config.set_main_option("path_separator", "os")
    engine = _engine(database_url)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        job_queue.bring_up(engine)
    except OperationalError as error:
        shown = engine.url.render_as_string(hide_password=True)
        raise Unreachable(f"The database {shown} cannot be opened: {error.orig}") from error
    finally:
        engine.dispose()


def _engine(database_url: str) -> Engine:
    try:
        engine = create_engine(database_url, hide_parameters=True)
    except ArgumentError as error:
        raise Unreachable(
            "database_url is no address of a database, for example sqlite:////srv/booking.sqlite"
        ) from error
    except ModuleNotFoundError as error:
        raise Unreachable(
            "database_url names a kind of database that Booking does not run on. Begin it with sqlite:/// or "
            "postgresql+psycopg://"
        ) from error
    if engine.dialect.name == "sqlite":
        Path(engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
    return engine


def _migrations() -> Path:
    """Return the folder of migrations: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
