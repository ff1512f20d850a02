"""Locations, categories and spaces, with all that a page needs of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from booking.domain import rules as space_rules
from booking.domain.errors import NotFound
from booking.domain.permissions import Scope
from booking.domain.rules import OwnRules, RuleValues, SpaceRules
from booking.domain.states import LinkState
from booking.store.database import Session
from booking.store.models import CalendarLink, Category, Location, Occurrence, Space, Zone

_RULES = tuple(each.name for each in fields(OwnRules))


@dataclass(frozen=True, slots=True)
class LocationRow:
    """A location. `zone` is its IANA time zone."""

    id: int
    name: str
    slug: str
    zone: str
    is_public: bool
    address: str
    phone: str
    contact_name: str
    contact_email: str
    position: int
    connection_id: int | None
    retired: bool

    @property
    def scope(self) -> Scope:
        """Return the place that permissions are asked for."""
        return Scope(self.id)


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """A part of a location: a floor, a wing."""

    id: int
    location_id: int
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category. `own` is what it sets itself, `rules` what applies."""

    id: int
    location_id: int
    location_name: str
    location_slug: str
    name: str
    slug: str
    description: str
    nickname_allowed: bool
    position: int
    retired: bool
    own: OwnRules
    rules: SpaceRules

    @property
    def scope(self) -> Scope:
        """Return the place that permissions are asked for."""
        return Scope(self.location_id, self.id)


@dataclass(frozen=True, slots=True)
class SpaceRow:
    """A space. `zone` is its location's IANA time zone, `zone_name` the part of the location it lies in."""

    id: int
    name: str
    slug: str
    capacity: int
    description: str
    directions: str
    image: str
    accessible: bool
    powered: bool
    position: int
    retired: bool
    category_id: int
    category_name: str
    category_slug: str
    nickname_allowed: bool
    location_id: int
    location_name: str
    location_slug: str
    location_is_public: bool
    zone: str
    zone_id: int | None
    zone_name: str
    own: OwnRules
    rules: SpaceRules

    @property
    def scope(self) -> Scope:
        """Return the place that permissions are asked for."""
        return Scope(self.location_id, self.category_id)


def locations(session: Session) -> tuple[LocationRow, ...]:
    """Return all locations that are not retired, in their order."""
    found = session.scalars(select(Location).where(~Location.retired).order_by(Location.position, Location.name))
    return tuple(_location_row(each) for each in found)


def public_locations(session: Session) -> tuple[LocationRow, ...]:
    """Return the locations that everybody may see, in their order."""
    return tuple(each for each in locations(session) if each.is_public)


def location(session: Session, location_id: int) -> LocationRow | None:
    """Return one location, retired or not."""
    found = session.get(Location, location_id)
    return None if found is None else _location_row(found)


def location_by_slug(session: Session, slug: str) -> LocationRow | None:
    """Return the location with that name in addresses, retired or not."""
    found = session.scalar(select(Location).where(Location.slug == slug))
    return None if found is None else _location_row(found)


def zones(session: Session, location_id: int) -> tuple[ZoneRow, ...]:
    """Return the parts of a location, in their order."""
    found = session.scalars(select(Zone).where(Zone.location_id == location_id).order_by(Zone.position, Zone.name))
    return tuple(ZoneRow(each.id, each.location_id, each.name, each.position) for each in found)


def zone(session: Session, zone_id: int) -> ZoneRow | None:
    """Return one part of a location."""
    found = session.get(Zone, zone_id)
    return None if found is None else ZoneRow(found.id, found.location_id, found.name, found.position)


def categories(session: Session, location_id: int, *, with_retired: bool = False) -> tuple[CategoryRow, ...]:
    """Return the categories of a location, in their order."""
    wanted = _categories().where(Category.location_id == location_id).order_by(Category.position, Category.name)
    found = session.scalars(wanted if with_retired else wanted.where(~Category.retired))
    return tuple(_category_row(each) for each in found)


def category(session: Session, category_id: int) -> CategoryRow | None:
    """Return one category, retired or not."""
    found = session.scalar(_categories().where(Category.id == category_id))
    return None if found is None else _category_row(found)


def category_by_slug(session: Session, location_id: int, slug: str) -> CategoryRow | None:
    """Return the category of that location with that name in addresses, retired or not."""
    wanted = _categories().where(Category.location_id == location_id, Category.slug == slug)
    found = session.scalar(wanted)
    return None if found is None else _category_row(found)


def spaces(session: Session, *, location_id: int, with_retired: bool = False) -> tuple[SpaceRow, ...]:
    """Return the spaces of a location, by category, then in their order."""
    wanted = (
        _space_columns()
        .where(Space.location_id == location_id)
        .order_by(Category.position, Category.name, Space.position, Space.name)
    )
    return _space_rows(session, wanted if with_retired else wanted.where(~Space.retired, ~Category.retired))


def spaces_by_id(session: Session, space_ids: Sequence[int]) -> tuple[SpaceRow, ...]:
    """Return spaces, retired or not, in the order of the ids given; what is unknown is left out."""
    found = {each.id: each for each in _space_rows(session, _space_columns().where(Space.id.in_(space_ids)))}
    return tuple(found[each] for each in space_ids if each in found)


def space(session: Session, space_id: int) -> SpaceRow | None:
    """Return one space, retired or not."""
    return next(iter(spaces_by_id(session, [space_id])), None)


def space_by_slug(session: Session, slug: str) -> SpaceRow | None:
    """Return the space with that name in addresses, retired or not."""
    return next(iter(_space_rows(session, _space_columns().where(Space.slug == slug))), None)


def lock_space(session: Session, space_id: int) -> Space:
    """Lock a space until the transaction ends, and return it with its category, location and zone loaded.

    Raises:
        NotFound: there is no such space.
    """
    return lock_spaces(session, [space_id])[0]


def lock_spaces(session: Session, space_ids: Iterable[int], *, only_look: bool = False) -> list[Space]:
    """Lock several spaces, always in the order of their ids, so that two changes cannot wait for each other.

    SQLite has no row locks: there the transaction itself lets one writer through at a time. With `only_look` they
    are returned unlocked, or as they were locked before. Rows that name a space may be written meanwhile: PostgreSQL
    holds their space for that, at times only because a row changes twice, and whoever holds a link cannot wait for it.

    Raises:
        NotFound: there is no such space.
    """
    wanted = sorted(set(space_ids))
    query = _spaces().where(Space.id.in_(wanted)).order_by(Space.id)
    locking = query.with_for_update(of=Space, key_share=True).execution_options(populate_existing=True)
    found = list(session.scalars(query if only_look else locking))
    if len(found) != len(wanted):
        raise NotFound(what="space")
    return found


def taken_slugs(
    session: Session, kind: type[Location | Space | Category], *, except_id: int | None, location_id: int | None = None
) -> frozenset[str]:
    """Return the names in addresses that are taken already: in a location for categories, else everywhere."""
    wanted = select(kind.slug)
    if except_id is not None:
        wanted = wanted.where(kind.id != except_id)
    if location_id is not None:
        wanted = wanted.where(Category.location_id == location_id)
    return frozenset(session.scalars(wanted))


def zone_names(session: Session, location_id: int, *, except_id: int | None) -> frozenset[str]:
    """Return the names that the other parts of a location have."""
    return frozenset(each.name for each in zones(session, location_id) if each.id != except_id)


def still_in_use(session: Session, space_ids: Iterable[int], *, now: datetime) -> str:
    """Return why spaces cannot be retired yet, as a sentence; empty if they can."""
    ids = list(space_ids)
    coming = session.scalar(
        select(func.count())
        .select_from(Occurrence)
        .where(Occurrence.space_id.in_(ids), Occurrence.holds, Occurrence.ends_at > now)
    )
    if coming:
        return f"There {'is 1 booking' if coming == 1 else f'are {coming} bookings'} still to come. Cancel them first."
    linked = session.scalar(
        select(func.count())
        .select_from(CalendarLink)
        .where(CalendarLink.space_id.in_(ids), CalendarLink.state != LinkState.ENDED)
    )
    return "A calendar is still paired with it. Disconnect it first." if linked else ""


def _categories() -> Select[Category]:
    return select(Category).join(Category.location).options(joinedload(Category.location, innerjoin=True))


def _spaces() -> Select[Space]:
    return (
        select(Space)
        .join(Space.category)
        .options(
            joinedload(Space.category, innerjoin=True),
            joinedload(Space.location, innerjoin=True),
            joinedload(Space.zone),
        )
    )


#: What a row is made of, by its fields. Columns and no models: a page reads a thousand rows.
_SPACE_COLUMNS: Mapping[str, Any] = {
    "id": Space.id,
    "name": Space.name,
    "slug": Space.slug,
    "capacity": Space.capacity,
    "description": Space.description,
    "directions": Space.directions,
    "image": Space.image,
    "accessible": Space.accessible,
    "powered": Space.powered,
    "position": Space.position,
    "retired": or_(Space.retired, Category.retired, Location.retired),
    "category_id": Space.category_id,
    "category_name": Category.name,
    "category_slug": Category.slug,
    "nickname_allowed": Category.nickname_allowed,
    "location_id": Space.location_id,
    "location_name": Location.name,
    "location_slug": Location.slug,
    "location_is_public": Location.is_public,
    "zone": Location.zone,
    "zone_id": Space.zone_id,
    "zone_name": func.coalesce(Zone.name, ""),
}


def _space_columns() -> Select[*tuple[Any, ...]]:
    own, wider = ([getattr(table, name) for name in _RULES] for table in (Space, Category))
    return (
        select(*_SPACE_COLUMNS.values(), *own, *wider)
        .join(Category, Category.id == Space.category_id)
        .join(Location, Location.id == Space.location_id)
        .outerjoin(Zone, Zone.id == Space.zone_id)
    )


def _space_rows(session: Session, wanted: Select[*tuple[Any, ...]]) -> tuple[SpaceRow, ...]:
    rules: dict[tuple[Any, ...], tuple[OwnRules, SpaceRules]] = {}  # most spaces have the same
    found = []
    for row in session.execute(wanted):
        plain, of_rules = row[: len(_SPACE_COLUMNS)], row[len(_SPACE_COLUMNS) :]
        if of_rules not in rules:
            own, wider = OwnRules(*of_rules[: len(_RULES)]), OwnRules(*of_rules[len(_RULES) :])
            rules[of_rules] = own, space_rules.effective(own, wider)
        own, effective = rules[of_rules]
        found.append(SpaceRow(**dict(zip(_SPACE_COLUMNS, plain, strict=True)), own=own, rules=effective))
    return tuple(found)


def _location_row(found: Location) -> LocationRow:
    return LocationRow(
        id=found.id,
        name=found.name,
        slug=found.slug,
        zone=found.zone,
        is_public=found.is_public,
        address=found.address,
        phone=found.phone,
        contact_name=found.contact_name,
        contact_email=found.contact_email,
        position=found.position,
        connection_id=found.connection_id,
        retired=found.retired,
    )


def _own(values: RuleValues) -> OwnRules:
    return OwnRules(
        step_minutes=values.step_minutes,
        shortest_minutes=values.shortest_minutes,
        longest_minutes=values.longest_minutes,
        lead_minutes=values.lead_minutes,
        window_days=values.window_days,
        padding_before_minutes=values.padding_before_minutes,
        padding_after_minutes=values.padding_after_minutes,
    )


def _category_row(found: Category) -> CategoryRow:
    own = _own(found)
    return CategoryRow(
        id=found.id,
        location_id=found.location_id,
        location_name=found.location.name,
        location_slug=found.location.slug,
        name=found.name,
        slug=found.slug,
        description=found.description,
        nickname_allowed=found.nickname_allowed,
        position=found.position,
        retired=found.retired,
        own=own,
        rules=space_rules.effective(OwnRules(), own),
    )


def space_row(found: Space) -> SpaceRow:
    """Return a space, loaded with its category, location and zone, as a row."""
    own = _own(found)
    return SpaceRow(
        id=found.id,
        name=found.name,
        slug=found.slug,
        capacity=found.capacity,
        description=found.description,
        directions=found.directions,
        image=found.image,
        accessible=found.accessible,
        powered=found.powered,
        position=found.position,
        retired=found.retired or found.category.retired or found.location.retired,
        category_id=found.category_id,
        category_name=found.category.name,
        category_slug=found.category.slug,
        nickname_allowed=found.category.nickname_allowed,
        location_id=found.location_id,
        location_name=found.location.name,
        location_slug=found.location.slug,
        location_is_public=found.location.is_public,
        zone=found.location.zone,
        zone_id=found.zone_id,
        zone_name=found.zone.name if found.zone else "",
        own=own,
        rules=space_rules.effective(own, _own(found.category)),
    )
