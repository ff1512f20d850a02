"""Why a space is busy, free or not certain at one moment: every reason, in words that name no patron.

What Outlook blocks is named only as far as the profile had it stored, and never when it is private.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.domain import opening
from booking.domain.availability import Cadence, unsure_times
from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass
from booking.domain.states import HeldReason, OccurrenceState, PushState
from booking.store import queries
from booking.store.database import Session
from booking.store.queries.causes import Ours, Theirs
from booking.store.queries.places import SpaceRow
from booking.sync import status
from booking.sync.status import Code, SpaceHealth

_MOMENT = timedelta(minutes=1)


class Verdict(StrEnum):
    """What a space is at a moment, for programs."""

    BUSY = "busy"
    HELD = "held"
    CLOSED = "closed"
    NOT_CERTAIN = "not_certain"
    NOT_BOOKABLE = "not_bookable"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that decides; `kind` is for programs, `when` how long it lasts, `ref` the booking it is about."""

    verdict: Verdict
    kind: str
    words: str
    when: Interval | None = None
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a space is at a moment, and why; `also` is worth knowing but decides nothing."""

    space: SpaceRow
    at: datetime
    verdict: Verdict
    reasons: tuple[Reason, ...]
    also: tuple[str, ...]
    health: SpaceHealth | None


def why(session: Session, space: SpaceRow, at: datetime, *, now: datetime, cadence: Cadence) -> Answer:
    """Return why a space is as it is at that moment; the first reason is the one that counts.

    Args:
        session: to read with.
        space: which.
        at: aware.
        now: the present moment.
        cadence: how often calendars are read.
    """
    moment = Interval(at, at + _MOMENT)
    near = space.rules.kept_free(moment)
    ours = queries.causes.ours(session, space.id, near)
    theirs = queries.causes.theirs(session, space.id, near)
    known = next((each for each in status.spaces(session, now=now, cadence=cadence) if each.space_id == space.id), None)
    reasons = [
        *(_of_ours(each) for each in ours if each.when.overlaps(moment)),
        *(_of_theirs(each, space.zone) for each in theirs if each.blocks and each.when.overlaps(moment)),
        *_of_changeover(ours, theirs, moment),
        *_of_opening(session, space, moment),
        *_of_rules(space, moment, now=now),
        *_of_freshness(session, space, moment, now=now, cadence=cadence, health=known),
    ]
    also = [_takes_nothing(each) for each in theirs if not each.blocks and each.when.overlaps(moment)]
    if known is not None:
        also += [_sentence(each.words, each.problem) for each in known.troubles if each.code is not Code.WRITING]
    verdict = reasons[0].verdict if reasons else Verdict.FREE
    found = tuple(reasons) or (Reason(Verdict.FREE, "free", _free(known, now)),)
    return Answer(space, at, verdict, found, tuple(also), known)


_WAITS = {
    HeldReason.CALENDAR: "It is held until the calendar has it.",
    HeldReason.APPROVAL: "It is held until staff approve it.",
    HeldReason.EMAIL: "It is held until the e-mail address is confirmed.",
}
_WRITTEN = {
    PushState.CLEAN: "It stands in Outlook.",
    PushState.CONFLICT: "Something else stands in Outlook at that time: see the conflicts.",
    PushState.DEAD: "Outlook did not take it.",
}


def _of_ours(ours: Ours) -> Reason:
    written = "" if ours.written is None else _WRITTEN.get(ours.written, "It is still on its way to Outlook.")
    if ours.state is OccurrenceState.HELD:
        words = [f"Booking {ours.ref} holds it.", _WAITS[ours.held_reason] if ours.held_reason else "", written]
        return Reason(Verdict.HELD, "held", " ".join(filter(None, words)), ours.when, ours.ref)
    words = [f"Booking {ours.ref} has it.", written]
    return Reason(Verdict.BUSY, "booking", " ".join(filter(None, words)), ours.when, ours.ref)


def _of_theirs(theirs: Theirs, zone: str) -> Reason:
    """Say what blocks, as far as it may be said."""
    said = "Private" if theirs.private else ", ".join(filter(None, (theirs.title, theirs.organizer)))
    where = f"An entry in the folder {theirs.folder}" if theirs.folder else "An entry in Outlook"
    words = [f"{where} blocks it{f': {said}' if said else ''}."]
    if theirs.let_go:
        words.append(f"It was disconnected from {theirs.let_go} since; that time stays taken until staff free it.")
    if not theirs.private and theirs.busy is not BusyClass.BUSY:
        words.append(f"Outlook shows it as {theirs.busy}.")
    if theirs.missing_since is not None:
        words.append("It was not in the last listing, but nobody is sure yet that it is gone.")
    words.append(f"Last seen {theirs.seen_at.astimezone(ZoneInfo(zone)):%d %B, %H:%M}.")
    return Reason(Verdict.BUSY, "outside", " ".join(words), theirs.when)


def _takes_nothing(theirs: Theirs) -> str:
    said = "A private entry" if theirs.private else "An entry"
    return f"{said} in Outlook stands there, but is {theirs.busy} and takes nothing."


def _of_changeover(ours: tuple[Ours, ...], theirs: tuple[Theirs, ...], moment: Interval) -> Iterator[Reason]:
    for each in ours:
        if not each.when.overlaps(moment):
            words = f"It is kept free for changeover beside booking {each.ref}."
            yield Reason(Verdict.BUSY, "changeover", words, each.when, each.ref)
    for event in theirs:
        if event.blocks and not event.when.overlaps(moment):
            yield Reason(
                Verdict.BUSY, "changeover", "It is kept free for changeover beside an entry in Outlook.", event.when
            )


def _of_opening(session: Session, space: SpaceRow, moment: Interval) -> Iterator[Reason]:
    plan = queries.opening.plan_for(session, space.id, around=moment)
    if not any(each.covers(moment) for each in opening.open_during(plan, moment)):
        why_closed = opening.reason_closed(plan, moment)
        yield Reason(Verdict.CLOSED, "closed", f"It is closed then{f': {why_closed}' if why_closed else ''}.")


def _of_rules(space: SpaceRow, moment: Interval, *, now: datetime) -> Iterator[Reason]:
    if moment.end <= now:
        yield Reason(Verdict.NOT_BOOKABLE, "past", "That time is over.")
    elif moment.start < now + space.rules.lead:
        yield Reason(Verdict.NOT_BOOKABLE, "too_soon", "It is too soon to be booked.")
    elif moment.end > now + space.rules.window:
        yield Reason(Verdict.NOT_BOOKABLE, "too_far", "It is too far ahead to be booked.")


def _of_freshness(
    session: Session, space: SpaceRow, moment: Interval, *, now: datetime, cadence: Cadence, health: SpaceHealth | None
) -> Iterator[Reason]:
    freshness = queries.free.freshness(session, [space.id]).get(space.id)
    if freshness is None or not unsure_times(freshness, moment, now=now, cadence=cadence):
        return
    if freshness.read_until is None:
        words = "Its calendar was never read, so nobody knows what stands there."
    elif freshness.read_until < moment.end:
        until = freshness.read_until.astimezone(ZoneInfo(space.zone))
        words = f"Its calendar is known until {until:%d %B %Y, %H:%M} only; a booking beyond that reads it first."
    else:
        read = health.last_read.astimezone(ZoneInfo(space.zone)) if health and health.last_read else None
        last = f" The last good read was {read:%d %B, %H:%M:%S}." if read else ""
        words = f"Its calendar was not read for too long to call it free.{last} A booking reads it first."
    yield Reason(Verdict.NOT_CERTAIN, "not_read", words)


def _free(health: SpaceHealth | None, now: datetime) -> str:
    if health is None:
        return "Nothing stands in the way. The space has no calendar in Outlook."
    if health.last_read is None:
        return "Nothing stands in the way."
    ago = max(int((now - health.last_read).total_seconds()), 0)
    return f"Nothing stands in the way, neither here nor in Outlook, which was read {ago} seconds ago."


def _sentence(words: str, problem: str) -> str:
    return f"{words.capitalize()}{f': {problem}' if problem else ''}".rstrip(".") + "."
