"""A change of the way in which sync goes: what follows from it is shown first, and done with it, in one transaction.

To "from Exchange": what is under way settles, cancels of what we wrote still go, nothing else is written; who
only waited for the calendar is confirmed, for there is nothing left to wait for. To "to Exchange": what others
put into the calendars is let go of, here alone. Switched off: nothing is written, and what was seen stays, for
nothing is freed because nobody looks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.domain.entries import Entries
from booking.domain.intervals import Interval
from booking.domain.permissions import Actor, Permission, require
from booking.domain.states import HOLDING, Channel, LinkState, PushState
from booking.domain.windows import FEWEST_DAYS, MOST_DAYS, SyncWindow
from booking.services import audit, calendars, following, profiles
from booking.services.profiles import Changes, EffectiveProfile, ProfilePlace
from booking.store import queries
from booking.store.database import Session
from booking.store.models import CalendarLink, ExternalEvent, Occurrence, PushItem
from booking.store.queries.links import LinkRow

_UNDER_WAY = frozenset({PushState.INTENT, PushState.UNKNOWN, PushState.WRITTEN})
_WAITING = frozenset({PushState.DIRTY, PushState.CONFLICT, PushState.DEAD})
_NO_WAIT = "this room's bookings are no longer written to its calendar"


@dataclass(frozen=True, slots=True)
class Date:
    """A date of a booking that the change concerns."""

    ref: str
    key: str
    space: str
    when: Interval
    zone: str


@dataclass(frozen=True, slots=True)
class Event:
    """An outside event that the change concerns: its time, and no more."""

    space: str
    when: Interval
    zone: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows from a change of direction, before it is made. Empty where it makes no difference."""

    unwritten: tuple[Date, ...] = ()  # wait to be written, or written anew, and will not be
    settling: tuple[Date, ...] = ()  # under way to the calendar just now: that is brought to its end
    confirmed: tuple[Date, ...] = ()  # only wait for the calendar, and stand from then on
    cancels: tuple[Date, ...] = ()  # of entries of ours that still stand there: they go
    written: tuple[Date, ...] = ()  # will be written
    released: tuple[Event, ...] = ()  # outside events that no longer take their time
    kept: int = 0  # outside events that stay as they were last seen
    rooms: int = 0  # rooms for which the way changes
    stopped: int = 0  # of those: rooms that are no longer synced at all

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return the plan for people, one consequence a sentence."""
        told = (
            (len(self.unwritten), "will not be written to Outlook any more"),
            (len(self.settling), "on the way to Outlook just now will arrive there, or be found not to have"),
            (len(self.confirmed), "waiting for Outlook only will be confirmed"),
            (len(self.cancels), "cancelled here will still be removed from Outlook"),
            (len(self.written), "will be written to Outlook"),
        )
        lines = [f"{_some(number, 'booking date')} {words}." for number, words in told if number]
        if self.released:
            lines.append(f"{_some(len(self.released), 'outside event')} will no longer take any time here.")
        if self.kept:
            lines.append(f"{_some(self.kept, 'outside event')} will stay here as last seen.")
        return tuple(lines)


def _some(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class _Turn:
    """What follows for one room. `since` is from when on its items are synced after the change."""

    link: LinkRow
    before: EffectiveProfile
    after: EffectiveProfile
    since: datetime
    rows: Sequence[PushItem]
    held: Sequence[Occurrence]
    unwritten: Sequence[Occurrence]
    events: Sequence[ExternalEvent]

    @property
    def turns(self) -> bool:
        """Tell whether the way changes; else only what is shown, or how far back it looks."""
        return self.before.way != self.after.way

    @property
    def stops_writing(self) -> bool:
        return self.before.writes and not self.after.writes

    @property
    def begins_writing(self) -> bool:
        return self.after.writes and not self.before.writes

    def let_be(self) -> list[PushItem]:
        return [each for each in self.rows if self.stops_writing and each.want_present and each.state in _WAITING]

    def settling(self) -> list[PushItem]:
        return [each for each in self.rows if self.stops_writing and each.want_present and each.state in _UNDER_WAY]

    def cancels(self) -> list[PushItem]:
        settled = {PushState.GONE, PushState.CLEAN}
        return [
            each for each in self.rows if self.stops_writing and not each.want_present and each.state not in settled
        ]

    def woken(self) -> list[PushItem]:
        return [each for each in self.rows if self.begins_writing and _lacks(each, since=self.since)]

    def new(self) -> Sequence[Occurrence]:
        return self.unwritten if self.after.writes else ()

    def confirmed(self) -> Sequence[Occurrence]:
        return self.held if self.stops_writing else ()

    def released(self) -> Sequence[ExternalEvent]:
        return self.events if self.before.reads and self.after.active and not self.after.reads else ()


def _lacks(row: PushItem, *, since: datetime) -> bool:
    """Tell whether the calendar lacks something of a row that was let be."""
    if not row.want_present or not row.occurrence.holds or row.occurrence.ends_at < since:
        return False
    if row.state in {PushState.CLEAN, PushState.DIRTY}:
        return row.acked_version < row.want_version
    return row.state is PushState.GONE


# ------------------------------------------------------------------------------------------------ the plan


def plan(session: Session, place: ProfilePlace, wanted: EffectiveProfile, *, now: datetime) -> Plan:
    """Return what would follow if that profile became the place's own."""
    return plan_of(session, {place.own_ids: wanted}, now=now)


def plan_of(session: Session, changes: Changes, *, now: datetime) -> Plan:
    """Return what would follow if those places had these profiles of their own, or none."""
    return _told(_turns(session, changes, now=now), now=now)


def _turns(session: Session, changes: Changes, *, now: datetime) -> list[_Turn]:
    """Return the rooms for which something changes."""
    known = profiles.known(session)
    wanted = known.having(changes)
    turns = []
    for link in queries.links.rows(session):
        before, after = known.of(**link.place), wanted.of(**link.place)
        if before != after and link.state is not LinkState.LEAVING:
            turns.append(_turn(session, link, before, after, now=now))
    return turns


def _turn(
    session: Session, link: LinkRow, before: EffectiveProfile, after: EffectiveProfile, *, now: datetime
) -> _Turn:
    since = after.begins(link.zone, now=now)
    if before.way == after.way and since >= before.begins(link.zone, now=now):
        return _Turn(link, before, after, since, rows=(), held=(), unwritten=(), events=())
    return _Turn(
        link,
        before,
        after,
        since,
        rows=queries.push.all_of_link(session, link.id),
        held=queries.push.held_for_calendar(session, link.space_id),
        unwritten=_unwritten(session, link, before, after, since=since, now=now),
        events=queries.external.all_of_link(session, link.id),
    )


def _unwritten(
    session: Session,
    link: LinkRow,
    before: EffectiveProfile,
    after: EffectiveProfile,
    *,
    since: datetime,
    now: datetime,
) -> Sequence[Occurrence]:
    """Return the dates that have no row yet: all, where writing begins; else those of a window that grew."""
    model = queries.links.model(session, link.id)
    if model is None or not after.writes:
        return ()
    if not before.writes:
        return queries.push.unwritten(session, model, now=now, since=since)
    return queries.reconciling.forgotten(session, link.id, now=now, since=since)


def _told(turns: Sequence[_Turn], *, now: datetime) -> Plan:
    def dates(pairs: Iterable[tuple[_Turn, Occurrence]]) -> tuple[Date, ...]:
        return tuple(
            Date(each.booking.ref, each.key, turn.link.space_name, each.when, turn.link.zone) for turn, each in pairs
        )

    return Plan(
        unwritten=dates((turn, each.occurrence) for turn in turns for each in turn.let_be()),
        settling=dates((turn, each.occurrence) for turn in turns for each in turn.settling()),
        confirmed=dates((turn, each) for turn in turns for each in turn.confirmed()),
        cancels=dates((turn, each.occurrence) for turn in turns for each in turn.cancels()),
        written=dates(
            (turn, each) for turn in turns for each in (*(row.occurrence for row in turn.woken()), *turn.new())
        ),
        released=tuple(
            Event(turn.link.space_name, each.when, turn.link.zone)
            for turn in turns
            for each in turn.released()
            if each.blocks and each.ends_at > now
        ),
        kept=sum(len(turn.events) for turn in turns if not turn.after.active),
        rooms=sum(turn.turns for turn in turns),
        stopped=sum(turn.before.active and not turn.after.active for turn in turns),
    )


# ------------------------------------------------------------------------------------------- carrying it out


def save(session: Session, place: ProfilePlace, wanted: EffectiveProfile, *, actor: Actor, now: datetime) -> Plan:
    """Store the whole profile of a place as its own, with all that follows from it; return what that was.

    Raises:
        Refused: Forbidden, or Invalid with every mistake by field.
    """
    require(actor, Permission.EDIT_PLACES, on=place.scope)
    entries = Entries()
    check(entries, wanted)
    entries.check()
    turns = _locked_turns(session, {place.own_ids: wanted}, now=now)
    told = _told(turns, now=now)
    profiles.store(session, place, wanted, now=now)
    _carry_out(session, turns, now=now)
    detail = " ".join(told.sentences)
    audit.note(session, "profile.saved", actor=actor, channel=Channel.STAFF, now=now, subject=place.name, detail=detail)
    return told


def check(entries: Entries, wanted: EffectiveProfile) -> None:
    """Remember what is wrong with what a profile shall say."""
    least = FEWEST_DAYS if wanted.window is SyncWindow.DAYS else 0
    entries.number("days_back", wanted.days_back, least=least, most=MOST_DAYS)


def remove(session: Session, place: ProfilePlace, *, actor: Actor, now: datetime) -> Plan:
    """Let the wider place's profile apply again, with all that follows from it; without an own one, nothing is done.

    Raises:
        Forbidden: the actor may not edit that place.
    """
    require(actor, Permission.EDIT_PLACES, on=place.scope)
    turns = _locked_turns(session, {place.own_ids: None}, now=now)
    told = _told(turns, now=now)
    if not profiles.drop(session, place):
        return Plan()
    _carry_out(session, turns, now=now)
    detail = " ".join(told.sentences)
    audit.note(
        session, "profile.removed", actor=actor, channel=Channel.STAFF, now=now, subject=place.name, detail=detail
    )
    return told


def begin(session: Session, changes: Changes, *, now: datetime) -> "Begun":
    """Lock all that follows from what those places shall have of their own; once that is stored, `follow` it."""
    turns = _locked_turns(session, changes, now=now)
    return Begun(_told(turns, now=now), tuple(turns))


@dataclass(frozen=True, slots=True)
class Begun:
    """A change whose rooms are locked: what follows from it, and for whom."""

    plan: Plan
    turns: tuple[_Turn, ...]

    @property
    def link_ids(self) -> tuple[int, ...]:
        """Return the pairings that it concerns."""
        return tuple(turn.link.id for turn in self.turns)

    def follow(self, session: Session, *, now: datetime) -> None:
        """Do what follows from it."""
        _carry_out(session, self.turns, now=now)


def _locked_turns(session: Session, changes: Changes, *, now: datetime) -> list[_Turn]:
    """Return what follows, with the spaces and the links concerned locked, in that order, if anything does."""
    turns = _turns(session, changes, now=now)
    if not turns:
        return []
    queries.places.lock_spaces(session, (turn.link.space_id for turn in turns))
    queries.links.lock_all(session, (turn.link.id for turn in turns))
    session.flush()
    session.expire_all()  # what was looked at before the locks may have changed while we waited
    return _turns(session, changes, now=now)


def _carry_out(session: Session, turns: Iterable[_Turn], *, now: datetime) -> None:
    for turn in turns:
        link = queries.links.model(session, turn.link.id)
        if link is not None:
            _carry_out_one(session, turn, link, now=now)
    session.flush()


def _carry_out_one(session: Session, turn: _Turn, link: CalendarLink, *, now: datetime) -> None:
    for row in turn.let_be():
        calendars.let_be(row, now=now)
    for row in turn.woken():
        calendars.want(row, present=True, now=now)
    session.add_all([calendars.new_row(session, each, link, now=now) for each in turn.new() if each.state in HOLDING])
    for event in turn.released():
        event.gone_at = now
    if turn.after.active and turn.after.reading != turn.before.reading:
        link.look_at = now
    if turn.after.active and not turn.before.reads:
        link.next_read_at = None
    session.flush()
    for occurrence in turn.confirmed():
        following.confirm(session, occurrence, now=now, why=_NO_WAIT)
