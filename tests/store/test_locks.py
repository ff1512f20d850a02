"""Locks that two transactions take in the same order: neither waits for what the other cannot let go."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from booking import config
from booking.app import create_app
from booking.store import queries
from booking.store.database import db, transaction
from tests import build
from tests.support.application import ENVIRONMENT
from tests.support.databases import PostgresDatabases


@pytest.fixture
def rows(instance: Path, postgres_databases: PostgresDatabases) -> Iterator[Flask]:
    """Give an application on PostgreSQL, which alone locks rows."""
    with postgres_databases.fresh() as url:
        app = create_app(config.load(instance, ENVIRONMENT | {"BOOKING_DATABASE_URL": url}))
        yield app
        with app.app_context():
            db.engine.dispose()


class TestWhoeverHoldsALink:
    def test_never_waits_for_one_who_holds_its_space(self, rows: Flask) -> None:
        """PostgreSQL looks after the space again when one transaction changes the link twice, and locks it for that."""
        with rows.app_context(), transaction() as session:
            space = build.space(session)
            space_id, link_id = space.id, build.link(session, space).id

        def writes_twice() -> None:
            with rows.app_context(), transaction() as session:
                link = queries.links.lock(session, link_id)
                link.claimed_by = "a worker"
                session.flush()
                link.writes += 1

        with ThreadPoolExecutor() as pool, rows.app_context(), transaction() as session:
            queries.places.lock_space(session, space_id)

            pool.submit(writes_twice).result(timeout=10)

    def test_lets_nobody_else_hold_it(self, rows: Flask) -> None:
        with rows.app_context(), transaction() as session:
            link_id = build.link(session, build.space(session)).id

        def waits() -> str:
            with rows.app_context(), transaction() as session:
                return queries.links.lock(session, link_id).claimed_by

        with ThreadPoolExecutor() as pool:
            with rows.app_context(), transaction() as session:
                queries.links.lock(session, link_id).claimed_by = "the first"
                session.flush()
                second = pool.submit(waits)
            assert second.result(timeout=10) == "the first"
