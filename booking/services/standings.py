"""How a connection stands: whether it works, and if not, why, in one word for programs and a sentence for people."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from booking.store.queries.connections import ConnectionRow


class State(StrEnum):
    """How a connection stands; the values are stable, for other programs."""

    WORKS = "works"
    PAUSED = "paused"
    WRITING_STOPPED = "writing_stopped"
    SIGN_IN_FAILED = "sign_in_failed"
    SLOWED_DOWN = "slowed_down"

    @property
    def words(self) -> str:
        """Return what a page says."""
        return self.value.replace("_", " ").capitalize().replace("Sign in", "Sign-in")


@dataclass(frozen=True, slots=True)
class Standing:
    """A state, and what is wrong in words; empty where nothing is."""

    state: State
    problem: str = ""


def of(row: ConnectionRow, *, now: datetime) -> Standing:
    """Return how a connection stands at `now`."""
    if row.paused:
        return Standing(State.PAUSED)
    if row.writes_stopped:
        return Standing(State.WRITING_STOPPED, row.writes_stopped)
    if row.breaker_until is not None and row.breaker_until > now:
        return Standing(State.SIGN_IN_FAILED, row.breaker_reason)
    if row.throttled_until is not None and row.throttled_until > now:
        return Standing(State.SLOWED_DOWN, "The server asked us to slow down.")
    return Standing(State.WORKS)
