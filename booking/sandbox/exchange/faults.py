"""Knobs that make the sandbox behave badly: slow, silent, forgetful of answers, refusing, wrong."""

import threading
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

#: Knobs that only a request for more of the same can meet: a further page, or the changes since a sync state.
_FOR_CONTINUATIONS = ("second_page_fails", "lose_sync_state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One bad behaviour. Without `operation`, `mailbox` or `count`: for all, everywhere, until cleared.

    Which requests
        skip: the first so many that fit pass untouched. count: then so many are met. probability: of those that fit,
        this share is met, drawn from `seed`, so that a run repeats.
    Time
        latency: seconds to wait first. drip: bytes per second that the answer comes with.
        apply_late: close the connection without an answer at once, and do it that many seconds later.
    Answers that do not arrive
        drop_before: close the connection before anything is done. drop_after: do it, then close the connection.
        garble: do it, then answer what nobody can read.
    Refusals, nothing is done
        status: answer with this HTTP code; with `retry_after` the seconds that its header names.
        error: answer with this response code; with `back_off` the milliseconds that ErrorServerBusy names. A busy
        server refuses the whole call; with `inside`, it says so in an ordinary answer, for each part.
        failover: ErrorMailboxFailover for so many seconds of the server's clock, from the first request on.
        mailbox_gone: no such mailbox. rights_lost: "not found", as Exchange says to who may not look.
    Listings that are not the truth
        empty_listing: nothing is there. truncated_listing: half of it, and the answer says that there is more;
        with `silently`, it says that this was all. second_page_fails: the first page comes, a further one does not.
        lose_sync_state: the sync state is not known any more.
    What then stays so, whatever is cleared
        renamed_to: the mailbox gets this address. new_password: the account gets this password, and this request is
        the first to be refused. clock_offset: the server's clock is off by so many seconds.
    """

    operation: str | None = None
    mailbox: str | None = None
    skip: int = 0
    count: int | None = None
    probability: float = 1.0
    seed: int = 0
    latency: float = 0.0
    drip: float | None = None
    apply_late: float | None = None
    drop_before: bool = False
    drop_after: bool = False
    garble: bool = False
    status: int | None = None
    retry_after: int | None = None
    error: str | None = None
    back_off: int | None = None
    inside: bool = False
    failover: float | None = None
    mailbox_gone: bool = False
    rights_lost: bool = False
    empty_listing: bool = False
    truncated_listing: bool = False
    silently: bool = False
    second_page_fails: bool = False
    lose_sync_state: bool = False
    renamed_to: str | None = None
    new_password: str | None = None
    clock_offset: float | None = None

    def turns(self, knob: str) -> bool:
        """True if that knob is not as it was."""
        return bool(getattr(self, knob) != _DEFAULTS[knob])

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


_DEFAULTS = {each.name: each.default for each in fields(Fault)}


@dataclass(frozen=True, slots=True)
class Sight:
    """What the knobs see of a request. `continues`: it asks for more of the same."""

    operation: str
    mailboxes: frozenset[str]
    now: datetime
    continues: bool = False


@dataclass(slots=True)
class _Turned:
    """A fault with what is left of it."""

    fault: Fault
    random: Random
    skip: int
    left: int | None
    until: datetime | None = field(default=None)

    def is_met_by(self, sight: Sight) -> bool:
        """True if it strikes this request; it has then one less left."""
        if not self._fits(sight) or (self.until is not None and sight.now >= self.until):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.fault.probability < 1 and self.random.random() >= self.fault.probability:
            return False
        if self.fault.failover is not None and self.until is None:
            self.until = sight.now + timedelta(seconds=self.fault.failover)
        if self.left is not None:
            self.left -= 1
        return True

    def is_over(self, now: datetime) -> bool:
        return self.left == 0 or (self.until is not None and now >= self.until)

    def _fits(self, sight: Sight) -> bool:
        fault = self.fault
        if fault.operation not in {None, sight.operation}:
            return False
        if fault.mailbox is not None and fault.mailbox not in sight.mailboxes:
            return False
        return sight.continues or not any(fault.turns(knob) for knob in _FOR_CONTINUATIONS)


class Faults:
    """The knobs that are turned at the moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turned: list[_Turned] = []

    def add(self, fault: Fault) -> None:
        mailbox = None if fault.mailbox is None else fault.mailbox.lower()
        fault = replace(fault, mailbox=mailbox)
        turned = _Turned(fault, Random(fault.seed), fault.skip, fault.count)  # noqa: S311  (to repeat, not to hide)
        with self._lock:
            self._turned.append(turned)

    def clear(self) -> None:
        with self._lock:
            self._turned.clear()

    def active(self) -> list[Fault]:
        """Those that still strike, with the number of times that is left."""
        with self._lock:
            return [replace(each.fault, count=each.left, skip=each.skip) for each in self._turned]

    def take(self, sight: Sight) -> list[Fault]:
        """The faults that this request meets; each that counts has one less left."""
        with self._lock:
            met = [each.fault for each in self._turned if each.is_met_by(sight)]
            self._turned = [each for each in self._turned if not each.is_over(sight.now)]
            return met
