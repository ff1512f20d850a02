"""A library with one paired room, on each database; without pages, so that a fault there cannot stop these tests."""

from collections.abc import Iterator

import pytest
from flask import Flask

from booking.config import Settings
from booking.services import installation
from booking.store import database
from booking.store.types import KEY_RING
from tests.sync.library import NOW, Library, library


@pytest.fixture
def stored(settings: Settings) -> Iterator[Flask]:
    """Give an application that is nothing but a fresh database."""
    KEY_RING.unlock(settings.encryption_keys)
    app = Flask("stored")
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    database.db.init_app(app)
    with app.app_context():
        database.prepare(database.db.engine)
        with database.transaction() as session:
            installation.ensure(session, key_fingerprints=settings.key_fingerprints, name="Library", now=NOW)
    yield app
    with app.app_context():
        database.db.engine.dispose()


@pytest.fixture
def lib(stored: Flask, request: pytest.FixtureRequest) -> Iterator[Library]:
    """Give a library with one room that is paired with a calendar in memory."""
    with stored.app_context(), library(request.node.nodeid) as made:
        yield made
