"""The application on a fresh database of each kind, as fixtures."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from booking import config
from booking.app import create_app
from booking.config import Settings
from booking.store.database import db
from tests.support.databases import PostgresDatabases, SqliteFiles

DATABASES = ("sqlite", "postgresql")
#: Other tests are at rest when these answer, so nothing here waits long for a calendar.
ENVIRONMENT = {"BOOKING_ALLOW_LOCAL_CONNECTIONS": "true", "BOOKING_SECURE_COOKIES": "false", "BOOKING_TESTING": "true"}


class RuleOnce(Rule):
    """A route whose address is compiled once in a process: tests make the application thousands of times."""

    _builders: ClassVar[dict[object, Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT002 - as Werkzeug has it
        key = self.rule, append_unknown, tuple(sorted((self.defaults or {}).items()))
        if key not in self._builders:
            self._builders[key] = super()._compile_builder(append_unknown)
        return self._builders[key]


Flask.url_rule_class = RuleOnce


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    """Migrate SQLite once."""
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_databases(request: pytest.FixtureRequest) -> PostgresDatabases:
    """Migrate PostgreSQL once."""
    return PostgresDatabases(request.getfixturevalue("postgres_cluster"))


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, instance: Path) -> Iterator[str]:
    """Give the address of a fresh database with all tables: first on SQLite, then on PostgreSQL."""
    if request.param == "sqlite":
        files: SqliteFiles = request.getfixturevalue("sqlite_files")
        with files.fresh(instance) as url:
            yield url
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    with databases.fresh() as url:
        yield url


@pytest.fixture
def settings(instance: Path, database_url: str) -> Settings:
    """Give the settings of an installation under test; change them with `dataclasses.replace`."""
    return config.load(instance, ENVIRONMENT | {"BOOKING_DATABASE_URL": database_url})


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """Give the application on a fresh database."""
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def in_app(app: Flask) -> Iterator[Flask]:
    """Give the application with its context open, for tests below the edges: `reading()` and `transaction()` work.

    Not for tests with `client`: Flask would then share `g` between requests.
    """
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give somebody who asks for pages, without a browser."""
    return app.test_client()
