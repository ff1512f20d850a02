"""The folder tree of a mailbox, or of the public folders, as staff see it: read when they ask, in the background.

A reading only adds and marks. Whatever it does not show keeps blocking; a tree that could not be read whole takes
nothing off the list either.
"""

import json
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from booking.connectors.places import RemoteFolder
from booking.connectors.port import Connector, ConnectorError
from booking.domain import permissions
from booking.domain.entries import Entries
from booking.domain.errors import NotFound
from booking.domain.permissions import INSTALLATION, Actor, Permission
from booking.domain.states import Channel, FolderState, TreeState
from booking.services import audit
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import Connection, RemoteFolderRow, TreeReading
from booking.store.queries.trees import TreeRow
from booking.sync import calls
from booking.sync.calls import NotNow
from booking.sync.engine import Engine

log = logging.getLogger(__name__)

#: A reader that began so long ago has died.
_STUCK = timedelta(minutes=15)
#: So often whoever waits for a tree is told how many calendars were found, in seconds.
_TOLD_EVERY = 1.0


def ask_for_tree(session: Session, connection_id: int, *, mailbox: str = "", actor: Actor, now: datetime) -> int:
    """Have a mailbox's folders listed, or the public ones; return the number of the reading, for `progress`.

    Raises:
        Forbidden: only administrators may.
        NotFound: there is no such connection.
        Invalid: the mailbox is no e-mail address.
    """
    permissions.require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    connection = session.get(Connection, connection_id)
    if connection is None:
        raise NotFound(what="connection")
    address = _checked(mailbox)
    tree = queries.trees.of_mailbox(session, connection_id, address)
    if tree is None:
        tree = TreeReading(connection_id=connection_id, mailbox=address, wanted_at=now)
        session.add(tree)
    elif tree.state is not TreeState.RUNNING:
        tree.state, tree.wanted_at, tree.error = TreeState.WANTED, now, ""
    session.flush()
    what = f"The folders of {address}" if address else "The public folders"
    audit.note(
        session, "folders.listed", actor=actor, channel=Channel.STAFF, now=now, subject=connection.name,
        detail=f"{what} are read.",
    )  # fmt: skip
    return tree.id


def _checked(mailbox: str) -> str:
    entries = Entries()
    address = entries.line("mailbox", mailbox, longest=254).lower()
    if address and ("@" not in address or " " in address):
        entries.wrong("mailbox", "Enter an e-mail address, such as library@example.org.")
    entries.check()
    return address


def progress(session: Session, tree_id: int) -> TreeRow:
    """Return how far the reading of a tree is.

    Raises:
        NotFound: there is no such reading.
    """
    found = queries.trees.row(session, tree_id)
    if found is None:
        raise NotFound(what="reading of folders")
    return found


def read_due(engine: Engine) -> int:
    """Read every tree that somebody waits for; return how many were read."""
    with reading() as session:
        due = queries.trees.due(session, stuck_since=engine.now() - _STUCK)
    return sum(read_tree(engine, tree_id) for tree_id in due)


def read_tree(engine: Engine, tree_id: int) -> bool:
    """Read one tree and take it in; tell whether it was read whole. A failure is remembered and never raised."""
    now = engine.now()
    with transaction() as session:
        if not queries.trees.begin(session, tree_id, now=now, stuck_since=now - _STUCK):
            return False
    with reading() as session:
        tree = progress(session, tree_id)
    found: list[RemoteFolder] = []
    error = ""
    try:
        calls.ask(engine, tree.connection_id, "folders", lambda line: _listed(line, tree, found))
    except NotNow as reason:
        error = reason.reason
    except ConnectorError as failure:
        error = str(failure)
    with transaction() as session:
        _merge(session, tree, found, whole=not error, now=now)
        _end(session, tree, found=len(found), error=error, now=engine.now())
    return not error


def _listed(line: Connector, tree: TreeRow, found: list[RemoteFolder]) -> None:
    """Put the folders into `found` one after the other, and say now and then how many there are."""
    found.clear()  # the line may have been tried before
    told = time.monotonic()
    for folder in line.folders(tree.mailbox):
        found.append(folder)
        if time.monotonic() - told >= _TOLD_EVERY:
            told = time.monotonic()
            with transaction() as session:
                queries.trees.note(session, tree.id, found=len(found))


def _merge(session: Session, tree: TreeRow, found: Sequence[RemoteFolder], *, whole: bool, now: datetime) -> None:
    """Add and rename what was shown; what was not is marked where it matters, and else forgotten, if all was shown."""
    known = {row.remote_id: row for row in queries.folders.models(session, tree.connection_id, tree.mailbox)}
    for folder in found:
        row = known.pop(folder.id, None)
        if row is None:
            row = RemoteFolderRow(
                connection_id=tree.connection_id, mailbox=tree.mailbox, remote_id=folder.id, state_since=now
            )
            session.add(row)
        row.path = json.dumps(folder.path, ensure_ascii=False)
        row.listed_at, row.missing_since = now, None
    if not whole:
        return
    kept = queries.folder_events.has_events(session, [row.id for row in known.values()])
    for row in known.values():
        if row.state is FolderState.LISTED and row.id not in kept:
            session.delete(row)
        elif row.missing_since is None:
            row.missing_since = now


def _end(session: Session, tree: TreeRow, *, found: int, error: str, now: datetime) -> None:
    row = queries.trees.of_mailbox(session, tree.connection_id, tree.mailbox)
    if row is None:
        return
    row.state = TreeState.FAILED if error else TreeState.DONE
    row.ended_at, row.found, row.error = now, found, error
    if error:
        return
    row.done_at = now
    queries.connections.lock(session, tree.connection_id).folders_read_at = now
