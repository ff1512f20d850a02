"""All that is shown of one space: four ticks, its reset, both directions, its link, and whether quiet means broken."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.domain.states import Counted, LinkState
from booking.sync.phases import DirectionState
from booking.sync.status import Code, SpaceHealth
from booking.sync.values import NOTHING, Gathered, Value, counted

_YES, _NO = "yes", "no"
_PAIR = "Pair the space with its mailbox, in the space's Outlook/Exchange settings."
#: Reset, as its run says it: waiting for its turn, or begun.
_RESETS = {
    "marked": (
        "marked for reset",
        "Somebody asked for a reset, and it waits for its turn.",
        "Nothing to do: it begins with the next round. This line goes when it is done.",
    ),
    "running": (
        "reset running",
        "Which entry belongs to which booking is being found out again, by the stamps.",
        "Nothing to do: no booking and no entry changes by it. This line goes when it is done.",
    ),
}
_ON_PURPOSE = frozenset({Code.PAUSED, Code.CONNECTION_PAUSED, Code.SWITCHED_OFF, Code.LEAVING})
#: A watch that heard something, or that all is quiet, within so long stands for a read.
_HEARD_LATELY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SpaceDetail:
    """Every value of one space, in the order of the page. `reset` is there only while one is marked or running."""

    ticks: tuple[Value, ...]
    reset: Value | None
    directions: tuple[Value, ...]
    rest: tuple[Value, ...]

    @property
    def all(self) -> tuple[Value, ...]:
        """Return them in one row."""
        return (*self.ticks, *((self.reset,) if self.reset else ()), *self.directions, *self.rest)


def of(
    health: SpaceHealth | None, gathered: Gathered, *, profile: str = "", active: bool = True, now: datetime
) -> SpaceDetail:
    """Return what is shown of a space; None for one that is not paired.

    Args:
        health: how its pairing is.
        gathered: what was counted of late.
        profile: the name of the profile that applies there; empty for the built-in one.
        active: whether that profile is switched on.
        now: the present moment.
    """
    ticks = (_profile(profile, active=active), _reaches(health), _folder(health), _linked(health))
    if health is None:
        return SpaceDetail(ticks, None, (), ())
    under_way = gathered.under_way.get(health.link_id, {})
    reset = under_way.get("reset")
    return SpaceDetail(
        ticks,
        Value("reset", "Reset", _RESETS[reset.outcome][0], "reaching", *_RESETS[reset.outcome][1:]) if reset else None,
        (
            direction("to_exchange", "Bookings to Outlook", health.to_exchange),
            direction("from_exchange", "Outlook to bookings", health.from_exchange),
        ),
        tuple(_rest(health, gathered, now=now)),
    )


def direction(key: str, label: str, state: DirectionState) -> Value:
    """Return how far sync is one way, as a value."""
    return Value(key, label, state.words, state.kind, state.meaning, state.next_step)


# -------------------------------------------------------------------------------------------------- ticks


def _tick(key: str, label: str, *, good: bool, meaning: str, next_step: str = NOTHING) -> Value:
    return Value(key, label, _YES if good else _NO, "in-step" if good else "failed", meaning, next_step)


def _profile(name: str, *, active: bool) -> Value:
    label = "Under an active sync profile"
    own = "No profile was given to this place, so the built-in one applies"
    which = f"The profile “{name}” applies here" if name else own
    if active:
        return _tick("active_profile", label, good=True, meaning=f"{which}, and it is switched on.")
    meaning = f"{which}, and it is switched off: nothing is read or written. A wider place's profile does not step in."
    return _tick(
        "active_profile", label, good=False, meaning=meaning, next_step="Switch it on, or give the place another one."
    )


def _reaches(health: SpaceHealth | None) -> Value:
    key, label = "account_reaches_mailbox", "Account reaches the mailbox"
    if health is None:
        return _tick(key, label, good=False, meaning="There is no mailbox to reach yet.", next_step=_PAIR)
    if health.state in {LinkState.AUTH_FAILED, LinkState.GONE, LinkState.DEGRADED} or _is_kept_out(health):
        found = next(each for each in health.troubles if each.code in _KEPT_OUT)
        return _tick(key, label, good=False, meaning=found.problem or found.words, next_step=found.advice or NOTHING)
    if health.last_read is None:
        meaning = health.last_error or "It was not tried yet; the first reading is due."
        mend = "Test the pairing in the space's Outlook/Exchange settings." if health.last_error else NOTHING
        return _tick(key, label, good=False, meaning=meaning, next_step=mend)
    meaning = f"{health.connection_name} let our account read {health.mailbox}."
    return _tick(key, label, good=True, meaning=meaning)


_KEPT_OUT = frozenset({Code.SIGN_IN_FAILED, Code.MAILBOX_GONE, Code.RIGHT_MISSING})


def _is_kept_out(health: SpaceHealth) -> bool:
    return any(each.code in _KEPT_OUT for each in health.troubles)


def _folder(health: SpaceHealth | None) -> Value:
    key, label = "calendar_folder_found", "Calendar folder found"
    if health is None:
        return _tick(key, label, good=False, meaning="There is no mailbox to look in yet.", next_step=_PAIR)
    since = next((each.since for each in health.troubles if each.code in _KEPT_OUT), None)
    seen = health.exact_read
    if seen is None or health.state is LinkState.GONE:
        mend = "When the account reaches the mailbox, its calendar is looked for again by itself."
        return _tick(key, label, good=False, meaning="Its calendar was not found, or never read.", next_step=mend)
    if health.state is LinkState.DEGRADED and since is not None and seen < since:
        meaning = "Its calendar was there, but now it may not be read, or has gone."
        mend = "Ask whoever looks after Exchange for the missing right; then test the pairing again."
        return _tick(key, label, good=False, meaning=meaning, next_step=mend)
    return _tick(key, label, good=True, meaning="Its calendar was read entry by entry.")


def _linked(health: SpaceHealth | None) -> Value:
    key, label = "address_linked", "Address linked"
    if health is None:
        return _tick(key, label, good=False, meaning="The space is not paired with a mailbox.", next_step=_PAIR)
    if health.state is LinkState.GONE:
        meaning = f"The server knows no mailbox {health.mailbox} any more."
        mend = "Was it renamed or deleted? Pair the space with its new address; bookings stay."
        return _tick(key, label, good=False, meaning=meaning, next_step=mend)
    if health.state is LinkState.LEAVING:
        meaning = f"The space is being disconnected from {health.mailbox}."
        return _tick(key, label, good=False, meaning=meaning, next_step="When that is done, it can be paired again.")
    return _tick(key, label, good=True, meaning=f"The space is paired with {health.mailbox}.")


# --------------------------------------------------------------------------------------------------- rest


def _rest(health: SpaceHealth, gathered: Gathered, *, now: datetime) -> Iterator[Value]:
    yield _records(health, gathered)
    yield _link(health)
    yield reads(health, gathered, now=now)
    yield from _waiting(health)
    yield _last_error(health)


def _records(health: SpaceHealth, gathered: Gathered) -> Value:
    ours, theirs = gathered.ours.get(health.link_id, 0), gathered.theirs.get(health.link_id, 0)
    shown = f"{counted(ours, 'booking', 'bookings')}, {counted(theirs, 'entry', 'entries')} of other people"
    meaning = (
        "Dates to come that stand the same on both sides: our bookings in Outlook, other people's entries here. "
        "Private ones count; what is over does not."
    )
    mend = "If somebody misses one, ask below why its time is busy or free, or compare both sides."
    return Value("records", "Records in sync", shown, "in-step", meaning, mend)


_STATES: dict[LinkState, tuple[str, str, str]] = {
    LinkState.ACTIVE: ("active", "in-step", "The pairing is in use: its calendar is read and written."),
    LinkState.PAUSED: ("paused", "paused", "Staff stopped it: nothing is read or written, and bookings wait."),
    LinkState.DEGRADED: ("a right is missing", "failed", "The account lacks a right in this mailbox."),
    LinkState.AUTH_FAILED: ("sign-in failed", "failed", "The server does not let our account in, so nothing goes."),
    LinkState.GONE: ("mailbox gone", "failed", "The server knows no such mailbox. Bookings stay here."),
    LinkState.FROZEN: (
        "frozen",
        "frozen",
        "Too much vanished from the calendar at once to believe it. Nothing was freed or cancelled.",
    ),
    LinkState.LEAVING: ("being disconnected", "reaching", "What is open is being settled; then the pairing ends."),
    LinkState.ENDED: ("ended", "paused", "The pairing has ended."),
}


def _link(health: SpaceHealth) -> Value:
    shown, kind, meaning = _STATES[health.state]
    found = next((each for each in health.troubles if each.alarm and each.problem), None)
    if health.state is not LinkState.ACTIVE and found is not None:
        return Value("link", "Link", shown, kind, f"{meaning} {found.problem}", found.advice or NOTHING)
    if health.code is Code.IN_STEP or found is None:
        return Value("link", "Link", shown, kind, meaning)
    words = f"{shown}: {found.words}"
    return Value("link", "Link", words, found.kind, found.problem, found.advice or NOTHING)


def reads(health: SpaceHealth, gathered: Gathered, *, now: datetime) -> Value:
    """Return what the reads of the last hour came to: quiet is told from broken."""
    key, label = "reads", "Reads in the last 60 minutes"
    good = gathered.within_hour(Counted.READ, health.link_id)
    failed = gathered.within_hour(Counted.READ_FAILED, health.link_id)
    changes = gathered.within_hour(Counted.TAKEN_IN, health.link_id)
    if not good:
        return _no_reads(health, failed, key=key, label=label, now=now)
    shown = f"{counted(good, 'read', 'reads')}, "
    shown += counted(changes, "change", "changes") if changes else "nothing changed"
    if failed:
        shown += f", {failed} failed"
        meaning = "The calendar answered, but not each time."
        return Value(key, label, shown, "late", meaning, "If failures go on, look at the errors of this space.")
    quiet = "Quiet, not broken: the calendar answered each time and was as before."
    return Value(key, label, shown, "in-step", "The calendar answered each time." if changes else quiet)


def _no_reads(health: SpaceHealth, failed: int, *, key: str, label: str, now: datetime) -> Value:
    if failed:
        shown = f"no read, {failed} failed"
        meaning = f"Broken, not quiet: the calendar did not answer once. {health.last_error}".rstrip()
        mend = "Look at the errors of this space; test the pairing in its Outlook/Exchange settings."
        return Value(key, label, shown, "failed", meaning, mend)
    if health.code in _ON_PURPOSE:
        return Value(key, label, "not read", "paused", f"It is {health.words}, so nothing was read.")
    if health.heard is not None and now - health.heard < _HEARD_LATELY:
        meaning = "Quiet, not broken: Outlook tells us of changes itself here, and had none to tell."
        return Value(key, label, "nothing changed", "in-step", meaning)
    if health.last_read is not None and now - health.last_read < _HEARD_LATELY:
        return Value(key, label, "just begun", "in-step", "It was read a moment ago, and counting has only begun.")
    mend = "Is the worker running? `booking sync run` does one round now. Then look at the errors of this space."
    return Value(key, label, "no read", "failed", "Broken, not quiet: nobody asked the calendar.", mend)


def _waiting(health: SpaceHealth) -> Iterator[Value]:
    kind = "in-step" if not health.waiting else "late" if health.needs_somebody else "reaching"
    meaning = "Changes of bookings that the calendar does not show yet."
    mend = "If it does not shrink within minutes, look at the last error." if health.waiting else NOTHING
    yield Value("waiting", "Waiting", counted(health.waiting, "change", "changes"), kind, meaning, mend)
    shown = "none" if health.lag is None else _length(health.lag)
    meaning = "How long the oldest of them has waited." if health.lag else "Nothing waits, so nothing is late."
    yield Value("lag", "Lag", shown, kind, meaning, mend)


def _last_error(health: SpaceHealth) -> Value:
    if not health.last_error:
        return Value("last_error", "Last error", "none", "in-step", "The last calls of this space went well.")
    mend = health.advice or "It is tried again by itself. The error report says what to do about each kind."
    meaning = "What the server said when a call of this space failed last."
    return Value("last_error", "Last error", health.last_error, "late", meaning, mend)


def _length(lag: timedelta) -> str:
    minutes, seconds = divmod(int(lag.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"
