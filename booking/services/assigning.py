"""Who makes sync profiles, changes them and gives them to places: what follows is shown first, and done with it.

A place has one profile of its own at most: given another one it leaves the first, which is said before and after.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.domain.entries import Entries
from booking.domain.errors import NotFound, NotPossible
from booking.domain.permissions import INSTALLATION, Actor, Permission, require
from booking.domain.states import Channel
from booking.services import audit, directions, profiles
from booking.services.directions import Plan
from booking.services.profiles import BUILT_IN, Changes, EffectiveProfile
from booking.store import queries
from booking.store.database import Session
from booking.store.models import SyncProfile
from booking.store.queries.profiles import Place, PlaceRow

LONGEST_NAME, LONGEST_DESCRIPTION = 120, 1000


@dataclass(frozen=True, slots=True)
class ProfileWish:
    """A named profile as staff want it."""

    name: str
    description: str = ""
    settings: EffectiveProfile = BUILT_IN


@dataclass(frozen=True, slots=True)
class Replaced:
    """A place that leaves the profile it had, for another or for none."""

    place: PlaceRow
    left: str  # that profile's name


@dataclass(frozen=True, slots=True)
class Preview:
    """What follows from a change, before it is made: for bookings and events, and which places leave a profile."""

    plan: Plan
    replaced: tuple[Replaced, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what follows for people, one consequence a sentence; empty where nobody has to be asked."""
        stopped = self.plan.stopped
        lines = [f"{each.place.name} leaves the profile “{each.left}”." for each in self.replaced]
        if stopped:
            rooms = "one space" if stopped == 1 else f"{stopped} spaces"
            lines.append(f"Sync stops for {rooms}: nothing is read from Outlook there, and nothing is written.")
        turned = self.plan.rooms - stopped
        if turned:
            lines.append(f"Sync goes another way for {'one space' if turned == 1 else f'{turned} spaces'}.")
        return (*lines, *self.plan.sentences)


@dataclass(frozen=True, slots=True)
class Done:
    """A change that was made: of which profile, with what, and which pairings it concerns."""

    profile_id: int
    plan: Plan
    link_ids: tuple[int, ...]
    replaced: tuple[Replaced, ...] = ()


# ------------------------------------------------------------------------------------------- what it says


def preview_of_save(session: Session, profile_id: int, wanted: EffectiveProfile, *, now: datetime) -> Preview:
    """Return what would follow if a profile said something else."""
    return Preview(directions.plan_of(session, _everywhere(session, profile_id, wanted), now=now))


def save(session: Session, profile_id: int | None, wish: ProfileWish, *, actor: Actor, now: datetime) -> Done:
    """Make a profile, or change one wherever it applies, with all that follows; return what that was.

    Raises:
        Refused: Forbidden, NotFound, or Invalid with every mistake by field.
    """
    _begin(session, actor)
    found = None if profile_id is None else _found(session, profile_id)
    name, description = _checked(session, found, wish)
    if found is None:
        found = SyncProfile(name=name, created_at=now)
        session.add(found)
    changes = {} if profile_id is None else _everywhere(session, profile_id, wish.settings)
    begun = directions.begin(session, changes, now=now)
    found.name, found.description = name, description
    profiles.fill(found, wish.settings, now=now)
    session.flush()
    begun.follow(session, now=now)
    _note(session, "profile.saved", name, begun.plan, actor=actor, now=now)
    return Done(found.id, begun.plan, begun.link_ids)


def _everywhere(session: Session, profile_id: int, wanted: EffectiveProfile | None) -> Changes:
    return dict.fromkeys(queries.profiles.members(session, profile_id), wanted)


def _checked(session: Session, found: SyncProfile | None, wish: ProfileWish) -> tuple[str, str]:
    """Return name and description, clean.

    Raises:
        Invalid: with every mistake, by field.
    """
    entries = Entries()
    name = entries.line("name", wish.name, longest=LONGEST_NAME, required=True)
    description = entries.text("description", wish.description, longest=LONGEST_DESCRIPTION)
    other = queries.profiles.named(session, name)
    if other is not None and other is not found:
        entries.wrong("name", "Another profile has this name.")
    directions.check(entries, wish.settings)
    entries.check()
    return name, description


# ------------------------------------------------------------------------------------------- where it applies


def preview_of_members(
    session: Session, profile_id: int, *, added: Sequence[PlaceRow], removed: Sequence[PlaceRow], now: datetime
) -> Preview:
    """Return what would follow if these places had the profile, and those no longer.

    Raises:
        NotFound: there is no such profile.
    """
    changes = _moved(session, profile_id, added, removed)
    return Preview(directions.plan_of(session, changes, now=now), _leaving(session, profile_id, added))


def attach(
    session: Session, profile_id: int, places: Sequence[PlaceRow], *, actor: Actor, now: datetime
) -> tuple[Replaced, ...]:
    """Give a profile to places; return which of them left another one for it.

    Raises:
        Refused: Forbidden, or NotFound.
    """
    return change_members(session, profile_id, added=places, removed=(), actor=actor, now=now).replaced


def change_members(
    session: Session,
    profile_id: int,
    *,
    added: Sequence[PlaceRow],
    removed: Sequence[PlaceRow],
    actor: Actor,
    now: datetime,
) -> Done:
    """Give a profile to some places and take it from others, with all that follows; return what that was.

    Raises:
        Refused: Forbidden, or NotFound.
    """
    _begin(session, actor)
    found = _found(session, profile_id)
    begun = directions.begin(session, _moved(session, profile_id, added, removed), now=now)
    replaced = _leaving(session, profile_id, added)
    for each in added:
        profiles.give(session, each.own_ids, profile_id)
    _take(session, profile_id, (each.own_ids for each in removed))
    begun.follow(session, now=now)
    _note(session, "profile.assigned", found.name, begun.plan, actor=actor, now=now)
    return Done(profile_id, begun.plan, begun.link_ids, replaced)


def _moved(session: Session, profile_id: int, added: Sequence[PlaceRow], removed: Sequence[PlaceRow]) -> Changes:
    wanted = profiles.value(_found(session, profile_id))
    members = queries.profiles.members(session, profile_id)
    gone: Changes = {each.own_ids: None for each in removed if each.own_ids in members}
    return {**gone, **{each.own_ids: wanted for each in added}}


def _leaving(session: Session, profile_id: int, added: Sequence[PlaceRow]) -> tuple[Replaced, ...]:
    members = queries.profiles.members(session)
    names = {each.id: each.name for each in queries.profiles.rows(session)}
    return tuple(
        Replaced(each, names[members[each.own_ids]])
        for each in added
        if members.get(each.own_ids, profile_id) != profile_id
    )


def _take(session: Session, profile_id: int, places: Iterable[Place]) -> None:
    for place in places:
        member = queries.profiles.member(session, place)
        if member is not None and member.profile_id == profile_id:
            session.delete(member)
    session.flush()


# ------------------------------------------------------------------------------------------- its end


def preview_of_delete(session: Session, profile_id: int, *, now: datetime) -> Preview:
    """Return what would follow if there were no such profile: its places would have what is nearest around them."""
    return Preview(directions.plan_of(session, _everywhere(session, profile_id, None), now=now))


def delete(session: Session, profile_id: int, *, actor: Actor, now: datetime) -> Done:
    """Delete a profile, with all that follows for its places; return what that was.

    Raises:
        Refused: Forbidden, or NotFound.
    """
    _begin(session, actor)
    found = _found(session, profile_id)
    name, changes = found.name, _everywhere(session, profile_id, None)
    begun = directions.begin(session, changes, now=now)
    _take(session, profile_id, changes)
    session.delete(_found(session, profile_id))
    session.flush()
    begun.follow(session, now=now)
    _note(session, "profile.deleted", name, begun.plan, actor=actor, now=now)
    return Done(profile_id, begun.plan, begun.link_ids)


# ------------------------------------------------------------------------------------------- all of them


def places(session: Session, wanted: Iterable[Place]) -> tuple[PlaceRow, ...]:
    """Return these places, in the order of lists.

    Raises:
        NotPossible: one of them is no more.
    """
    asked = set(wanted)
    found = tuple(each for each in queries.profiles.places(session) if each.own_ids in asked)
    if len(found) != len(asked):
        raise NotPossible("A place that was chosen is no more. Look at the list again.")
    return found


def _begin(session: Session, actor: Actor) -> None:
    require(actor, Permission.EDIT_CONNECTIONS, on=INSTALLATION)
    queries.installation.lock(session)  # two people would give one place two profiles


def _found(session: Session, profile_id: int) -> SyncProfile:
    found = queries.profiles.get(session, profile_id)
    if found is None:
        raise NotFound(what="sync profile")
    return found


def _note(session: Session, what: str, name: str, plan: Plan, *, actor: Actor, now: datetime) -> None:
    detail = " ".join(plan.sentences)
    audit.note(session, what, actor=actor, channel=Channel.STAFF, now=now, subject=name, detail=detail)
