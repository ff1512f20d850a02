"""Which of our fields go to which of Exchange's, for one sync profile, with a preview. Administrators only."""

from dataclasses import dataclass, replace

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages
from booking.admin.forms.mapping import MappingForm
from booking.domain import mapping
from booking.domain.errors import Refused
from booking.domain.mapping import BUILT_IN, BookingFacts, Mapping, Rendered
from booking.domain.permissions import Permission
from booking.http import wiring
from booking.http.identity import current_actor, needs
from booking.services import mappings, profiles
from booking.services.profiles import Profile
from booking.store.database import Session, reading, transaction
from booking.sync import retelling
from booking.sync.retelling import Extent

blueprint = Blueprint("admin_mapping", __name__, url_prefix="/admin/exchange/profiles/<int:profile_id>/fields")

PREVIEW = "preview"
DEFAULT = "default"
#: While somebody types, no more entries than these are looked through; the button looks through all.
QUICKLY = 500

#: A booking by somebody made up: all that a booking can have, and how little it may have.
_FULL = BookingFacts(
    first_name="Priya",
    last_name="Raman",
    email="priya.raman@example.org",
    nickname="Thesis group",
    nickname_allowed=True,
    title="Chapter three",
    phone="020 7946 0000",
    category="Study rooms",
    space="Study room 3",
    location="Central Library",
    ref="7KQ2-F9XM",
    link="",
)
_BARE = replace(_FULL, nickname="", nickname_allowed=False, title="", phone="")


@dataclass(frozen=True, slots=True)
class Shown:
    """A preview: the entry of a booking with everything, that of one with little, and what would be written anew."""

    full: Rendered
    bare: Rendered
    extent: Extent
    changed: bool  # from what is stored


@blueprint.get("")
@needs(Permission.EDIT_CONNECTIONS)
def show(profile_id: int) -> ResponseReturnValue:
    """Show where the fields go, and how an entry looks with that."""
    with reading() as session:
        profile = _profile(session, profile_id)
        shown = _shown(session, profile, profile.settings.field_mapping)
    return _page(profile, MappingForm.of(profile.settings.field_mapping), shown)


@blueprint.post("")
@needs(Permission.EDIT_CONNECTIONS)
def save(profile_id: int) -> ResponseReturnValue:
    """Save where the fields go, or only show how an entry would look."""
    with reading() as session:
        profile = _profile(session, profile_id)
    form = MappingForm.sent(profile.settings.field_mapping)
    wanted = _wanted(form)
    if wanted is not None and request.form.get("do") != PREVIEW:
        with transaction() as session:
            mappings.save(session, profile_id, wanted, actor=current_actor(), now=clock.now())
        words = "Saved. It holds for what is written to Outlook from now on."
        return pages.done(words, url_for(".show", profile_id=profile_id))
    with reading() as session:
        shown = _shown(session, profile, wanted) if wanted else None
    return _page(profile, form, shown)


@blueprint.post("/preview")
@needs(Permission.EDIT_CONNECTIONS)
def preview(profile_id: int) -> ResponseReturnValue:
    """Show the entry as the form has it just now; nothing is saved."""
    with reading() as session:
        profile = _profile(session, profile_id)
        form = MappingForm.sent(profile.settings.field_mapping)
        wanted = _wanted(form)
        shown = _shown(session, profile, wanted, at_most=QUICKLY) if wanted else None
    return render_template("admin/mapping/_preview.html", profile=profile, form=form, shown=shown)


@blueprint.post("/rewrite")
@needs(Permission.EDIT_CONNECTIONS)
def rewrite(profile_id: int) -> ResponseReturnValue:
    """Have the entries that read differently written anew, as the saved fields have them."""
    with reading() as session:
        _profile(session, profile_id)
    number = retelling.rewrite(wiring.engine_itself(), profile_id, actor=current_actor())
    entries = "One entry is" if number == 1 else f"{number} entries are"
    words = f"{entries} being written anew." if number else "Every entry reads as it should already."
    return pages.done(words, url_for(".show", profile_id=profile_id))


def _profile(session: Session, profile_id: int) -> Profile:
    return profiles.get(session, profile_id) or abort(404)


def _wanted(form: MappingForm) -> Mapping | None:
    """Return what the form asks for; None with every mistake beside its field."""
    if request.form.get("do") == DEFAULT:
        return BUILT_IN
    if not form.validate_on_submit():
        return None
    try:
        return mapping.checked(form.mapping())
    except Refused as refusal:
        form.explain(refusal)
        return None


def _shown(session: Session, profile: Profile, wanted: Mapping, *, at_most: int | None = None) -> Shown:
    engine, title_option = wiring.engine_itself(), profile.settings.title_option
    link = f"{engine.base_url.rstrip('/')}/admin/bookings/{_FULL.ref}"
    return Shown(
        full=mapping.render(wanted, replace(_FULL, link=link, title_option=title_option)),
        bare=mapping.render(wanted, replace(_BARE, link=link, title_option=title_option)),
        extent=retelling.extent(session, engine, profile.id, wanted, at_most=at_most),
        changed=wanted != profile.settings.field_mapping,
    )


def _page(profile: Profile, form: MappingForm, shown: Shown | None) -> ResponseReturnValue:
    return pages.show("admin/mapping/show.html", form=form, profile=profile, shown=shown)
