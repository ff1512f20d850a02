"""What all of sync is given: how to connect, what time it is, and every wait."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from booking.connectors.port import ConnectionSettings, Connector
from booking.domain.availability import Cadence
from booking.sync.bell import Bell
from booking.sync.lines import Lines


def _nobody() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Timing:
    """Every wait of sync; settings and tests turn them."""

    wait: timedelta = timedelta(seconds=3)  # how long a web request waits for the calendar's answer
    leg: timedelta = timedelta(seconds=10)
    deadline: timedelta = timedelta(seconds=30)  # of a whole call
    claim: timedelta = timedelta(seconds=45)
    settle: timedelta = timedelta(seconds=65)  # how late an unanswered create may still land, after its deadline
    second_look: timedelta = timedelta(seconds=15)
    near_every: timedelta = timedelta(seconds=60)
    far_every: timedelta = timedelta(seconds=300)
    rest_every: timedelta = timedelta(minutes=30)
    sweep_every: timedelta = timedelta(seconds=2)  # how long a lost wake-up may delay anything
    look_again: timedelta = timedelta(seconds=30)
    sign_in_again: timedelta = timedelta(minutes=15)
    gone_again: timedelta = timedelta(hours=1)
    forbidden_again: timedelta = timedelta(minutes=2)
    throttled: timedelta = timedelta(seconds=30)  # when the server names no wait

    @property
    def cadence(self) -> Cadence:
        """Return how often calendars are read, as availability judges it."""
        return Cadence(self.near_every, self.far_every, self.rest_every)


@dataclass(frozen=True, slots=True)
class Engine:
    """Handed to every function of sync, first. An application context must be open around them."""

    connect: Callable[[ConnectionSettings], Connector]
    now: Callable[[], datetime]
    timing: Timing = field(default_factory=Timing)
    allow_local: bool = False
    proxy: str = field(default="", repr=False)  # the way out of the building to calendar servers; empty: straight
    base_url: str = "http://127.0.0.1:5000"
    worker_name: str = "worker"
    #: Whether another process writes to calendars, so that waiting for it makes sense.
    elsewhere: Callable[[], bool] = _nobody
    bell: Bell = field(default_factory=Bell)
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        """Open the switchboard."""
        object.__setattr__(self, "lines", Lines(self.connect))
