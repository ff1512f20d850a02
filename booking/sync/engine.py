"""What all of sync is given: how to connect, what time it is, and every wait."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from booking.connectors.port import ConnectionSettings, Connector
from booking.domain.availability import Cadence
from booking.sync.bell import Bell
from booking.sync.lines import Lines
from booking.sync.tally import Tally


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
    watch_quiet: timedelta = timedelta(seconds=3)  # after a hint: more are coming
    watch_silent: timedelta = timedelta(minutes=3)  # a watch that heard nothing for so long is dead
    exact_every: timedelta = timedelta(hours=6)  # where no watch tells of what free/busy does not show
    reconcile_every: timedelta = timedelta(days=1)
    alert_after: timedelta = timedelta(minutes=10)  # how long something may be wrong before its owner is told
    conflict_alert_after: timedelta = timedelta(days=1)
    alert_gap: timedelta = timedelta(minutes=10)  # between two mails about alerts to one person

    @property
    def dialling(self) -> timedelta:
        """Return how long whoever signs in first may take: one whole call, and what the database needs."""
        return self.deadline + self.leg

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
    alert_mail: str = ""  # who is told of alerts where a connection names nobody; empty: they stand on the page
    #: Whether another process writes to calendars, so that waiting for it makes sense.
    elsewhere: Callable[[], bool] = _nobody
    #: Whether a call that goes well is noted in the database. One that is refused always is: that protects accounts.
    notes_calls: bool = True
    bell: Bell = field(default_factory=Bell)
    tally: Tally = field(default_factory=Tally)
    lines: Lines = field(init=False)
    began: datetime = field(init=False)  # what nobody could do before is nobody's delay

    def __post_init__(self) -> None:
        """Open the switchboard, and look at the clock."""
        object.__setattr__(self, "lines", Lines(self.connect))
        object.__setattr__(self, "began", self.now())

    def looking(self) -> "Engine":
        """Return this engine for somebody who only looks: on the same lines, and only a refusal leaves a trace."""
        made = replace(self, notes_calls=False)
        object.__setattr__(made, "lines", self.lines)
        object.__setattr__(made, "began", self.began)
        return made
