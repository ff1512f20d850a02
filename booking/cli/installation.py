"""The installation that a command is about: its settings and its application, made when they are needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import click
from flask import Flask

from booking import config
from booking.app import create_app
from booking.config import Settings
from booking.http import wiring
from booking.store import database, upgrading


@dataclass
class Installation:
    """A folder with settings and secrets, and what they open."""

    folder: Path

    @cached_property
    def settings(self) -> Settings:
        """Its settings; raises `SettingsError` with every mistake in them."""
        return config.load(self.folder)

    @contextmanager
    def open(self) -> Iterator[Flask]:
        """Give the application with its context open and its database at this version."""
        upgrading.upgrade(self.settings.database_url)
        app = create_app(self.settings)
        with app.app_context():
            try:
                yield app
            finally:
                wiring.engine_itself().bell.close()  # before its line to the database goes
                database.db.engine.dispose()


pass_installation = click.make_pass_decorator(Installation)
