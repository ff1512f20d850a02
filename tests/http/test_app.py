from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from booking.app import create_app
from booking.config import Settings, SettingsError
from booking.store.database import db, transaction


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
    def test_is_refused_with_the_folder_of_another_installation(self, settings: Settings) -> None:
        start(settings)
        (settings.instance / "identity").write_text("somebody-else\n", encoding="ascii")

        with pytest.raises(SettingsError, match="belongs to another installation"):
            create_app(settings)

    def test_is_refused_with_other_keys(self, settings: Settings) -> None:
        start(settings)

        with pytest.raises(SettingsError, match=r"session\.key and encryption\.keys"):
            create_app(replace(settings, encryption_keys=(Fernet.generate_key().decode(),)))


class TestAFaultOfTheDatabase:
    def test_does_not_say_what_was_to_be_stored(self, app: Flask) -> None:
        with app.app_context(), pytest.raises(SQLAlchemyError) as caught, transaction() as session:
            session.execute(text("INSERT INTO nowhere (name) VALUES (:name)"), {"name": "Ada Lovelace"})

        assert "Lovelace" not in str(caught.value)
