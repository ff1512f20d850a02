"""All that is shown of sync as a whole: accounts, profiles, addresses, and what was written and taken in of late."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.domain.states import Counted
from booking.store.queries.connections import ConnectionRow
from booking.store.queries.places import SpaceRow
from booking.sync.alerts import EXPIRY_NOTICE
from booking.sync.status import SpaceHealth
from booking.sync.values import NOTHING, Gathered, Value, counted

_FEW_MINUTES, _DAY = timedelta(minutes=10), timedelta(days=1)
_ANALYZER = (
    "test it with one room's mailbox, or with Microsoft's Remote Connectivity Analyzer, on the connection's page"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the person sees of the installation.

    `spaces` are those of places that have a calendar server; `unsynced` the ids of those where the profile that applies
    is switched off. `profiles` are how many there are and how many are active.
    """

    connections: tuple[ConnectionRow, ...]
    spaces: tuple[SpaceRow, ...]
    health: tuple[SpaceHealth, ...]
    unsynced: frozenset[int] = frozenset()
    profiles: int = 0
    active_profiles: int = 0
    names_accounts: bool = False  # only whoever looks after connections reads their user names


@dataclass(frozen=True, slots=True)
class System:
    """Every value of the whole, in the order of the page, and the spaces whose addresses are not linked."""

    values: tuple[Value, ...]
    missing: tuple[SpaceRow, ...]


def of(seen: Seen, gathered: Gathered, *, now: datetime) -> System:
    """Return what is shown of sync as a whole."""
    linked = {each.space_id for each in seen.health}
    missing = tuple(each for each in seen.spaces if each.id not in linked)
    values = (
        *_accounts(seen, now=now),
        _active_profiles(seen),
        _under_one(seen),
        _addresses(seen, missing),
        _last_activity(seen.health, now=now),
        *_records(seen, gathered),
    )
    return System(values, missing)


# ----------------------------------------------------------------------------------------------- accounts


def _accounts(seen: Seen, *, now: datetime) -> Iterator[Value]:
    if not seen.connections:
        meaning = "No calendar server is connected, so nothing is read or written."
        yield Value("account", "Account", "none", "paused", meaning, "An administrator adds a connection.")
    for each in seen.connections:
        label = f"Account of {each.name}"
        yield Value(f"account:{each.id}", label, *_account(each, now=now, named=seen.names_accounts))


def _account(row: ConnectionRow, *, now: datetime, named: bool) -> tuple[str, str, str, str]:
    who = f" ({row.username})" if named else ""
    if row.breaker_until is not None and row.breaker_until > now:
        mend = "Check user name and password, perhaps with the other form of the user name; then test the connection."
        return f"not recognised{who}", "failed", row.breaker_reason, mend
    if row.paused:
        return f"paused{who}", "paused", "The connection is paused: the server is not asked.", "Resume it when ready."
    if row.signed_in_at is None:
        meaning = "Nobody has signed in with these settings yet, or not since they were changed."
        return f"not tried yet{who}", "reaching", meaning, "Test the connection."
    if _expires_soon(row, now=now):
        meaning = "The server let the account in, but after that day it will not."
        mend = "Have the password changed in Exchange, enter the new one, and write down when that one expires."
        return f"recognised{who}, password expires on {row.password_expires_on}", "late", meaning, mend
    meaning = "The server let the account in. Whether it may open each room's calendar, each space says for itself."
    return f"recognised{who}", "in-step", meaning, f"If spaces fail all the same, {_ANALYZER}."


def _expires_soon(row: ConnectionRow, *, now: datetime) -> bool:
    return row.password_expires_on is not None and row.password_expires_on <= (now + EXPIRY_NOTICE).date()


# -------------------------------------------------------------------------------------- profiles, addresses


def _active_profiles(seen: Seen) -> Value:
    key, label = "active_profiles", "Active profiles"
    if not seen.profiles:
        meaning = "No sync profile was made: the built-in one applies everywhere, both ways."
        return Value(key, label, "built-in", "in-step", meaning)
    shown = f"{seen.active_profiles} of {seen.profiles}"
    if seen.active_profiles == seen.profiles:
        return Value(key, label, shown, "in-step", "Every sync profile is switched on.")
    meaning = "A profile that is switched off stops sync in its places; no wider one steps in."
    return Value(key, label, shown, "late", meaning, "Switch it on under Profiles, if that was not meant.")


def _under_one(seen: Seen) -> Value:
    key, label = "spaces_under_active_profile", "Spaces under an active profile"
    number = sum(each.id not in seen.unsynced for each in seen.spaces)
    shown = f"{number} of {len(seen.spaces)}"
    if not seen.spaces:
        return Value(key, label, shown, "paused", "No place with a calendar server has a space.", "Add spaces.")
    if not number:
        meaning = "Sync is switched off everywhere: nothing is read or written."
        return Value(key, label, shown, "failed", meaning, "Switch a profile on under Profiles.")
    if number < len(seen.spaces):
        names = _named([each.name for each in seen.spaces if each.id in seen.unsynced])
        meaning = f"Sync is switched off for {names}."
        return Value(key, label, shown, "late", meaning, "Each space's page says which profile applies there and why.")
    return Value(key, label, shown, "in-step", "Sync is switched on for every space.")


def _addresses(seen: Seen, missing: Sequence[SpaceRow]) -> Value:
    key, label = "addresses_linked", "Addresses linked"
    shown = f"{len(seen.spaces) - len(missing)} of {len(seen.spaces)}"
    if not seen.spaces:
        return Value(key, label, shown, "paused", "No place with a calendar server has a space.", "Add spaces.")
    if not missing:
        return Value(key, label, shown, "in-step", "Every space is paired with the mailbox of its room.")
    meaning = f"Without a mailbox: {_named([each.name for each in missing])}."
    mend = "Pair each with its mailbox, in its Outlook/Exchange settings; or leave those that have none in Outlook."
    return Value(key, label, shown, "late" if len(missing) < len(seen.spaces) else "failed", meaning, mend)


_MOST_NAMES = 5


def _named(names: Collection[str]) -> str:
    first = list(names)[:_MOST_NAMES]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


# ---------------------------------------------------------------------------------------------- of late


def _last_activity(health: Sequence[SpaceHealth], *, now: datetime) -> Value:
    key, label = "last_activity", "Last activity"
    moments = [when for each in health for when in (each.last_read, each.last_write, each.heard) if when is not None]
    if not moments:
        meaning = "Nothing was read or written yet."
        mend = "After the first pairing it begins within seconds. If it does not: is the worker running?"
        return Value(key, label, "never", "paused" if not health else "reaching", meaning, mend)
    last = max(moments)
    shown = f"{last:%Y-%m-%d %H:%M} UTC"
    if now - last <= _FEW_MINUTES:
        meaning = "A calendar was read or written within the last minutes, so sync as a whole works."
        return Value(key, label, shown, "in-step", meaning, "If one space is wrong all the same, look at its own page.")
    if now - last <= _DAY:
        meaning = "Nothing was read or written for a while: sync has stopped, or every connection is paused."
        mend = f"Is the worker running? Look at the accounts above; {_ANALYZER}."
        return Value(key, label, shown, "late", meaning, mend)
    meaning = "Nothing was read or written for more than a day: sync does not work."
    mend = f"Is the worker running? Check user name and password of each account; {_ANALYZER}."
    return Value(key, label, shown, "failed", meaning, mend)


def _records(seen: Seen, gathered: Gathered) -> Iterator[Value]:
    links = [each.link_id for each in seen.health]
    ways = ((Counted.WRITTEN, "to_exchange", "to Outlook"), (Counted.TAKEN_IN, "from_exchange", "from Outlook"))
    reads, failed = gathered.within_hour(Counted.READ, *links), gathered.within_hour(Counted.READ_FAILED, *links)
    for what, key, words in ways:
        number = gathered.within_hour(what, *links)
        label = f"Records {words}, last 60 minutes"
        yield Value(f"{key}_hour", label, f"{number:,}", *_moved(number, reads, failed, "hour"))
    reads, failed = gathered.within_day(Counted.READ, *links), gathered.within_day(Counted.READ_FAILED, *links)
    for what, key, words in ways:
        number = gathered.within_day(what, *links)
        label = f"Records {words}, last 24 hours"
        yield Value(f"{key}_day", label, f"{number:,}", *_moved(number, reads, failed, "day"))


def _moved(number: int, reads: int, failed: int, span: str) -> tuple[str, str, str]:
    """Tell quiet from broken: nothing moved, but were the calendars asked, and did they answer?"""
    if number:
        return "in-step", f"Entries and changes that crossed over within the last {span}.", NOTHING
    if reads:
        quiet = f"Quiet, not broken: {counted(reads, 'read', 'reads')}, nothing to bring across."
        return "in-step", quiet, NOTHING
    if failed:
        broken = f"Broken, not quiet: no calendar answered, {failed} failed."
        return "failed", broken, "Look at the errors; test the connection."
    return (
        "paused",
        "No calendar was asked: nothing is paired, all is paused, or the worker does not run.",
        ("If spaces are paired and not paused, start the worker."),
    )
