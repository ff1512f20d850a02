"""The stand-in Exchange as the other side, over real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from booking.domain.intervals import Interval
from booking.sandbox.exchange import ExchangeSandbox
from booking.sandbox.exchange.outlook import people
from booking.sandbox.exchange.outlook.people import Wish
from booking.sandbox.exchange.seen import SeenItem
from booking.sandbox.exchange.state import ids, renaming
from tests.storm.far import ACCOUNT, ELSEWHERE, PASSWORD, ROOMS, WAIT, Thing
from tests.storm.strikes import Strike

#: When nobody lets it land before, what is late never comes.
_NEVER = 1e8
_INSTANT = timedelta(seconds=1)
_STAMP, _UID = "BookingStamp", "BookingUid"
_KNOBS: dict[Strike, dict[str, Any]] = {
    Strike.DROPPED_BEFORE: {"drop_before": True},
    Strike.DROPPED_AFTER: {"drop_after": True},
    Strike.LATE: {"apply_late": _NEVER},
    Strike.GARBLED: {"garble": True},
    Strike.S401: {"status": 401},
    Strike.S500: {"status": 500},
    Strike.S502: {"status": 502},
    Strike.S503: {"status": 503},
    Strike.S504: {"status": 504},
    Strike.THROTTLED: {"error": "ErrorServerBusy", "back_off": int(WAIT.total_seconds() * 1000)},
    Strike.EMPTY: {"empty_listing": True},
    Strike.HALF: {"truncated_listing": True, "silently": True},
    Strike.CUT_OFF: {"truncated_listing": True},
    Strike.SECOND_FAILS: {"skip": 1, "drop_before": True},
    Strike.GONE: {"mailbox_gone": True},
}


class ExchangeFar:
    """The sandbox: one for a whole run, emptied between the examples."""

    protocol = "ews"

    def __init__(self, sandbox: ExchangeSandbox) -> None:
        self._sandbox = sandbox
        self._store = sandbox._store
        self.address = sandbox.ews_url
        self.blinded = False
        self.reset()

    def reset(self) -> None:
        sandbox, store = self._sandbox, self._store
        sandbox.process_now()
        sandbox.clear_faults()
        sandbox._log.clear()
        self.blinded = False
        with store.change():
            self.rename(away=False)
            for item_id in list(store.items):
                store.remove_item(item_id)
            store._tombstones.clear()
        sandbox.add_account(username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Room service")
        for room in ROOMS:
            if room not in store.mailboxes:
                sandbox.add_room(room, room)
                sandbox.grant(ACCOUNT, room, "impersonate")
                sandbox.grant(ACCOUNT, room, "author")

    def things(self, mailbox: str) -> list[Thing]:
        return [_thing(each) for each in self._sandbox.items(mailbox)]

    def put(self, mailbox: str, when: Interval, *, busy: str = "Busy", daily: int = 0) -> None:
        until = (when.start + timedelta(days=daily - 1)).date() if daily else None
        self._sandbox.add_event(
            mailbox,
            subject="Somebody else",
            start=when.start,
            end=when.end,
            busy=busy,
            repeat="daily" if daily else None,
            until=until,
            zone="Etc/UTC",
        )

    def move(self, mailbox: str, thing: Thing, when: Interval) -> None:
        self._sandbox.move(mailbox, thing.id, when.start, when.end)

    def remove(self, mailbox: str, thing: Thing) -> None:
        self._sandbox.delete(mailbox, thing.id)

    def copy(self, mailbox: str, thing: Thing, when: Interval, *, to: str) -> None:
        with self._store.change():
            item = people.find(self._store, mailbox, thing.id)
            twin = replace(item, id=ids.new_item(), uid=ids.new_uid(), mailbox=to, start=when.start, end=when.end)
            self._store.save_item(twin)

    def repeat(self, mailbox: str, thing: Thing) -> None:
        with self._store.change():
            item = people.find(self._store, mailbox, thing.id)
            until = (item.start + timedelta(days=1)).date()
            wish = Wish(
                subject=item.subject, start=item.start, end=item.end, zone=item.zone, repeat="daily", until=until
            )
            people.rewrite(self._store, item, wish)

    def edit(self, mailbox: str, thing: Thing, *, busy: str = "", subject: str = "") -> None:
        if busy:
            self._sandbox.edit(mailbox, thing.id, busy=busy)
        if subject:
            self._sandbox.edit(mailbox, thing.id, subject=subject)

    @contextmanager
    def struck(self, operation: str, strike: Strike | None) -> Iterator[None]:  # noqa: ARG002 - the server knows
        if strike is None:
            yield
            return
        self._sandbox.fault(**({"count": 1} | _KNOBS[strike]))
        try:
            yield
        finally:
            self.blind(on=self.blinded)

    def land(self) -> None:
        self._sandbox.process_now()

    def blind(self, *, on: bool) -> None:
        self._sandbox.clear_faults()
        self.blinded = on
        if on:
            self._sandbox.fault(rights_lost=True)

    def set_password(self, password: str) -> None:
        self._sandbox.set_password(ACCOUNT, password)

    def refused(self) -> int:
        return sum(each.outcome == "401" for each in self._sandbox.sign_ins())

    def rename(self, *, away: bool) -> None:
        old, new = (ROOMS[0], ELSEWHERE) if away else (ELSEWHERE, ROOMS[0])
        if old in self._store.mailboxes:
            renaming.rename(self._store, old, new)


def _thing(item: SeenItem) -> Thing:
    mark = item.extended.get(_STAMP, "")
    return Thing(
        item.id,
        item.change,
        item.uid,
        Interval(item.start, max(item.end, item.start + _INSTANT)),  # a date in the hour that comes twice
        mark,
        bool(mark) and item.extended.get(_UID, "") != item.uid,
        item.kind == "RecurringMaster",
    )
