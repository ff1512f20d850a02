"""T0: somebody listens to every room's mailbox, so that a change in Outlook is looked at within seconds.

The mailboxes of a connection are listened to in groups. A group is claimed in the table `watch`, by the database's
clock: any number of processes share the groups, and each has exactly one listener. A watch only says where to look,
and polling always goes on; it is slower only while the watch is alive.
"""

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from booking.connectors.port import Limits
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.queries.watches import Room, WatchRow
from booking.sync import calls, troubles
from booking.sync.engine import Engine
from booking.sync.listening import End, Group, Listener, OpenContext

log = logging.getLogger(__name__)

#: Mailboxes in one group, whatever the server allows.
MOST_ROOMS = 200
#: Seconds between two looks at what is to be listened to, and by whom.
_TICK = 0.5
_STOP_WITHIN = 2.0
#: A watch that ended sooner has failed, whatever it says.
_AT_LEAST = 10.0
#: How many times as long it may take until something is heard at all: each mailbox is asked for.
_BEGINNING = 3
#: Parts of a claim after which it is renewed.
_RENEWED = 3

_Key = tuple[int, int]


class Supervisor:
    """All listeners of one process: `start` and `stop` are all that whoever runs it needs."""

    def __init__(self, engine: Engine, open_context: OpenContext) -> None:
        self._engine = engine
        self._open_context = open_context
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen, in threads of their own."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="watches", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End every watch within a second or two; another process may listen at once."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(2 * _STOP_WITHIN)
            self._thread = None

    def _run(self) -> None:
        run(self._engine, self._stop, open_context=self._open_context)


def run(engine: Engine, stop: threading.Event, *, open_context: OpenContext) -> None:
    """Listen to whatever nobody else listens to, until told to stop."""
    watches = _Watches(engine, open_context)
    try:
        while not stop.is_set():
            watches.tend_safely()
            stop.wait(_TICK)
    finally:
        watches.end()


@dataclass(slots=True)
class _Held:
    """A group that is ours. `until` and `renew_at` are on the monotonic clock."""

    listener: Listener
    until: float
    renew_at: float
    started: float


@dataclass(slots=True)
class _Rest:
    """How long a group that failed is left alone by this process."""

    attempts: int = 0
    until: float = 0.0


class _Watches:
    """The groups that this process listens to."""

    def __init__(self, engine: Engine, open_context: OpenContext) -> None:
        self._engine = engine
        self._open_context = open_context
        self._by = f"{engine.worker_name[:40]}-{secrets.token_hex(6)}"  # numbers of processes repeat on other machines
        self._held: dict[_Key, _Held] = {}
        self._rests: dict[_Key, _Rest] = {}
        self._limits: dict[tuple[int, int], Limits] = {}

    def tend_safely(self) -> None:
        """Look after all groups once; what goes wrong is tried again at the next look."""
        try:
            with self._open_context():
                self.tend()
        except Exception as error:  # noqa: BLE001 - a database that is away must not end the watches for good
            log.error("watches: %s", type(error).__name__)  # noqa: TRY400 - its words may quote a row
        self._hang_up_what_ran_out()

    def tend(self) -> None:
        """End what is not wanted, renew what is, and take up what nobody listens to."""
        wanted = {(group.connection_id, group.number): group for group in self._groups()}
        for key, held in list(self._held.items()):
            self._look_after(key, held, wanted.get(key))
        with reading() as session:
            known = {(row.connection_id, row.number): row for row in queries.watches.rows(session)}
        self._tidy_rows(wanted, known)
        for key, group in wanted.items():
            if key in known and key not in self._held and self._may_begin(key):
                self._begin(group, known[key])

    def end(self) -> None:
        """Hang up everywhere, and let others have the groups."""
        deadline = time.monotonic() + _STOP_WITHIN
        while self._held and time.monotonic() < deadline:
            for held in self._held.values():
                held.listener.hang_up()
            for key, held in list(self._held.items()):
                held.listener.join(0.05)
                if not held.listener.alive:
                    self._let_go(key)
        for key in list(self._held):
            self._let_go(key)

    # ---------------------------------------------------------------- what is to be listened to

    def _groups(self) -> Iterator[Group]:
        with reading() as session:
            rooms = queries.watches.rooms(session, now=self._engine.now())
            lines = [queries.connections.line(session, each) for each in rooms]
        for line in lines:
            limits = self._limits.get((line.id, line.revision))
            if limits is None:
                connector = self._engine.connect(calls.settings(self._engine, line))
                limits = self._limits[line.id, line.revision] = connector.limits
                connector.close()
            yield from _grouped(line.id, line.revision, rooms[line.id], limits)

    def _tidy_rows(self, wanted: dict[_Key, Group], known: dict[_Key, WatchRow]) -> None:
        """Have one row for each group: made here, taken up at the next look."""
        for connection_id in {key[0] for key in wanted.keys() ^ known.keys()}:
            number = sum(key[0] == connection_id for key in wanted)
            if number or not any(key[0] == connection_id for key in self._held):
                with transaction() as session:
                    queries.connections.lock(session, connection_id)
                    queries.watches.have(session, connection_id, number)

    # ---------------------------------------------------------------- each group that is ours

    def _look_after(self, key: _Key, held: _Held, wanted: Group | None) -> None:
        listener = held.listener
        if not listener.alive or listener.stuck(self._engine.timing.claim.total_seconds()):
            self._rest(key, held)
            self._let_go(key)
            return
        now = time.monotonic()
        if listener.stopping or self._is_over(held, wanted, now):
            listener.hang_up()
        if now >= held.renew_at and not self._claim(held.listener.watch_id, held):
            listener.hang_up()

    def _is_over(self, held: _Held, wanted: Group | None, now: float) -> bool:
        """Tell whether a watch must end: nobody wants it so, its line is silent, or its failed mailboxes are due.

        Rooms that come and go one by one do not end it each time: what is new is polled meanwhile.
        """
        listener, timing = held.listener, self._engine.timing
        lived = now - held.started
        patience = timing.watch_silent * (1 if listener.began else _BEGINNING)
        if now - listener.heard > patience.total_seconds():
            log.warning("a watch over %s mailboxes fell silent; beginning anew", len(listener.group.rooms))
            return True
        if wanted is None or wanted.revision != listener.group.revision:
            return True
        if wanted.rooms != listener.group.rooms:
            return lived > timing.near_every.total_seconds()
        return bool(listener.failed) and lived > timing.gone_again.total_seconds()

    def _claim(self, watch_id: int, held: _Held | None = None) -> float | None:
        """Take or renew a claim; return until when it is certainly ours."""
        lasting = self._engine.timing.claim
        until = time.monotonic() + lasting.total_seconds()
        with transaction() as session:
            if not queries.watches.claim(session, watch_id, by=self._by, lasting=lasting):
                return None
        if held is not None:
            held.until = until
            held.renew_at = time.monotonic() + lasting.total_seconds() / _RENEWED
        return until

    def _hang_up_what_ran_out(self) -> None:
        """Listen to nothing that may be somebody else's by now."""
        for held in self._held.values():
            if time.monotonic() >= held.until:
                held.listener.hang_up()

    def _rest(self, key: _Key, held: _Held) -> None:
        """Let a group be for a while after its watch ended: the longer, the more often that happened in a row."""
        lived = time.monotonic() - held.started
        listener = held.listener
        if listener.began and lived >= _AT_LEAST and listener.end is End.IN_ORDER:
            self._rests.pop(key, None)
            return
        rest = self._rests.setdefault(key, _Rest())
        rest.attempts = 1 if listener.began and lived >= _AT_LEAST else rest.attempts + 1
        wait = troubles.wait(rest.attempts)
        if listener.end is End.NOBODY:
            wait = max(wait, self._engine.timing.sign_in_again)
        rest.until = time.monotonic() + (0.0 if listener.stopping else wait.total_seconds())

    def _let_go(self, key: _Key) -> None:
        held = self._held.pop(key)
        try:
            with self._open_context(), transaction() as session:
                queries.watches.release(session, held.listener.watch_id, by=self._by)
        except Exception as error:  # noqa: BLE001 - it runs out by itself
            log.info("a watch runs out by itself: %s", type(error).__name__)

    # ---------------------------------------------------------------- taking one up

    def _may_begin(self, key: _Key) -> bool:
        """Tell whether to try now: one after the other, for a wrong password is tried once."""
        rest = self._rests.get(key)
        if rest is not None and time.monotonic() < rest.until:
            return False
        return all(held.listener.began for other, held in self._held.items() if other[0] == key[0])

    def _begin(self, group: Group, row: WatchRow) -> None:
        """Claim a group and listen to it. Nothing is asked here: a server that hangs must not hold up the others."""
        now = time.monotonic()
        until = self._claim(row.id)
        if until is None:
            return
        key = (group.connection_id, group.number)
        listener = Listener(self._engine, self._open_context, group, watch_id=row.id, by=self._by)
        lasting = self._engine.timing.claim.total_seconds()
        self._held[key] = _Held(listener, until=until, renew_at=now + lasting / _RENEWED, started=time.monotonic())
        listener.start()


def _grouped(connection_id: int, revision: int, rooms: tuple[Room, ...], limits: Limits) -> Iterator[Group]:
    """Yield as many groups as the server hangs on to; rooms beyond are polled as if nobody listened."""
    size = min(limits.watched_mailboxes, MOST_ROOMS)
    if size < 1:
        return
    starts = range(0, len(rooms), size)
    for number, start in enumerate(starts[: limits.hanging]):
        yield Group(connection_id, revision, number, rooms[start : start + size])
