"""Which spaces of a location could be booked for a time: one answer for many rooms, worked out set by set.

The database leaves out what is taken. Opening hours and rules are judged once for each kind there is, not once a
room, so that a thousand rooms take as many statements as ten.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, or_, select

from booking.domain import availability, opening
from booking.domain import rules as space_rules
from booking.domain.availability import Cadence, Freshness
from booking.domain.errors import Refused
from booking.domain.intervals import Interval
from booking.domain.opening import OpeningPlan
from booking.domain.rules import OwnRules, SpaceRules
from booking.domain.states import LIVE
from booking.store.database import Session
from booking.store.models import CalendarLink, Category, ExternalEvent, Occurrence, Space
from booking.store.queries import bookings, directions, folders
from booking.store.queries import opening as opening_rows

_RULES = tuple(each.name for each in fields(OwnRules))
_NOTHING = timedelta()
#: What is known of a calendar that a space does not have, or that is not followed on purpose.
_NO_CALENDAR = (None,)


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A space that could be booked for the time asked for. `certain` is False where its calendar is not known well."""

    space_id: int
    name: str
    slug: str
    capacity: int
    category_id: int
    certain: bool


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Rules and plans by category, and those of the few spaces that have some of their own."""

    of_category: Mapping[int, SpaceRules]
    of_space: Mapping[int, SpaceRules]
    plans: Mapping[int | None, OpeningPlan]

    def rules(self, space_id: int, category_id: int) -> SpaceRules:
        return self.of_space.get(space_id) or self.of_category[category_id]

    def plan(self, space_id: int) -> OpeningPlan:
        return self.plans.get(space_id) or self.plans[None]

    def key(self, space_id: int, category_id: int) -> tuple[str, int]:
        """Return what two spaces share that are judged alike."""
        alone = space_id in self.of_space or space_id in self.plans
        return ("space", space_id) if alone else ("category", category_id)


def spaces(
    session: Session, *, location_id: int, zone: str, when: Interval, now: datetime, cadence: Cadence
) -> tuple[Vacancy, ...]:
    """Return the spaces of a location that somebody could book for `when`, by category, in their order.

    Args:
        session: to read with.
        location_id: whose spaces.
        zone: the location's, an IANA id.
        when: the time wished for.
        now: the present moment.
        cadence: how often calendars are read; what is not known well enough is vacant, but not certainly.
    """
    kinds = _kinds(session, location_id, zone, when)
    ways = directions.load(session)
    blocked_too = folders.freshness(session)
    verdicts: dict[tuple[str, int], bool] = {}
    certainties: dict[tuple[Any, ...], bool] = {}
    found = []
    for space_id, name, slug, capacity, category_id, *known in session.execute(_not_taken(location_id, when)):
        key = kinds.key(space_id, category_id)
        if key not in verdicts:
            verdicts[key] = _allows(kinds, space_id, category_id, when, now)
        if verdicts[key]:
            followed = ways.of(location_id=location_id, category_id=category_id, space_id=space_id).reads
            reading = tuple(known) if followed else _NO_CALENDAR
            if followed and space_id in blocked_too:
                reading = _beside(reading, *blocked_too[space_id])
            if reading not in certainties:
                certainties[reading] = _is_certain(reading, when, now, cadence)
            found.append(Vacancy(space_id, name, slug, capacity, category_id, certainties[reading]))
    needed = _needed_for_changeovers(session, kinds, found, when)
    return tuple(each for each in found if each.space_id not in needed)


def _kinds(session: Session, location_id: int, zone: str, when: Interval) -> _Kinds:
    """Read the rules and plans of a location: five statements."""
    category_rules = [getattr(Category, name) for name in _RULES]
    categories = {
        row[0]: OwnRules(*row[1:])
        for row in session.execute(
            select(Category.id, *category_rules).where(Category.location_id == location_id, ~Category.retired)
        )
    }
    own_rules = [getattr(Space, name) for name in _RULES]
    own = session.execute(
        select(Space.id, Space.category_id, *own_rules)
        .where(Space.location_id == location_id, ~Space.retired)
        .where(or_(*(column.is_not(None) for column in own_rules)))
    )
    return _Kinds(
        of_category={each: space_rules.effective(OwnRules(), rules) for each, rules in categories.items()},
        of_space={
            row[0]: space_rules.effective(OwnRules(*row[2:]), categories[row[1]]) for row in own if row[1] in categories
        },
        plans=opening_rows.different_plans(session, location_id, zone=zone, around=when),
    )


def _not_taken(location_id: int, when: Interval) -> Select[*tuple[Any, ...]]:
    taken = exists().where(
        Occurrence.space_id == Space.id, Occurrence.holds.is_(True), *bookings.touches(Occurrence, when)
    )
    blocked = exists().where(
        ExternalEvent.space_id == Space.id, *bookings.blocking(), *bookings.touches(ExternalEvent, when)
    )
    link = CalendarLink
    reading = (link.state, link.near_read_at, link.far_read_at, link.read_at, link.read_until, link.watched_at)
    return (
        select(Space.id, Space.name, Space.slug, Space.capacity, Space.category_id, *reading)
        .join(Category, Category.id == Space.category_id)
        .outerjoin(link, (link.space_id == Space.id) & link.state.in_(LIVE))
        .where(Space.location_id == location_id, ~Space.retired, ~Category.retired, ~taken, ~blocked)
        .order_by(Category.position, Category.name, Space.position, Space.name)
    )


def _allows(kinds: _Kinds, space_id: int, category_id: int, when: Interval, now: datetime) -> bool:
    """Tell whether rules and hours allow the time, whoever else may want it."""
    plan = kinds.plan(space_id)
    try:
        space_rules.check(
            when,
            kinds.rules(space_id, category_id),
            open_times=opening.open_during(plan, when),
            busy=(),
            now=now,
            zone=plan.zone,
        )
    except Refused:
        return False
    return True


def _is_certain(reading: tuple[Any, ...], when: Interval, now: datetime, cadence: Cadence) -> bool:
    known = None if reading[0] is None else Freshness(*reading)
    return not availability.unsure_times(known, when, now=now, cadence=cadence)


def _beside(reading: tuple[Any, ...], read_at: datetime | None, read_until: datetime | None) -> tuple[Any, ...]:
    """Return the reading of a space that a folder blocks too."""
    known = None if reading[0] is None else Freshness(*reading)
    return astuple(availability.beside(known, read_at=read_at, read_until=read_until))


def _needed_for_changeovers(session: Session, kinds: _Kinds, found: list[Vacancy], when: Interval) -> frozenset[int]:
    """Return the spaces that are free for the time itself, but not for the changeover before or after it."""
    changing = {each.space_id: kinds.rules(each.space_id, each.category_id) for each in found}
    changing = {space_id: rules for space_id, rules in changing.items() if rules.changeover > _NOTHING}
    if not changing:
        return frozenset()
    margin = max(rules.changeover for rules in changing.values())
    around = when.padded(before=margin, after=margin)
    busy = bookings.busy_by_space(session, space_ids=list(changing), during=around)
    return frozenset(
        space_id
        for space_id, rules in changing.items()
        if any(rules.kept_free(each).overlaps(when) for each in busy[space_id])
    )
