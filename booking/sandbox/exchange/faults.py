"""Knobs that make the sandbox behave badly: slow, silent, forgetful of answers, refusing."""

import threading
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One bad behaviour. Without `operation`, `mailbox` or `count`: for all, everywhere, until cleared.

    latency: seconds to wait first. drop_before: close the connection before anything is done.
    drop_after: do it, then close the connection without an answer. garble: do it, then answer what nobody can read.
    status: answer with this HTTP code, do nothing; with `retry_after` the seconds that its header names.
    error: answer with this response code, do nothing; with `back_off` the milliseconds that ErrorServerBusy names.
    """

    operation: str | None = None
    mailbox: str | None = None
    count: int | None = None
    latency: float = 0.0
    drop_before: bool = False
    drop_after: bool = False
    garble: bool = False
    status: int | None = None
    retry_after: int | None = None
    error: str | None = None
    back_off: int | None = None

    def meets(self, operation: str, mailboxes: set[str]) -> bool:
        right_operation = self.operation in {None, operation}
        right_mailbox = self.mailbox is None or self.mailbox in mailboxes
        return right_operation and right_mailbox

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Faults:
    """The knobs that are turned at the moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: list[Fault] = []

    def add(self, fault: Fault) -> None:
        mailbox = None if fault.mailbox is None else fault.mailbox.lower()
        with self._lock:
            self._active.append(replace(fault, mailbox=mailbox))

    def clear(self) -> None:
        with self._lock:
            self._active.clear()

    def active(self) -> list[Fault]:
        with self._lock:
            return list(self._active)

    def take(self, operation: str, mailboxes: set[str]) -> list[Fault]:
        """The faults that this call meets; each that counts has one less left."""
        with self._lock:
            met = [fault for fault in self._active if fault.meets(operation, mailboxes)]
            self._active = [left for fault in self._active if (left := _after(fault, met)) is not None]
            return met


def _after(fault: Fault, met: list[Fault]) -> Fault | None:
    if fault.count is None or all(fault is not each for each in met):
        return fault
    return replace(fault, count=fault.count - 1) if fault.count > 1 else None
