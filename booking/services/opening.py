"""When places are open: weeks, exceptions and closures, as staff set them.

Nothing here cancels a booking: what was booked before stays, and staff see it.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import pairwise

from booking.domain.entries import Entries
from booking.domain.errors import EndsBeforeItStarts, NotFound
from booking.domain.opening import MINUTES_A_DAY, Hours
from booking.domain.permissions import Actor, Permission, Scope, require
from booking.domain.states import Channel
from booking.services import audit
from booking.store import queries
from booking.store.database import Session
from booking.store.models import Closure, OpeningException, OpeningHours

_LONGEST_NOTE = 200
_WEEKDAYS = range(7)


def set_week(
    session: Session,
    location_id: int,
    space_id: int | None,
    week: Mapping[int, tuple[Hours, ...]],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Replace the ordinary week of a location, or of one space; an empty week gives a space its location's again.

    Raises:
        Refused: Forbidden, NotFound, or Invalid with the mistake of each weekday ("day_0" is Monday).
    """
    place = _place(session, location_id, space_id, actor)
    entries = Entries()
    for weekday, hours in week.items():
        _check_hours(entries, f"day_{weekday}", hours)
    entries.check()
    queries.opening.drop_week(session, location_id, space_id)
    session.add_all(
        OpeningHours(
            location_id=location_id,
            space_id=space_id,
            weekday=weekday,
            opens_minute=each.opens_minute,
            closes_minute=each.closes_minute,
        )
        for weekday in _WEEKDAYS
        for each in week.get(weekday, ())
    )
    session.flush()
    audit.note(session, "opening.week_set", actor=actor, channel=Channel.STAFF, now=now, subject=place)


def set_exception(
    session: Session,
    location_id: int,
    space_id: int | None,
    day: date,
    hours: tuple[Hours, ...],
    *,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> None:
    """Set the hours of one date, in place of the week's and of an earlier exception; none means closed that day.

    Raises:
        Refused: Forbidden, NotFound or Invalid.
    """
    place = _place(session, location_id, space_id, actor)
    entries = Entries()
    words = entries.line("note", note, longest=_LONGEST_NOTE)
    _check_hours(entries, "hours", hours)
    entries.check()
    queries.opening.drop_exception(session, location_id, space_id, day)
    spans: list[tuple[int | None, int | None]] = [(each.opens_minute, each.closes_minute) for each in hours]
    session.add_all(
        OpeningException(
            location_id=location_id, space_id=space_id, day=day, opens_minute=opens, closes_minute=closes, note=words
        )
        for opens, closes in spans or [(None, None)]
    )
    session.flush()
    audit.note(
        session, "opening.exception_set", actor=actor, channel=Channel.STAFF, now=now, subject=place, detail=f"{day}"
    )


def remove_exception(
    session: Session, location_id: int, space_id: int | None, day: date, *, actor: Actor, now: datetime
) -> None:
    """Let the ordinary week hold again on that date.

    Raises:
        Refused: Forbidden or NotFound.
    """
    place = _place(session, location_id, space_id, actor)
    queries.opening.drop_exception(session, location_id, space_id, day)
    audit.note(
        session,
        "opening.exception_removed",
        actor=actor,
        channel=Channel.STAFF,
        now=now,
        subject=place,
        detail=f"{day}",
    )


def add_closure(
    session: Session,
    location_id: int,
    space_id: int | None,
    *,
    start: datetime,
    end: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Closure:
    """Close a location, or one space, for a stretch of time of any length.

    Raises:
        Refused: Forbidden, NotFound, EndsBeforeItStarts or Invalid.
    """
    place = _place(session, location_id, space_id, actor)
    why = _checked_closure(start, end, reason)
    closure = Closure(location_id=location_id, space_id=space_id, starts_at=start, ends_at=end, reason=why)
    session.add(closure)
    session.flush()
    audit.note(session, "closure.added", actor=actor, channel=Channel.STAFF, now=now, subject=place, detail=why)
    return closure


def change_closure(
    session: Session, closure_id: int, *, start: datetime, end: datetime, reason: str, actor: Actor, now: datetime
) -> None:
    """Give a closure other times or another reason.

    Raises:
        Refused: Forbidden, NotFound, EndsBeforeItStarts or Invalid.
    """
    closure = session.get(Closure, closure_id)
    if closure is None:
        raise NotFound(what="closure")
    place = _place(session, closure.location_id, closure.space_id, actor)
    why = _checked_closure(start, end, reason)
    closure.starts_at, closure.ends_at, closure.reason = start, end, why
    session.flush()
    audit.note(session, "closure.changed", actor=actor, channel=Channel.STAFF, now=now, subject=place, detail=why)


def remove_closure(session: Session, closure_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a closure away.

    Raises:
        Refused: Forbidden or NotFound.
    """
    closure = session.get(Closure, closure_id)
    if closure is None:
        raise NotFound(what="closure")
    place = _place(session, closure.location_id, closure.space_id, actor)
    session.delete(closure)
    audit.note(session, "closure.removed", actor=actor, channel=Channel.STAFF, now=now, subject=place)


def _checked_closure(start: datetime, end: datetime, reason: str) -> str:
    """Return the reason, tidied, if a closure can be like that."""
    if end <= start:
        raise EndsBeforeItStarts
    entries = Entries()
    why = entries.line("reason", reason, longest=_LONGEST_NOTE)
    entries.check()
    return why


def _place(session: Session, location_id: int, space_id: int | None, actor: Actor) -> str:
    """Return the place's name, if there is such a place and the actor may set its hours."""
    if space_id is None:
        location = queries.places.location(session, location_id)
        if location is None:
            raise NotFound(what="location")
        require(actor, Permission.EDIT_HOURS, on=Scope(location_id))
        return location.name
    space = queries.places.space(session, space_id)
    if space is None or space.location_id != location_id:
        raise NotFound(what="space")
    require(actor, Permission.EDIT_HOURS, on=space.scope)
    return space.name


def _check_hours(entries: Entries, field: str, hours: Iterable[Hours]) -> None:
    in_order = sorted(hours)
    for each in in_order:
        within = 0 <= each.opens_minute < MINUTES_A_DAY and each.closes_minute <= 2 * MINUTES_A_DAY
        if not within or each.closes_minute <= each.opens_minute:
            entries.wrong(field, "Each opening ends after it starts, by the end of the next day.")
    for earlier, later in pairwise(in_order):
        if later.opens_minute < earlier.closes_minute:
            entries.wrong(field, f"{earlier} and {later} overlap. Write them as one, or change one.")
