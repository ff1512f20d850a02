"""A PostgreSQL server of our own for one run of the tests: empty, quick, gone afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support import quick, waiting

#: Where Debian keeps its servers, newest last.
DEBIAN = Path("/usr/lib/postgresql")
#: Not root, for PostgreSQL refuses root.
ACCOUNT = "postgres"
SETTINGS = {  # nothing here must survive a power cut
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",  # a socket in our own folder: no port that another run could have
    "max_connections": "200",
    "synchronous_commit": "off",
    "timezone": "UTC",
}


class NotInstalledError(Exception):
    """There is no PostgreSQL server on this machine; `make system` installs Debian's."""


@dataclass(frozen=True)
class Cluster:
    """A running server; `folder` holds its socket."""

    folder: Path
    _numbers: Iterator[int]

    def url(self, database: str) -> str:
        """Return SQLAlchemy's address of a database in this server."""
        return f"postgresql+psycopg://{ACCOUNT}@/{database}?host={self.folder}"

    def create(self, *, template: str = "template1") -> str:
        """Make a database as `template` is now, and return its name; nobody may be connected to the template."""
        name = f"booking_{next(self._numbers)}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def _run(self, statement: sql.Composed) -> None:
        with self.connect("postgres") as connection:
            connection.execute(statement)

    def connect(self, database: str) -> psycopg.Connection:
        """Open a plain connection that commits each statement by itself."""
        return psycopg.connect(host=str(self.folder), user=ACCOUNT, dbname=database, autocommit=True)


@contextmanager
def cluster(settings: Mapping[str, str] = SETTINGS) -> Iterator[Cluster]:
    """Start a server, hand it over, and stop it; it ends even if this process is killed."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="booking-pg-", dir=quick.folder()))
    try:
        if os.geteuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(folder, account.pw_uid, account.pw_gid)
        _initialise(programs, folder)
        with _started(programs, folder, settings):
            yield Cluster(folder, count(1))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(programs: Path, folder: Path) -> None:
    initdb = [str(programs / "initdb"), "--pgdata", str(folder / "data"), "--username", ACCOUNT]
    options = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
    done = subprocess.run([*_as_account(), *initdb, *options], cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        msg = f"initdb failed:\n{done.stdout}{done.stderr}"
        raise RuntimeError(msg)


@contextmanager
def _started(programs: Path, folder: Path, settings: Mapping[str, str]) -> Iterator[None]:
    postgres = [
        str(programs / "postgres"),
        "-D",
        str(folder / "data"),
        f"--unix_socket_directories={folder}",
        *(f"--{name}={value}" for name, value in settings.items()),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*_as_account("--pdeathsig", "INT"), *postgres], cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        waiting.until(lambda: _answers(process, folder), what="PostgreSQL to answer", seconds=60)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's "fast": ends sessions and stops
        process.wait(timeout=60)


def _answers(process: subprocess.Popen[bytes], folder: Path) -> bool:
    if process.poll() is not None:
        msg = f"PostgreSQL did not start:\n{(folder / 'log').read_text(errors='replace')}"
        raise RuntimeError(msg)
    try:
        psycopg.connect(host=str(folder), user=ACCOUNT, dbname="postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _as_account(*options: str) -> list[str]:
    """Return the words before a command that make it run as somebody who is not root."""
    if os.geteuid() != 0:
        return ["setpriv", *options] if options else []
    account = pwd.getpwnam(ACCOUNT)
    ids = ["--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups"]
    return ["setpriv", *ids, *options]


def _programs() -> Path:
    """Return the folder with `initdb` and `postgres`."""
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    if not found:
        msg = "No PostgreSQL server here. Run `make system`, or install Debian's package postgresql."
        raise NotInstalledError(msg)
    return Path(found).parent
