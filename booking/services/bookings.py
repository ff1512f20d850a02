"""Bookings: placed, changed, cancelled, and what follows from a calendar.

Each of these locks the spaces it is about first, so that what it checks still holds when it writes. Who is told
and what the calendars should show stand in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from booking.domain.entries import Entries
from booking.domain.errors import NotFound, NotPossible, TooLong
from booking.domain.intervals import Interval, pieces
from booking.domain.permissions import SYSTEM, Actor, Permission, require
from booking.domain.rules import LONGEST_OCCURRENCE
from booking.domain.states import Channel, HeldReason, OccurrenceState, overall
from booking.services import audit, calendars, occurrences, outbox, people, refs
from booking.services.people import Patron
from booking.store import queries
from booking.store.database import Session
from booking.store.models import AuditEntry, Booking, Occurrence
from booking.store.queries.places import SpaceRow

LONGEST_TITLE = 200
LONGEST_NICKNAME = 80
LONGEST_REQUEST_KEY = 64

#: In the audit log and the messages, whoever edits the room's calendar.
_OUTLOOK = replace(SYSTEM, name="Outlook")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for. The same `request_key` and times again are the same wish: a form that was sent twice."""

    space_id: int
    times: tuple[Interval, ...]
    patron: Patron
    title: str = ""
    nickname: str = ""
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What should be different: times by occurrence key, title, nickname; None means "as it is"."""

    when: Mapping[str, Interval] = field(default_factory=dict)
    title: str | None = None
    nickname: str | None = None


def place(session: Session, wish: Wish, *, actor: Actor, now: datetime, channel: Channel = Channel.WEB) -> Booking:
    """Book a space for the times wished.

    Held until the room's calendar has it, where one is paired; else confirmed at once, and the patron is told.

    Raises:
        Refused: the first reason why not.
    """
    space = queries.places.space_row(queries.places.lock_space(session, wish.space_id))
    _check_bookable(space, actor)
    if wish.request_key is not None:
        made = queries.bookings.by_request_key(session, wish.request_key[:LONGEST_REQUEST_KEY])
        if made is not None and not _answers(made, wish):  # somebody went back to the form, and asks for more
            made, wish = None, replace(wish, request_key=None)
        if made is not None:
            return made
    wish = _checked(wish, space)
    surroundings = occurrences.around(session, space, wish.times)
    for when in wish.times:
        surroundings.check(when, now=now)

    held = HeldReason.CALENDAR if calendars.writes_to(session, space.id) else None
    booking = _new(session, wish, space, held=held, channel=channel, now=now)
    detail = "; ".join(occurrences.words(each) for each in booking.occurrences)
    audit.note(session, "booking.placed", actor=actor, channel=channel, now=now, booking=booking, detail=detail)
    if held is None:
        _tell_confirmed(session, booking, now=now)
    return booking


def change(
    session: Session,
    booking_id: int,
    change: Change,
    *,
    actor: Actor,
    now: datetime,
    channel: Channel = Channel.WEB,
) -> Booking:
    """Change times, title or nickname of a booking; what is the same already is left alone.

    Raises:
        Refused: the first reason why not; nothing is changed then.
    """
    booking = _locked(session, booking_id, actor=actor, channel=channel)
    moves = _moves(booking, change, now=now)
    renamed = _rename(booking, change)
    if not moves and not renamed:
        return booking
    before = [occurrences.facts(each) for each, _ in moves]
    was = "; ".join(occurrences.words(each) for each, _ in moves)
    _check_moves(session, booking, moves, now=now)
    occurrences.move(session, moves, now=now)
    moved = {each.id for each, _ in moves}
    for occurrence in booking.occurrences:
        if renamed and occurrence.holds and occurrence.id not in moved:
            calendars.touch(session, occurrence, now=now)

    detail = "; ".join(occurrences.words(each) for each, _ in moves)
    booking.updated_at = now
    entry = audit.note(session, "booking.changed", actor=actor, channel=channel, now=now, booking=booking)
    entry.detail = f"{detail} (was: {was})" if moves else "Title or nickname"
    if not _waits_for_calendar(booking):  # else the confirmation to come tells the new time
        _tell(session, "changed", booking, entry, facts={"before": before}, now=now)
    return booking


def cancel(
    session: Session,
    booking_id: int,
    *,
    keys: frozenset[str] | None = None,
    actor: Actor,
    now: datetime,
    channel: Channel = Channel.WEB,
) -> Booking:
    """Cancel the dates with these keys, or all that are not over; what is cancelled already is left alone.

    Raises:
        Refused: Forbidden, NotFound, or NotPossible when what should be cancelled is over.
    """
    booking = _locked(session, booking_id, actor=actor, channel=channel)
    wanted = _dates(booking, keys)
    standing = [each for each in wanted if each.holds]
    if not standing:
        return booking
    coming = [each for each in standing if each.ends_at > now]
    if not coming:
        raise NotPossible("That time is over, so there is nothing left to cancel.")
    occurrences.end(session, coming, OccurrenceState.CANCELLED, channel=channel, now=now)
    _settle(booking, now=now)
    entry = audit.note(session, "booking.cancelled", actor=actor, channel=channel, now=now, booking=booking)
    entry.detail = "; ".join(occurrences.words(each) for each in coming)
    about = coming[0] if len(coming) == 1 else None
    _tell(session, "cancelled", booking, entry, about=about, now=now)
    return booking


def confirm(session: Session, occurrence: Occurrence, *, now: datetime) -> None:
    """Confirm a date that waited for the calendar; when none of its booking waits any more, tell the patron, once."""
    booking = _loaded(session, occurrence)
    here = occurrences.of(booking, occurrence)
    if here.state is not OccurrenceState.HELD or here.held_reason is not HeldReason.CALENDAR:
        return
    here.state, here.held_reason = OccurrenceState.CONFIRMED, None
    _settle(booking, now=now)
    audit.note(
        session,
        "booking.confirmed",
        actor=SYSTEM,
        channel=Channel.JOB,
        now=now,
        booking=booking,
        detail=f"{occurrences.words(here)}: the room's calendar has it",
    )
    if not _waits_for_calendar(booking):
        _tell_confirmed(session, booking, now=now)


def reject(session: Session, occurrence: Occurrence, *, now: datetime, why: str) -> None:
    """Give up a held date that lost against something else in the calendar; the patron is offered other times."""
    booking = _loaded(session, occurrence)
    here = occurrences.of(booking, occurrence)
    if here.state is not OccurrenceState.HELD:
        return
    occurrences.end(session, [here], OccurrenceState.REJECTED, channel=Channel.OUTLOOK, now=now)
    _settle(booking, now=now)
    detail = f"{occurrences.words(here)}: {why}"
    entry = audit.note(
        session, "booking.rejected", actor=SYSTEM, channel=Channel.JOB, now=now, booking=booking, detail=detail
    )
    space = queries.places.space_row(here.space)
    offers = queries.free.offers(session, space=space, wish=here.when, now=now)
    noted = [
        {"start": each.when.start.isoformat(), "end": each.when.end.isoformat(), "space": each.space.name}
        for each in offers
    ]
    _tell(session, "rejected", booking, entry, about=here, facts={"offers": noted, "why": why}, now=now)
    if not _waits_for_calendar(booking) and any(each.holds for each in booking.occurrences):
        _tell_confirmed(session, booking, now=now)


def follow_cancel(session: Session, occurrence: Occurrence, *, now: datetime) -> None:
    """Cancel a date whose entry was deleted in Outlook, and tell the patron, once."""
    booking = _loaded(session, occurrence)
    here = occurrences.of(booking, occurrence)
    if not here.holds:
        return
    occurrences.end(session, [here], OccurrenceState.CANCELLED, channel=Channel.OUTLOOK, now=now)
    _settle(booking, now=now)
    entry = audit.note(
        session,
        "booking.cancelled",
        actor=_OUTLOOK,
        channel=Channel.OUTLOOK,
        now=now,
        booking=booking,
        detail=f"{occurrences.words(here)}: its entry was deleted from the room's calendar",
    )
    _tell(session, "cancelled_in_outlook", booking, entry, about=here, now=now)


def follow_move(session: Session, occurrence: Occurrence, when: Interval, *, now: datetime) -> None:
    """Give a date the time to which its entry was moved in Outlook, and tell the patron.

    Raises:
        Refused: the rules do not allow it there; nothing is changed.
    """
    booking = _loaded(session, occurrence)
    here = occurrences.of(booking, occurrence)
    if not here.holds or here.when == when:
        return
    space = queries.places.space_row(here.space)
    siblings = [each for each in booking.occurrences if each.space_id == here.space_id and each.holds]
    surroundings = occurrences.around(session, space, [when], except_ids=[each.id for each in siblings])
    surroundings.check_followed(when, now=now)
    occurrences.check_apart([when, *(each.when for each in siblings if each is not here)])
    before, was = occurrences.facts(here), occurrences.words(here)
    occurrences.move(session, [(here, when)], now=now)
    booking.updated_at = now
    detail = f"{occurrences.words(here)} (was: {was}): moved in the room's calendar"
    entry = audit.note(
        session, "booking.moved", actor=_OUTLOOK, channel=Channel.OUTLOOK, now=now, booking=booking, detail=detail
    )
    _tell(session, "moved_in_outlook", booking, entry, about=here, facts={"before": [before]}, now=now)


def _check_bookable(space: SpaceRow, actor: Actor) -> None:
    """Pass if this person may book there. What is not public does not exist for those who may not see it."""
    visible = space.location_is_public or actor.may(Permission.SEE_STAFF_PAGES, on=space.scope)
    if space.retired or not visible:
        raise NotFound(what="space")
    require(actor, Permission.PLACE_BOOKING, on=space.scope)


def _checked(wish: Wish, space: SpaceRow) -> Wish:
    entries = Entries()
    patron = people.checked(wish.patron, entries)
    title = entries.line("title", wish.title, longest=LONGEST_TITLE)
    nickname = entries.line("nickname", wish.nickname, longest=LONGEST_NICKNAME) if space.nickname_allowed else ""
    if not wish.times:
        entries.wrong("times", "Choose a time.")
    entries.check()
    times = tuple(sorted(each.in_utc() for each in wish.times))
    occurrences.check_apart(times)
    return replace(wish, times=times, patron=patron, title=title, nickname=nickname)


def _answers(made: Booking, wish: Wish) -> bool:
    """Tell whether a booking stands for just what is wished."""
    standing = [(each.space_id, each.when) for each in made.occurrences if each.holds]
    return sorted(standing) == sorted((wish.space_id, piece) for piece in _pieces(wish))


def _pieces(wish: Wish) -> list[Interval]:
    """Return the dates of a wish. What is too long for one date becomes several."""
    return [piece for when in wish.times for piece in pieces(when.in_utc(), longest=LONGEST_OCCURRENCE)]


def _new(
    session: Session, wish: Wish, space: SpaceRow, *, held: HeldReason | None, channel: Channel, now: datetime
) -> Booking:
    """Write the booking and its dates, and have the calendars follow."""
    patron = people.guest(session, wish.patron, now=now)
    dates = [occurrences.begin(space, piece, held=held) for piece in _pieces(wish)]
    booking = Booking(
        ref=refs.new_ref(session),
        secret=refs.new_secret(),
        patron=patron,
        title=wish.title,
        nickname=wish.nickname,
        state=overall(each.state for each in dates),
        channel=channel,
        request_key=wish.request_key[:LONGEST_REQUEST_KEY] if wish.request_key else None,
        occurrences=dates,
        created_at=now,
    )
    session.add(booking)
    session.flush()
    for each in dates:
        calendars.touch(session, each, now=now)
    return queries.bookings.for_change(session, booking.id)


def _locked(session: Session, booking_id: int, *, actor: Actor, channel: Channel) -> Booking:
    """Lock the booking's spaces, and return it as it stands then, if this person may change it."""
    spaces = queries.places.lock_spaces(session, queries.bookings.space_ids_of(session, booking_id))
    permission = Permission.CANCEL_BOOKINGS if channel is Channel.STAFF else Permission.MANAGE_OWN_BOOKING
    for space in spaces:
        require(actor, permission, on=queries.places.space_row(space).scope)
    return queries.bookings.for_change(session, booking_id)


def _loaded(session: Session, occurrence: Occurrence) -> Booking:
    queries.places.lock_space(session, occurrence.space_id)
    return queries.bookings.for_change(session, occurrence.booking_id)


def _dates(booking: Booking, keys: frozenset[str] | None) -> list[Occurrence]:
    by_key = {each.key: each for each in booking.occurrences}
    if keys is not None and not keys <= by_key.keys():
        raise NotFound(what="date")
    return [each for each in booking.occurrences if keys is None or each.key in keys]


def _moves(booking: Booking, change: Change, *, now: datetime) -> list[tuple[Occurrence, Interval]]:
    """Return the dates that get another time, if all of them still can."""
    wanted = _dates(booking, frozenset(change.when))
    goals = {key: when.in_utc() for key, when in change.when.items()}
    moves = [(each, goals[each.key]) for each in wanted if each.when != goals[each.key]]
    for occurrence, when in moves:
        if not occurrence.holds:
            raise NotPossible("That date does not stand any more, so it cannot be moved.")
        if occurrence.starts_at <= now:
            raise NotPossible("That time has already begun, so it cannot be moved.")
        if when.length > LONGEST_OCCURRENCE:
            raise TooLong(asked=when.length, limit=LONGEST_OCCURRENCE)
    return moves


def _check_moves(
    session: Session, booking: Booking, moves: Sequence[tuple[Occurrence, Interval]], *, now: datetime
) -> None:
    """Pass if every new time is allowed. The booking's own dates stand aside, but may not overlap one another."""
    goals = {occurrence.id: when for occurrence, when in moves}
    for space_id in {occurrence.space_id for occurrence, _ in moves}:
        own = [each for each in booking.occurrences if each.space_id == space_id and each.holds]
        space = queries.places.space_row(own[0].space)
        times = [goals[each.id] for each in own if each.id in goals]
        surroundings = occurrences.around(session, space, times, except_ids=[each.id for each in own])
        for when in times:
            surroundings.check(when, now=now)
        occurrences.check_apart(goals.get(each.id, each.when) for each in own)


def _rename(booking: Booking, change: Change) -> bool:
    """Give the booking its new title and nickname, and tell whether anything is different."""
    entries = Entries()
    title = booking.title if change.title is None else entries.line("title", change.title, longest=LONGEST_TITLE)
    nickname = booking.nickname
    if change.nickname is not None and booking.occurrences[0].space.category.nickname_allowed:
        nickname = entries.line("nickname", change.nickname, longest=LONGEST_NICKNAME)
    entries.check()
    renamed = (title, nickname) != (booking.title, booking.nickname)
    booking.title, booking.nickname = title, nickname
    return renamed


def _settle(booking: Booking, *, now: datetime) -> None:
    booking.state = overall(each.state for each in booking.occurrences)
    booking.updated_at = now


def _waits_for_calendar(booking: Booking) -> bool:
    return any(each.holds and each.held_reason is HeldReason.CALENDAR for each in booking.occurrences)


def _tell_confirmed(session: Session, booking: Booking, *, now: datetime) -> None:
    outbox.tell(session, "confirmed", booking, now=now, once=f"confirmed:{booking.ref}")


def _tell(
    session: Session,
    kind: str,
    booking: Booking,
    entry: AuditEntry,
    *,
    about: Occurrence | None = None,
    facts: Mapping[str, object] | None = None,
    now: datetime,
) -> None:
    """Queue a message about what an audit entry says, once for each entry."""
    once = f"{kind}:{booking.ref}:{entry.id}"
    outbox.tell(session, kind, booking, occurrence=about, facts=facts, now=now, once=once)
