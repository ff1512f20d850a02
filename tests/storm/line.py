"""The line to a calendar server, as the storm has it: watched, struck, frozen, and cut when the process dies."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from booking.connectors.places import RemoteFolder, RemoteMailbox, RemoteRoom
from booking.connectors.port import (
    Ambiguous,
    CheckStep,
    Concerned,
    ConnectionSettings,
    Connector,
    ConnectorError,
    Definite,
    Deletion,
    EventDraft,
    EventField,
    FreeBusy,
    Hint,
    Kind,
    RemoteEvent,
    RemoteRef,
    Rights,
    Snapshot,
    Stamp,
)
from booking.domain.intervals import Interval
from tests.storm.far import Far
from tests.storm.strikes import FALSE_LISTINGS, UNCLEAR, WRITES, Strike
from tests.storm.visits import VISITS

Answer = TypeVar("Answer")
_APPLIED = {"create": 5, "update": 9, "delete": 10}
_NO_RIGHT = "The account may not read this calendar: it needs the Reviewer right."


class Watcher(Protocol):
    """What a line tells, and asks."""

    far: Far

    def asked(self, operation: str, mailbox: str) -> Strike | None:
        """Hear that a request is about to leave, and say what befalls it."""

    def throttled(self) -> None:
        """Hear that the server wants to be left in peace."""

    def late(self, mailbox: str) -> None:
        """Hear that a write will be done later."""

    def wrote(self, *, clear: bool) -> None:
        """Hear that a write was answered, clearly or not."""


class Line:
    """A connector, with the weather in between."""

    def __init__(self, inner: Connector, watcher: Watcher) -> None:
        self.limits = inner.limits
        self._inner = inner
        self._watcher = watcher

    def close(self) -> None:
        """The inner line is kept for the next process: a connector keeps no state."""

    def check(self, mailbox: str | None = None, *, folder: str = "") -> tuple[CheckStep, ...]:
        return self._inner.check(mailbox, folder=folder)

    def rooms(self) -> Iterator[RemoteRoom]:
        return self._inner.rooms()

    def folders(self, mailbox: str) -> Iterator[RemoteFolder]:
        return self._inner.folders(mailbox)

    def folder_window(self, folder_id: str, window: Interval, *, mailbox: str) -> Snapshot:
        return self._inner.folder_window(folder_id, window, mailbox=mailbox)

    def folder_rights(self, folder_id: str, *, mailbox: str) -> Rights:
        return self._inner.folder_rights(folder_id, mailbox=mailbox)

    def concerned(self, mailbox: str, ref: RemoteRef) -> Concerned | None:
        return self._inner.concerned(mailbox, ref)

    def watch(self, mailboxes: Sequence[str]) -> Iterator[Hint]:
        return self._inner.watch(mailboxes)

    def decline(self, mailbox: str, ref: RemoteRef, text: str) -> None:
        self._through("decline", mailbox, lambda: self._inner.decline(mailbox, ref, text))

    def resolve(self, address: str) -> RemoteMailbox | None:
        return self._through("resolve", address, lambda: self._inner.resolve(address))

    def probe(self, mailbox: str) -> Rights:
        def blind() -> Rights:
            return Rights(read=False, write=False, missing=_NO_RIGHT)

        return self._through("probe", mailbox, lambda: self._inner.probe(mailbox), blind)

    def free_busy(self, mailboxes: Sequence[str], window: Interval) -> Mapping[str, FreeBusy | ConnectorError]:
        return self._through("free_busy", mailboxes[0], lambda: self._inner.free_busy(mailboxes, window))

    def window(self, mailbox: str, window: Interval) -> Snapshot:
        return self._through(
            "window",
            mailbox,
            lambda: self._inner.window(mailbox, window),
            lambda: Snapshot(window, (), complete=True),
        )

    def find(self, mailbox: str, stamp: Stamp, near: Interval) -> Sequence[RemoteEvent]:
        return self._through("find", mailbox, lambda: self._inner.find(mailbox, stamp, near), _refuse_find)

    def get(self, mailbox: str, ref: RemoteRef) -> RemoteEvent | None:
        def blind() -> RemoteEvent | None:
            return None

        found = self._through("get", mailbox, lambda: self._inner.get(mailbox, ref), blind)
        if found is None and self._watcher.far.blinded:
            VISITS.note(14)
        return found

    def create(self, mailbox: str, event: EventDraft, stamp: Stamp) -> RemoteRef:
        return self._through("create", mailbox, lambda: self._inner.create(mailbox, event, stamp), _refuse)

    def update(
        self, mailbox: str, ref: RemoteRef, event: EventDraft, *, fields: frozenset[EventField], stamp: Stamp
    ) -> RemoteRef:
        def write() -> RemoteRef:
            return self._inner.update(mailbox, ref, event, fields=fields, stamp=stamp)

        return self._through("update", mailbox, write, _not_found)

    def delete(self, mailbox: str, ref: RemoteRef) -> Deletion:
        def blind() -> Deletion:
            VISITS.note(14)
            return Deletion.ABSENT

        return self._through("delete", mailbox, lambda: self._inner.delete(mailbox, ref), blind)

    # ---------------------------------------------------------------- the weather

    def _through(
        self,
        operation: str,
        mailbox: str,
        ask: Callable[[], Answer],
        blind: Callable[[], Answer] | None = None,
    ) -> Answer:
        far = self._watcher.far
        strike = self._watcher.asked(operation, mailbox)
        if far.blinded and far.protocol == "memory" and blind is not None and strike is None:
            return blind()
        before = _standing(far, mailbox) if strike else {}
        try:
            with far.struck(operation, strike):
                answer = ask()
        except ConnectorError as error:
            self._failed(operation, mailbox, strike, error, before)
            raise
        if strike in FALSE_LISTINGS and before:
            VISITS.note("15 falsely")
        if operation in WRITES:
            self._watcher.wrote(clear=True)
        return answer

    def _failed(
        self, operation: str, mailbox: str, strike: Strike | None, error: ConnectorError, before: dict[str, int]
    ) -> None:
        if isinstance(error, Definite) and error.kind is Kind.THROTTLED:
            self._watcher.throttled()
        if self._watcher.far.blinded and isinstance(error, Definite) and error.kind is Kind.NOT_FOUND:
            VISITS.note(14)
        if strike is Strike.SECOND_FAILS:
            VISITS.note(13)
        if operation not in WRITES or strike is None:
            return
        self._watcher.wrote(clear=not isinstance(error, Ambiguous))
        far = self._watcher.far
        refused = far.protocol == "memory" and before == _standing(far, mailbox)  # its "no" came before the fault
        if strike in UNCLEAR and not (refused and isinstance(error, Definite)):
            assert isinstance(error, Ambiguous), f"{strike} on a {operation} passes for {error!r}"
            VISITS.note(21)
        if strike is Strike.LATE:
            self._watcher.late(mailbox)
        elif before != _standing(self._watcher.far, mailbox):
            VISITS.note(_APPLIED[operation])


def _standing(far: Far, mailbox: str) -> dict[str, int]:
    return {thing.id: thing.change for thing in far.things(mailbox)}


def _refuse() -> RemoteRef:
    raise Definite(Kind.FORBIDDEN, _NO_RIGHT)


def _refuse_find() -> Sequence[RemoteEvent]:
    raise Definite(Kind.FORBIDDEN, _NO_RIGHT)


def _not_found() -> RemoteRef:
    raise Definite(Kind.NOT_FOUND, "The entry is not in the calendar.")


class Exchange:
    """The lines of one process: the inner ones are kept, as making one costs more than most requests."""

    def __init__(self, connect: Callable[[ConnectionSettings], Connector], watcher: Watcher) -> None:
        self._connect = connect
        self._watcher = watcher
        self._kept: dict[tuple[object, ...], Connector] = {}

    def line(self, settings: ConnectionSettings, *, of: object) -> Line:
        """Return a line for a thread."""
        key = (settings.server, settings.username, settings.password, of)
        if key not in self._kept:
            self._kept[key] = self._connect(settings)
        return Line(self._kept[key], self._watcher)

    def close(self) -> None:
        """Hang up."""
        for each in self._kept.values():
            each.close()
        self._kept.clear()
