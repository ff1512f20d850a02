"""Free times near a wish that could not be met."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from booking.domain import availability, opening
from booking.domain import offers as nearest
from booking.domain.availability import Cadence, Freshness, Mark, Row, SlotState
from booking.domain.intervals import Interval
from booking.domain.offers import Gaps, Offer
from booking.domain.states import LIVE
from booking.store.database import Session
from booking.store.models import CalendarLink, Space
from booking.store.queries import bookings, directions, folders, places, vacancies
from booking.store.queries import opening as opening_rows
from booking.store.queries.places import SpaceRow
from booking.store.queries.vacancies import Vacancy


def offers(
    session: Session, *, space: SpaceRow, wish: Interval, now: datetime, cadence: Cadence | None = None
) -> tuple[Offer[SpaceRow], ...]:
    """Return the nearest free times: the same space shifted, another space at that time, another day.

    All of them could be booked now, by everybody: they are open, allowed by the rules, and certain to be free.
    The number of statements does not depend on how many spaces there are.
    """
    cadence = cadence or Cadence()
    day = wish.start.astimezone(ZoneInfo(space.zone)).date()
    here = Gaps(space, runs(session, space=space, day=day, now=now, cadence=cadence), space.rules, space.zone)
    vacant = vacancies.spaces(
        session, location_id=space.location_id, zone=space.zone, when=wish, now=now, cadence=cadence
    )
    others = sorted(
        (each for each in vacant if each.certain and each.space_id != space.id), key=lambda each: _likeness(space, each)
    )
    best = [each.space_id for each in others[: nearest.AT_MOST_EACH]]
    return nearest.offers(wish, here, places.spaces_by_id(session, best))


def runs(session: Session, *, space: SpaceRow, day: date, now: datetime, cadence: Cadence) -> tuple[Interval, ...]:
    """Return, in order, when a space could be booked on a day and the few days after it."""
    window = _days_from(day, space.zone)
    plan = opening_rows.plan_for(session, space.id, around=window)
    busy = bookings.busy(session, space_id=space.id, during=window)
    known = freshness(session, [space.id]).get(space.id)
    row = Row(
        rules=space.rules,
        zone=space.zone,
        open_times=opening.open_during(plan, window),
        marks=[Mark(each, SlotState.TAKEN) for each in busy],
        unsure=availability.unsure_times(known, window, now=now, cadence=cadence),
    )
    return availability.free_runs(row, now=now)


def freshness(session: Session, space_ids: Sequence[int]) -> dict[int, Freshness]:
    """Return how well the calendars of paired spaces are known.

    Spaces without a live link are left out, and those whose calendars are not followed on purpose.
    """
    ways = directions.load(session)
    found = session.execute(
        select(CalendarLink, Space.location_id, Space.category_id)
        .join(Space, Space.id == CalendarLink.space_id)
        .where(CalendarLink.space_id.in_(space_ids), CalendarLink.state.in_(LIVE))
    )
    known = {
        each.space_id: Freshness(
            each.state, each.near_read_at, each.far_read_at, each.read_at, each.read_until, each.watched_at
        )
        for each, location_id, category_id in found
        if ways.of(location_id=location_id, category_id=category_id, space_id=each.space_id).reads
    }
    return known | _beside(session, known, space_ids, ways)


def _beside(
    session: Session, known: Mapping[int, Freshness], space_ids: Sequence[int], ways: directions.Directions
) -> dict[int, Freshness]:
    """Return how well those spaces are known that folders block too."""
    read = folders.freshness(session)
    concerned = read.keys() & set(space_ids)
    if not concerned:
        return {}
    places = session.execute(select(Space.id, Space.location_id, Space.category_id).where(Space.id.in_(concerned)))
    return {
        space_id: availability.beside(known.get(space_id), read_at=read[space_id][0], read_until=read[space_id][1])
        for space_id, location_id, category_id in places
        if ways.of(location_id=location_id, category_id=category_id, space_id=space_id).reads
    }


def _days_from(day: date, zone: str) -> Interval:
    return Interval(
        opening.local_day(day, zone).start, opening.local_day(day + timedelta(days=nearest.DAYS_ON + 1), zone).end
    )


def _likeness(wanted: SpaceRow, other: Vacancy) -> tuple[bool, bool, int]:
    """Order other spaces: big enough first, then the same kind, then about as big."""
    return (
        other.capacity < wanted.capacity,
        other.category_id != wanted.category_id,
        abs(other.capacity - wanted.capacity),
    )
