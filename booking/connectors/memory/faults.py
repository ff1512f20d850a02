"""How the server in memory can be made to misbehave."""

from collections.abc import Callable
from dataclasses import dataclass

from booking.connectors.port import ConnectorError, RemoteEvent


@dataclass(frozen=True, slots=True)
class Call:
    """One call as a hook sees it. `number` counts the calls of this operation, from 1."""

    operation: str  # the port's method: "window", "free_busy", "find", "get", "create", "update", "delete", ...
    mailbox: str  # free_busy: the first one
    number: int


@dataclass(frozen=True, slots=True)
class FailBefore:
    """Nothing is done, and the call raises."""

    error: ConnectorError


@dataclass(frozen=True, slots=True)
class FailAfter:
    """It is done, and the call raises all the same: the answer got lost."""

    error: ConnectorError


@dataclass(frozen=True, slots=True)
class FailLate:
    """The call raises, and it is done later, when the test says `server.settle()`."""

    error: ConnectorError


@dataclass(frozen=True, slots=True)
class Wait:
    """The call runs `until` first, which returns when the test lets it: a slow server, or a frozen worker."""

    until: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Show:
    """A listing shows only what `keep` lets through, and says whether that is all (truly or falsely)."""

    keep: Callable[[RemoteEvent], bool]
    complete: bool = True


Fault = FailBefore | FailAfter | FailLate | Wait | Show
Hook = Callable[[Call], Fault | None]


@dataclass(slots=True)
class Planned:
    """A fault that waits for its call."""

    operation: str
    fault: Fault
    skip: int  # calls of that operation to let pass first
    left: int  # how many calls it then meets

    def meets(self, operation: str) -> bool:
        """Count this call, and tell whether the fault meets it."""
        if operation != self.operation or not self.left:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.left -= 1
        return True
