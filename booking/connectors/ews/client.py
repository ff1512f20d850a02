"""One account's line to one Exchange server: each method is one request, with one deadline and no second try.

exchangelib lives in this folder only: here, in `services.py` (its calls), `session.py` (its connection),
`items.py` (its items) and `failures.py` (its errors).
"""

import ssl
import weakref
from collections.abc import Sequence
from typing import Any

from exchangelib import UTC
from exchangelib.errors import EWSError
from exchangelib.items import ALL_OCCURRENCES, ID_ONLY, MOVE_TO_DELETED_ITEMS, SAVE_ONLY, SEND_TO_NONE, SHALLOW
from exchangelib.properties import ItemId
from exchangelib.restriction import Q, Restriction

from booking.connectors.ews import failures, faults, items, services, session, wire
from booking.connectors.ews.faults import Call, Fault, Wire
from booking.connectors.ews.transport import Door
from booking.connectors.port import ConnectionSettings, ConnectorError, EventDraft, EventField, Stamp
from booking.domain.intervals import Interval

MOST_ITEMS = 1000  # Source: learn.microsoft.com, EWS reference, CalendarView; PolicyLimit of the server


class Client:
    """Asks one server; used by one thread at a time.

    Every method raises `Definite`, and those that write raise `Ambiguous` too.
    """

    def __init__(self, settings: ConnectionSettings, url: str, door: Door, context: ssl.SSLContext) -> None:
        self.settings = settings
        self.signed_in = False
        self._door = door
        self._accounts: dict[str, Any] = {}
        self._config = session.configuration(
            url, username=settings.username, password=settings.password, version_name=settings.version
        )
        self._protocol = session.connection(self._config, door, context, leg_seconds=settings.leg_seconds)
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

    def view(self, mailbox: str, window: Interval) -> tuple[list[wire.Item], bool]:
        """Return what a calendar view shows, and whether the server said that it is all."""
        finding = services.Finding(account=self._account(mailbox))
        shown = items.view(window, at_most=MOST_ITEMS)
        found = self._find(finding, mailbox, calendar_view=shown, restriction=None)
        return found, finding.whole and len(found) < MOST_ITEMS

    def marked(self, mailbox: str, mark: str) -> tuple[list[wire.Item], bool]:
        """Return the items of the calendar that bear the mark, and whether the server said that these are all."""
        finding = services.Finding(account=self._account(mailbox))
        folder = session.calendar(self._account(mailbox))
        bears = Restriction(Q(booking_stamp=mark), folders=[folder], applies_to=Restriction.ITEMS)
        found = self._find(finding, mailbox, calendar_view=None, restriction=bears)
        return found, finding.whole

    def item(self, mailbox: str, item_id: str, *, fields: Sequence[Any] = items.EVENT_FIELDS) -> wire.Item:
        """Return one item."""
        getting = services.Getting(account=self._account(mailbox))
        found: wire.Item = self._one(
            self._call(mailbox), getting, items=[ItemId(id=item_id)], additional_fields=fields, shape=ID_ONLY
        )
        return found

    def master(self, mailbox: str, item_id: str) -> wire.Item:
        """Return one recurring item with how it repeats."""
        return self.item(mailbox, item_id, fields=items.SERIES_FIELDS)

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
            items=[(wanted, items.names(fields))],
            conflict_resolution="NeverOverwrite",
            message_disposition=SAVE_ONLY,
            send_meeting_invitations_or_cancellations=SEND_TO_NONE,
            suppress_read_receipts=True,
        )
        return updated

    def delete(self, mailbox: str, item_id: str) -> None:
        """Move an item to Deleted Items; telling nobody."""
        self._ask(
            self._call(mailbox, writes=True),
            services.Deleting(account=self._account(mailbox)),
            items=[ItemId(id=item_id)],
            delete_type=MOVE_TO_DELETED_ITEMS,
            send_meeting_cancellations=SEND_TO_NONE,
            affected_task_occurrences=ALL_OCCURRENCES,
            suppress_read_receipts=True,
        )

    def rights(self, mailbox: str | None) -> frozenset[str]:
        """Return the names of the account's rights in a room's calendar, or in its own."""
        if mailbox:
            account = self._account(mailbox)
            folder = session.calendar(account)
        else:
            account = session.account(self._config, self._own_address(), impersonate=False)
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
        answers = self._ask(
            self._call(""),
            services.Availability(protocol=self._protocol),
            tzinfo=UTC,
            mailbox_data=[items.free_busy_room(each) for each in mailboxes],
            timezone=items.UTC_RULES,
            free_busy_view_options=items.free_busy_options(window),
        )
        if len(answers) != len(mailboxes):
            raise faults.error(Fault(Wire.UNREADABLE), self._call(""))
        return [
            faults.error(failures.refused(each), self._call(mailbox)) if isinstance(each, EWSError) else each
            for mailbox, each in zip(mailboxes, answers, strict=True)
        ]

    def _find(self, finding: services.Finding, mailbox: str, **how: Any) -> list[wire.Item]:
        return self._ask(
            self._call(mailbox, about_folder=True),
            finding,
            folders=[session.calendar(self._account(mailbox))],
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
        """Send one request and return what came, or raise what the port promises."""
        policy = self._config.retry_policy
        policy.answered = False
        with self._door.deadline(self.settings.deadline_seconds):
            try:
                answer = list(service.call(**what))
            except Exception as error:
                fault = failures.understood(error, self._door, answered=policy.answered)
                if fault is None:
                    raise
                self.signed_in = self.signed_in or policy.answered
                # Without its cause, which may quote the request.
                raise faults.error(fault, call) from None
        self.signed_in = True
        return answer

    def _call(self, mailbox: str, *, writes: bool = False, about_folder: bool = False) -> Call:
        return Call(
            writes=writes,
            signed_in=self.signed_in,
            mailbox=mailbox,
            account=self.settings.username,
            impersonate=self.settings.impersonate,
            seconds=self.settings.deadline_seconds,
            about_folder=about_folder,
        )

    def _account(self, mailbox: str) -> Any:
        if mailbox not in self._accounts:
            self._accounts[mailbox] = session.account(self._config, mailbox, impersonate=self.settings.impersonate)
        return self._accounts[mailbox]

    def _own_address(self) -> str:
        """Return the service account's address; only a hint for the server's load balancer."""
        known = (self.settings.email, self.settings.username)
        return next((each for each in known if "@" in each), "account@invalid")
