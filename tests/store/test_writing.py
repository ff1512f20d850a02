"""How changes to the database stand in line."""

import sqlite3
from contextlib import closing

import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from booking.store.database import db, reading, transaction


class TestAWriter:
    def test_has_the_database_to_itself_from_the_beginning(self, in_app: Flask) -> None:
        """On SQLite: a check and the insert after it cannot have another writer's insert between them."""
        url = make_url(in_app.config["SQLALCHEMY_DATABASE_URI"])
        if url.get_backend_name() != "sqlite":
            assert db.engine.dialect.name == "postgresql"  # there a row lock does it: see tests/services/test_races.py
            return

        with transaction() as session:
            session.connection()
            with (
                closing(sqlite3.connect(url.database or "", timeout=0, isolation_level=None)) as other,
                pytest.raises(sqlite3.OperationalError, match="locked"),
            ):
                other.execute("BEGIN IMMEDIATE")

    @pytest.mark.usefixtures("in_app")
    def test_does_not_keep_readers_out(self) -> None:
        with transaction() as session:
            session.connection()
            with reading() as other:
                assert other.connection().exec_driver_sql("SELECT 1").scalar_one() == 1
