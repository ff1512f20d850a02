"""A sandbox as the tests use it: who is there, exchangelib accounts, and short words for times."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime

from exchangelib import (
    IMPERSONATION,
    Account,
    CalendarItem,
    Configuration,
    Credentials,
    EWSDateTime,
    EWSTimeZone,
)
from exchangelib.extended_properties import ExtendedProperty
from exchangelib.protocol import FailFast
from exchangelib.version import EXCHANGE_2016, Version

from booking.sandbox.exchange import ExchangeSandbox

SERVICE = "svc-rooms@wexcombe.example"
PASSWORD = "correct horse"
ROOM = "reading-room@wexcombe.example"
OTHER_ROOM = "music-room@wexcombe.example"
CLOSED_ROOM = "vault@wexcombe.example"
ANN = "ann.lee@wexcombe.example"
BEN = "ben.okri@wexcombe.example"
LONDON = EWSTimeZone("Europe/London")
#: Monday after the last Sunday in October: winter time has just begun.
NOW = datetime(2026, 10, 26, 8, tzinfo=UTC)

_names = itertools.count()


class Stamp(ExtendedProperty):  # type: ignore[misc]  # exchangelib ships no types
    """A named property, as the product writes it."""

    property_set_id = "c11ff724-aa03-4555-9952-8fa248a11c3e"
    property_name = "stamp"
    property_type = "String"


CalendarItem.register("stamp", Stamp)


class OwnCredentials(Credentials):  # type: ignore[misc]  # exchangelib ships no types
    """Credentials of one test only, so that exchangelib shares no connection between tests."""

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password)
        self.number = next(_names)


def london(day: int, hour: int, minute: int = 0, *, month: int = 10) -> EWSDateTime:
    """A time of 2026 as a clock in London shows it."""
    return EWSDateTime(2026, month, day, hour, minute, tzinfo=LONDON)


def utc(day: int, hour: int, minute: int = 0, *, month: int = 10) -> datetime:
    """A moment of 2026 in UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@dataclass(frozen=True)
class Exchange:
    """A sandbox with three rooms, two people, and a service account that may impersonate one and is delegate of all."""

    sandbox: ExchangeSandbox

    def account(
        self,
        mailbox: str = ROOM,
        *,
        access: str = IMPERSONATION,
        username: str = SERVICE,
        password: str = PASSWORD,
        auth_type: str = "basic",
    ) -> Account:
        config = Configuration(
            service_endpoint=self.sandbox.ews_url,
            credentials=OwnCredentials(username, password),
            auth_type=auth_type,
            version=Version(build=EXCHANGE_2016),
            retry_policy=FailFast(),
            max_connections=1,
        )
        return Account(
            mailbox, config=config, autodiscover=False, access_type=access, default_timezone=EWSTimeZone("UTC")
        )

    def event(self, account: Account, **fields: object) -> CalendarItem:
        """Write an appointment, on the 27th from ten to eleven unless said otherwise; nobody is told."""
        values = {"subject": "Choir", "start": london(27, 10), "end": london(27, 11)} | fields
        item = CalendarItem(account=account, **({"folder": account.calendar} | values))
        item.save(send_meeting_invitations="SendToNone")
        return item


def furnish(sandbox: ExchangeSandbox) -> None:
    """Mailboxes, sign-ins and rights of the tests."""
    sandbox.add_account(
        username=SERVICE, password=PASSWORD, email=SERVICE, name="Rooms service", domain_login="WEXCOMBE\\svc-rooms"
    )
    sandbox.add_room(ROOM, "Reading Room")
    sandbox.add_room(OTHER_ROOM, "Music Room")
    sandbox.add_room(CLOSED_ROOM, "Vault")
    sandbox.add_user(ANN, "Ann Lee", password="ann's own")
    sandbox.add_user(BEN, "Ben Okri")
    sandbox.grant(SERVICE, ROOM, "impersonate")
    sandbox.grant(SERVICE, ROOM, "author")
    sandbox.grant(SERVICE, OTHER_ROOM, "reviewer")
