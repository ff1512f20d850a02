"""The control interface, JSON over HTTP under /control/: for tests and for whoever demonstrates a failure.

GET     mailboxes | items?mailbox=ADDRESS | awaited?mailbox=DELEGATE | faults | personality
        requests?operation=&mailbox=&account=&outcome=&sign_in=&since=MOMENT&last=NUMBER
POST    faults {the knobs of `Fault`} | password {account, password} | reset
        clock {offset: SECONDS} | advance {seconds: NUMBER}
DELETE  faults | requests
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from typing import Any

from booking.sandbox.exchange import seen
from booking.sandbox.exchange.faults import Fault, Faults
from booking.sandbox.exchange.outlook import attendant
from booking.sandbox.exchange.personalities import Personality
from booking.sandbox.exchange.request_log import RequestLog
from booking.sandbox.exchange.server_clock import ServerClock
from booking.sandbox.exchange.state.model import CALENDAR
from booking.sandbox.exchange.state.store import Store
from booking.sandbox.exchange.traffic import HttpAnswer, HttpRequest, as_json

PREFIX = "/control/"
_KNOBS = {field.name for field in fields(Fault)}


class _Unfit(Exception):
    """The request cannot be carried out; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Control:
    """Looks into the sandbox and turns its knobs."""

    store: Store
    faults: Faults
    log: RequestLog
    clock: ServerClock
    personality: Personality
    advance: Callable[[timedelta], None]

    def answer(self, http: HttpRequest) -> HttpAnswer:
        actions: dict[tuple[str, str], Callable[[HttpRequest], Any]] = {
            ("GET", "mailboxes"): self._mailboxes,
            ("GET", "items"): self._items,
            ("GET", "awaited"): self._awaited,
            ("GET", "personality"): lambda _http: {
                "personality": self.personality.name,
                **asdict(self.personality.version),
            },
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): lambda _http: self.log.clear(),
            ("GET", "faults"): lambda _http: [each.as_dict() for each in self.faults.active()],
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): lambda _http: self.faults.clear(),
            ("POST", "password"): self._set_password,
            ("POST", "reset"): self._reset,
            ("POST", "clock"): self._set_clock,
            ("POST", "advance"): self._advance,
        }
        action = actions.get((http.method, http.path.removeprefix(PREFIX).strip("/")))
        if action is None:
            return as_json({"error": "no such control", "controls": sorted(map(" ".join, actions))}, 404)
        try:
            return as_json(action(http))
        except _Unfit as why:
            return as_json({"error": str(why)}, 422)

    def _mailboxes(self, _http: HttpRequest) -> list[dict[str, Any]]:
        with self.store.change():
            return [seen.mailbox(each) for each in self.store.mailboxes.values()]

    def _items(self, http: HttpRequest) -> list[dict[str, Any]]:
        folder = http.query.get("folder", CALENDAR)
        with self.store.change():
            return [seen.item(each).as_dict() for each in self.store.items_of(self._address(http), folder)]

    def _awaited(self, http: HttpRequest) -> list[dict[str, Any]]:
        with self.store.change():
            return [seen.item(each).as_dict() for each in attendant.awaited(self.store, self._address(http))]

    def _address(self, http: HttpRequest) -> str:
        address = http.query.get("mailbox", "").lower()
        if address not in self.store.mailboxes:
            raise _Unfit(f"no such mailbox: {address}")
        return address

    def _requests(self, http: HttpRequest) -> list[dict[str, Any]]:
        try:
            return [each.as_dict() for each in self.log.matching(http.query)]
        except (ValueError, TypeError) as error:
            raise _Unfit(str(error)) from error

    def _add_fault(self, http: HttpRequest) -> dict[str, Any]:
        wish = _body(http)
        unknown = sorted(set(wish) - _KNOBS)
        if unknown:
            raise _Unfit(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(_KNOBS))}")
        fault = Fault(**wish)
        self.faults.add(fault)
        return fault.as_dict()

    def _set_password(self, http: HttpRequest) -> dict[str, str]:
        wish = _body(http)
        with self.store.change():
            found = self.store.find_account(str(wish.get("account", "")))
            if found is None:
                raise _Unfit("no such account")
            self.store.put_account(replace(found, password=str(wish.get("password", ""))))
        return {"account": found.email}

    def _set_clock(self, http: HttpRequest) -> dict[str, str]:
        self.clock.set_offset(_seconds(http, "offset"))
        return {"now": self.clock().isoformat()}

    def _advance(self, http: HttpRequest) -> dict[str, str]:
        self.advance(_seconds(http, "seconds"))
        return {"now": self.clock().isoformat()}

    def _reset(self, _http: HttpRequest) -> dict[str, int]:
        """Clear the faults, the request log and every item; mailboxes, sign-ins and rights stay."""
        self.faults.clear()
        self.log.clear()
        with self.store.change():
            gone = list(self.store.items)
            for item_id in gone:
                self.store.remove_item(item_id)
        return {"items_removed": len(gone)}


def _seconds(http: HttpRequest, name: str) -> timedelta:
    try:
        return timedelta(seconds=float(_body(http).get(name, 0)))
    except (TypeError, ValueError, OverflowError) as error:
        raise _Unfit(f"{name} is no number of seconds") from error


def _body(http: HttpRequest) -> dict[str, Any]:
    try:
        wish = json.loads(http.body or b"{}")
    except ValueError as error:
        raise _Unfit("the body is not JSON") from error
    if not isinstance(wish, dict):
        raise _Unfit("the body is not a JSON object")
    return wish
