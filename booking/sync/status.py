"""How sync is doing, in words: what the command line prints and the staff page shows."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from booking.domain.availability import Cadence, Freshness, unsure_times
from booking.domain.intervals import Interval
from booking.domain.permissions import Scope
from booking.domain.states import LinkState
from booking.store import queries
from booking.store.database import Session
from booking.store.queries.health import Health

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
class _Judgement:
    code: Code
    kind: str
    words: str
    problem: str = ""
    advice: str = ""
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
    judged = _judged(health, now=now, cadence=cadence)
    reads = [each for each in (link.near_read_at, link.far_read_at, link.read_at) if each is not None]
    oldest = health.waiting.oldest
    return SpaceHealth(
        link_id=link.id,
        space_id=link.space_id,
        space_name=link.space_name,
        space_slug=link.space_slug,
        location_id=link.location_id,
        location_name=link.location_name,
        category_id=link.category_id,
        mailbox=link.mailbox,
        connection_name=link.connection_name,
        state=link.state,
        code=judged.code,
        kind=judged.kind,
        words=judged.words,
        problem=judged.problem,
        advice=judged.advice,
        since=oldest if judged.kind in {"reaching", "late"} and oldest else link.state_since,
        last_read=max(reads, default=None),
        last_write=link.written_at,
        lag=now - oldest if oldest else None,
        waiting=health.waiting.number,
        conflicts=health.conflicts,
        last_error=link.last_error or health.waiting.last_error or health.connection.breaker_reason,
        needs_somebody=judged.alarm,
    )


def _judged(health: Health, *, now: datetime, cadence: Cadence) -> _Judgement:
    return (
        _of_connection(health, now=now)
        or _of_state(health)
        or _of_rows(health, now=now)
        or _of_reading(health, now=now, cadence=cadence)
        or _Judgement(Code.IN_STEP, "in-step", "in step")
    )


def _of_connection(health: Health, *, now: datetime) -> _Judgement | None:
    connection = health.connection
    if connection.paused:
        return _Judgement(
            Code.CONNECTION_PAUSED,
            "paused",
            "connection paused",
            f"The connection {connection.name} is paused: nothing is read or written.",
            "Resume it in the location's Outlook/Exchange settings.",
            alarm=True,
        )
    if connection.writes_stopped:
        advice = "Find out which copy of this database is the right one before letting it write again."
        reason = connection.writes_stopped
        return _Judgement(Code.WRITING_STOPPED, "frozen", "writing stopped", reason, advice, alarm=True)
    if connection.breaker_until is not None and connection.breaker_until > now:
        advice = (
            "Check user name and password in the location's Outlook/Exchange settings, perhaps with the other form "
            "of the user name. So that the account is not locked, the server is asked only every 15 minutes."
        )
        reason = connection.breaker_reason
        return _Judgement(Code.SIGN_IN_FAILED, "failed", "sign-in failed", reason, advice, alarm=True)
    if connection.throttled_until is not None and connection.throttled_until > now:
        problem = "The server asked us to slow down; it goes on by itself."
        return _Judgement(Code.SLOWED_DOWN, "reaching", "slowed down", problem)
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


def _of_state(health: Health) -> _Judgement | None:
    found = _STATES.get(health.link.state)
    if found is None:
        return None
    code, kind, words, advice = found
    alarm = health.link.state is not LinkState.LEAVING
    return _Judgement(code, kind, words, health.link.state_reason, advice, alarm=alarm)


def _of_rows(health: Health, *, now: datetime) -> _Judgement | None:
    waiting = health.waiting
    if waiting.given_up:
        words = f"{waiting.given_up} bookings could not be written"
        advice = "Look at them, and try again."
        return _Judgement(Code.GIVEN_UP, "failed", words, waiting.last_error, advice, alarm=True)
    if health.conflicts:
        words = "one conflict" if health.conflicts == 1 else f"{health.conflicts} conflicts"
        problem = "Two things want this room at one time, or an edit could not be followed."
        return _Judgement(Code.CONFLICT, "conflict", words, problem, "Decide which one stays.", alarm=True)
    age = now - waiting.oldest if waiting.oldest else timedelta()
    if waiting.number and age > VISIBLE:
        problem = waiting.last_error or "Changes wait to be written."
        words = f"{waiting.number} waiting"
        return _Judgement(Code.WAITING, "late", words, problem, "It is tried again.", alarm=age > ALARM)
    if waiting.number:
        return _Judgement(Code.WRITING, "reaching", "writing")
    return None


def _of_reading(health: Health, *, now: datetime, cadence: Cadence) -> _Judgement | None:
    link = health.link
    freshness = Freshness(link.state, link.near_read_at, link.far_read_at, link.read_at, link.read_until)
    soon = Interval(now, now + timedelta(days=7))
    if not unsure_times(freshness, soon, now=now, cadence=cadence):
        return None
    if link.near_read_at is None and link.read_at is None:
        problem = link.last_error or "The first reading is due."
        return _Judgement(Code.NOT_READ_YET, "reaching", "not read yet", problem)
    problem = link.last_error or "The calendar was not read for a while."
    last = max(each for each in (link.near_read_at, link.read_at) if each is not None)
    advice = "It is tried again by itself."
    return _Judgement(Code.NOT_READ_LATELY, "late", "not read lately", problem, advice, alarm=now - last > ALARM)
