"""Reading the folders that staff ticked, and the service account's own calendar: what stands there blocks its space.

The guards are those of a room's calendar: a failed, empty or partial reading frees nothing, what is not shown is
asked for one by one, and if too much would vanish at once, staff are asked.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from booking.connectors.port import ConnectorError, Definite, Kind, RemoteEvent, Snapshot
from booking.domain import permissions
from booking.domain.availability import FAR
from booking.domain.errors import NotFound
from booking.domain.intervals import Interval
from booking.domain.permissions import INSTALLATION, Actor, Permission
from booking.domain.states import Channel, FolderState
from booking.services import audit, profiles
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.models import RemoteFolderRow, UnmatchedEvent
from booking.store.queries.folders import FolderRow
from booking.sync import calls, folder_absences, judging, outside, own_calendar, troubles
from booking.sync.absences import Absences, require_whole
from booking.sync.calls import NotNow
from booking.sync.engine import Engine
from booking.sync.outside import Outside, Source
from booking.sync.own_calendar import Unmatched

log = logging.getLogger(__name__)

_DAY = timedelta(days=1)
_LONGEST_PLACE = 250
#: Whoever took longer has died: somebody else reads the folder.
_LONGEST_READING = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class FolderReading:
    """What a look at a folder showed. `folder` carries the number of this reading."""

    folder: FolderRow
    window: Interval
    read_at: datetime
    shown: frozenset[str]
    by_space: Mapping[int, tuple[RemoteEvent, ...]]
    absent: Absences = field(default_factory=Absences)
    unmatched: tuple[Unmatched, ...] = ()
    matched_with: str = ""


def read_due(engine: Engine) -> int:
    """Read every folder whose turn it is; return how many were."""
    with reading() as session:
        due = queries.folders.due(session, now=engine.now())
    return sum(read(engine, folder) for folder in due)


def read_now(engine: Engine, folder_id: int, *, believing: bool = False, until: datetime | None = None) -> bool:
    """Read one folder now, as far as `until`; with `believing`, staff have said that what vanished is truly gone."""
    with reading() as session:
        folder = queries.folders.row(session, folder_id)
    if folder is None or folder.state not in queries.folders.READ:
        return False
    if until is not None:
        folder = replace(folder, window=max(folder.window, until - engine.now()))
    return read(engine, folder, believing=believing)


def believe(engine: Engine, folder_id: int, *, actor: Actor, now: datetime) -> None:
    """Take for true that what a frozen folder does not show is gone, and free it, as far as the server says so too.

    Raises:
        Forbidden: only administrators may say so.
        NotFound: there is no such folder.
    """
    permissions.require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    with transaction() as session:
        folder = queries.folders.row(session, folder_id)
        if folder is None:
            raise NotFound(what="folder")
        audit.note(
            session, "folder.believed", actor=actor, channel=Channel.STAFF, now=now, subject=folder.name,
            detail="What is not shown there any more is truly gone.",
        )  # fmt: skip
    read_now(engine, folder_id, believing=True)


def read(engine: Engine, folder: FolderRow, *, believing: bool = False) -> bool:
    """Read one folder and take it in; tell whether it was. A failure is remembered and never raised."""
    now = engine.now()
    with transaction() as session:
        if not queries.folders.claim(session, folder, until=now + _LONGEST_READING):
            return False  # somebody else reads it, or staff have just chosen something else for it
    folder = replace(folder, readings=folder.readings + 1)
    try:
        seen = look(engine, folder, believing=believing)
    except NotNow as reason:
        _put_off(folder, until=min(reason.until, now + _LONGEST_READING))
        return False
    except ConnectorError as failure:
        _failed(engine, folder, failure)
        return False
    return _apply(engine, seen)


# --------------------------------------------------------------------------------------------- looking


def look(engine: Engine, folder: FolderRow, *, believing: bool = False) -> FolderReading:
    """Return what a folder shows now, with what should be there and was not shown asked for. Nothing is stored.

    Raises:
        NotNow, ConnectorError: it could not be read, or not completely.
    """
    return _own(engine, folder, believing=believing) if folder.is_own else _ticked(engine, folder, believing=believing)


def _ticked(engine: Engine, folder: FolderRow, *, believing: bool) -> FolderReading:
    if folder.space_id is None:
        raise Definite(Kind.PERMANENT, "No space is chosen for this folder.")
    window = _window(engine.now(), folder.window)

    def look() -> Snapshot:
        return calls.ask(
            engine,
            folder.connection_id,
            "folder_window",
            lambda line: line.folder_window(folder.remote_id, window, mailbox=folder.mailbox),
        )

    seen, events = _seen(engine, folder, window, look(), mailbox=folder.mailbox, believing=believing)
    return replace(seen, by_space={folder.space_id: events})


def _own(engine: Engine, folder: FolderRow, *, believing: bool) -> FolderReading:
    with reading() as session:
        connection = queries.connections.row(session, folder.connection_id)
        if connection is None:
            raise Definite(Kind.PERMANENT, "There is no such connection.")
        mailbox = own_calendar.address_of(connection)
        spaces = [each.space_id for each in queries.folders.matchable(session, folder.connection_id)]
        window = _window(engine.now(), queries.folders.windows(session, spaces))
    snapshot = calls.ask(engine, folder.connection_id, "window", lambda line: line.window(mailbox, window))
    seen, events = _seen(engine, folder, window, snapshot, mailbox=mailbox, believing=believing)
    return _matched(engine, seen, events, mailbox)


def _matched(engine: Engine, seen: FolderReading, events: tuple[RemoteEvent, ...], mailbox: str) -> FolderReading:
    """Sort the events by the spaces that they are about; what takes nobody's time is about none."""
    matcher = own_calendar.matcher(engine, seen.folder, mailbox)
    by_space: dict[int, list[RemoteEvent]] = {}
    unmatched: list[Unmatched] = []
    for event in events:
        if not event.blocks(tentative_blocks=True):
            continue
        found = matcher.of(event)
        for space_id in found.spaces:
            by_space.setdefault(space_id, []).append(event)
        if found.why is not None:
            unmatched.append(Unmatched(event, found.why))
    return replace(
        seen,
        by_space={space_id: tuple(theirs) for space_id, theirs in by_space.items()},
        unmatched=tuple(unmatched),
        matched_with=own_calendar.digest(matcher.spaces),
    )


def _seen(
    engine: Engine, folder: FolderRow, window: Interval, snapshot: Snapshot, *, mailbox: str, believing: bool
) -> tuple[FolderReading, tuple[RemoteEvent, ...]]:
    """Return what was seen, with what should have been and was not; and the events of others.

    Raises:
        NotNow, ConnectorError: it was not all, or the server could not be asked for what it left out.
    """
    if not snapshot.complete:
        raise Definite(Kind.TRANSIENT, "The server did not show the whole folder.")
    read_at = engine.now()
    with reading() as session:
        install_id = queries.connections.install_id(session)
        stored = queries.folder_events.standing(session, folder.id, now=read_at)
    awaited = folder_absences.expected(stored, window)
    absent = folder_absences.ask(engine, folder, snapshot, awaited, mailbox=mailbox, believing=believing)
    require_whole(snapshot, absent)
    shown = {event.ref.id for event in snapshot.events}
    whole = (*snapshot.events, *(event for event in absent.found if event.ref.id not in shown))
    events = tuple(event for event in whole if not _is_ours(event, install_id))
    ids = frozenset(event.ref.id for event in whole)
    return FolderReading(folder, window, read_at, ids, by_space={}, absent=absent), events


def _is_ours(event: RemoteEvent, install_id: str) -> bool:
    """Tell whether it is the entry of a booking of ours: that takes its space by itself."""
    return event.stamp is not None and event.stamp.install_id == install_id and not judging.is_copy(event)


def _window(now: datetime, booked_ahead: timedelta) -> Interval:
    return Interval(now - _DAY, now + max(booked_ahead, FAR) + _DAY)


# --------------------------------------------------------------------------------------------- taking in


def _apply(engine: Engine, seen: FolderReading) -> bool:
    now = engine.now()
    with transaction() as session:
        stored = {row.space_id for row in queries.folder_events.kept(session, seen.folder.id)}
        spaces = sorted(stored | set(seen.by_space))
        queries.places.lock_spaces(session, spaces)
        folder = queries.folders.lock(session, seen.folder.id)
        if folder is None or folder.readings != seen.folder.readings or folder.state not in queries.folders.READ:
            return False  # staff have chosen something else meanwhile
        for space_id in spaces:
            _take_in(session, seen, space_id, now=now)
        if folder.is_own:
            _keep_unmatched(session, seen, now=now)
            folder.matched_with = seen.matched_with
        _remember(engine, session, folder, seen)
    return True


def rehearse(session: Session, seen: FolderReading, *, now: datetime) -> None:
    """Take a reading in, in a transaction that is not kept."""
    spaces = sorted({row.space_id for row in queries.folder_events.kept(session, seen.folder.id)} | set(seen.by_space))
    queries.places.lock_spaces(session, spaces)
    for space_id in spaces:
        _take_in(session, seen, space_id, now=now)


def _take_in(session: Session, seen: FolderReading, space_id: int, *, now: datetime) -> None:
    """Bring one space in step: what is about it blocks it, what is certainly gone or about others does not."""
    profile = profiles.effective(session, space_id)
    if not profile.active:
        return
    events = seen.by_space.get(space_id, ())
    source = Source(space_id, folder_id=seen.folder.id, connection_id=seen.folder.connection_id)
    taking = Outside(session, source, profile, now)
    uids = frozenset(outside.stored_uid(event) for event in events)
    taking.load(seen.window, uids=uids, shown=seen.shown)
    for event in events:
        taking.keep(event)
    taking.drop(vanished=seen.absent.vanished, present=seen.shown)
    session.flush()


def _keep_unmatched(session: Session, seen: FolderReading, *, now: datetime) -> None:
    rows = {
        (row.uid, row.original_start): row for row in queries.folder_events.unmatched_models(session, seen.folder.id)
    }
    for each in {each.key: each for each in seen.unmatched}.values():
        event = each.event
        row = rows.pop(each.key, None)
        if row is None:
            row = UnmatchedEvent(folder_id=seen.folder.id, uid=each.key[0], original_start=each.key[1])
            session.add(row)
        row.remote_id, row.remote_etag = event.ref.id, event.ref.etag
        row.starts_at, row.ends_at = event.when.start, event.when.end
        row.private, row.why, row.seen_at = event.private, each.why.value, now
        row.place = "" if event.private else event.location[:_LONGEST_PLACE]
    for row in rows.values():
        session.delete(row)


def _remember(engine: Engine, session: Session, folder: RemoteFolderRow, seen: FolderReading) -> None:
    absent = seen.absent
    queries.folder_events.mark_missing(session, folder.id, absent.missing, now=seen.read_at)
    state = FolderState.FROZEN if absent.too_many else FolderState.TICKED
    if folder.state is not state:
        folder.state, folder.state_since = state, seen.read_at
    folder.vanishing = absent.too_many
    folder.missing_since = None
    if absent.uncertain:
        folder.last_error = f"Entries were not found, but that says nothing: {absent.why} Nothing was freed."
        folder.read_failures += 1
        folder.next_read_at = engine.now() + engine.timing.look_again
        return
    folder.read_at, folder.read_until = seen.read_at, seen.window.end
    folder.next_read_at = seen.read_at + engine.timing.near_every
    folder.read_failures = 0
    folder.last_error = ""


def _put_off(folder: FolderRow, *, until: datetime) -> None:
    """Let a folder wait with its whole connection, whose own state says why."""
    with transaction() as session:
        row = queries.folders.lock(session, folder.id)
        if row is not None and row.readings == folder.readings:
            row.next_read_at = until


def _failed(engine: Engine, folder: FolderRow, failure: ConnectorError) -> None:
    """Remember that a folder could not be read: what it blocked stays blocked, and it is tried again."""
    now = engine.now()
    kind = failure.kind if isinstance(failure, Definite) else Kind.TRANSIENT
    words = f"{_words(folder, failure, kind)} Nothing was freed."
    log.warning("folder %s: %s", folder.id, kind, extra={"connection": folder.connection_id})
    with transaction() as session:
        row = queries.folders.lock(session, folder.id)
        if row is None or row.readings != folder.readings:
            return
        row.read_failures += 1
        row.next_read_at = now + max(troubles.wait(row.read_failures), engine.timing.look_again)
        if row.last_error != words:
            troubles.note(
                session, now=now, operation="read folder", kind=kind, message=words, connection_id=folder.connection_id
            )
        row.last_error = words


def _words(folder: FolderRow, failure: ConnectorError, kind: Kind) -> str:
    if kind not in {Kind.FORBIDDEN, Kind.NOT_FOUND} or folder.is_own:
        return f"{folder.name} could not be read: {failure}"
    return (
        f"{folder.name} could not be read: it is not there any more, or the account may not read it. "
        "It needs the Reviewer right there; fresh rights can take some minutes to arrive."
    )
