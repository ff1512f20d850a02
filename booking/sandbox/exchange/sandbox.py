"""The sandbox as one thing: to start, to fill, to look into, and to disturb."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from booking.sandbox.exchange import clock, seen
from booking.sandbox.exchange.ews.endpoint import PATH, Endpoint
from booking.sandbox.exchange.faults import Fault, Faults
from booking.sandbox.exchange.outlook import people
from booking.sandbox.exchange.personalities import EXCHANGE_2016, Personality
from booking.sandbox.exchange.request_log import LoggedRequest, RequestLog
from booking.sandbox.exchange.routes import Routes
from booking.sandbox.exchange.server import Server
from booking.sandbox.exchange.state.model import Account, Grant, Mailbox, MailboxKind, Processing
from booking.sandbox.exchange.state.store import Store

Plain = Any  # settings and knobs, each with the type that `Processing`, `Fault` or `add_event` gives it
_EDITABLE = {"subject", "body", "location", "busy", "private", "all_day"}


class ExchangeSandbox:
    """A stand-in Exchange over HTTP. With a path, what it holds survives a restart; without, it is in memory only."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        now: Callable[[], datetime] = clock.now,
        personality: Personality = EXCHANGE_2016,
    ) -> None:
        self._host = host
        self._store = Store(path, now=now)
        self._faults = Faults()
        self._log = RequestLog()
        endpoint = Endpoint(self._store, self._faults, self._log, personality)
        self._server = Server(host, port, Routes(self._store, self._faults, self._log, endpoint).respond)

    # Running

    def start(self) -> None:
        """Listen; returns when it does."""
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def close(self) -> None:
        """Stop, and let go of the file."""
        self.stop()
        self._store.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        """Where the Outlook page is; everything else lies below it."""
        return f"http://{self._host}:{self.port}"

    @property
    def ews_url(self) -> str:
        return f"{self.url}{PATH.replace('/ews/exchange', '/EWS/Exchange')}"

    # Filling

    def add_account(self, *, username: str, password: str, email: str, name: str, domain_login: str = "") -> None:
        """A sign-in with a mailbox of its own; updated if the address is known."""
        with self._store.change():
            self.add_user(email, name)
            account = Account(email=email.lower(), username=username, password=password, domain_login=domain_login)
            self._store.put_account(account)

    def add_user(self, email: str, name: str, password: str | None = None) -> None:
        """A person's mailbox; with a password, they can sign in with their address."""
        with self._store.change():
            self._store.put_mailbox(Mailbox(address=email.lower(), name=name))
            if password is not None:
                self._store.put_account(Account(email=email.lower(), username=email, password=password))

    def add_room(self, email: str, name: str, *, zone: str = "Europe/London", **calendar_processing: Plain) -> None:
        """A room's mailbox. `calendar_processing` are Set-CalendarProcessing's settings, as in `Processing`."""
        processing = Processing(**calendar_processing)
        self._store.put_mailbox(
            Mailbox(address=email.lower(), name=name, kind=MailboxKind.ROOM, zone=zone, processing=processing)
        )

    def grant(self, account_email: str, mailbox: str, rights: str) -> None:
        """Give "impersonate", "author" (read and write) or "reviewer" (read); "none" takes everything back.

        The right to impersonate and a right on the calendar stand side by side, as in Exchange.
        """
        with self._store.change():
            before = self._store.grant(account_email.lower(), mailbox.lower())
            match rights:
                case "impersonate":
                    after = replace(before, impersonate=True)
                case "author" | "reviewer":
                    after = replace(before, read=True, write=rights == "author")
                case "none":
                    after = Grant(account=before.account, mailbox=before.mailbox)
                case _:
                    raise ValueError(f"no such right: {rights}")
            self._store.put_grant(after)

    def set_password(self, account: str, password: str) -> None:
        """Change an account's password, named by its address or user name."""
        with self._store.change():
            found = self._store.find_account(account)
            if found is None:
                raise LookupError(account)
            self._store.put_account(replace(found, password=password))

    def remove_mailbox(self, email: str) -> None:
        """Take a mailbox away, with all that is in it."""
        self._store.remove_mailbox(email.lower())

    # As a person in Outlook

    def add_event(  # noqa: PLR0913  (the fields of Outlook's form)
        self,
        mailbox: str,
        *,
        subject: str,
        start: datetime,
        end: datetime,
        busy: str = "Busy",
        private: bool = False,
        all_day: bool = False,
        repeat: str | None = None,
        until: date | None = None,
        body: str = "",
        location: str = "",
        zone: str = "Europe/London",
        attendees: Iterable[str] = (),
    ) -> str:
        """Write an item into a calendar; returns its id."""
        wish = people.Wish(
            subject=subject,
            start=start.astimezone(UTC),
            end=end.astimezone(UTC),
            zone=zone,
            body=body,
            location=location,
            busy=busy,
            private=private,
            all_day=all_day,
            repeat=repeat,
            until=until,
            attendees=tuple(address.lower() for address in attendees),
        )
        with self._store.change():
            return people.add(self._store, mailbox.lower(), wish).id

    def invite(
        self, organizer: str, *, rooms: Iterable[str], subject: str, start: datetime, end: datetime, **same: Plain
    ) -> str:
        """Invite rooms to a meeting from a person's calendar; returns the id of the organiser's copy.

        `same`: what else `add_event` takes.
        """
        return self.add_event(organizer, subject=subject, start=start, end=end, attendees=rooms, **same)

    def move(self, mailbox: str, item_id: str, start: datetime, end: datetime) -> None:
        """Give an item another time; from the organiser's copy, the rooms are asked again."""
        with self._store.change():
            item = people.find(self._store, mailbox.lower(), item_id)
            people.move(self._store, item, start.astimezone(UTC), end.astimezone(UTC))

    def edit(self, mailbox: str, item_id: str, **changes: Plain) -> None:
        """Change subject, body, location, busy, private or all_day."""
        unknown = set(changes) - _EDITABLE
        if unknown:
            raise TypeError(f"cannot edit {', '.join(sorted(unknown))}")
        if "private" in changes:
            changes["sensitivity"] = "Private" if changes.pop("private") else "Normal"
        with self._store.change():
            people.edit(self._store, people.find(self._store, mailbox.lower(), item_id), changes)

    def delete(self, mailbox: str, item_id: str) -> None:
        """Delete an item, a series, or one date of it; from the organiser's copy, the rooms are told."""
        with self._store.change():
            people.delete(self._store, people.find(self._store, mailbox.lower(), item_id))

    # Looking

    def items(self, mailbox: str) -> list[seen.SeenItem]:
        """What stands in a calendar, earliest first; deleted items are not in it."""
        with self._store.change():
            return [seen.item(item) for item in self._store.items_of(mailbox.lower())]

    def requests(self) -> list[LoggedRequest]:
        """What was asked over EWS, oldest first."""
        return self._log.all()

    # Disturbing

    def fault(self, **knobs: Plain) -> None:
        """Make it behave badly; the knobs are those of `Fault`."""
        self._faults.add(Fault(**knobs))

    def clear_faults(self) -> None:
        self._faults.clear()
