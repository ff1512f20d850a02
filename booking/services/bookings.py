"""Bookings: placed, changed, cancelled; what follows from a calendar stands in `following` and `undoing`.

Each of these locks the spaces it is about first, so that what it checks still holds when it writes. Who is told
and what the calendars should show stand in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from booking.domain.entries import Entries
from booking.domain.errors import NotFound, NotPossible
from booking.domain.intervals import Interval, pieces
from booking.domain.permissions import Actor, Permission, require
from booking.domain.rules import LONGEST_OCCURRENCE
from booking.domain.states import Channel, HeldReason, OccurrenceState, overall
from booking.services import audit, booked, calendars, moves, occurrences, people, refs
from booking.services.following import confirm, follow_cancel, follow_move, give_way, reject
from booking.services.moves import Move
from booking.services.people import Patron
from booking.services.undoing import undo_cancel
from booking.store import queries
from booking.store.database import Session
from booking.store.models import Booking, Occurrence
from booking.store.queries.places import SpaceRow

__all__ = [
    "Change",
    "Wish",
    "cancel",
    "change",
    "confirm",
    "follow_cancel",
    "follow_move",
    "give_way",
    "place",
    "reject",
    "undo_cancel",
]

LONGEST_TITLE = 200
LONGEST_NICKNAME = 80
LONGEST_REQUEST_KEY = 64


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
    """What should be different: times and space ids by occurrence key, title, nickname; None means "as it is"."""

    when: Mapping[str, Interval] = field(default_factory=dict)
    space: Mapping[str, int] = field(default_factory=dict)
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
        booked.tell_confirmed(session, booking, now=now)
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
    """Change times, spaces, title or nickname of a booking; what is the same already is left alone.

    Raises:
        Refused: the first reason why not; nothing is changed then.
    """
    spaces = moves.lock(session, booking_id, change.space.values())
    booking = _permitted(session, booking_id, actor=actor, channel=channel)
    wanted = moves.wanted(booking, spaces, when=change.when, into=change.space, now=now)
    renamed = _rename(booking, change)
    if not wanted and not renamed:
        return booking
    for each in wanted:
        if each.enters:
            _check_bookable(queries.places.space_row(each.space), actor)
    moves.check(session, booking, wanted, now=now)
    return carry_out(session, booking, wanted, renamed=renamed, actor=actor, now=now, channel=channel)


def carry_out(
    session: Session,
    booking: Booking,
    wanted: Sequence[Move],
    *,
    renamed: bool = False,
    actor: Actor,
    now: datetime,
    channel: Channel,
) -> Booking:
    """Make a change that was checked: both calendars follow, and the patron is told, once."""
    moving = [each.occurrence for each in wanted]
    before = [occurrences.facts(each) for each in moving]
    was = "; ".join(occurrences.words(each) for each in moving)
    moves.make(session, wanted, now=now)
    moved = {each.id for each in moving}
    for occurrence in booking.occurrences:
        if renamed and occurrence.holds and occurrence.id not in moved:
            calendars.touch(session, occurrence, now=now)

    detail = "; ".join(occurrences.words(each) for each in moving)
    booking.updated_at = now
    entry = audit.note(session, "booking.changed", actor=actor, channel=channel, now=now, booking=booking)
    entry.detail = f"{detail} (was: {was})" if moving else "Title or nickname"
    waited = booked.waits_for_calendar(booking)
    _wait_no_more(session, moving, now=now)
    if not waited:  # else the confirmation tells the new time, now or when the calendar has it
        booked.tell(session, "changed", booking, entry, facts={"before": before}, now=now)
    return booking


def _wait_no_more(session: Session, moved: Iterable[Occurrence], *, now: datetime) -> None:
    """Confirm what only waited for a calendar that it has left, if nothing is written where it has gone."""
    for each in moved:
        if each.held_reason is HeldReason.CALENDAR and not calendars.writes_to(session, each.space_id):
            confirm(session, each, now=now, why="its new space waits for no calendar")


def cancel(
    session: Session,
    booking_id: int,
    *,
    keys: frozenset[str] | None = None,
    actor: Actor,
    now: datetime,
    channel: Channel = Channel.WEB,
    message: str = "",
) -> Booking:
    """Cancel the dates with these keys, or all that are not over; what is cancelled already is left alone.

    Raises:
        Refused: Forbidden, NotFound, or NotPossible when what should be cancelled is over.
    """
    moves.lock(session, booking_id)
    booking = _permitted(session, booking_id, actor=actor, channel=channel)
    wanted = _dates(booking, keys)
    standing = [each for each in wanted if each.holds]
    if not standing:
        return booking
    coming = [each for each in standing if each.ends_at > now]
    if not coming:
        raise NotPossible("That time is over, so there is nothing left to cancel.")
    occurrences.end(session, coming, OccurrenceState.CANCELLED, channel=channel, now=now)
    booked.settle(booking, now=now)
    entry = audit.note(session, "booking.cancelled", actor=actor, channel=channel, now=now, booking=booking)
    entry.detail = "; ".join(occurrences.words(each) for each in coming)
    about = coming[0] if len(coming) == 1 else None
    facts = {"message": message} if message else None  # what staff say about it
    booked.tell(session, "cancelled", booking, entry, about=about, facts=facts, now=now)
    return booking


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


def _permitted(session: Session, booking_id: int, *, actor: Actor, channel: Channel) -> Booking:
    """Return a booking whose spaces are locked as it stands now, if this person may change it."""
    booking = queries.bookings.for_change(session, booking_id)
    permission = Permission.CANCEL_BOOKINGS if channel is Channel.STAFF else Permission.MANAGE_OWN_BOOKING
    for space in {each.space_id: each.space for each in booking.occurrences}.values():
        require(actor, permission, on=queries.places.space_row(space).scope)
    return booking


def _dates(booking: Booking, keys: frozenset[str] | None) -> list[Occurrence]:
    by_key = {each.key: each for each in booking.occurrences}
    if keys is not None and not keys <= by_key.keys():
        raise NotFound(what="date")
    return [each for each in booking.occurrences if keys is None or each.key in keys]


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
