"""The installation's own row: made on the first start, checked on every other against the folder it runs in.

The id lies in the database and in the folder, so that a clone of one beside the other shows itself. The folder's
file is written first: a crash before the row is there leaves a folder that the next start goes on with.
"""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from booking.store import queries
from booking.store.database import Session
from booking.store.models import Installation

IDENTITY = "identity"


class WrongKeys(Exception):
    """The keys in `instance/` are not those of this database; starting would lose its secrets."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "The keys in the instance folder do not belong to this database, so what it keeps encrypted "
            "cannot be read. Put back the files session.key and encryption.keys that belong to it, from the backup "
            "or from another machine, and start again. Nothing was changed.",
        )


def recognise(
    session: Session,
    folder: Path,
    *,
    key_fingerprints: Sequence[str],
    name: str,
    machine: str,
    now: datetime,
) -> Installation:
    """Return the installation's row, having seen that this folder belongs to it; the first start joins them.

    If it does not, nothing is written to any calendar until an administrator has decided; everything else works.

    Raises:
        WrongKeys: the database was made with other keys.
    """
    is_first = queries.installation.installation(session) is None
    install_id = _kept_or_made(folder) if is_first else ""
    found = ensure(session, key_fingerprints=key_fingerprints, name=name, now=now, install_id=install_id)
    said = kept(folder)
    if said != found.install_id and not found.stopped:
        found.stopped, found.stopped_since = _mismatch(said, found.install_id, machine), now
    return found


def ensure(
    session: Session, *, key_fingerprints: Sequence[str], name: str, now: datetime, install_id: str = ""
) -> Installation:
    """Return the installation's row, made on the first start.

    Args:
        session: of a transaction.
        key_fingerprints: of the keys in the instance folder, newest first; the newest is remembered.
        name: the library's.
        now: the present moment.
        install_id: what a new row is called; empty: anything new.

    Raises:
        WrongKeys: the database was made with other keys.
    """
    found = queries.installation.installation(session)
    if found is None:
        made = Installation(
            install_id=install_id or new_id(), key_fingerprint=key_fingerprints[0], name=name, created_at=now
        )
        found = queries.installation.first(session, made)
    if found.key_fingerprint not in key_fingerprints:
        raise WrongKeys
    found.key_fingerprint = key_fingerprints[0]
    found.name = name
    return found


# ------------------------------------------------------------------------------------------- the folder


def new_id() -> str:
    """Return an id that nobody has."""
    return secrets.token_hex(8)


def kept(folder: Path) -> str:
    """Return what a folder says it belongs to; empty when it says nothing."""
    try:
        return (folder / IDENTITY).read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return ""


def keep(folder: Path, install_id: str) -> None:
    """Have a folder say that it belongs to this installation, in one step; it is on the disk when this returns."""
    if kept(folder) == install_id:
        return
    with _written_aside(folder, install_id) as aside:
        aside.replace(folder / IDENTITY)


def _kept_or_made(folder: Path) -> str:
    """Return what the folder says; of two that start at the same moment in a new one, both get the first's."""
    if (folder / IDENTITY).exists():
        if not kept(folder):  # whoever made it did not come to say
            keep(folder, new_id())
    else:
        with _written_aside(folder, new_id()) as aside, contextlib.suppress(FileExistsError):
            os.link(aside, folder / IDENTITY)
    return kept(folder)


@contextlib.contextmanager
def _written_aside(folder: Path, text: str) -> Iterator[Path]:
    """Give a file beside its place, whole and on the disk: nobody ever reads half an id."""
    with tempfile.NamedTemporaryFile("w", dir=folder, encoding="ascii", delete=False) as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    aside = Path(file.name)
    aside.chmod(0o644)  # no secret: whoever looks after the folder may see whose it is
    try:
        yield aside
    finally:
        aside.unlink(missing_ok=True)


def _mismatch(said: str, install_id: str, machine: str) -> str:
    """Return what was found at a start, and where to look."""
    where = f'The file "{IDENTITY}" in the instance folder of the machine {machine}'
    found = f"{where} says {said}" if said else f"{where} is missing"
    return (
        f"{found}, but the database belongs to installation {install_id}: one of them was copied or restored without "
        "the other. Nothing is written to any calendar until an administrator has decided which installation this is."
    )
