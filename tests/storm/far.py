"""The other side: a calendar server, what people do there in Outlook, and how it can be struck."""

import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from booking.connectors import memory
from booking.connectors.memory import Call, FailAfter, FailBefore, FailLate, Fault, Show
from booking.connectors.port import Ambiguous, ConnectorError, Definite, Kind
from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass
from tests.storm.strikes import WRITES, Strike

ACCOUNT = "svc-rooms@library.example"
PASSWORD = "correct horse battery staple"
ROOMS = tuple(f"room-{number}@library.example" for number in (1, 2, 3))
ELSEWHERE = "renamed-room@library.example"
WAIT = timedelta(seconds=40)


@dataclass(frozen=True, slots=True)
class Thing:
    """One entry as it stands in a mailbox; a series is one. `mark` is our stamp on it; `copied`: by a person."""

    id: str
    change: int
    uid: str
    when: Interval
    mark: str
    copied: bool
    recurring: bool

    @property
    def key(self) -> str:
        """Return the occurrence key in its stamp."""
        return self.mark.split(":")[1] if self.mark else ""


class Far(Protocol):
    """A calendar server in the storm. `blinded`: the account has lost its rights, and everything is "not found"."""

    protocol: str
    address: str
    blinded: bool

    def reset(self) -> None:
        """Make it as on the first day."""

    def things(self, mailbox: str) -> list[Thing]:
        """Return what stands in a calendar, by start; nothing where there is no such mailbox."""

    def put(self, mailbox: str, when: Interval, *, busy: str = "Busy", daily: int = 0) -> None:
        """Have somebody write an entry; one of so many dates, day by day."""

    def move(self, mailbox: str, thing: Thing, when: Interval) -> None:
        """Have somebody move an entry."""

    def remove(self, mailbox: str, thing: Thing) -> None:
        """Have somebody delete an entry."""

    def copy(self, mailbox: str, thing: Thing, when: Interval, *, to: str) -> None:
        """Have somebody copy an entry, stamp and all."""

    def repeat(self, mailbox: str, thing: Thing) -> None:
        """Have somebody make an entry recurring."""

    def edit(self, mailbox: str, thing: Thing, *, busy: str = "", subject: str = "") -> None:
        """Have somebody change an entry's class or title."""

    def struck(self, operation: str, strike: Strike | None) -> AbstractContextManager[None]:
        """Have the next request go wrong in that way."""

    def land(self) -> None:
        """Let happen now what was to happen late."""

    def blind(self, *, on: bool) -> None:
        """Take the account's rights away, or give them back."""

    def set_password(self, password: str) -> None:
        """Change the account's password."""

    def refused(self) -> int:
        """Return how many sign-ins were refused so far."""

    def rename(self, *, away: bool) -> None:
        """Give the first room another address, or its own again."""


_LOST = Ambiguous("The connection was reset.")
_AWAY = Definite(Kind.TRANSIENT, "The server is away.")
_BUSY = Definite(Kind.THROTTLED, "The server is busy.", wait=WAIT)
_UNKNOWN = Definite(Kind.MAILBOX_GONE, "The server knows no such mailbox.")
_REFUSED = Definite(Kind.SIGN_IN, "The server does not accept this password.")

_DONE = frozenset({Strike.DROPPED_AFTER, Strike.GARBLED})
_SHOWN = frozenset({Strike.EMPTY, Strike.HALF, Strike.CUT_OFF})
_SAID = {Strike.THROTTLED: _BUSY, Strike.GONE: _UNKNOWN, Strike.S500: _AWAY}


def _shown(strike: Strike) -> Show:
    """Return a listing of which nothing is shown, or every second entry."""
    if strike is Strike.EMPTY:
        return Show(lambda _: False)
    numbers = itertools.count()
    return Show(lambda _: next(numbers) % 2 == 0, complete=strike is Strike.HALF)


class MemoryFar:
    """The calendar in memory."""

    protocol = "memory"

    def __init__(self, name: str) -> None:
        self.address = name
        self.blinded = False
        self._turn = 0
        self._refused_before = 0
        self.reset()

    def reset(self) -> None:
        memory.forget(self.address)
        self._server = memory.server(self.address)
        self.blinded = False
        for room in ROOMS:
            self._server.add_room(room, room)
        self._server.add_account(ACCOUNT, PASSWORD)

    def things(self, mailbox: str) -> list[Thing]:
        if not self._server.knows(mailbox):
            return []
        return [
            Thing(
                each.id,
                each.change,
                each.uid,
                each.when,
                each.stamp.mark if each.stamp else "",
                bool(each.stamp and each.stamp.uid != each.uid),
                bool(each.repeat),
            )
            for each in self._server.entries(mailbox)
        ]

    def put(self, mailbox: str, when: Interval, *, busy: str = "Busy", daily: int = 0) -> None:
        until = (when.start + timedelta(days=daily - 1)).date() if daily else None
        repeat = "daily" if daily else ""
        self._server.put(mailbox, when=when, busy=BusyClass(busy), repeat=repeat, until=until)

    def move(self, mailbox: str, thing: Thing, when: Interval) -> None:
        self._server.move(mailbox, thing.id, when)

    def remove(self, mailbox: str, thing: Thing) -> None:
        self._server.remove(mailbox, thing.id)

    def copy(self, mailbox: str, thing: Thing, when: Interval, *, to: str) -> None:
        self._server.copy(mailbox, thing.id, when=when, to=to)

    def repeat(self, mailbox: str, thing: Thing) -> None:
        until = (thing.when.start + timedelta(days=1)).date()
        self._server.edit(mailbox, thing.id, repeat="daily", until=until)

    def edit(self, mailbox: str, thing: Thing, *, busy: str = "", subject: str = "") -> None:
        if busy:
            self._server.edit(mailbox, thing.id, busy=BusyClass(busy))
        if subject:
            self._server.edit(mailbox, thing.id, subject=subject)

    @contextmanager
    def struck(self, operation: str, strike: Strike | None) -> Iterator[None]:
        fault = self._fault(operation, strike) if strike else None

        def once(_: Call) -> Fault | None:
            return fault

        self._server.hook = once if fault else None
        try:
            yield
        finally:
            self._server.hook = None

    def _fault(self, operation: str, strike: Strike) -> Fault:
        """Return the fault that a strike is for this server; a proxy that lost patience had passed on every second."""
        self._turn += 1
        lost: ConnectorError = _LOST if operation in WRITES else _AWAY
        done = strike in _DONE or (strike in {Strike.S502, Strike.S504} and self._turn % 2 == 0)
        if done:
            return FailAfter(lost)
        if strike is Strike.LATE:
            return FailLate(lost)
        if strike in _SHOWN:
            return _shown(strike)
        if strike is Strike.S401 and operation not in WRITES:
            return FailBefore(_REFUSED)
        return FailBefore(_SAID.get(strike, lost))

    def land(self) -> None:
        self._server.settle()

    def blind(self, *, on: bool) -> None:
        self.blinded = on

    def set_password(self, password: str) -> None:
        self._server.add_account(ACCOUNT, password)

    def refused(self) -> int:
        return self._server.sign_ins_refused

    def rename(self, *, away: bool) -> None:
        old, new = (ROOMS[0], ELSEWHERE) if away else (ELSEWHERE, ROOMS[0])
        boxes = self._server._mailboxes
        if old in boxes:
            boxes[new] = replace(boxes.pop(old), address=new)
