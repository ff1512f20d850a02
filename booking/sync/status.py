"""How sync is doing, in words: what the command line prints and the staff page shows."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from booking.domain.availability import PATIENCE, Cadence, Freshness, unsure_times
from booking.domain.intervals import Interval
from booking.domain.permissions import Scope
from booking.domain.states import LinkState
from booking.store import queries
from booking.store.database import Session
from booking.store.queries.health import Health
from booking.sync import phases
from booking.sync.phases import DirectionState

#: A state older than this is shown to staff; older than `ALARM`, it needs somebody.
VISIBLE = timedelta(minutes=2)
ALARM = timedelta(minutes=10)


class Code(StrEnum):
    """How a paired space is, for programs: stable, whatever the words say."""

    IN_STEP = "in_step"
    WRITING = "writing"
    NOT_READ_YET = "not_read_yet"
    SLOWED_DOWN = "slowed_down"
    WAITING = "waiting"
    NOT_READ_LATELY = "not_read_lately"
    CONNECTION_PAUSED = "connection_paused"
    WRITING_STOPPED = "writing_stopped"
    SIGN_IN_FAILED = "sign_in_failed"
    PAUSED = "paused"
    RIGHT_MISSING = "right_missing"
    MAILBOX_GONE = "mailbox_gone"
    FROZEN = "frozen"
    LEAVING = "leaving"
    GIVEN_UP = "given_up"
    CONFLICT = "conflict"
    SWITCHED_OFF = "switched_off"


@dataclass(frozen=True, slots=True)
class SpaceHealth:
    """One paired space. `kind` names its look: in-step, reaching, late, paused, frozen, conflict, failed.

    `code` says the same more exactly, and `words` says it to people. `lag` is how long the oldest unwritten change
    has waited; `problem` what is wrong, and `advice` what to do.
    """

    link_id: int
    space_id: int
    space_name: str
    space_slug: str
    location_id: int
    location_name: str
    category_id: int
    mailbox: str
    connection_id: int
    connection_name: str
    state: LinkState
    code: Code
    kind: str
    words: str
    problem: str
    advice: str
    since: datetime | None
    last_read: datetime | None
    last_write: datetime | None
    lag: timedelta | None
    waiting: int
    conflicts: int
    last_error: str
    needs_somebody: bool
    given_up: int = 0
    near_read: datetime | None = None
    far_read: datetime | None = None
    exact_read: datetime | None = None
    heard: datetime | None = None
    compared: datetime | None = None
    troubles: "tuple[Trouble, ...]" = ()
    to_exchange: DirectionState = phases.NOT_KNOWN
    from_exchange: DirectionState = phases.NOT_KNOWN

    @property
    def also(self) -> "tuple[Trouble, ...]":
        """Return what is wrong besides what `words` say."""
        return tuple(each for each in self.troubles if each.code is not self.code and each.code is not Code.WRITING)

    @property
    def scope(self) -> Scope:
        """Return the place that permissions are asked for."""
        return Scope(self.location_id, self.category_id)


@dataclass(frozen=True, slots=True)
class Summary:
    """All paired spaces at a glance."""

    spaces: int
    in_step: int
    need_somebody: int
    waiting: int
    by_kind: dict[str, int]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is not as it should be with a space, and since when; a space may have several at once."""

    code: Code
    kind: str
    words: str
    problem: str = ""
    advice: str = ""
    since: datetime | None = None
    alarm: bool = False


def spaces(session: Session, *, now: datetime, cadence: Cadence) -> tuple[SpaceHealth, ...]:
    """Return how each paired space is, by place."""
    return tuple(_space(each, now=now, cadence=cadence) for each in queries.health.all_links(session))


def summary(session: Session, *, now: datetime, cadence: Cadence) -> Summary:
    """Return the whole at a glance."""
    rows = spaces(session, now=now, cadence=cadence)
    kinds = Counter(row.kind for row in rows)
    return Summary(
        spaces=len(rows),
        in_step=kinds["in-step"],
        need_somebody=sum(row.needs_somebody for row in rows),
        waiting=sum(row.waiting for row in rows),
        by_kind=dict(kinds),
    )


def _space(health: Health, *, now: datetime, cadence: Cadence) -> SpaceHealth:
    link = health.link
    found = tuple(_troubles(health, now=now, cadence=cadence))
    judged = next((each for each in found if each.alarm), found[0] if found else _WELL)
    reads = [each for each in (link.near_read_at, link.far_read_at, link.read_at) if each is not None]
    oldest = health.waiting.oldest
    wrong = "" if judged.code in _NO_AILMENT else judged.words
    return SpaceHealth(
        link_id=link.id,
        space_id=link.space_id,
        space_name=link.space_name,
        space_slug=link.space_slug,
        location_id=link.location_id,
        location_name=link.location_name,
        category_id=link.category_id,
        mailbox=link.mailbox,
        connection_id=link.connection_id,
        connection_name=link.connection_name,
        state=link.state,
        code=judged.code,
        kind=judged.kind,
        words=judged.words,
        problem=judged.problem,
        advice=judged.advice,
        since=judged.since or (oldest if judged.kind in {"reaching", "late"} and oldest else link.state_since),
        last_read=max(reads, default=None),
        last_write=link.written_at,
        lag=now - oldest if oldest else None,
        waiting=health.waiting.number,
        conflicts=health.conflicts,
        last_error=link.last_error or health.waiting.last_error or health.connection.breaker_reason,
        needs_somebody=judged.alarm,
        given_up=health.waiting.given_up,
        near_read=link.near_read_at,
        far_read=link.far_read_at,
        exact_read=link.read_at,
        heard=link.watched_at,
        compared=link.reconciled_at,
        troubles=found,
        to_exchange=phases.to_exchange(health, wrong=wrong),
        from_exchange=phases.from_exchange(health, now=now, behind=_behind(found)),
    )


#: What is said of a space and keeps nothing from being written.
_NO_AILMENT = frozenset({Code.IN_STEP, Code.WRITING, Code.WAITING, Code.CONFLICT, Code.GIVEN_UP, Code.NOT_READ_YET})


def _behind(troubles: Iterable[Trouble]) -> str:
    """Return why it is not known what stands in the calendar; empty when it is."""
    late = (each.problem for each in troubles if each.code is Code.NOT_READ_LATELY)
    return next(late, "")


def _troubles(health: Health, *, now: datetime, cadence: Cadence) -> Iterator[Trouble]:
    """Yield all that is wrong, what stands in the way of the rest first."""
    whole = _of_connection(health, now=now), _of_state(health)
    yield from (each for each in whole if each is not None)
    yield from _of_rows(health, now=now)
    unread = _of_reading(health, now=now, cadence=cadence)
    if unread is not None:
        yield unread


_WELL = Trouble(Code.IN_STEP, "in-step", "in step")


def _of_connection(health: Health, *, now: datetime) -> Trouble | None:
    connection = health.connection
    if connection.paused:
        return Trouble(
            Code.CONNECTION_PAUSED,
            "paused",
            "connection paused",
            f"The connection {connection.name} is paused: nothing is read or written.",
            "Resume it in the location's Outlook/Exchange settings.",
            alarm=True,
        )
    if health.stopped or connection.writes_stopped:
        advice = "Find out which copy of this database is the right one before letting it write again."
        reason = health.stopped or connection.writes_stopped
        since = health.stopped_since
        return Trouble(Code.WRITING_STOPPED, "frozen", "writing stopped", reason, advice, since=since, alarm=True)
    if connection.breaker_until is not None and connection.breaker_until > now:
        advice = (
            "Check user name and password in the location's Outlook/Exchange settings, perhaps with the other form "
            "of the user name. So that the account is not locked, the server is asked only every 15 minutes."
        )
        reason = connection.breaker_reason
        return Trouble(Code.SIGN_IN_FAILED, "failed", "sign-in failed", reason, advice, alarm=True)
    if connection.throttled_until is not None and connection.throttled_until > now:
        problem = "The server asked us to slow down; it goes on by itself."
        return Trouble(Code.SLOWED_DOWN, "reaching", "slowed down", problem)
    return None


_STATES: dict[LinkState, tuple[Code, str, str, str]] = {
    LinkState.PAUSED: (
        Code.PAUSED,
        "paused",
        "paused",
        "Resume it in the space's Outlook/Exchange settings.",
    ),
    LinkState.DEGRADED: (
        Code.RIGHT_MISSING,
        "failed",
        "a right is missing",
        "Ask whoever looks after Exchange for that right, then test the pairing again.",
    ),
    LinkState.AUTH_FAILED: (
        Code.SIGN_IN_FAILED,
        "failed",
        "sign-in failed",
        "Check the connection's user name and password.",
    ),
    LinkState.GONE: (
        Code.MAILBOX_GONE,
        "failed",
        "mailbox not found",
        "Was it renamed or deleted? Pair the space with its new address; its bookings stay.",
    ),
    LinkState.FROZEN: (
        Code.FROZEN,
        "frozen",
        "frozen",
        "Look at the calendar, then say whether the entries are truly gone.",
    ),
    LinkState.LEAVING: (Code.LEAVING, "paused", "being disconnected", ""),
}


_SWITCHED_OFF = Trouble(
    Code.SWITCHED_OFF,
    "paused",
    "switched off",
    "The sync profile of this place is switched off: nothing is read or written.",
    "Switch it on in the profile, if that was not meant.",
)


def _of_state(health: Health) -> Trouble | None:
    found = _STATES.get(health.link.state)
    if found is None:
        return None if health.way.active else _SWITCHED_OFF
    code, kind, words, advice = found
    alarm = health.link.state is not LinkState.LEAVING
    reason, since = health.link.state_reason, health.link.state_since
    return Trouble(code, kind, words, reason, advice, since=since, alarm=alarm)


def _of_rows(health: Health, *, now: datetime) -> Iterator[Trouble]:
    waiting = health.waiting
    if waiting.given_up:
        number = waiting.given_up
        words = "one booking could not be written" if number == 1 else f"{number} bookings could not be written"
        advice = "Look at them, and try again."
        since = waiting.given_up_since
        yield Trouble(Code.GIVEN_UP, "failed", words, waiting.last_error, advice, since=since, alarm=True)
    if health.conflicts:
        words = "one conflict" if health.conflicts == 1 else f"{health.conflicts} conflicts"
        problem = "Two things want this room at one time, or an edit could not be followed."
        since = health.conflicts_since
        yield Trouble(Code.CONFLICT, "conflict", words, problem, "Decide which one stays.", since=since, alarm=True)
    age = now - waiting.oldest if waiting.oldest else timedelta()
    if waiting.number and age > VISIBLE:
        problem = waiting.last_error or "Changes wait to be written."
        words = f"{waiting.number} waiting"
        advice = "It is tried again."
        yield Trouble(Code.WAITING, "late", words, problem, advice, since=waiting.oldest, alarm=age > ALARM)
    elif waiting.number:
        yield Trouble(Code.WRITING, "reaching", "writing", since=waiting.oldest)


def _of_reading(health: Health, *, now: datetime, cadence: Cadence) -> Trouble | None:
    link = health.link
    if not health.way.reads:
        return None  # its calendar is not followed, on purpose
    freshness = Freshness(
        link.state, link.near_read_at, link.far_read_at, link.read_at, link.read_until, link.watched_at
    )
    soon = Interval(now, now + timedelta(days=7))
    reads = [each for each in (link.near_read_at, link.far_read_at, link.read_at) if each is not None]
    # A watch that hears nothing is no reading: what was not read for so long is told, listened to or not.
    is_overdue = bool(reads) and now - max(reads) > PATIENCE * cadence.far
    if not is_overdue and not unsure_times(freshness, soon, now=now, cadence=cadence):
        return None
    if not reads:
        problem = link.last_error or "The first reading is due."
        since = link.state_since
        return Trouble(Code.NOT_READ_YET, "reaching", "not read yet", problem, since=since, alarm=now - since > ALARM)
    problem = link.last_error or "The calendar was not read for a while."
    last, advice = max(reads), "It is tried again by itself."
    alarm = now - last > ALARM
    return Trouble(Code.NOT_READ_LATELY, "late", "not read lately", problem, advice, since=last, alarm=alarm)
