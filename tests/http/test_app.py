import platform
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from booking.app import create_app
from booking.config import Settings, SettingsError
from booking.store import queries
from booking.store.database import db, reading, transaction
from booking.sync import identity


def start(settings: Settings) -> None:
    app = create_app(settings)
    with app.app_context():
        db.engine.dispose()


class TestTheFirstStart:
    def test_writes_down_which_installation_the_folder_belongs_to(self, settings: Settings) -> None:
        start(settings)

        first = (settings.instance / "identity").read_text(encoding="ascii")
        start(settings)

        assert first.strip()
        assert (settings.instance / "identity").read_text(encoding="ascii") == first


class TestALaterStart:
    @pytest.mark.parametrize("said", ["somebody-else\n", ""])
    def test_with_the_folder_of_another_installation_serves_pages_and_writes_to_no_calendar(
        self, settings: Settings, said: str
    ) -> None:
        start(settings)
        (settings.instance / "identity").write_text(said, encoding="ascii")

        app = create_app(settings)
        with app.app_context(), reading() as session:
            found = identity.status(session)
            db.engine.dispose()

        assert app.test_client().get("/health/ready").status_code == 200
        assert not found.writes_go
        assert platform.node() in found.stopped
        assert (settings.instance / "identity").read_text(encoding="ascii") == said

    def test_on_another_machine_with_the_same_files_writes(self, settings: Settings, tmp_path: Path) -> None:
        start(settings)
        other = tmp_path / "machine-b"
        shutil.copytree(settings.instance, other, ignore=shutil.ignore_patterns("*.sqlite*"))

        app = create_app(replace(settings, instance=other))
        with app.app_context(), reading() as session:
            found = identity.status(session)
            db.engine.dispose()

        assert found.writes_go

    def test_is_never_stopped_because_a_folder_is_older_than_this_release(self, settings: Settings) -> None:
        with create_app(settings).app_context(), transaction() as session:
            found = queries.installation.the_one(session)
            found.install_id = "from-an-earlier-release"
        (settings.instance / "identity").write_text("from-an-earlier-release\n", encoding="ascii")

        app = create_app(settings)
        with app.app_context(), reading() as session:
            found_now = identity.status(session)
            db.engine.dispose()

        assert found_now.writes_go

    def test_is_refused_with_other_keys(self, settings: Settings) -> None:
        start(settings)

        with pytest.raises(SettingsError, match=r"session\.key and encryption\.keys"):
            create_app(replace(settings, encryption_keys=(Fernet.generate_key().decode(),)))


class TestAFaultOfTheDatabase:
    def test_does_not_say_what_was_to_be_stored(self, app: Flask) -> None:
        with app.app_context(), pytest.raises(SQLAlchemyError) as caught, transaction() as session:
            session.execute(text("INSERT INTO nowhere (name) VALUES (:name)"), {"name": "Ada Lovelace"})

        assert "Lovelace" not in str(caught.value)
