"""The worlds that the contract is tried in."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from booking.connectors import memory, registry
from booking.connectors.port import Ambiguous, ConnectionSettings, Connector, Definite, Kind, RemotePerson, SignIn
from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass
from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.personalities import EXCHANGE_2016, PERSONALITIES, Personality
from booking.sandbox.exchange.state import ids
from tests.connectors.world import DELEGATE, OTHER, ROOM, WEEK, ZONE, World

ACCOUNT = "svc-rooms@library.example"
PASSWORD = "correct horse battery staple"
PERSON = "grace@library.example"
TODAY = datetime(2026, 6, 1, 8, tzinfo=UTC)
MINUTE = 0.02  # seconds; so a hanging answer of 29 minutes lasts about half a second, and its signs of life come before


class MemoryWorld(World):
    """The reference server."""

    def __init__(self, name: str) -> None:
        memory.forget(name)
        self.name = name
        self.server = memory.server(name)
        self.server.add_room(ROOM, "Reading Room")
        self.server.add_room(OTHER, "Quiet Room")
        self.server.add_account(ACCOUNT, PASSWORD)
        self.server.hints.heartbeat = timedelta(seconds=self.heartbeat)

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
            last_modified_by=DELEGATE,
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

    def invite(self, when: Interval, *, repeat: str | None = None) -> None:
        until = when.start.date() + timedelta(days=4)
        self.server.invite(ROOM, PERSON, when=when, repeat=repeat or "", until=until, zone=ZONE)

    def declined(self) -> list[str]:
        return [each.text for each in self.server.declined]

    def list_rooms(self, building: str, *rooms: str) -> None:
        for room in rooms:
            box = self.server.mailbox(room)
            box.building = box.building or building

    def add_calendar(self, name: str) -> str:
        return self.server.add_folder(ROOM, name)

    def add_public_calendar(self, *path: str) -> str:
        return self.server.add_folder("", *path)

    def put_in(
        self, calendar: str, when: Interval, *, subject: str = "", private: bool = False, repeat: str | None = None
    ) -> str:
        return self.server.put(
            calendar, when=when, subject=subject, private=private, repeat=repeat or "", until=WEEK.end.date()
        )

    def remove_from(self, calendar: str, entry_id: str) -> None:
        self.server.remove(calendar, entry_id)

    def remove_calendar(self, calendar: str) -> None:
        mailbox, _, path = calendar.partition("|")
        self.server.remove_folder(mailbox, *path.split("/"))

    def end_watches(self) -> None:
        self.server.hints.end()

    def break_watches(self) -> None:
        self.server.hints.end(Definite(Kind.TRANSIENT, "the line broke"))

    def drop(self, operation: str, *, applied: bool) -> None:
        lost = Ambiguous("no answer")
        self.server.fail(operation, memory.FailAfter(lost) if applied else memory.FailBefore(lost))

    def busy(self, *, seconds: int) -> None:
        error = Definite(Kind.THROTTLED, "slow down", wait=timedelta(seconds=seconds))
        self.server.hook = _once(memory.FailBefore(error))


def _once(fault: memory.Fault) -> memory.Hook:
    left = [fault]
    return lambda _call: left.pop() if left else None


@dataclass(frozen=True, slots=True)
class Way:
    """Which server, and how the account comes to its rooms."""

    personality: Personality = EXCHANGE_2016
    sign_in: SignIn = SignIn.BASIC
    impersonate: bool = True

    def __str__(self) -> str:
        """Return the name that a test bears."""
        how = "impersonation" if self.impersonate else "delegate"
        return f"{self.personality.name}-{self.sign_in}-{how}"

    def sandbox(self) -> ExchangeSandbox:
        """Return such a server, still empty. A minute of its lasts so short that a watch ends within a second."""
        return ExchangeSandbox(
            now=lambda: TODAY,
            personality=self.personality,
            sign_in=(self.sign_in.value,),
            heartbeat=World.heartbeat,
            minute=MINUTE,
        )


WAYS = tuple(
    Way(personality, sign_in, impersonate)
    for personality in PERSONALITIES.values()
    for sign_in in SignIn
    for impersonate in (True, False)
)


class SandboxWorld(World):
    """Exchange's stand-in, over HTTP."""

    def __init__(self, sandbox: ExchangeSandbox, way: Way | None = None) -> None:
        self.way = way or Way()
        self.sandbox = sandbox
        self.impersonate = self.way.impersonate
        self.refuses_stale = self.way.personality.checks_change_keys
        sandbox.add_account(username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Service", domain_login="LIB\\svc")
        sandbox.add_user(PERSON, "Grace")
        sandbox.add_room(ROOM, "Reading Room", zone=ZONE, remove_canceled_meetings=False)
        sandbox.add_room(OTHER, "Quiet Room", zone=ZONE)
        for room in (ROOM, OTHER):
            for right in ("impersonate",) if self.impersonate else ("author", "private"):
                sandbox.grant(ACCOUNT, room, right)

    def connect(self, *, password: str | None = None, **changes: Any) -> Connector:  # noqa: ANN401 - the fields of the settings
        usual = ConnectionSettings(
            protocol="ews",
            server=self.sandbox.ews_url,
            username=ACCOUNT,
            password=password or PASSWORD,
            email=ACCOUNT,
            impersonate=self.impersonate,
            sign_in=self.way.sign_in,
            version=self._version(),
            allow_local=True,
        )
        return registry.connect(replace(usual, **changes))

    def _version(self) -> str:
        """Return what staff would choose for an old server; newer ones are found out."""
        newest = self.way.personality.newest_schema
        return "" if newest == EXCHANGE_2016.newest_schema else newest

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
            by=DELEGATE,
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
        return sum(bool(each.operation) or each.judged for each in self.sandbox.requests())

    def shown_as(self, busy: str) -> str:
        known = self.way.personality.knows_working_elsewhere or busy != "WorkingElsewhere"
        return busy if known else "NoData"

    def invite(self, when: Interval, *, repeat: str | None = None) -> None:
        self.sandbox.invite(
            PERSON,
            rooms=[ROOM],
            subject="Seminar",
            start=when.start,
            end=when.end,
            repeat=repeat,
            until=when.start.date() + timedelta(days=4),
            zone=ZONE,
        )

    def declined(self) -> list[str]:
        return [text for meeting in self.sandbox.items(PERSON) for text in meeting.comments.values()]

    def list_rooms(self, building: str, *rooms: str) -> None:
        address = f"{building.lower().replace(' ', '-')}@library.example"
        self.sandbox.add_room_list(address, building)
        for room in rooms:
            self.sandbox.put_in_room_list(address, room)

    def add_calendar(self, name: str) -> str:
        return self.sandbox.add_calendar(ROOM, name)

    def add_public_calendar(self, *path: str) -> str:
        above = ""
        for name in path:
            above = self.sandbox.add_public_folder(name, above)
        return above

    def put_in(
        self, calendar: str, when: Interval, *, subject: str = "", private: bool = False, repeat: str | None = None
    ) -> str:
        return self.sandbox.add_event(
            "",
            folder=calendar,
            subject=subject,
            start=when.start,
            end=when.end,
            private=private,
            repeat=repeat,
            until=WEEK.end.date(),
            zone=ZONE,
        )

    def remove_from(self, calendar: str, entry_id: str) -> None:
        self.sandbox.delete(ids.split_folder(calendar)[0], entry_id)

    def remove_calendar(self, calendar: str) -> None:
        self.sandbox.remove_folder(calendar)

    def end_watches(self) -> None:
        """Each hanging answer ends by itself soon; see `Way.sandbox`."""

    def break_watches(self) -> None:
        self.sandbox.cut_streams()

    def drop(self, operation: str, *, applied: bool) -> None:
        name = {"create": "CreateItem", "update": "UpdateItem", "delete": "DeleteItem"}[operation]
        self.sandbox.fault(operation=name, count=1, drop_after=applied, drop_before=not applied)

    def busy(self, *, seconds: int) -> None:
        self.sandbox.fault(error="ErrorServerBusy", back_off=seconds * 1000, count=1)
