"""SQLite's writers stand in line, also those of other processes; PostgreSQL needs no line."""

import fcntl
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from booking.store.database import db, transaction


@pytest.fixture
def lock_file(in_app: Flask) -> Path:
    """Give the file by which other processes see that somebody writes."""
    return Path(f"{make_url(in_app.config['SQLALCHEMY_DATABASE_URI']).database}.writing")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestAWriter:
    def test_keeps_others_waiting_until_it_is_done(self, lock_file: Path) -> None:
        with transaction():
            while_writing = _is_free(lock_file)

        assert (while_writing, _is_free(lock_file)) == (False, True)

    def test_may_not_stand_in_line_behind_itself(self, in_app: Flask) -> None:
        assert db.engine.dialect.name == "sqlite", in_app

        with pytest.raises(RuntimeError, match="pass the session"), transaction(), transaction():
            pass

    def test_lets_the_next_one_in_after_a_fault(self, lock_file: Path) -> None:
        with pytest.raises(ZeroDivisionError), transaction():
            raise ZeroDivisionError

        assert _is_free(lock_file)
        with transaction():
            assert not _is_free(lock_file)


def _is_free(lock_file: Path) -> bool:
    with lock_file.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
