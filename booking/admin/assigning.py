"""Which places have a sync profile: picked from those available and assigned, many at once. Administrators only."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import changes, pages
from booking.admin.forms.text import one_line
from booking.domain.errors import Refused
from booking.domain.permissions import Permission
from booking.http import words
from booking.http.identity import current_actor, needs
from booking.http.wiring import engine_itself
from booking.services import assigning, profiles
from booking.services.assigning import Done, Preview
from booking.services.profiles import Profile
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.profiles import Place, PlaceRow
from booking.sync import preview

blueprint = Blueprint("admin_assigning", __name__, url_prefix="/admin/exchange/profiles/<int:profile_id>/places")

KINDS = {"location": "Locations", "category": "Categories", "space": "Spaces"}
#: As many places as one list shows; a search finds the others.
MOST_SHOWN = 200
_LONGEST_NUMBER = 9  # digits


@dataclass(frozen=True, slots=True)
class Offered:
    """A place that could be given a profile. `has` is the name of the one it has now."""

    row: PlaceRow
    value: str
    has: str = ""


@dataclass(frozen=True, slots=True)
class Choosing:
    """The two lists of places: what may be added, what may be removed."""

    profile: Profile
    available: tuple[Offered, ...]
    more: int  # that match and are not shown
    assigned: tuple[Offered, ...]
    kind: str
    text: str


@blueprint.route("", methods=["GET", "POST"])
@needs(Permission.EDIT_CONNECTIONS)
def places(profile_id: int) -> ResponseReturnValue:
    """Show the available and the assigned places, and move some from one list to the other."""
    with reading() as session:
        profile = changes.found(session, profile_id)
    if request.method == "GET":
        return _choose(profile_id)
    again = url_for(".places", profile_id=profile_id, kind=_kind(), q=_text())
    try:
        with reading() as session:
            added, removed = _chosen(session, "add"), _chosen(session, "remove")
            follows = assigning.preview_of_members(session, profile_id, added=added, removed=removed, now=clock.now())
        if not added and not removed:
            return pages.refused("Choose at least one place first.", again)
        if not changes.is_seen(follows):
            return _ask(profile, added, removed, follows)
        done = preview.assign(
            engine_itself(), profile_id, added=added, removed=removed, actor=current_actor(), now=clock.now()
        )
    except Refused as refusal:
        return pages.refused(words.sentence(refusal), again)
    return pages.done(_told(profile, added, removed, done), again)


def _told(profile: Profile, added: Sequence[PlaceRow], removed: Sequence[PlaceRow], done: Done) -> str:
    """Return what was done, with each place that left another profile for this one."""
    lines = []
    if added:
        lines.append(f"“{profile.name}” was given to {_count(added)}.")
    if removed:
        lines.append(f"“{profile.name}” was taken from {_count(removed)}.")
    lines += [f"{each.place.name} left “{each.left}”." for each in done.replaced]
    return " ".join([*lines, "It holds from the next cycle of sync on."])


def _count(rows: Sequence[PlaceRow]) -> str:
    return rows[0].name if len(rows) == 1 else f"{len(rows)} places"


def _ask(
    profile: Profile, added: Sequence[PlaceRow], removed: Sequence[PlaceRow], follows: Preview
) -> ResponseReturnValue:
    return pages.show(
        "admin/profiles/assign.html",
        profile=profile,
        added=[Offered(each, _value(each)) for each in added],
        removed=[Offered(each, _value(each)) for each in removed],
        follows=follows,
        digest=changes.digest(follows),
        kind=_kind(),
        q=_text(),
    )


def _choose(profile_id: int) -> ResponseReturnValue:
    with reading() as session:
        choosing = _choosing(session, changes.found(session, profile_id))
    return pages.show("admin/profiles/places.html", choosing=choosing, profile=choosing.profile, kinds=KINDS)


def _choosing(session: Session, profile: Profile) -> Choosing:
    rows = queries.profiles.places(session)
    names = {each.id: each.name for each in profiles.all(session)}
    members = queries.profiles.members(session)
    kind, text = _kind(), _text()
    matching = [
        Offered(each, _value(each), names.get(members.get(each.own_ids, 0), ""))
        for each in rows
        if members.get(each.own_ids) != profile.id and _matches(each, kind, text)
    ]
    return Choosing(
        profile=profile,
        available=tuple(matching[:MOST_SHOWN]),
        more=max(len(matching) - MOST_SHOWN, 0),
        assigned=tuple(Offered(each, _value(each)) for each in rows if members.get(each.own_ids) == profile.id),
        kind=kind,
        text=text,
    )


def _matches(row: PlaceRow, kind: str, text: str) -> bool:
    said = f"{row.name} {row.within}".casefold()
    return kind in {"", row.kind} and all(word in said for word in text.casefold().split())


def _kind() -> str:
    kind = request.values.get("kind", "")
    return kind if kind in KINDS else ""


def _text() -> str:
    return one_line(request.values.get("q", ""))[:100]


def _value(row: PlaceRow) -> str:
    return f"{row.kind}-{next(each for each in row.own_ids if each is not None)}"


def _chosen(session: Session, name: str) -> tuple[PlaceRow, ...]:
    """Return the places that were ticked.

    Raises:
        NotPossible: one of them is no more.
    """
    return assigning.places(session, (_place(value) for value in request.form.getlist(name)))


def _place(value: str) -> Place:
    kind, _, number = value.partition("-")
    found = int(number) if number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER else 0
    return (
        found if kind == "location" else None,
        found if kind == "category" else None,
        found if kind == "space" else None,
    )
