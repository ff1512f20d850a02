"""The Outlook/Exchange tab of a location: its server, and what each side shows of the other. Administrators only."""

from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes, searching
from booking.admin.forms.connections import ChooseConnectionForm, ConnectionForm, ProfileForm
from booking.domain import titles
from booking.domain.errors import Refused
from booking.domain.permissions import Permission
from booking.domain.states import TitleOption
from booking.http import wiring
from booking.http.identity import current_actor, needs
from booking.services import connections, profiles
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.queries.connections import ConnectionRow, UserOfConnection
from booking.store.queries.links import LinkRow
from booking.store.queries.places import LocationRow
from booking.sync import connections as trials
from booking.sync.connections import Outcome
from booking.sync.trials import read_report

blueprint = Blueprint("admin_connections", __name__, url_prefix="/admin/locations/<slug>/exchange")

PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Tab:
    """What the tab shows besides its forms."""

    location: LocationRow
    connection: ConnectionRow | None
    others: tuple[ConnectionRow, ...]
    serves: tuple[UserOfConnection, ...]
    links: tuple[LinkRow, ...]
    spaces: int
    profile: profiles.EffectiveProfile
    nickname_categories: tuple[str, ...]


@blueprint.get("")
@needs(Permission.EDIT_CONNECTIONS)
def show(slug: str) -> ResponseReturnValue:
    """Show the connection of a location and its settings."""
    with reading() as session:
        tab = _tab(session, slug)
    return _page(tab)


@blueprint.post("")
@needs(Permission.EDIT_CONNECTIONS)
def save(slug: str) -> ResponseReturnValue:
    """Save the connection: after a good test, or paused and without one."""
    with reading() as session:
        tab = _tab(session, slug)
    form = ConnectionForm()
    if not form.validate_on_submit():
        return _page(tab, form=form)
    try:
        outcome = _try(form, tab.location)
    except Refused as refusal:
        form.explain(refusal)
        return _page(tab, form=form)
    if outcome is None:
        words = "Saved and paused, without a test. Nothing is read or written until you resume it."
        return pages.done(words, url_for(".show", slug=slug))
    if outcome.saved:
        with reading() as session:
            tab = _tab(session, slug)
        return _page(tab, outcome=outcome)
    return _page(tab, form=form, outcome=outcome)


def _try(form: ConnectionForm, location: LocationRow) -> Outcome | None:
    """Test and save what was entered; None when it was to be saved without a test.

    Raises:
        Refused: with every mistake, by field.
    """
    engine, actor, now = wiring.engine_itself(), current_actor(), clock.now()
    if request.form.get("do") == PAUSED:
        trials.save_paused(engine, form.draft(), location_id=location.id, actor=actor, now=now)
        return None
    return trials.save_and_test(engine, form.draft(), location_id=location.id, actor=actor, now=now)


@blueprint.post("/propose")
@needs(Permission.EDIT_CONNECTIONS)
def propose(slug: str) -> ResponseReturnValue:
    """Propose a server when the user name has been written and the server has not; nobody signs in anywhere."""
    with reading() as session:
        scopes.location(session, slug)
    return searching.propose()


@blueprint.post("/find")
@needs(Permission.EDIT_CONNECTIONS)
def find(slug: str) -> ResponseReturnValue:
    """Look for the server as the button asks, with the password if one was typed; nothing is saved."""
    with reading() as session:
        tab = _tab(session, slug)
    form = ConnectionForm()
    search = searching.find(form)
    if request.headers.get("HX-Request"):
        return searching.field(form, search)
    if search and form.password.data:
        search += " Type the password again."
    return _page(tab, form=form, search=search)


@blueprint.post("/test")
@needs(Permission.EDIT_CONNECTIONS)
def test(slug: str) -> ResponseReturnValue:
    """Test the connection as it is saved, and show each step."""
    with reading() as session:
        tab = _tab(session, slug)
    if tab.connection is None:
        return pages.refused("There is no connection to test yet.", url_for(".show", slug=slug))
    steps = trials.test(wiring.engine_itself(), tab.connection.id)
    return _page(tab, steps=steps)


@blueprint.post("/resume")
@needs(Permission.EDIT_CONNECTIONS)
def resume(slug: str) -> ResponseReturnValue:
    """Let a paused or stopped connection work again."""
    with reading() as session:
        tab = _tab(session, slug)
    if tab.connection is not None:
        with transaction() as session:
            connections.resume(session, tab.connection.id, actor=current_actor(), now=clock.now())
    return pages.done("The connection works again from now on.", url_for(".show", slug=slug))


@blueprint.post("/use")
@needs(Permission.EDIT_CONNECTIONS)
def use(slug: str) -> ResponseReturnValue:
    """Have the location use a connection that stands already."""
    with reading() as session:
        tab = _tab(session, slug)
    choice = _choice(tab)
    if choice.validate_on_submit():
        try:
            with transaction() as session:
                connections.use(
                    session,
                    choice.connection_id.number,
                    location_id=tab.location.id,
                    actor=current_actor(),
                    now=clock.now(),
                )
        except Refused as refusal:
            choice.explain(refusal)
        else:
            return pages.done("This location uses that connection from now on.", url_for(".show", slug=slug))
    return _page(tab, choice=choice)


@blueprint.post("/titles")
@needs(Permission.EDIT_CONNECTIONS)
def save_profile(slug: str) -> ResponseReturnValue:
    """Save what Outlook shows of us, and we of Outlook."""
    with reading() as session:
        tab = _tab(session, slug)
    profile = ProfileForm()
    if profile.validate_on_submit():
        try:
            with transaction() as session:
                profiles.save_for_location(
                    session, tab.location.id, profile.draft(tab.profile), actor=current_actor(), now=clock.now()
                )
        except Refused as refusal:
            profile.explain(refusal)
        else:
            return pages.done("Saved. It holds for what is written and read from now on.", url_for(".show", slug=slug))
    return _page(tab, profile=profile)


def _tab(session: Session, slug: str) -> Tab:
    location = scopes.location(session, slug)
    connection = queries.connections.row_of_location(session, location.id)
    used = connection.id if connection else None
    categories = queries.places.categories(session, location.id)
    return Tab(
        location=location,
        connection=connection,
        others=tuple(each for each in queries.connections.rows(session) if each.id != used),
        serves=queries.connections.locations(session, used) if used else (),
        links=tuple(each for each in queries.links.rows(session) if each.location_id == location.id),
        spaces=len(queries.places.spaces(session, location_id=location.id)),
        profile=profiles.of_location(session, location.id),
        nickname_categories=tuple(each.name for each in categories if each.nickname_allowed),
    )


def _choice(tab: Tab, *, sent: bool = True) -> ChooseConnectionForm:
    form = ChooseConnectionForm() if sent else ChooseConnectionForm(formdata=None)
    form.connection_id.offer((each.id, f"{each.name}, {each.server}") for each in tab.others)
    return form


def _page(
    tab: Tab,
    *,
    form: ConnectionForm | None = None,
    choice: ChooseConnectionForm | None = None,
    profile: ProfileForm | None = None,
    outcome: Outcome | None = None,
    steps: object = (),
    search: str = "",
) -> ResponseReturnValue:
    sent = form or choice or profile
    return pages.show(
        "admin/connections/show.html",
        refused=bool(outcome and not outcome.saved),
        form=sent,
        tab=tab,
        location=tab.location,
        connection_form=form or ConnectionForm.of(tab.connection, name=f"Exchange of {tab.location.name}"),
        choice=choice or _choice(tab, sent=False),
        profile_form=profile or ProfileForm.of(tab.profile),
        outcome=outcome,
        steps=steps,
        search=search,
        addresses={
            "save": url_for(".save", slug=tab.location.slug),
            "propose": url_for(".propose", slug=tab.location.slug),
            "find": url_for(".find", slug=tab.location.slug),
        },
        slug=tab.location.slug,
        last_steps=_last_steps(tab.connection),
        examples=_examples(),
    )


def _last_steps(connection: ConnectionRow | None) -> list[dict[str, str]]:
    """Return the steps of the last test that was kept."""
    return read_report(connection.check_report) if connection else []


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
