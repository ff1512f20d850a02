"""Sync profiles as the file says: at most one for each location, category and space."""

from collections.abc import Mapping
from dataclasses import fields, replace
from enum import StrEnum
from typing import Any

from booking.cli.applying import keys
from booking.cli.applying.said import ProfileSaid
from booking.cli.applying.tables import Said
from booking.cli.applying.working import Subject, View, Work
from booking.domain.errors import Invalid
from booking.domain.windows import SyncWindow
from booking.services import assigning, directions, profiles
from booking.services.directions import Plan
from booking.services.profiles import BUILT_IN, EffectiveProfile, ProfilePlace
from booking.store import queries
from booking.store.database import Session

_LABELS = {name: f"profile.{key}" for key, (name, _) in keys.PROFILE.items()} | {
    "profile": "profile",
    "follows": "what follows",
}


def settle(work: Work, what: str, said: ProfileSaid | None, place: ProfilePlace) -> None:
    """Settle the profile of one place; one that the file leaves out stays as it is.

    What a location's profile does not say stays as it is; what a category's or a space's does not say is as in the
    wider place, for there it can be set only in a file.
    """
    if said is None:
        return
    wished = said.said
    follows: list[str] = []  # from another direction, for the bookings and events of the place

    def act(values: Mapping[str, Any]) -> None:
        if said.name:
            plan = _give(work, place, said.name)
        elif wished is None:
            plan = directions.remove(work.session, place, actor=work.actor, now=work.now)
        else:
            wanted = _wanted(_base(work.session, place), values)
            plan = directions.save(work.session, place, wanted, actor=work.actor, now=work.now)
        follows[:] = plan.sentences

    def view() -> View:
        return {**_view(work.session, place, by_name=bool(said.name)), "follows": " ".join(follows)}

    work.settle(Subject(what, Said(said.path) if wished is None else wished, _LABELS), view=view, act=act)


def _give(work: Work, place: ProfilePlace, name: str) -> Plan:
    """Give the place a profile that stands already.

    Raises:
        Invalid: there is none of that name.
    """
    found = queries.profiles.named(work.session, name)
    if found is None:
        raise Invalid({"profile": "There is no sync profile of that name. Staff make it on the page Sync profiles."})
    rows = assigning.places(work.session, [place.own_ids])
    done = assigning.change_members(work.session, found.id, added=rows, removed=(), actor=work.actor, now=work.now)
    return done.plan


def _wanted(base: EffectiveProfile, values: Mapping[str, Any]) -> EffectiveProfile:
    """Return what the profile shall say. A number of days alone says which window is meant, as it always did.

    Raises:
        Invalid: a number of days stands beside another window.
    """
    wanted = replace(base, **values)
    if "window" not in values and "days_back" in values:
        return replace(wanted, window=SyncWindow.DAYS if wanted.days_back else SyncWindow.TODAY)
    if wanted.window is SyncWindow.DAYS:
        return wanted
    if values.get("days_back"):
        raise Invalid({"days_back": 'This is for window = "days" only.'})
    return replace(wanted, days_back=0)


def _base(session: Session, place: ProfilePlace) -> EffectiveProfile:
    """Return what a profile says where the file says nothing."""
    if place.category_id is None:
        return profiles.own(session, place) or BUILT_IN
    return _wider(session, place)


def _wider(session: Session, place: ProfilePlace) -> EffectiveProfile:
    """Return what applies in a place without a profile of its own."""
    of_location = profiles.own(session, ProfilePlace("", place.location_id)) if place.category_id else None
    if place.space_id is None:
        return of_location or BUILT_IN
    of_category = profiles.own(session, ProfilePlace("", place.location_id, place.category_id))
    return of_category or of_location or BUILT_IN


def _view(session: Session, place: ProfilePlace, *, by_name: bool) -> View:
    """Return what applies in a place and whether that is its own, in words; `by_name` says which, if it has a name."""
    stored = profiles.of_place(session, place)
    if stored is None:
        return {"profile": "default", **_in_words(_wider(session, place))}
    return {"profile": stored.name if by_name else "its own", **_in_words(stored.settings)}


def _in_words(profile: EffectiveProfile) -> dict[str, str]:
    return {each.name: _word(getattr(profile, each.name)) for each in fields(profile)}


def _word(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case StrEnum():
            return value.value
        case int():
            return "1 day" if value == 1 else f"{value} days"
        case _:
            return str(value)
