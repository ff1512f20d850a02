"""One account's line to one Exchange server: each method is one request, with one deadline and no second try.

exchangelib lives in this folder only: here, in `services.py` (its calls), `session.py` (its connection),
`items.py` (its items) and `failures.py` (its errors).
"""

import ssl
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from exchangelib.items import ALL_OCCURRENCES, ID_ONLY, MOVE_TO_DELETED_ITEMS, SAVE_ONLY, SEND_TO_NONE, SHALLOW
from exchangelib.properties import RoomList
from exchangelib.restriction import Q, Restriction

from booking.connectors.ews import bodies, failures, faults, folders, items, offers, services, session, versions, wire
from booking.connectors.ews.faults import Call, Fault, Wire
from booking.connectors.ews.streams import LONGEST_SILENCE, Pulse, Stream
from booking.connectors.ews.transport import Door
from booking.connectors.port import (
    Concerned,
    ConnectionSettings,
    ConnectorError,
    Definite,
    EventDraft,
    EventField,
    Kind,
    Stamp,
)
from booking.domain.intervals import Interval

MOST_ITEMS = 1000  # Source: learn.microsoft.com, EWS reference, CalendarView; PolicyLimit of the server

STREAM_MINUTES = 29  # of one hanging answer. Source: the same, ConnectionTimeout (1 to 30)


class Client:
    """Asks one server; used by one thread at a time.

    Every method raises `Definite`, and those that write raise `Ambiguous` too.
    """

    def __init__(self, settings: ConnectionSettings, url: str, door: Door, context: ssl.SSLContext) -> None:
        self.settings = settings
        self.signed_in = False
        self.patience = settings.deadline_seconds  # for one call; a test of many steps has less and less
        self._door = door
        self._accounts: dict[str, Any] = {}
        self._config = session.configuration(
            url, username=settings.username, password=settings.password, version_name=settings.version
        )
        self._protocol = session.connection(self._config, door, context, settings.sign_in)
        self._forget = weakref.finalize(self, session.forget, self._config)

    def close(self) -> None:
        """Hang up, and let exchangelib forget the password."""
        self._forget()
        self._door.shut()

    @property
    def server_build(self) -> tuple[int, ...]:
        """Return the server's version number as it came with the last answer, or () before."""
        build: tuple[int, ...] = self._protocol.server_build
        return build

    @property
    def version(self) -> str:
        """Return the version of EWS that is spoken: the one chosen, or the newest that the server did not refuse."""
        name: str = self._config.version.api_version
        return name

    def offer(self) -> offers.Offer:
        """Return what the server offers to a stranger; nobody's name is shown.

        Raises:
            Definite: it could not be asked.
        """
        url = self._config.service_endpoint
        ours = self._door.connections
        with self._door.deadline(self.patience), self._protocol.raw_session(url) as stranger:
            try:
                return offers.asked(stranger, url, seconds=self.settings.leg_seconds)
            except failures.BROKEN as error:
                raise faults.error(failures.broken(error, self._door), self._call("")) from None
            finally:
                self._door.connections = ours  # the stranger's is none that a sign-in belongs to

    def view(self, mailbox: str, window: Interval, *, folder_id: str = "") -> tuple[list[wire.Item], bool]:
        """Return what a view of a calendar, or of another folder, shows; and whether the server said that it is all."""
        finding = services.Finding(account=self._account(mailbox))
        shown = items.view(window, at_most=MOST_ITEMS)
        folder = session.folder(folder_id) if folder_id else session.calendar(self._account(mailbox))
        found = self._find(finding, mailbox, folder, calendar_view=shown, restriction=None)
        return found, finding.whole and len(found) < MOST_ITEMS

    def marked(self, mailbox: str, mark: str) -> tuple[list[wire.Item], bool]:
        """Return the items of the calendar that bear the mark, and whether the server said that these are all."""
        finding = services.Finding(account=self._account(mailbox))
        folder = session.calendar(self._account(mailbox))
        bears = Restriction(Q(booking_stamp=mark), folders=[folder], applies_to=Restriction.ITEMS)
        found = self._find(finding, mailbox, folder, calendar_view=None, restriction=bears)
        return found, finding.whole

    def item(self, mailbox: str, item_id: str, *, fields: Sequence[Any] = items.WHOLE_FIELDS) -> wire.Item:
        """Return one item."""
        getting = services.Getting(account=self._account(mailbox))
        found: wire.Item = self._one(
            self._call(mailbox), getting, items=[items.named(item_id)], additional_fields=fields, shape=ID_ONLY
        )
        return found

    def master(self, mailbox: str, item_id: str) -> wire.Item:
        """Return one recurring item with how it repeats."""
        return self.item(mailbox, item_id, fields=items.SERIES_FIELDS)

    def concerned(self, mailbox: str, item_id: str) -> Concerned:
        """Return whom and which place an item is about."""
        getting = services.Concerning(account=self._account(mailbox))
        named = [items.named(item_id)]
        found: Concerned = self._one(
            self._call(mailbox), getting, items=named, additional_fields=items.CONCERNED_FIELDS, shape=ID_ONLY
        )
        return found

    def create(self, mailbox: str, draft: EventDraft, stamp: Stamp) -> wire.ItemId:
        """Write a new item; inviting nobody."""
        made: wire.ItemId = self._one(
            self._call(mailbox, writes=True, about_folder=True),
            services.Creating(account=self._account(mailbox)),
            items=[items.new(draft, stamp)],
            folder=session.calendar(self._account(mailbox)),
            message_disposition=SAVE_ONLY,
            send_meeting_invitations=SEND_TO_NONE,
        )
        return made

    def update(
        self, mailbox: str, seen: wire.ItemId, draft: EventDraft, fields: frozenset[EventField], stamp: Stamp
    ) -> wire.ItemId:
        """Change these fields if the item is still in the state seen; telling nobody."""
        wanted = items.changed(seen.id, seen.change_key, draft, stamp)
        updated: wire.ItemId = self._one(
            self._call(mailbox, writes=True),
            services.Updating(account=self._account(mailbox)),
            items=[(wanted, items.names(fields, draft))],
            conflict_resolution="NeverOverwrite",
            message_disposition=SAVE_ONLY,
            send_meeting_invitations_or_cancellations=SEND_TO_NONE,
            suppress_read_receipts=True,
        )
        return updated

    def delete(self, mailbox: str, item_id: str) -> None:
        """Move an item to Deleted Items; telling nobody."""
        self._one(
            self._call(mailbox, writes=True),
            services.Deleting(account=self._account(mailbox)),
            items=[items.named(item_id)],
            delete_type=MOVE_TO_DELETED_ITEMS,
            send_meeting_cancellations=SEND_TO_NONE,
            affected_task_occurrences=ALL_OCCURRENCES,
            suppress_read_receipts=True,
        )

    def rights(self, mailbox: str | None, *, folder_id: str = "") -> frozenset[str]:
        """Return the names of the account's rights in a room's calendar, in its own, or in another folder."""
        if folder_id:
            account, folder = self._account(mailbox or ""), session.folder(folder_id)
        elif mailbox:
            account = self._account(mailbox)
            folder = session.calendar(account)
        else:
            account = self._own()
            folder = session.OwnCalendar(id="calendar")
        found: frozenset[str] = self._one(
            self._call(mailbox or "", about_folder=True),
            services.Looking(account=account),
            folders=[folder],
            additional_fields=items.RIGHTS_FIELDS,
            shape=ID_ONLY,
        )
        return found

    def resolve(self, text: str) -> list[wire.Resolution]:
        """Return the mailboxes that the text may mean, with all their addresses."""
        resolving = services.Resolving(protocol=self._protocol)
        found = self._ask(self._call(text), resolving, unresolved_entries=[text], return_full_contact_data=True)
        return [each for each in found if isinstance(each, wire.Resolution)]

    def free_busy(self, mailboxes: Sequence[str], window: Interval) -> list[wire.FreeBusyView | ConnectorError]:
        """Return each mailbox's view, or what was wrong with it, in the order asked for."""
        found = self._ask(
            self._call(""),
            services.Availability(protocol=self._protocol),
            request=bodies.availability(mailboxes, window),
        )
        if len(found) != len(mailboxes):
            raise faults.error(Fault(Wire.UNREADABLE), self._call(""))
        return [
            faults.error(failures.of_one(each), self._call(mailbox)) if isinstance(each, Exception) else each
            for mailbox, each in zip(mailboxes, found, strict=True)
        ]

    def room_lists(self) -> list[wire.Address]:
        """Return the lists of rooms that the organisation has."""
        return self._ask(self._call(""), services.RoomLists(protocol=self._protocol))

    def rooms(self, room_list: str) -> list[wire.Address]:
        """Return the rooms of one list."""
        wanted = RoomList(email_address=room_list)
        return self._ask(self._call(room_list), services.Rooms(protocol=self._protocol), room_list=wanted)

    def folders(self, mailbox: str, request: Any, *, how: type[services.Plain]) -> folders.Page:
        """Return one listing of folders; without a mailbox, as the account itself."""
        account = self._account(mailbox) if mailbox else self._own()
        listed: folders.Page = self._one(self._call(mailbox, about_folder=True), how(account=account), request=request)
        return listed

    def decline(self, mailbox: str, item: wire.ItemId, words: str) -> None:
        """Answer an invitation with no, and tell its organiser."""
        declining = services.Declining(account=self._account(mailbox))
        request = bodies.decline(item.id, item.change_key, words)
        self._one(self._call(mailbox, writes=True), declining, request=request)

    def subscribe(self, mailbox: str, anchor: str) -> str:
        """Return the id of a new subscription to what happens in a calendar."""
        subscribing = services.Subscribing(account=self._account(mailbox))
        subscribing.anchor = anchor
        request = bodies.subscribe(bodies.distinguished("calendar", mailbox))
        made: str = self._one(self._call(mailbox, about_folder=True), subscribing, request=request)
        return made

    def unsubscribe(self, subscription: str, anchor: str, *, seconds: float) -> None:
        """Let the server forget a subscription, if it does so within `seconds`."""
        leaving = services.Unsubscribing(account=self._account(anchor))
        leaving.anchor = anchor
        call = replace(self._call(anchor), seconds=min(seconds, self.settings.deadline_seconds))
        self._ask(call, leaving, request=bodies.unsubscribe(subscription))

    def stream(self, anchor: str, subscriptions: Sequence[str]) -> Stream:
        """Return the hanging answer that tells what happens; it holds the connection until it is closed."""
        silence = (self.settings.leg_seconds, LONGEST_SILENCE)
        streaming = services.Streaming(account=self._account(anchor), timeout=silence)
        streaming.anchor = anchor
        request = bodies.stream(subscriptions, minutes=STREAM_MINUTES)
        policy = self._config.retry_policy
        policy.streams = True
        try:
            response = self._one(self._call(anchor), streaming, request=request)
        finally:
            policy.streams = False
        return Stream(response, self._door, streaming.stop_streaming)

    def documents(self, stream: Stream, anchor: str, pulse: Pulse) -> Iterator[bytes]:
        """Yield what comes over a hanging answer."""
        try:
            yield from stream.documents(pulse)
        except Fault as fault:
            if fault.code != Wire.OVERDUE:
                raise faults.error(fault, self._call(anchor)) from None
            words = f"The line was silent for more than {pulse.patience:.0f} seconds, so we hung up."
            raise Definite(Kind.TRANSIENT, words, code=Wire.OVERDUE) from None
        except wire.Unreadable:
            raise faults.error(Fault(Wire.UNREADABLE), self._call(anchor)) from None

    def refusal(self, code: str, detail: str, mailbox: str) -> ConnectorError:
        """Return what the port raises for an error that stands in a notice."""
        return faults.error(Fault(code, detail), self._call(mailbox))

    def cut(self) -> None:
        """Cut the connection; another thread that waits for an answer gets an error at once."""
        self._door.shut()

    def _find(self, finding: services.Finding, mailbox: str, folder: Any, **how: Any) -> list[wire.Item]:
        return self._ask(
            self._call(mailbox, about_folder=True),
            finding,
            folders=[folder],
            additional_fields=items.EVENT_FIELDS,
            order_fields=None,
            shape=ID_ONLY,
            query_string=None,
            depth=SHALLOW,
            max_items=MOST_ITEMS,
            offset=0,
            **how,
        )

    def _one(self, call: Call, service: services.Once, **what: Any) -> Any:
        """Send one request that has exactly one result."""
        answer = self._ask(call, service, **what)
        if len(answer) != 1:
            raise faults.error(Fault(Wire.UNREADABLE), call)
        return answer[0]

    def _ask(self, call: Call, service: services.Once, **what: Any) -> list[Any]:
        """Send one request and return what came, or raise what the port promises.

        Only where the version is ours to find out, and the server refuses it before looking at the request, is the
        same asked in an older one. All of it has one deadline: whoever asks counts on nothing being sent later.
        """
        until = time.monotonic() + call.seconds
        while True:
            try:
                return self._ask_once(call, service, max(0.001, until - time.monotonic()), **what)
            except Definite as refusal:
                if refusal.code not in versions.REFUSED or time.monotonic() > until or not self._step_down(service):
                    raise
                call = replace(call, signed_in=True)  # it understood who we are

    def _step_down(self, service: services.Once) -> bool:
        """Speak an older version from now on; False if there is none, or staff chose the one spoken."""
        older = versions.below(self.version, build=self.server_build)
        if self.settings.version or older is None:
            return False
        self._config.version = session.speaking(older)
        for account in (*self._accounts.values(), getattr(service, "account", None)):
            if account is not None:
                account.version = session.speaking(older)
        return True

    def _ask_once(self, call: Call, service: services.Once, seconds: float, **what: Any) -> list[Any]:
        policy = self._config.retry_policy
        policy.answered = False
        with self._door.deadline(seconds):
            try:
                answer = list(service.call(**what))
            except Exception as error:
                fault = failures.understood(error, self._door, answered=policy.answered)
                if fault is None:
                    raise
                self.signed_in = self.signed_in or policy.answered
                # Without its cause, which may quote the request.
                raise faults.error(fault, replace(call, build=self.server_build)) from None
        self.signed_in = True
        return answer

    def _call(self, mailbox: str, *, writes: bool = False, about_folder: bool = False) -> Call:
        return Call(
            writes=writes,
            signed_in=self.signed_in,
            sign_in=self.settings.sign_in,
            version=self.settings.version,
            mailbox=mailbox,
            account=self.settings.username,
            impersonate=self.settings.impersonate,
            seconds=self.patience,
            about_folder=about_folder,
        )

    def _account(self, mailbox: str) -> Any:
        """Return a mailbox; the account itself without one, or with its own, which it needs not impersonate."""
        if mailbox not in self._accounts:
            own = mailbox in {"", self.settings.email.lower(), self.settings.username.lower()}
            made = self._own() if own else session.account(self._config, mailbox, impersonate=self.settings.impersonate)
            self._accounts[mailbox] = made
        return self._accounts[mailbox]

    def _own(self) -> Any:
        return session.account(self._config, self._own_address(), impersonate=False)

    def _own_address(self) -> str:
        """Return the service account's address; only a hint for the server's load balancer."""
        known = (self.settings.email, self.settings.username)
        return next((each for each in known if "@" in each), "account@invalid")
