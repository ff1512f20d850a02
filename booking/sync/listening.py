"""One listener: a thread that hears what happens in a group of mailboxes, and says where to look.

It has a connector of its own, since a watch holds its line. What it hears is never believed, only followed: the
exact read of the room says what is there.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from booking.connectors.port import Connector, ConnectorError, Definite, Hint, HintKind, Kind
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.connections import Line
from booking.store.queries.watches import Room
from booking.sync import calls, troubles
from booking.sync.calls import NotNow
from booking.sync.engine import Engine

log = logging.getLogger(__name__)

OpenContext = Callable[[], AbstractContextManager[object]]

#: However much goes on in a room, it is read after so many times the quiet that we would like to have first.
_LONGEST_QUIET = 4
#: Seconds: signs of life that come more often are not all written down.
_NOTE_EVERY = 2.0


@dataclass(frozen=True, slots=True)
class Group:
    """Mailboxes of one connection, as it was set up then, that are listened to over one line."""

    connection_id: int
    revision: int
    number: int
    rooms: tuple[Room, ...]


class End(StrEnum):
    """How a watch ended."""

    IN_ORDER = "in_order"  # by the server, or by us
    FAILED = "failed"
    NOBODY = "nobody"  # no mailbox of the group can be watched


class Listener:
    """Listens to one group until the server ends it, it fails, or `hang_up`. `heard` is on the monotonic clock."""

    def __init__(self, engine: Engine, open_context: OpenContext, group: Group, *, watch_id: int, by: str) -> None:
        self.group = group
        self.watch_id = watch_id
        self.heard = time.monotonic()
        self.began = False  # it was let in, and hears
        self.end = End.IN_ORDER
        self.failed: dict[int, str] = {}  # links whose mailboxes cannot be watched, and why
        self._engine = engine
        self._open_context = open_context
        self._by = by
        self._links = {room.mailbox.lower(): room.link_id for room in group.rooms}
        self._hears: set[int] = set()
        self._counts: set[int] = set()  # links for which this watch has counted, and is not doubted
        self._looks: dict[int, _Look] = {}
        self._noted = float("-inf")
        self._stopping = threading.Event()
        self._hung_up: float | None = None
        self._connector: Connector | None = None
        name = f"watch-{group.connection_id}-{group.number}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Tell whether it was told to end."""
        return self._stopping.is_set()

    def stuck(self, seconds: float) -> bool:
        """Tell whether it was told to end so long ago and has not: it hears nothing any more, and can be left alone."""
        return self._hung_up is not None and time.monotonic() - self._hung_up > seconds

    def hang_up(self) -> None:
        """End the watch from outside, however silent its line is; again, if it has not ended a moment later."""
        self._stopping.set()
        self._hung_up = self._hung_up or time.monotonic()
        connector = self._connector
        if connector is not None:
            connector.close()

    def join(self, seconds: float) -> None:
        """Wait for the end."""
        self._thread.join(max(seconds, 0.0))

    # ---------------------------------------------------------------- the thread

    def _run(self) -> None:
        try:
            with self._open_context():
                self._listen()
        except Exception as error:  # noqa: BLE001 - the supervisor begins anew
            self.end = End.FAILED
            log.error("%s failed: %s", self._thread.name, type(error).__name__)  # noqa: TRY400 - its words may quote a row

    def _listen(self) -> None:
        if not self._is_let_in() or self._stopping.is_set():
            self.end = End.FAILED
            return
        with reading() as session:
            line = queries.connections.line(session, self.group.connection_id)
        self._connector = connector = self._engine.connect(calls.settings(self._engine, line))
        try:
            for hint in connector.watch([room.mailbox for room in self.group.rooms]):
                if self._stopping.is_set():
                    return
                self._take(hint)
            if not self._hears:
                self._nobody()
        except ConnectorError as failure:
            self.end = End.FAILED
            if not self._stopping.is_set():
                self._remember(line, failure)
        finally:
            connector.close()

    def _is_let_in(self) -> bool:
        """Tell whether the server lets us in: asked by the rules of a first sign-in, and never while it is in peace."""
        group, room = self.group, self.group.rooms[0]
        try:
            calls.ask(self._engine, group.connection_id, "probe", lambda line: line.probe(room.mailbox))
        except NotNow:
            return False
        except ConnectorError as failure:
            log.info("connection %s is not listened to: %s", group.connection_id, failure)
            return self._engine.lines.is_signed_in(group.connection_id, group.revision)
        finally:
            self._engine.lines.hang_up()  # this thread asks no more, and lives as long as the watch
        return True

    def _take(self, hint: Hint) -> None:
        """Follow a hint: first note where to look, and only then that the line stands."""
        self.heard = time.monotonic()
        link_id = self._links.get(hint.mailbox.lower())
        now = self._engine.now()
        match hint.kind:
            case HintKind.WATCHING if link_id is not None:
                self._begin(link_id, now)
            case HintKind.CHANGED if link_id is not None:
                self._changed(link_id, now)
            case HintKind.FAILED if link_id is not None:
                self._refused(link_id, hint.error, now)
        if hint.kind is HintKind.ALIVE or self.heard - self._noted > _NOTE_EVERY:
            self._note_life(now)

    def _begin(self, link_id: int, now: datetime) -> None:
        """From now on we hear of this room; what happened before, we did not: look once."""
        with transaction() as session:
            if not self.began:
                queries.watches.began(session, self.watch_id, by=self._by, now=now, words=self._who_failed)
            queries.watches.look(session, [link_id], at=now, now=now)
        self.began = True
        self._hears.add(link_id)

    def _changed(self, link_id: int, now: datetime) -> None:
        """Have the room read when it is quiet there: one thing that a person does is told several times."""
        quiet = self._engine.timing.watch_quiet
        last = self._looks.get(link_id)
        if last is None or now > last.at or now < last.first:
            last = _Look(first=now, at=now + quiet)
            with transaction() as session:
                queries.watches.look(session, [link_id], at=last.at, now=now)
        else:
            at = max(last.at, min(now + quiet, last.first + _LONGEST_QUIET * quiet))
            with transaction() as session:
                queries.watches.postpone(session, link_id, before=last.at, at=at)
                queries.watches.look(session, [link_id], at=at, now=now)
            last = _Look(first=last.first, at=at)
        self._looks[link_id] = last
        self._hears.add(link_id)

    def _refused(self, link_id: int, error: ConnectorError | None, now: datetime) -> None:
        """Note that this mailbox alone cannot be watched: it is read as often as without any watch."""
        words = str(error) if error else "This mailbox cannot be watched."
        self.failed[link_id] = words
        kind = error.kind if isinstance(error, Definite) else Kind.TRANSIENT
        with transaction() as session:
            troubles.note(session, now=now, operation="watch", kind=kind, message=words, link_id=link_id)
            queries.watches.failed(session, self.watch_id, by=self._by, words=self._who_failed)

    @property
    def _who_failed(self) -> str:
        """Say how many mailboxes cannot be watched, and why the first of them; nothing if all can."""
        why = next(iter(self.failed.values()), "")
        return f"{len(self.failed)} of {len(self.group.rooms)} mailboxes cannot be watched: {why}" if why else ""

    def _note_life(self, now: datetime) -> None:
        """Let the watch count as a good look at every room where nothing is to be looked at."""
        self._noted = self.heard
        with transaction() as session:
            doubted = queries.watches.unwatched(session, self._counts)
            self._hears -= doubted  # until we hear of them again, they are read as if nobody listened
            self._counts -= doubted
            self._counts |= queries.watches.heard(session, self.watch_id, self._hears, by=self._by, now=now)

    def _nobody(self) -> None:
        if not self._stopping.is_set():
            self.end = End.NOBODY

    def _remember(self, line: Line, failure: ConnectorError) -> None:
        """Let what concerns the whole connection count for all of it, as after any other call."""
        log.warning("%s: %s", self._thread.name, failure)
        kind = failure.kind if isinstance(failure, Definite) else Kind.TRANSIENT
        if kind is Kind.SIGN_IN:
            calls.was_refused(self._engine, line.id, str(failure))
        elif isinstance(failure, Definite) and kind is Kind.THROTTLED:
            troubles.pause(self._engine, line, failure, wait=failure.wait, operation="watch")
        with transaction() as session:
            queries.watches.failed(session, self.watch_id, by=self._by, words=str(failure))


@dataclass(frozen=True, slots=True)
class _Look:
    """A look that was asked for: since when, and for when."""

    first: datetime
    at: datetime
