"""Locations, their zones, categories and spaces: made, changed, retired. Nothing here is ever deleted."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from booking.domain import rules as space_rules
from booking.domain.entries import Entries
from booking.domain.errors import NotFound, NotPossible
from booking.domain.permissions import INSTALLATION, Actor, Permission, Scope, require
from booking.domain.rules import OwnRules
from booking.domain.states import Channel
from booking.services import audit, people, retiring
from booking.services.retiring import RetirePlan
from booking.store import queries
from booking.store.database import Session
from booking.store.models import Category, Location, RuleColumns, Space, Zone

PlaceT = TypeVar("PlaceT", Location, Zone, Category, Space)

LONGEST_NAME = 200
LONGEST_SLUG = 80
LAST_POSITION = 9999
NO_RULES = OwnRules()
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
#: Stand in addresses already, for example /admin/locations/new.
_RESERVED = frozenset({"new"})
_LIMITS = {
    "step_minutes": (5, 1440),
    "shortest_minutes": (5, 7 * 1440),
    "longest_minutes": (5, 7 * 1440),
    "lead_minutes": (0, 60 * 1440),
    "window_days": (1, 730),
    "padding_before_minutes": (0, 480),
    "padding_after_minutes": (0, 480),
}


@dataclass(frozen=True, slots=True)
class LocationDraft:
    """A location as staff entered it; without `id`, a new one. An empty slug is made from the name."""

    name: str
    zone: str
    is_public: bool = True
    address: str = ""
    phone: str = ""
    contact_name: str = ""
    contact_email: str = ""
    slug: str = ""
    position: int = 0
    id: int | None = None


@dataclass(frozen=True, slots=True)
class ZoneDraft:
    """A part of a location as staff entered it; without `id`, a new one."""

    location_id: int
    name: str
    position: int = 0
    id: int | None = None


@dataclass(frozen=True, slots=True)
class CategoryDraft:
    """A category as staff entered it; without `id`, a new one. It never changes its location."""

    location_id: int
    name: str
    description: str = ""
    nickname_allowed: bool = False
    slug: str = ""
    position: int = 0
    own: OwnRules = NO_RULES
    id: int | None = None


@dataclass(frozen=True, slots=True)
class SpaceDraft:
    """A space as staff entered it; without `id`, a new one. It never changes its location."""

    category_id: int
    name: str
    capacity: int = 1
    description: str = ""
    directions: str = ""
    image: str = ""
    accessible: bool = False
    powered: bool = False
    zone_id: int | None = None
    slug: str = ""
    position: int = 0
    own: OwnRules = NO_RULES
    id: int | None = None


def save_location(session: Session, draft: LocationDraft, *, actor: Actor, now: datetime) -> Location:
    """Create or change a location.

    Raises:
        Refused: Forbidden, NotFound, or Invalid with every mistake by field.
    """
    require(actor, Permission.EDIT_PLACES, on=INSTALLATION if draft.id is None else Scope(draft.id))
    location = Location() if draft.id is None else _known(session, Location, draft.id, "location")
    taken = queries.places.taken_slugs(session, Location, except_id=draft.id)
    entries = Entries()
    location.name = entries.line("name", draft.name, longest=LONGEST_NAME, required=True)
    location.zone = entries.zone("zone", draft.zone)
    location.is_public = draft.is_public
    location.address = entries.text("address", draft.address, longest=4000)
    location.phone = entries.line("phone", draft.phone, longest=60)
    location.contact_name = entries.line("contact_name", draft.contact_name, longest=LONGEST_NAME)
    location.contact_email = (
        people.address(entries, "contact_email", draft.contact_email) if draft.contact_email.strip() else ""
    )
    location.position = _position(entries, draft.position)
    location.slug = _slug(entries, draft.slug, made_from=draft.name, taken=taken)
    entries.check()
    _keep(session, location, "location", actor=actor, now=now)
    return location


def save_zone(session: Session, draft: ZoneDraft, *, actor: Actor, now: datetime) -> Zone:
    """Create or change a part of a location.

    Raises:
        Refused: Forbidden, NotFound, or Invalid with every mistake by field.
    """
    require(actor, Permission.EDIT_PLACES, on=Scope(draft.location_id))
    _known(session, Location, draft.location_id, "location")
    zone = Zone(location_id=draft.location_id) if draft.id is None else _known(session, Zone, draft.id, "zone")
    if zone.location_id != draft.location_id:
        raise NotFound(what="zone")
    others = queries.places.zone_names(session, draft.location_id, except_id=draft.id)
    entries = Entries()
    zone.name = entries.line("name", draft.name, longest=LONGEST_NAME, required=True)
    zone.position = draft.position
    if zone.name in others:
        entries.wrong("name", "There is a zone with this name already.")
    entries.check()
    _keep(session, zone, "zone", actor=actor, now=now)
    return zone


def save_category(session: Session, draft: CategoryDraft, *, actor: Actor, now: datetime) -> Category:
    """Create or change a category.

    Raises:
        Refused: Forbidden, NotFound, or Invalid with every mistake by field.
    """
    require(actor, Permission.EDIT_PLACES, on=Scope(draft.location_id, draft.id))
    _known(session, Location, draft.location_id, "location")
    category = (
        Category(location_id=draft.location_id) if draft.id is None else _known(session, Category, draft.id, "category")
    )
    if category.location_id != draft.location_id:
        raise NotFound(what="category")
    taken = queries.places.taken_slugs(session, Category, except_id=draft.id, location_id=draft.location_id)
    entries = Entries()
    category.name = entries.line("name", draft.name, longest=LONGEST_NAME, required=True)
    category.description = entries.text("description", draft.description, longest=4000)
    category.nickname_allowed = draft.nickname_allowed
    category.position = _position(entries, draft.position)
    category.slug = _slug(entries, draft.slug, made_from=draft.name, taken=taken)
    _set_rules(entries, category, draft.own, wider=OwnRules())
    entries.check()
    _keep(session, category, "category", actor=actor, now=now)
    return category


def save_space(session: Session, draft: SpaceDraft, *, actor: Actor, now: datetime) -> Space:
    """Create or change a space.

    Raises:
        Refused: Forbidden, NotFound, or Invalid with every mistake by field.
    """
    category = queries.places.category(session, draft.category_id)
    if category is None:
        raise NotFound(what="category")
    require(actor, Permission.EDIT_PLACES, on=category.scope)
    space = Space() if draft.id is None else _known(session, Space, draft.id, "space")
    in_zones = {each.id for each in queries.places.zones(session, category.location_id)}
    taken = queries.places.taken_slugs(session, Space, except_id=draft.id)
    entries = Entries()
    if draft.id is not None:
        require(actor, Permission.EDIT_PLACES, on=Scope(space.location_id, space.category_id))
        if space.location_id != category.location_id:
            entries.wrong("category_id", "A space stays in its location.")
    space.location_id, space.category_id = category.location_id, category.id
    _describe(entries, space, draft)
    space.zone_id = draft.zone_id
    if draft.zone_id is not None and draft.zone_id not in in_zones:
        entries.wrong("zone_id", "Choose a zone of this location.")
    space.slug = _slug(entries, draft.slug, made_from=draft.name, taken=taken)
    _set_rules(entries, space, draft.own, wider=category.own)
    entries.check()
    _keep(session, space, "space", actor=actor, now=now)
    return space


def retire_location(session: Session, location_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a location out of use.

    Raises:
        Refused: Forbidden, NotFound, or NotPossible while bookings or paired calendars need it.
    """
    require(actor, Permission.EDIT_PLACES, on=INSTALLATION)
    location = _known(session, Location, location_id, "location")
    spaces = queries.places.spaces(session, location_id=location_id, with_retired=True)
    _check_unused(session, (each.id for each in spaces), now=now)
    location.retired = True
    audit.note(session, "location.retired", actor=actor, channel=Channel.STAFF, now=now, subject=location.name)


def retire_category(session: Session, category_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a category, with all its spaces, out of use.

    Raises:
        Refused: Forbidden, NotFound, or NotPossible while bookings or paired calendars need it.
    """
    category = _known(session, Category, category_id, "category")
    require(actor, Permission.EDIT_PLACES, on=Scope(category.location_id, category.id))
    spaces = queries.places.spaces(session, location_id=category.location_id, with_retired=True)
    _check_unused(session, (each.id for each in spaces if each.category_id == category_id), now=now)
    category.retired = True
    audit.note(session, "category.retired", actor=actor, channel=Channel.STAFF, now=now, subject=category.name)


def retire_space(
    session: Session, space_id: int, *, actor: Actor, now: datetime, plan: RetirePlan | None = None
) -> None:
    """Take a space out of use. With a plan, the dates still to come are cancelled or moved, and its pairing leaves.

    Raises:
        Refused: Forbidden, NotFound, or NotPossible while bookings or a paired calendar need it and there is no
            plan, or one that does not fit; nothing is changed then.
    """
    if plan is None:
        space = queries.places.lock_space(session, space_id)  # nobody books it between the look and the mark
    else:
        space = retiring.lock(session, space_id, plan, now=now)
    require(actor, Permission.EDIT_PLACES, on=Scope(space.location_id, space.category_id))
    if plan is None:
        _check_unused(session, [space_id], now=now)
    else:
        retiring.clear(session, space, plan, actor=actor, now=now)
    space.retired = True
    audit.note(session, "space.retired", actor=actor, channel=Channel.STAFF, now=now, subject=space.name)


def bring_back_location(session: Session, location_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a retired location into use again; what was retired in it for itself stays so.

    Raises:
        Refused: Forbidden or NotFound.
    """
    require(actor, Permission.EDIT_PLACES, on=INSTALLATION)
    _bring_back(session, _known(session, Location, location_id, "location"), "location", actor=actor, now=now)


def bring_back_category(session: Session, category_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a retired category into use again; what was retired in it for itself stays so.

    Raises:
        Refused: Forbidden or NotFound.
    """
    category = _known(session, Category, category_id, "category")
    require(actor, Permission.EDIT_PLACES, on=Scope(category.location_id, category.id))
    _bring_back(session, category, "category", actor=actor, now=now)


def bring_back_space(session: Session, space_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a retired space into use again.

    Raises:
        Refused: Forbidden or NotFound.
    """
    space = _known(session, Space, space_id, "space")
    require(actor, Permission.EDIT_PLACES, on=Scope(space.location_id, space.category_id))
    _bring_back(session, space, "space", actor=actor, now=now)


def _bring_back(
    session: Session, place: Location | Category | Space, what: str, *, actor: Actor, now: datetime
) -> None:
    place.retired = False
    session.flush()
    audit.note(session, f"{what}.brought_back", actor=actor, channel=Channel.STAFF, now=now, subject=place.name)


def _describe(entries: Entries, space: Space, draft: SpaceDraft) -> None:
    space.name = entries.line("name", draft.name, longest=LONGEST_NAME, required=True)
    entries.number("capacity", draft.capacity, least=1, most=10_000)
    space.capacity = draft.capacity
    space.description = entries.text("description", draft.description, longest=4000)
    space.directions = entries.text("directions", draft.directions, longest=4000)
    space.image = entries.line("image", draft.image, longest=200)
    space.accessible, space.powered = draft.accessible, draft.powered
    space.position = _position(entries, draft.position)


def _set_rules(entries: Entries, place: RuleColumns, own: OwnRules, *, wider: OwnRules) -> None:
    for name, (least, most) in _LIMITS.items():
        setattr(place, name, entries.number(name, getattr(own, name), least=least, most=most))
    if _LIMITS.keys() & entries.mistakes:
        return  # what is wrong by itself need not fit together
    rules = space_rules.effective(own, wider)
    if rules.shortest > rules.longest:
        entries.wrong("shortest_minutes", "The shortest booking is longer than the longest.")
    if rules.step > rules.longest:
        entries.wrong("step_minutes", "The step is longer than the longest booking.")
    if rules.lead >= rules.window:
        entries.wrong("lead_minutes", "Nobody could book: the lead time is longer than bookings are open ahead.")


def _position(entries: Entries, position: int) -> int:
    entries.number("position", position, least=0, most=LAST_POSITION)
    return position


def _slug(entries: Entries, given: str, *, made_from: str, taken: Iterable[str]) -> str:
    """Return the name in addresses: the one given if it will do, else one made from the name and not taken."""
    used = _RESERVED.union(taken)
    slug = given.strip()
    if not slug:
        return _free(_slug_of(made_from), used)
    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        entries.wrong("slug", "Use small letters, figures and single hyphens, at most 80, like central-library.")
    elif slug in used:
        entries.wrong("slug", "This short name is taken already.")
    return slug


def _slug_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: LONGEST_SLUG - 5].strip("-") or "place"


def _free(wanted: str, used: frozenset[str]) -> str:
    slug, number = wanted, 1
    while slug in used:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def _check_unused(session: Session, space_ids: Iterable[int], *, now: datetime) -> None:
    if why := queries.places.still_in_use(session, space_ids, now=now):
        raise NotPossible(why)


def _known(session: Session, kind: type[PlaceT], place_id: int, what: str) -> PlaceT:
    found = session.get(kind, place_id)
    if found is None:
        raise NotFound(what=what)
    return found


def _keep(
    session: Session, place: Location | Zone | Category | Space, what: str, *, actor: Actor, now: datetime
) -> None:
    session.add(place)
    session.flush()
    audit.note(session, f"{what}.saved", actor=actor, channel=Channel.STAFF, now=now, subject=place.name)
