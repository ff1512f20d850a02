"""Free times near a wish that could not be met."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from booking.domain import availability, opening
from booking.domain import offers as nearest
from booking.domain.availability import Cadence, Freshness, Mark, Row, SlotState
from booking.domain.intervals import Interval
from booking.domain.offers import Gaps, Offer
from booking.domain.opening import OpeningPlan
from booking.domain.states import LIVE
from booking.store.database import Session
from booking.store.models import CalendarLink
from booking.store.queries import bookings, places
from booking.store.queries import opening as opening_rows
from booking.store.queries.places import SpaceRow


def offers(
    session: Session, *, space: SpaceRow, wish: Interval, now: datetime, cadence: Cadence | None = None
) -> tuple[Offer[SpaceRow], ...]:
    """Return the nearest free times: the same space shifted, another space at that time, another day.

    All of them could be booked now, by everybody: they are open, allowed by the rules, and certain to be free.
    The number of statements does not depend on how many spaces there are.
    """
    known = places.spaces(session, location_id=space.location_id)
    spaces = known if any(each.id == space.id for each in known) else (*known, space)
    window = _days_from(wish.start.astimezone(ZoneInfo(space.zone)).date(), space.zone)
    plans = opening_rows.plans_for_spaces(
        session, space.location_id, [each.id for each in spaces], zone=space.zone, around=window
    )
    busy = bookings.busy_by_space(session, space_ids=[each.id for each in spaces], during=window)
    fresh = freshness(session, [each.id for each in spaces])
    found = {
        each.id: _gaps(
            each,
            plans[each.id],
            busy[each.id],
            availability.unsure_times(fresh.get(each.id), window, now=now, cadence=cadence or Cadence()),
            window=window,
            now=now,
        )
        for each in spaces
    }
    others = sorted((each for each in known if each.id != space.id), key=lambda each: _likeness(space, each))
    return nearest.offers(wish, found[space.id], [found[each.id] for each in others])


def runs(session: Session, *, space: SpaceRow, day: date, now: datetime, cadence: Cadence) -> tuple[Interval, ...]:
    """Return, in order, when a space could be booked on a day and the few days after it."""
    window = _days_from(day, space.zone)
    plan = opening_rows.plan_for(session, space.id, around=window)
    busy = bookings.busy(session, space_id=space.id, during=window)
    known = freshness(session, [space.id]).get(space.id)
    unsure = availability.unsure_times(known, window, now=now, cadence=cadence)
    return tuple(_gaps(space, plan, busy, unsure, window=window, now=now).runs)


def freshness(session: Session, space_ids: Sequence[int]) -> dict[int, Freshness]:
    """Return how well the calendars of paired spaces are known; spaces without a live link are left out."""
    found = session.scalars(
        select(CalendarLink).where(CalendarLink.space_id.in_(space_ids), CalendarLink.state.in_(LIVE))
    )
    return {
        each.space_id: Freshness(each.state, each.near_read_at, each.far_read_at, each.read_at, each.read_until)
        for each in found
    }


def _days_from(day: date, zone: str) -> Interval:
    return Interval(
        opening.local_day(day, zone).start, opening.local_day(day + timedelta(days=nearest.DAYS_ON + 1), zone).end
    )


def _gaps(
    space: SpaceRow,
    plan: OpeningPlan,
    busy: Sequence[Interval],
    unsure: Sequence[Interval],
    *,
    window: Interval,
    now: datetime,
) -> Gaps[SpaceRow]:
    row = Row(
        rules=space.rules,
        zone=space.zone,
        open_times=opening.open_during(plan, window),
        marks=[Mark(each, SlotState.TAKEN) for each in busy],
        unsure=unsure,
    )
    return Gaps(space, availability.free_runs(row, now=now), space.rules, space.zone)


def _likeness(wanted: SpaceRow, other: SpaceRow) -> tuple[bool, bool, int]:
    """Order other spaces: big enough first, then the same kind, then about as big."""
    return (
        other.capacity < wanted.capacity,
        other.category_id != wanted.category_id,
        abs(other.capacity - wanted.capacity),
    )
