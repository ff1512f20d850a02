"""A test of a connection or a pairing, step by step, in words for staff."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from booking.connectors.port import CheckStep, StepResult


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a test.

    `name` is stable: autodiscover, resolve, tls, sign_in, version, account, mailbox, folder, read, write, paired,
    domain, strangers.
    """

    name: str
    title: str
    result: StepResult
    detail: str = ""
    remedy: str = ""
    milliseconds: int = 0

    @property
    def ok(self) -> bool:
        """Tell whether it does not stand in the way."""
        return self.result in {StepResult.OK, StepResult.WARNING}

    @property
    def failed(self) -> bool:
        """Tell whether it was tried and did not succeed; what was not tried after it has nothing to say."""
        return self.result is StepResult.FAILED


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a test ended, and whether what was entered is stored, as which pairing or connection."""

    steps: tuple[Step, ...]
    saved: bool
    link_id: int | None = None
    connection_id: int | None = None


def from_checks(checks: Sequence[CheckStep]) -> tuple[Step, ...]:
    """Return a connector's steps as staff see them."""
    return tuple(
        Step(each.name, each.title, each.result, each.detail, each.remedy, each.milliseconds) for each in checks
    )


def passed(steps: Sequence[Step]) -> bool:
    """Tell whether nothing failed, and something was tried."""
    return bool(steps) and not any(each.result is StepResult.FAILED for each in steps)


def signs_in(steps: Sequence[Step]) -> bool:
    """Tell whether the server let us in."""
    return any(each.name == "sign_in" and each.ok for each in steps)


def report(steps: Sequence[Step]) -> list[dict[str, object]]:
    """Return the steps as they are stored, for the next look at the page."""
    return [asdict(each) for each in steps]


def read_report(stored: str) -> list[dict[str, str]]:
    """Return the steps of a test that was kept; none if there was none."""
    return list(json.loads(stored)) if stored else []
