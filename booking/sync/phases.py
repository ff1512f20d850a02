"""How far sync of a space is, each way: one of six words, what it means, and what to do about it."""

from dataclasses import dataclass
from datetime import datetime

from booking.domain.states import PHASE_WORDS, Direction, LinkState, SyncPhase
from booking.store.queries.health import Health
from booking.sync.firsts import FIRST_READING, LONGEST

_NOTHING = "Nothing to do."
_BY_ITSELF = "Nothing to do: it goes on by itself."
#: Links that are asked again and again, but whose calendars do not answer as they should.
_AILING = frozenset({LinkState.AUTH_FAILED, LinkState.GONE, LinkState.FROZEN})


@dataclass(frozen=True, slots=True)
class DirectionState:
    """How far sync is, one way. `kind` names the look of it, as with every state of a calendar."""

    phase: SyncPhase
    kind: str
    meaning: str
    next_step: str

    @property
    def words(self) -> str:
        """Return its word for people."""
        return PHASE_WORDS[self.phase]


NOT_KNOWN = DirectionState(SyncPhase.NOT_STARTED, "reaching", "Nothing is known yet.", _BY_ITSELF)


def to_exchange(health: Health, *, wrong: str = "") -> DirectionState:
    """Return how far our bookings are on their way to the calendar; `wrong` is what ails the pairing, in words."""
    if not health.way.writes or _stopped(health):
        return _not_set(health, Direction.TO_EXCHANGE)
    link, left = health.link, health.waiting
    unsettled = left.number + left.given_up + left.in_conflict
    if link.first_written_at is None and (unsettled or link.written_at is None):
        return _first_writing(health)
    if unsettled:
        return DirectionState(SyncPhase.SYNCING, *_unsettled(health, wrong))
    is_first = _never_compared(health, link.first_written_at)
    phase = SyncPhase.FIRST_DONE if is_first else SyncPhase.IN_SYNC
    if wrong:
        meaning = f"Nothing waits to be written, but the pairing is not well: {wrong}."
        return DirectionState(phase, "late", meaning, "Mend that first: what is booked from now on waits for it.")
    meaning = "Every booking stands in the calendar as it should, and nothing waits to be written."
    if is_first:
        meaning = "All its bookings stand in the calendar for the first time; both sides are compared next."
    return DirectionState(phase, "in-step", meaning, _NOTHING)


def from_exchange(health: Health, *, now: datetime, behind: str = "") -> DirectionState:
    """Return how far what stands in the calendar has come to us; `behind` says why it is not known, if it is not."""
    if not health.way.reads or _stopped(health):
        return _not_set(health, Direction.FROM_EXCHANGE)
    link = health.link
    if link.first_read_at is None and link.read_at is None:
        return _first_reading(health, now=now)
    if link.state in _AILING or behind:
        words = behind or link.state_reason or link.last_error or "The calendar cannot be read as it should."
        meaning = f"What stands in the calendar is not known for certain now. {words}"
        mend = "What to do stands with the pairing's own state. Its times show as not certain until then."
        return DirectionState(SyncPhase.SYNCING, "late" if link.state not in _AILING else "failed", meaning, mend)
    if link.look_at is not None:
        meaning = "Something may have changed in the calendar, and it is being read."
        return DirectionState(SyncPhase.SYNCING, "reaching", meaning, _BY_ITSELF)
    if _never_compared(health, link.first_read_at):
        meaning = "The whole calendar was read for the first time; both sides are compared next."
        return DirectionState(SyncPhase.FIRST_DONE, "in-step", meaning, _NOTHING)
    meaning = "All that stands in the calendar is known here, and blocks its times."
    return DirectionState(SyncPhase.IN_SYNC, "in-step", meaning, _NOTHING)


# ------------------------------------------------------------------------------------------ for the first time


def _first_writing(health: Health) -> DirectionState:
    left = health.waiting
    if left.tried or left.given_up or left.in_conflict or (left.number and health.link.written_at is not None):
        kind = "failed" if left.given_up else "conflict" if left.in_conflict and not left.number else "reaching"
        meaning = f"Its bookings are being written to the calendar for the first time: {_left(health)}."
        mend = "Look at what could not be written, and try again." if kind != "reaching" else _BY_ITSELF
        return DirectionState(SyncPhase.FIRST_RUNNING, kind, meaning, mend)
    if left.number:
        meaning = f"Nothing was written to the calendar yet: {_left(health)}."
        return DirectionState(SyncPhase.NOT_STARTED, "reaching", meaning, "Nothing to do: it begins within seconds.")
    meaning = "Nothing of this space was written to its calendar yet."
    mend = (
        "Bookings from before the pairing are written once you import them, in the space's Outlook/Exchange settings; "
        "those from now on by themselves."
    )
    return DirectionState(SyncPhase.NOT_STARTED, "paused", meaning, mend)


def _first_reading(health: Health, *, now: datetime) -> DirectionState:
    run = health.under_way.get(FIRST_READING)
    if run is not None and now - run.started_at < LONGEST:
        meaning = "The whole calendar is being read for the first time."
        mend = "Nothing to do: a full calendar can take a minute. Until it is done, nobody can book the space."
        return DirectionState(SyncPhase.FIRST_RUNNING, "reaching", meaning, mend)
    if health.link.last_error:
        meaning = f"The calendar was never read. The last try failed: {health.link.last_error}"
        mend = "It is tried again by itself. If that goes on, test the pairing in the space's settings."
        return DirectionState(SyncPhase.NOT_STARTED, "failed", meaning, mend)
    meaning = "The calendar was never read."
    return DirectionState(SyncPhase.NOT_STARTED, "reaching", meaning, "Nothing to do: the first reading is due.")


# ------------------------------------------------------------------------------------------- whatever is left


def _unsettled(health: Health, wrong: str) -> tuple[str, str, str]:
    left = health.waiting
    if left.given_up:
        mend = "Look at what could not be written, and try again."
        return "failed", f"Not everything reached the calendar: {_left(health)}.", mend
    if left.number:
        ailing = f" The pairing is not well: {wrong}." if wrong else ""
        kind = "late" if wrong else "reaching"
        mend = "Mend the pairing; then it goes on by itself." if wrong else _BY_ITSELF
        return kind, f"Changes are on their way to the calendar: {_left(health)}.{ailing}", mend
    meaning = f"Not everything reached the calendar: {_left(health)}."
    return "conflict", meaning, "Decide about the conflict: something else stands there."


def _left(health: Health) -> str:
    left = health.waiting
    counted = ((left.number, "left to write"), (left.in_conflict, "in conflict"), (left.given_up, "given up"))
    return ", ".join(f"{number} {words}" for number, words in counted if number) or "none left"


def _never_compared(health: Health, first: datetime | None) -> bool:
    """Tell whether both sides were not compared, entry by entry, since the first sync was done."""
    compared = health.link.reconciled_at
    return compared is None or (first is not None and compared < first)


def _stopped(health: Health) -> bool:
    return health.connection.paused or health.link.state in {LinkState.PAUSED, LinkState.LEAVING}


def _not_set(health: Health, direction: Direction) -> DirectionState:
    """Say which of the things that staff set keeps anything from going this way."""
    goes = "to the calendar" if direction is Direction.TO_EXCHANGE else "from the calendar"
    if health.link.state is LinkState.LEAVING:
        meaning, mend = "The space is being disconnected from its mailbox.", _BY_ITSELF
    elif health.connection.paused:
        meaning = f"The connection {health.connection.name} is paused: nothing goes {goes}."
        mend = "Resume the connection, if that was not meant."
    elif health.link.state is LinkState.PAUSED:
        meaning = f"The pairing is paused: nothing goes {goes}."
        mend = "Resume it in the space's Outlook/Exchange settings, if that was not meant."
    elif not health.way.active:
        meaning = f"The sync profile that applies here is switched off: nothing goes {goes}."
        mend = "Switch that profile on, or give the space another one."
    else:
        meaning = f"The sync profile that applies here goes one way only: nothing goes {goes}."
        mend = "Choose “both ways” in that profile, if that was not meant."
    return DirectionState(SyncPhase.NOT_SET, "paused", meaning, mend)
