"""Fresh databases with all tables: migrated once, then copied for each test."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from booking.store import upgrading
from tests.support.postgres import Cluster


class SqliteFiles:
    """SQLite databases, each a copy of one that was migrated once."""

    def __init__(self, folder: Path) -> None:
        """Migrate the one that is copied, in `folder`."""
        self._template = folder / "template.sqlite"
        upgrading.upgrade(f"sqlite:///{self._template}")

    @contextmanager
    def fresh(self, folder: Path) -> Iterator[str]:
        """Give the address of a database that nobody has used."""
        copy = folder / "booking.sqlite"
        shutil.copyfile(self._template, copy)
        yield f"sqlite:///{copy}"


class PostgresDatabases:
    """PostgreSQL databases, each a copy of one that was migrated once."""

    def __init__(self, cluster: Cluster) -> None:
        """Migrate the one that is copied, in `cluster`."""
        self._cluster = cluster
        self._template = cluster.create()
        upgrading.upgrade(cluster.url(self._template))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Give the address of a database that nobody has used, and drop it afterwards."""
        name = self._cluster.create(template=self._template)
        try:
            yield self._cluster.url(name)
        finally:
            self._cluster.drop(name)
