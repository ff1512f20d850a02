"""Sync profiles: what each says, which places have it, and what follows from a change. Administrators only.

Whatever changes the way in which sync goes is shown first, and done when the person has seen it.
"""

from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import changes, pages
from booking.admin.forms.profiles import DIRECTIONS, SyncProfileForm
from booking.domain import titles
from booking.domain.errors import Refused
from booking.domain.permissions import Permission
from booking.domain.profiles import EffectiveProfile
from booking.domain.states import TitleOption
from booking.domain.windows import SyncWindow
from booking.http.identity import current_actor, needs
from booking.http.wiring import engine_itself
from booking.services import assigning, profiles
from booking.services.assigning import Done, Preview
from booking.services.profiles import Applied, Profile, ProfilePlace
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.profiles import PlaceRow
from booking.sync import preview

blueprint = Blueprint("admin_profiles", __name__, url_prefix="/admin/exchange/profiles")


@dataclass(frozen=True, slots=True)
class Listed:
    """A profile in the list."""

    profile: Profile
    direction: str
    window: str
    places: tuple[PlaceRow, ...]


# ------------------------------------------------------------------------------------------- the list


@blueprint.get("")
@needs(Permission.EDIT_CONNECTIONS)
def index() -> ResponseReturnValue:
    """List the profiles, what each says in short, and where each applies."""
    with reading() as session:
        listed = _listed(session)
        paired = len(queries.links.rows(session))
    return pages.show("admin/profiles/index.html", listed=listed, paired=paired)


def _listed(session: Session) -> list[Listed]:
    rows = {each.own_ids: each for each in queries.profiles.places(session)}
    return [
        Listed(
            profile=each,
            direction=DIRECTIONS[each.settings.direction],
            window=window_in_words(each.settings),
            places=tuple(rows[place] for place in each.places if place in rows),
        )
        for each in profiles.all(session)
    ]


def window_in_words(settings: EffectiveProfile) -> str:
    """Return which ended items are synced, in a few words."""
    match settings.window:
        case SyncWindow.TODAY:
            return "ended today or later"
        case SyncWindow.LAST_MONTH:
            return "ended since the first day of last month"
        case SyncWindow.DAYS:
            days = "one day" if settings.days_back == 1 else f"{settings.days_back} days"
            return f"ended {days} ago or later"


# ------------------------------------------------------------------------------------------- what it says


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Permission.EDIT_CONNECTIONS)
def new() -> ResponseReturnValue:
    """Make a profile; then its places are chosen."""
    if request.method == "GET":
        return _edit(None, SyncProfileForm.of(None), sent=False)
    form = SyncProfileForm()
    if form.validate_on_submit():
        try:
            done = _save(None, form)
        except Refused as refusal:
            form.explain(refusal)
        else:
            return pages.done(
                "Saved. Now say where it applies.", url_for("admin_assigning.places", profile_id=done.profile_id)
            )
    return _edit(None, form)


@blueprint.route("/<int:profile_id>", methods=["GET", "POST"])
@needs(Permission.EDIT_CONNECTIONS)
def show(profile_id: int) -> ResponseReturnValue:
    """Show a profile, and change it: what follows is shown first, if anything does."""
    with reading() as session:
        profile = changes.found(session, profile_id)
    if request.method == "GET":
        return _edit(profile, SyncProfileForm.of(profile), sent=False)
    form = SyncProfileForm()
    if not form.validate_on_submit():
        return _edit(profile, form)
    with reading() as session:
        follows = assigning.preview_of_save(session, profile_id, form.wish(profile).settings, now=clock.now())
    if not changes.is_seen(follows):
        return _edit(profile, form, follows=follows)
    try:
        _save(profile, form)
    except Refused as refusal:
        form.explain(refusal)
        return _edit(profile, form)
    return pages.done(
        "Saved. It holds from the next cycle of sync on, wherever this profile applies.",
        url_for(".show", profile_id=profile_id),
    )


def _save(profile: Profile | None, form: SyncProfileForm) -> Done:
    return preview.save_profile(
        engine_itself(), profile.id if profile else None, form.wish(profile), actor=current_actor(), now=clock.now()
    )


def _edit(
    profile: Profile | None, form: SyncProfileForm, *, follows: Preview | None = None, sent: bool = True
) -> ResponseReturnValue:
    with reading() as session:
        rows = {each.own_ids: each for each in queries.profiles.places(session)}
    return pages.show(
        "admin/profiles/edit.html",
        form=form if sent else None,
        profile_form=form,
        profile=profile,
        places=[rows[place] for place in profile.places if place in rows] if profile else [],
        follows=follows,
        digest=changes.digest(follows) if follows else "",
        examples=_examples(),
    )


def _examples() -> dict[str, str]:
    """Return, for each title option, what Outlook would show of a booking by somebody made up."""
    return {
        option.value: titles.subject(
            option,
            first_name="Priya",
            last_name="Raman",
            email="priya.raman@example.org",
            nickname="Thesis group",
            nickname_allowed=True,
        )
        for option in TitleOption
    }


# ------------------------------------------------------------------------------------------- its end


@blueprint.route("/<int:profile_id>/delete", methods=["GET", "POST"])
@needs(Permission.EDIT_CONNECTIONS)
def delete(profile_id: int) -> ResponseReturnValue:
    """Ask before a profile is deleted, with what follows; then delete it."""
    with reading() as session:
        profile = changes.found(session, profile_id)
        follows = assigning.preview_of_delete(session, profile_id, now=clock.now())
    if request.method == "GET" or not changes.is_seen(follows):
        return pages.show(
            "admin/profiles/delete.html", profile=profile, follows=follows, digest=changes.digest(follows)
        )
    preview.delete_profile(engine_itself(), profile_id, actor=current_actor(), now=clock.now())
    return pages.done(f"The profile “{profile.name}” is deleted.", url_for(".index"))


# ------------------------------------------------------------------------------------------- for the pages of places


@dataclass(frozen=True, slots=True)
class Here:
    """Which profile applies in a place, and why, for its page."""

    applied: Applied
    direction: str
    window: str


def here(name: str, location_id: int, category_id: int | None = None, space_id: int | None = None) -> Here:
    """Return which profile applies in a place, and why: templates of its pages say so."""
    with reading() as session:
        applied = profiles.applied_in(session, ProfilePlace(name, location_id, category_id, space_id))
    return Here(applied, DIRECTIONS[applied.settings.direction], window_in_words(applied.settings))
