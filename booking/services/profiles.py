"""Sync profiles: how sync behaves in a place, which of them applies there and why.

A profile has a name and may be given to many places; a place has one of its own at most. The nearest one applies.
What follows from a change of one is `services.directions`; who makes, changes and gives them is `services.assigning`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from booking.domain import mapping, permissions
from booking.domain.permissions import Actor, Permission, Scope
from booking.domain.profiles import BUILT_IN, EffectiveProfile
from booking.domain.states import Channel, TitleOption
from booking.services import audit
from booking.store import queries
from booking.store.database import Session
from booking.store.models import ProfileMember, SyncProfile
from booking.store.queries.profiles import Place

__all__ = [
    "BUILT_IN",
    "Applied",
    "Changes",
    "EffectiveProfile",
    "Known",
    "Profile",
    "ProfileDraft",
    "ProfilePlace",
    "all",
    "applied",
    "applied_in",
    "drop",
    "effective",
    "fill",
    "free_name",
    "get",
    "give",
    "known",
    "of_location",
    "of_place",
    "own",
    "save_for_location",
    "store",
    "value",
]


def effective(session: Session, space_id: int) -> EffectiveProfile:
    """Return what applies in a space: its own profile, else its category's, its location's, else the built-in one."""
    found = queries.profiles.above(session, space_id)
    return value(found[0][0]) if found else BUILT_IN


def of_location(session: Session, location_id: int) -> EffectiveProfile:
    """Return a location's own settings, or the built-in ones."""
    found = queries.profiles.of_place(session, (location_id, None, None))
    return value(found) if found else BUILT_IN


@dataclass(frozen=True, slots=True)
class ProfilePlace:
    """The place that a profile belongs to: a location, a category in it, or a space in that. Its name is for staff."""

    name: str
    location_id: int
    category_id: int | None = None
    space_id: int | None = None

    @property
    def scope(self) -> Scope:
        """Return the place that permissions are asked for."""
        return Scope(self.location_id, self.category_id)

    @property
    def own_ids(self) -> Place:
        """Return location, category and space as the profile keeps them: only what it is of itself."""
        return queries.profiles.place_of(self.location_id, self.category_id, self.space_id)


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as staff see it: its name, what it says, and the places that it was given to."""

    id: int
    name: str
    description: str
    settings: EffectiveProfile
    places: tuple[Place, ...] = ()

    @property
    def active(self) -> bool:
        """Tell whether sync runs where it applies."""
        return self.settings.active


def all(session: Session) -> tuple[Profile, ...]:  # noqa: A001 - `profiles.all` is how it is read
    """Return all profiles, by name."""
    members: dict[int, list[Place]] = {}
    for place, profile_id in queries.profiles.members(session).items():
        members.setdefault(profile_id, []).append(place)
    return tuple(_profile(each, members.get(each.id, ())) for each in queries.profiles.rows(session))


def get(session: Session, profile_id: int) -> Profile | None:
    """Return one profile."""
    found = queries.profiles.get(session, profile_id)
    return _profile(found, queries.profiles.members(session, profile_id)) if found else None


def of_place(session: Session, place: ProfilePlace) -> Profile | None:
    """Return the profile that a place has of its own; None if the wider place's applies."""
    found = queries.profiles.of_place(session, place.own_ids)
    return _profile(found, queries.profiles.members(session, found.id)) if found else None


def _profile(found: SyncProfile, places: Iterable[Place]) -> Profile:
    return Profile(found.id, found.name, found.description, value(found), tuple(places))


def own(session: Session, place: ProfilePlace) -> EffectiveProfile | None:
    """Return what a place has of its own; None if the wider place's applies."""
    found = queries.profiles.of_place(session, place.own_ids)
    return value(found) if found else None


# ---------------------------------------------------------------------------------------- what applies, and why


@dataclass(frozen=True, slots=True)
class Applied:
    """What applies in a place, and why. `profile` is None where nothing was said: then sync goes as it is built in."""

    profile: Profile | None
    why: str
    inherited_from: str  # "location", "category"; empty: its own, or built in

    @property
    def settings(self) -> EffectiveProfile:
        """Return what it says."""
        return self.profile.settings if self.profile else BUILT_IN


def applied(session: Session, space_id: int) -> Applied:
    """Return what applies in a space, and why."""
    space = queries.places.space(session, space_id)
    if space is None:
        return Applied(None, _WHY_BUILT_IN, "")
    return applied_in(session, ProfilePlace(space.name, space.location_id, space.category_id, space.id))


def applied_in(session: Session, place: ProfilePlace) -> Applied:
    """Return what applies in a location, a category or a space, and why."""
    members = queries.profiles.members(session)
    kinds = {at: kind for at, kind in _outwards(place) if at in members}
    if not kinds:
        return Applied(None, _WHY_BUILT_IN, "")
    at, kind = next(iter(kinds.items()))
    if at == place.own_ids:
        return Applied(get(session, members[at]), f"It was given to this {kind} itself.", "")
    return Applied(get(session, members[at]), _why_inherited(session, place, kind), kind)


_WHY_BUILT_IN = "Neither this place nor a wider one has a profile, so sync goes as it does by itself: both ways."


def _why_inherited(session: Session, place: ProfilePlace, kind: str) -> str:
    if kind == "category" and place.category_id is not None:
        found = queries.places.category(session, place.category_id)
        return f"It was given to the category {found.name if found else ''}. This space has none of its own."
    where = queries.places.location(session, place.location_id)
    none = "This category has none" if place.space_id is None else "Neither this space nor its category has one"
    return f"It was given to the location {where.name if where else ''}. {none} of its own."


def _outwards(place: ProfilePlace) -> list[tuple[Place, str]]:
    """Return the place and those around it, nearest first."""
    ids = (
        (None if place.space_id is None else (None, None, place.space_id), "space"),
        (None if place.category_id is None else (None, place.category_id, None), "category"),
        ((place.location_id, None, None), "location"),
    )
    return [(at, kind) for at, kind in ids if at is not None]


@dataclass(frozen=True, slots=True)
class Known:
    """What every place of an installation has of its own."""

    _own: Mapping[Place, EffectiveProfile]

    def of(self, *, location_id: int, category_id: int, space_id: int) -> EffectiveProfile:
        """Return what applies in a space."""
        for place in ((None, None, space_id), (None, category_id, None), (location_id, None, None)):
            if place in self._own:
                return self._own[place]
        return BUILT_IN

    def having(self, changes: "Changes") -> "Known":
        """Return what would be if those places had these of their own; None: none."""
        wanted = {**self._own, **changes}
        return Known({place: each for place, each in wanted.items() if each is not None})


#: What places shall have of their own from now on; None: the wider place's.
Changes = Mapping[Place, EffectiveProfile | None]


def known(session: Session) -> Known:
    """Return what every place has of its own."""
    values = {each.id: value(each) for each in queries.profiles.rows(session)}
    return Known({place: values[profile_id] for place, profile_id in queries.profiles.members(session).items()})


# ---------------------------------------------------------------------------------------- storing


def store(session: Session, place: ProfilePlace, wanted: EffectiveProfile, *, now: datetime) -> None:
    """Store the whole profile of a place as its own: for `services.directions`, which sees to what follows from it.

    One that other places share is left to them as it is: the place then gets one that is its alone.
    """
    profile = queries.profiles.of_place(session, place.own_ids)
    if profile is not None and value(profile) == wanted:
        return
    if profile is None or len(queries.profiles.members(session, profile.id)) > 1:
        profile = _of_its_own(session, place, now=now)
        give(session, place.own_ids, profile.id)
    fill(profile, wanted, now=now)
    session.flush()


def _of_its_own(session: Session, place: ProfilePlace, *, now: datetime) -> SyncProfile:
    """Return a profile for one place, named like it; one that was left over from before is taken again."""
    name = place.name[:120]
    left = queries.profiles.named(session, name)
    if left is not None and not queries.profiles.members(session, left.id):
        return left
    made = SyncProfile(name=free_name(session, name), created_at=now)
    session.add(made)
    session.flush()
    return made


def free_name(session: Session, wished: str) -> str:
    """Return a name that no profile bears: the one wished for, or that with a number."""
    taken = {each.name.casefold() for each in queries.profiles.rows(session)}
    names = (wished, *(f"{wished[:112]} {number}" for number in range(2, len(taken) + 3)))
    return next(each for each in names if each.casefold() not in taken)


def fill(profile: SyncProfile, wanted: EffectiveProfile, *, now: datetime) -> None:
    """Write what a profile shall say into its row."""
    for each in fields(wanted):
        if each.name != "field_mapping":
            setattr(profile, each.name, getattr(wanted, each.name))
    profile.field_mapping = mapping.as_text(wanted.field_mapping)
    profile.updated_at = now


def give(session: Session, place: Place, profile_id: int) -> None:
    """Give a place a profile of its own, in place of the one it had."""
    member = queries.profiles.member(session, place)
    if member is None:
        location_id, category_id, space_id = place
        member = ProfileMember(location_id=location_id, category_id=category_id, space_id=space_id)
        session.add(member)
    member.profile_id = profile_id
    session.flush()


def drop(session: Session, place: ProfilePlace) -> bool:
    """Let the wider place's profile apply again: for `services.directions`; tell whether there was one to drop.

    The profile itself stays, with its name, for whoever wants to give it to a place again.
    """
    member = queries.profiles.member(session, place.own_ids)
    if member is None:
        return False
    session.delete(member)
    session.flush()
    return True


def value(profile: SyncProfile) -> EffectiveProfile:
    """Return what a stored profile says."""
    said = {each.name: getattr(profile, each.name) for each in fields(EffectiveProfile)}
    return EffectiveProfile(**{**said, "field_mapping": mapping.from_text(profile.field_mapping)})


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """What staff may set for a location's calendar entries and for what comes from its calendars."""

    title_option: TitleOption = TitleOption.NAME
    tentative_blocks: bool = False
    show_private_rows: bool = False
    keep_titles: bool = False
    keep_organizers: bool = False
    hold_when_unknown: bool = False


def save_for_location(
    session: Session,
    location_id: int,
    draft: ProfileDraft,
    *,
    actor: Actor,
    now: datetime,
) -> EffectiveProfile:
    """Store a location's own profile; what the draft does not name stays as it is.

    Raises:
        Forbidden: the actor may not edit that location.
    """
    permissions.require(actor, Permission.EDIT_PLACES, on=Scope(location_id))
    row = queries.places.location(session, location_id)
    place = ProfilePlace(row.name if row else f"Location {location_id}", location_id)
    said = {each.name: getattr(draft, each.name) for each in fields(draft)}
    before = own(session, place) or BUILT_IN
    wanted = replace(before, **said)
    store(session, place, wanted, now=now)
    for link in queries.links.rows_in(session, location_id=location_id) if wanted.reading != before.reading else ():
        queries.links.hint(session, link.id, at=now)
    audit.note(session, "profile.saved", actor=actor, channel=Channel.STAFF, now=now, subject=place.name)
    return wanted
