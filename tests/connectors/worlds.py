"""The worlds that the contract is tried in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from booking.connectors import memory, registry
from booking.connectors.port import Ambiguous, ConnectionSettings, Connector, Definite, Kind, RemotePerson
from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass
from booking.sandbox.exchange import ExchangeSandbox
from tests.connectors.world import OTHER, ROOM, ZONE, World

ACCOUNT = "svc-rooms@library.example"
PASSWORD = "correct horse battery staple"
PERSON = "grace@library.example"
TODAY = datetime(2026, 6, 1, 8, tzinfo=UTC)


class MemoryWorld(World):
    """The reference server."""

    def __init__(self, name: str) -> None:
        memory.forget(name)
        self.name = name
        self.server = memory.server(name)
        self.server.add_room(ROOM, "Reading Room")
        self.server.add_room(OTHER, "Quiet Room")
        self.server.add_account(ACCOUNT, PASSWORD)

    def connect(self, *, password: str | None = None) -> Connector:
        return registry.connect(ConnectionSettings("memory", self.name, ACCOUNT, password or PASSWORD))

    def put(
        self,
        when: Interval,
        *,
        subject: str = "Board meeting",
        location: str = "",
        busy: str = "Busy",
        private: bool = False,
        all_day: bool = False,
        repeat: str | None = None,
    ) -> str:
        return self.server.put(
            ROOM,
            when=when,
            subject=subject,
            location=location,
            busy=BusyClass(busy),
            private=private,
            all_day=all_day,
            repeat=repeat or "",
            zone=ZONE,
            organizer=RemotePerson("Grace", PERSON),
        )

    def put_cancelled(self, when: Interval) -> None:
        self.server.put(ROOM, when=when, cancelled=True)

    def move(self, entry_id: str, when: Interval) -> None:
        self.server.move(ROOM, entry_id, when)

    def retitle(self, entry_id: str, subject: str) -> None:
        self.server.edit(ROOM, entry_id, subject=subject)

    def remove(self, entry_id: str) -> None:
        self.server.remove(ROOM, entry_id)

    def count(self) -> int:
        return len(self.server.entries(ROOM))

    def body(self, entry_id: str) -> str:
        return next(entry.body for entry in self.server.entries(ROOM) if entry.id == entry_id)

    def grant(self, rights: str) -> None:
        self.server.grant(ACCOUNT, ROOM, rights)

    def requests(self) -> int:
        return len(self.server.calls)

    def drop(self, operation: str, *, applied: bool) -> None:
        lost = Ambiguous("no answer")
        self.server.fail(operation, memory.FailAfter(lost) if applied else memory.FailBefore(lost))

    def busy(self, *, seconds: int) -> None:
        error = Definite(Kind.THROTTLED, "slow down", wait=timedelta(seconds=seconds))
        self.server.hook = _once(memory.FailBefore(error))


def _once(fault: memory.Fault) -> memory.Hook:
    left = [fault]
    return lambda _call: left.pop() if left else None


class SandboxWorld(World):
    """Exchange's stand-in, over HTTP."""

    def __init__(self, sandbox: ExchangeSandbox) -> None:
        self.sandbox = sandbox
        self.impersonate = True
        sandbox.add_account(username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Service", domain_login="LIB\\svc")
        sandbox.add_user(PERSON, "Grace")
        sandbox.add_room(ROOM, "Reading Room", zone=ZONE, remove_canceled_meetings=False)
        sandbox.add_room(OTHER, "Quiet Room", zone=ZONE)
        for room in (ROOM, OTHER):
            sandbox.grant(ACCOUNT, room, "impersonate")

    def connect(self, *, password: str | None = None, **changes: Any) -> Connector:  # noqa: ANN401 - the fields of the settings
        usual = ConnectionSettings(
            protocol="ews",
            server=self.sandbox.ews_url,
            username=ACCOUNT,
            password=password or PASSWORD,
            email=ACCOUNT,
            impersonate=self.impersonate,
            allow_local=True,
        )
        return registry.connect(replace(usual, **changes))

    def put(
        self,
        when: Interval,
        *,
        subject: str = "Board meeting",
        location: str = "",
        busy: str = "Busy",
        private: bool = False,
        all_day: bool = False,
        repeat: str | None = None,
    ) -> str:
        return self.sandbox.add_event(
            ROOM,
            subject=subject,
            location=location,
            start=when.start,
            end=when.end,
            busy=busy,
            private=private,
            all_day=all_day,
            repeat=repeat,
            zone=ZONE,
        )

    def put_cancelled(self, when: Interval) -> None:
        meeting = self.sandbox.invite(PERSON, rooms=[ROOM], subject="Called off", start=when.start, end=when.end)
        self.sandbox.delete(PERSON, meeting)

    def move(self, entry_id: str, when: Interval) -> None:
        self.sandbox.move(ROOM, entry_id, when.start, when.end)

    def retitle(self, entry_id: str, subject: str) -> None:
        self.sandbox.edit(ROOM, entry_id, subject=subject)

    def remove(self, entry_id: str) -> None:
        self.sandbox.delete(ROOM, entry_id)

    def count(self) -> int:
        return len(self.sandbox.items(ROOM))

    def body(self, entry_id: str) -> str:
        return next(item.body for item in self.sandbox.items(ROOM) if item.id == entry_id)

    def grant(self, rights: str) -> None:
        self.impersonate = False
        self.sandbox.grant(ACCOUNT, ROOM, "none")
        self.sandbox.grant(ACCOUNT, ROOM, rights)

    def requests(self) -> int:
        return len(self.sandbox.requests())

    def drop(self, operation: str, *, applied: bool) -> None:
        name = {"create": "CreateItem", "update": "UpdateItem", "delete": "DeleteItem"}[operation]
        self.sandbox.fault(operation=name, count=1, drop_after=applied, drop_before=not applied)

    def busy(self, *, seconds: int) -> None:
        self.sandbox.fault(error="ErrorServerBusy", back_off=seconds * 1000, count=1)
