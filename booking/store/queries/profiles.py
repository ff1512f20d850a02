"""Sync profiles and the places that have one of their own; what of a space's past is still to be synced."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select

from booking.domain import windows
from booking.domain.windows import SyncWindow
from booking.store.database import Session
from booking.store.models import Category, Location, ProfileMember, Space, SyncProfile

#: Location, category and space of a place; None where it is wider, or narrower, than the profile's own.
Place = tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place that may have a profile of its own. `own_ids` is one id of three, as the profile keeps it."""

    name: str
    within: str  # where it lies: its category and location, or nothing
    location_id: int
    category_id: int | None = None
    space_id: int | None = None

    @property
    def own_ids(self) -> Place:
        """Return location, category and space as the profile keeps them: only what it is of itself."""
        return place_of(self.location_id, self.category_id, self.space_id)

    @property
    def kind(self) -> str:
        """Return what it is, in a word."""
        if self.space_id is not None:
            return "space"
        return "location" if self.category_id is None else "category"


def place_of(location_id: int | None, category_id: int | None = None, space_id: int | None = None) -> Place:
    """Return a place as a profile keeps it: by the narrowest of these ids alone."""
    if space_id is not None:
        return None, None, space_id
    return (None, category_id, None) if category_id is not None else (location_id, None, None)


def rows(session: Session) -> tuple[SyncProfile, ...]:
    """Return all profiles, by name."""
    return tuple(session.scalars(select(SyncProfile).order_by(SyncProfile.name, SyncProfile.id)))


def get(session: Session, profile_id: int) -> SyncProfile | None:
    """Return one profile, to be read or changed."""
    return session.get(SyncProfile, profile_id)


def named(session: Session, name: str) -> SyncProfile | None:
    """Return the profile of that name, however it is written."""
    wanted = name.casefold()
    return next((each for each in rows(session) if each.name.casefold() == wanted), None)


def above(session: Session, space_id: int) -> tuple[tuple[SyncProfile, Place], ...]:
    """Return the profiles of a space and of the places above it, nearest first, each with the place it is given to."""
    found = session.execute(
        select(SyncProfile, ProfileMember)
        .join(ProfileMember, ProfileMember.profile_id == SyncProfile.id)
        .join(Space, _member_is_above())
        .where(Space.id == space_id)
    ).all()
    nearest = sorted(found, key=lambda each: (each[1].space_id is None, each[1].category_id is None))
    return tuple((profile, _place(member)) for profile, member in nearest)


def _member_is_above() -> ColumnElement[bool]:
    return or_(
        ProfileMember.space_id == Space.id,
        ProfileMember.category_id == Space.category_id,
        ProfileMember.location_id == Space.location_id,
    )


def _place(member: ProfileMember) -> Place:
    return member.location_id, member.category_id, member.space_id


def of_place(session: Session, place: Place) -> SyncProfile | None:
    """Return the profile that a place has of its own."""
    return session.scalar(
        select(SyncProfile).join(ProfileMember, ProfileMember.profile_id == SyncProfile.id).where(_is(place))
    )


def member(session: Session, place: Place) -> ProfileMember | None:
    """Return that a place has a profile of its own, to be changed."""
    return session.scalar(select(ProfileMember).where(_is(place)))


def _is(place: Place) -> ColumnElement[bool]:
    location_id, category_id, space_id = place
    return and_(
        ProfileMember.location_id.is_not_distinct_from(location_id),
        ProfileMember.category_id.is_not_distinct_from(category_id),
        ProfileMember.space_id.is_not_distinct_from(space_id),
    )


def members(session: Session, profile_id: int | None = None) -> dict[Place, int]:
    """Return the places that have a profile of their own, and which; of one profile, or of all."""
    query = select(ProfileMember).order_by(ProfileMember.id)
    if profile_id is not None:
        query = query.where(ProfileMember.profile_id == profile_id)
    return {_place(each): each.profile_id for each in session.scalars(query)}


# ------------------------------------------------------------------------------------------- all places


def places(session: Session) -> tuple[PlaceRow, ...]:
    """Return every place in use that may have a profile: locations, then categories, then spaces, by name."""
    return (*_locations(session), *_categories(session), *_spaces(session))


def _locations(session: Session) -> Iterable[PlaceRow]:
    query = select(Location).where(Location.retired.is_(False)).order_by(Location.name, Location.id)
    return [PlaceRow(each.name, "", each.id) for each in session.scalars(query)]


def _categories(session: Session) -> Iterable[PlaceRow]:
    query: Select[Category, str] = (
        select(Category, Location.name)
        .join(Location, Location.id == Category.location_id)
        .where(Category.retired.is_(False), Location.retired.is_(False))
        .order_by(Location.name, Category.name, Category.id)
    )
    return [PlaceRow(each.name, place, each.location_id, each.id) for each, place in session.execute(query)]


def _spaces(session: Session) -> Iterable[PlaceRow]:
    query: Select[Space, str, str] = (
        select(Space, Category.name, Location.name)
        .join(Category, Category.id == Space.category_id)
        .join(Location, Location.id == Space.location_id)
        .where(Space.retired.is_(False), Location.retired.is_(False))
        .order_by(Location.name, Space.name, Space.id)
    )
    return [
        PlaceRow(each.name, f"{kind}, {place}", each.location_id, each.category_id, each.id)
        for each, kind, place in session.execute(query)
    ]


# ------------------------------------------------------------------------------------------- what is shown


def showing_private(session: Session, location_id: int) -> frozenset[int]:
    """Return the spaces of a location in which staff read of a private event that it is one.

    Where they read the titles of the others too: there it says why this one has none.
    """
    shows = or_(SyncProfile.show_private_rows, SyncProfile.keep_titles)
    query = select(ProfileMember, shows).join(SyncProfile, SyncProfile.id == ProfileMember.profile_id)
    shown = {_place(each): bool(said) for each, said in session.execute(query)}
    if not any(shown.values()):
        return frozenset()
    spaces = select(Space.id, Space.category_id).where(Space.location_id == location_id)
    return frozenset(
        space_id
        for space_id, category_id in session.execute(spaces)
        if next((shown[place] for place in _outwards(location_id, category_id, space_id) if place in shown), False)
    )


def _outwards(location_id: int, category_id: int, space_id: int) -> tuple[Place, Place, Place]:
    return (None, None, space_id), (None, category_id, None), (location_id, None, None)


# ------------------------------------------------------------------------------------------- the window


def begins(session: Session, space_id: int, *, now: datetime) -> datetime:
    """Return the moment from which on the items of a space are synced: those that ended on it or later."""
    found = above(session, space_id)
    window, days = (found[0][0].window, found[0][0].days_back) if found else (SyncWindow.TODAY, 0)
    zone = session.scalars(
        select(Location.zone).join(Space, Space.location_id == Location.id).where(Space.id == space_id)
    ).one()
    return windows.begins(window, days, zone=zone, now=now)
