"""A sandbox as clients of others meet it: who is there, how they sign in, and a clock that moves when it is told to."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import exchangelib
from exchangelib import (
    BASIC,
    DELEGATE,
    IMPERSONATION,
    NTLM,
    Account,
    CalendarItem,
    Configuration,
    Credentials,
    EWSDateTime,
    EWSTimeZone,
)
from exchangelib.protocol import FailFast
from exchangelib.version import EXCHANGE_2010_SP2, EXCHANGE_2016, Build, Version

from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.personalities import EXCHANGE_2010, Personality
from booking.sandbox.exchange.personalities import EXCHANGE_2016 as SANDBOX_2016
from tests.interop.judge import Judge
from tests.interop.proxy import judged

SERVICE = "svc-rooms@wexcombe.example"
LOGIN = "WEXCOMBE\\svc-rooms"
PASSWORD = "correct horse"
ANN = "ann.lee@wexcombe.example"
ANNS_PASSWORD = "ann's own"
BEN = "ben.okri@wexcombe.example"
ROOM = "reading-room@wexcombe.example"
OTHER_ROOM = "music-room@wexcombe.example"
BUILDING = "main-library@wexcombe.example"
LONDON = EWSTimeZone("Europe/London")
#: Monday after the last Sunday in October: winter time has just begun.
MORNING = datetime(2026, 10, 26, 8, tzinfo=UTC)

#: Every way in: how to sign in, and as whom to act.
WAYS = [(BASIC, IMPERSONATION), (BASIC, DELEGATE), (NTLM, IMPERSONATION), (NTLM, DELEGATE)]

_numbers = itertools.count()


class _OwnCredentials(Credentials):  # type: ignore[misc]  # exchangelib ships no types
    """Credentials of one account object only, so that exchangelib shares no connection between two."""

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password)
        self.number = next(_numbers)


@dataclass
class Clock:
    """The sandbox's clock: it stands still until somebody moves it."""

    now: datetime = MORNING

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta = timedelta(minutes=1)) -> None:
        """Let time pass."""
        self.now += by


@dataclass(frozen=True)
class World:
    """A sandbox with rooms and people, behind the judge. `ews_url` is the judge's address, which clients are given."""

    sandbox: ExchangeSandbox
    ews_url: str
    version: Build
    clock: Clock = field(default_factory=Clock)
    auth: str = BASIC
    access: str = IMPERSONATION

    def account(
        self,
        mailbox: str = ROOM,
        *,
        access: str = "",
        username: str = SERVICE,
        password: str = PASSWORD,
    ) -> Account:
        """Give exchangelib's account for a mailbox, as the service account unless said otherwise."""
        config = Configuration(
            service_endpoint=self.ews_url,
            credentials=_OwnCredentials(LOGIN if self._is_by_domain(username) else username, password),
            auth_type=self.auth,
            version=Version(build=self.version),
            retry_policy=FailFast(),
            max_connections=1,
        )
        return Account(
            mailbox,
            config=config,
            autodiscover=False,
            access_type=access or self.access,
            default_timezone=EWSTimeZone("UTC"),
        )

    def _is_by_domain(self, username: str) -> bool:
        return self.auth == NTLM and username == SERVICE

    def ann(self) -> Account:
        """Ann's own mailbox, opened by herself."""
        return self.account(ANN, access=DELEGATE, username=ANN, password=ANNS_PASSWORD)

    def written(self, account: Account, **fields: object) -> CalendarItem:
        """Write an item, on the 27th from ten to eleven unless said otherwise; nobody is told."""
        values = {"subject": "Choir", "start": london(27, 10), "end": london(27, 11)} | fields
        item = CalendarItem(account=account, folder=account.calendar, **values)
        item.save(send_meeting_invitations="SendToNone")
        return item


def client_of(auth: str, access: str) -> str:
    """What the judge calls exchangelib when it comes in this way."""
    return f"exchangelib, {auth} {access}"


def london(day: int, hour: int, minute: int = 0, *, month: int = 10) -> EWSDateTime:
    """A time of 2026 as a clock in London shows it."""
    return EWSDateTime(2026, month, day, hour, minute, tzinfo=LONDON)


def utc(day: int, hour: int, minute: int = 0, *, month: int = 10) -> datetime:
    """A moment of 2026 in UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def furnish(sandbox: ExchangeSandbox) -> None:
    """Mailboxes, sign-ins, rights and room lists."""
    sandbox.add_account(username=SERVICE, password=PASSWORD, email=SERVICE, name="Rooms service", domain_login=LOGIN)
    sandbox.add_user(ANN, "Ann Lee", password=ANNS_PASSWORD)
    sandbox.add_user(BEN, "Ben Okri")
    for room, name in ((ROOM, "Reading Room"), (OTHER_ROOM, "Music Room")):
        sandbox.add_room(room, name, delete_subject=False, add_organizer_to_subject=False)
        sandbox.grant(SERVICE, room, "impersonate")
        sandbox.grant(SERVICE, room, "author")
        sandbox.grant(SERVICE, room, "private")
    sandbox.add_room_list(BUILDING, "Main library")
    sandbox.put_in_room_list(BUILDING, ROOM)


@contextmanager
def opened(
    judge: Judge,
    client: str,
    personality: Personality = SANDBOX_2016,
    *,
    auth: str = BASIC,
    access: str = IMPERSONATION,
) -> Iterator[World]:
    """Start a furnished sandbox in which it is 26 October 2026, eight o'clock, with the judge before it."""
    clock = Clock()
    with ExchangeSandbox(now=clock, personality=personality) as sandbox:
        furnish(sandbox)
        with judged(judge, client, sandbox.url) as address:
            version = EXCHANGE_2010_SP2 if personality is EXCHANGE_2010 else EXCHANGE_2016
            yield World(sandbox, f"{address}/EWS/Exchange.asmx", version, clock, auth, access)
            exchangelib.close_connections()
