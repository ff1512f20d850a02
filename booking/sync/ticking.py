"""Which folders block which spaces: staff tick and untick; nothing that blocks is freed unseen, or at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.domain import permissions
from booking.domain.errors import NotFound
from booking.domain.intervals import Interval
from booking.domain.permissions import INSTALLATION, Actor, Permission
from booking.domain.states import Channel, FolderState
from booking.services import audit
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import Connection, RemoteFolderRow
from booking.store.queries.folders import FolderRow
from booking.sync.engine import Engine

#: The account's own calendar, among the choices.
OWN = 0


@dataclass(frozen=True, slots=True)
class Loss:
    """What a choice would free: the times to come that a folder takes. `to` is the space to block instead."""

    folder: FolderRow
    times: tuple[Interval, ...]
    to: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What became of choices. `losses` were not followed: staff are to see first what they would free."""

    changed: int
    losses: tuple[Loss, ...]


def choose(
    engine: Engine,
    connection_id: int,
    choices: Mapping[int, int | None],
    *,
    agreed: Collection[int] = (),
    actor: Actor,
    now: datetime,
) -> Chosen:
    """Tick folders for spaces, and untick others.

    Args:
        engine: says how long what was unticked stays taken.
        connection_id: whose folders they are.
        choices: folder to the space that it shall block; None: none.
        agreed: the folders of which staff have seen what is freed.
        actor: who asks.
        now: the present moment.

    Raises:
        Forbidden: only administrators may.
        NotFound: there is no such folder or space.
    """
    permissions.require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    changed, losses = 0, []
    with transaction() as session:
        known = {each.id: each for each in queries.folders.rows(session, connection_id) if not each.is_own}
        for folder_id, space_id in sorted(choices.items()):
            if folder_id not in known:
                raise NotFound(what="folder")
            folder = known[folder_id]
            if _stands(folder, space_id):
                continue
            loss = _loss(session, folder, space_id, now=now)
            if loss.times and folder_id not in agreed:
                losses.append(loss)
                continue
            _set(session, folder, space_id, free_at=now + grace(engine), actor=actor, now=now)
            changed += 1
    return Chosen(changed, tuple(losses))


def grace(engine: Engine) -> timedelta:
    """Return how long the times of an unticked folder stay taken: whoever slipped can tick it again."""
    return engine.timing.look_again


def _stands(folder: FolderRow, space_id: int | None) -> bool:
    if space_id is None:
        return folder.state in {FolderState.LISTED, FolderState.LEAVING}
    return folder.state in queries.folders.READ and folder.space_id == space_id


def _loss(session: Session, folder: FolderRow, space_id: int | None, *, now: datetime) -> Loss:
    """Return what would be freed; ticking again what was unticked a moment ago frees nothing."""
    to = ""
    if space_id is not None:
        space = queries.places.space(session, space_id)
        if space is None or space.retired:
            raise NotFound(what="space")
        to = space.name
    stored = queries.folder_events.standing(session, folder.id, now=now)
    times = tuple(each.when for each in stored if each.blocks and each.space_id != space_id)
    return Loss(folder, times, to)


def _set(
    session: Session, folder: FolderRow, space_id: int | None, *, free_at: datetime, actor: Actor, now: datetime
) -> None:
    """Change one folder. For another space, the next good reading frees the first and blocks the other."""
    row = _locked(session, folder.id)
    row.readings += 1  # whoever reads it at this moment reads for nothing
    row.state_since, row.next_read_at = now, None
    row.last_error, row.read_failures, row.vanishing = "", 0, 0
    if space_id is None:
        row.state, row.free_at = FolderState.LEAVING, free_at
        words = f"Does not block {folder.space_name} any more."
    else:
        space = queries.places.space(session, space_id)
        row.state, row.free_at, row.space_id, row.read_at = FolderState.TICKED, None, space_id, None
        words = f"Blocks {space.name if space else 'a space'} from now on."
    _note(session, folder, words, actor=actor, now=now)


def _locked(session: Session, folder_id: int) -> RemoteFolderRow:
    row = queries.folders.lock(session, folder_id)
    if row is None:
        raise NotFound(what="folder")
    return row


def _note(session: Session, folder: FolderRow, words: str, *, actor: Actor, now: datetime) -> None:
    audit.note(session, "folder.chosen", actor=actor, channel=Channel.STAFF, now=now, subject=folder.name, detail=words)


# ------------------------------------------------------------------- the service account's own calendar


def read_own(connection_id: int, *, actor: Actor, now: datetime) -> None:
    """Have the events of the service account's own calendar block the spaces that they are about.

    Raises:
        Forbidden: only administrators may.
        NotFound: there is no such connection.
    """
    permissions.require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    with transaction() as session:
        connection = _connection(session, connection_id)
        connection.reads_own_calendar = True
        _take_up_own(session, connection_id, now=now)
        audit.note(
            session, "own_calendar.read", actor=actor, channel=Channel.STAFF, now=now, subject=connection.name,
            detail="The account's own calendar is read.",
        )  # fmt: skip


def _take_up_own(session: Session, connection_id: int, *, now: datetime) -> None:
    folder = queries.folders.own(session, connection_id)
    if folder is None:
        session.add(_new_own(connection_id, now=now))
        return
    row = _locked(session, folder.id)
    row.state, row.state_since, row.free_at, row.next_read_at = FolderState.TICKED, now, None, None
    row.readings += 1


def leave_own(
    engine: Engine, connection_id: int, *, agreed: Collection[int] = (), actor: Actor, now: datetime
) -> Chosen:
    """Read the service account's own calendar no more; what it takes is freed like that of an unticked folder.

    `agreed` holds `OWN` when staff have seen what is freed.

    Raises:
        Forbidden: only administrators may.
        NotFound: there is no such connection.
    """
    permissions.require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    with transaction() as session:
        connection = _connection(session, connection_id)
        folder = queries.folders.own(session, connection_id)
        if folder is None or folder.state not in queries.folders.READ:
            connection.reads_own_calendar = False
            return Chosen(0, ())
        loss = _loss(session, folder, None, now=now)
        if loss.times and OWN not in agreed:
            return Chosen(0, (loss,))
        connection.reads_own_calendar = False
        row = _locked(session, folder.id)
        row.readings += 1
        row.state, row.state_since, row.free_at = FolderState.LEAVING, now, now + grace(engine)
        _note(session, folder, "The account's own calendar is not read any more.", actor=actor, now=now)
    return Chosen(1, ())


def _connection(session: Session, connection_id: int) -> Connection:
    if session.get(Connection, connection_id) is None:
        raise NotFound(what="connection")
    return queries.connections.lock(session, connection_id)


def _new_own(connection_id: int, *, now: datetime) -> RemoteFolderRow:
    return RemoteFolderRow(
        connection_id=connection_id,
        remote_id="",
        path='["The account\'s own calendar"]',
        state=FolderState.TICKED,
        state_since=now,
    )


# ------------------------------------------------------------------- what runs by itself


def go_on(engine: Engine) -> int:
    """Free what unticked folders took, now that nobody has ticked them again; return how many folders that were.

    And take up the own calendars that were switched on in a connection's settings.
    """
    now = engine.now()
    with reading() as session:
        leaving = queries.folders.leaving(session, now=now)
        wanted = queries.folders.connections_without_own(session)
    for connection_id in wanted:
        with transaction() as session:
            _take_up_own(session, connection_id, now=now)
    return sum(_free(folder, now=now) for folder in leaving)


def _free(folder: FolderRow, *, now: datetime) -> bool:
    with transaction() as session:
        spaces = {each.space_id for each in queries.folder_events.kept(session, folder.id)}
        queries.places.lock_spaces(session, spaces)
        row = queries.folders.lock(session, folder.id)
        if row is None or row.state is not FolderState.LEAVING or row.readings != folder.readings:
            return False
        queries.folder_events.let_go(session, folder.id, now=now)
        queries.folder_events.forget_unmatched(session, folder.id)
        row.state, row.state_since, row.free_at, row.space_id, row.read_at = FolderState.LISTED, now, None, None, None
        row.matched_with = ""
    return True
