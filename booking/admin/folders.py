"""Folders of a connection: listed when staff ask, ticked for the spaces that they block. Administrators only."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import branches, pages
from booking.admin.branches import Tree
from booking.admin.forms.folders import SourceForm
from booking.domain import powershell
from booking.domain.errors import NotFound, Refused
from booking.domain.permissions import Permission
from booking.domain.states import FolderState
from booking.http.identity import current_actor, needs
from booking.http.wiring import engine_itself
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.queries.connections import ConnectionRow
from booking.store.queries.folder_events import Overlap, UnmatchedRow
from booking.store.queries.folders import FolderRow, Matchable
from booking.store.queries.trees import TreeRow
from booking.sync import folder_reading, folders, ticking
from booking.sync.ticking import OWN, Chosen

blueprint = Blueprint("admin_folders", __name__, url_prefix="/admin/exchange")


@dataclass(frozen=True, slots=True)
class View:
    """What the page about the folders of a connection shows."""

    connection: ConnectionRow
    trees: tuple[Tree, ...]
    readings: tuple[TreeRow, ...]
    own: FolderRow | None
    blocks: Mapping[int, int]  # times to come that each folder takes
    unmatched: tuple[UnmatchedRow, ...]
    overlaps: tuple[Overlap, ...]
    spaces: tuple[tuple[str, tuple[Matchable, ...]], ...]  # by location
    zone: str
    ticked: int

    @property
    def is_under_way(self) -> bool:
        """Tell whether a tree is being read."""
        return any(each.is_under_way for each in self.readings)

    @property
    def reads_own(self) -> bool:
        """Tell whether the account's own calendar is read."""
        return self.connection.reads_own_calendar and (self.own is None or self.own.state is not FolderState.LEAVING)

    @property
    def switched_off(self) -> frozenset[int]:
        """Return the spaces whose profile lets nothing come in: folders that block them are not read."""
        return frozenset(each.space_id for _, spaces in self.spaces for each in spaces if not each.active)

    @property
    def advice(self) -> tuple[str, ...]:
        """Return the lines that let Exchange take meetings from outside into the account's own calendar."""
        return powershell.external_meetings(self.connection.email or self.connection.username)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was entered and refused: shown again as it was."""

    ticks: Mapping[int, int | None]
    ticked: AbstractSet[int]
    mistakes: Mapping[int, str]


@blueprint.get("/folders")
@needs(Permission.EDIT_CONNECTIONS)
def index() -> ResponseReturnValue:
    """List the connections; with one alone, go to its folders."""
    with reading() as session:
        rows = queries.connections.rows(session)
    if len(rows) == 1:
        return redirect(url_for(".show", connection_id=rows[0].id))
    return pages.show("admin/folders/index.html", connections=rows)


@blueprint.get("/<int:connection_id>/folders")
@needs(Permission.EDIT_CONNECTIONS)
def show(connection_id: int) -> ResponseReturnValue:
    """Show the folders of a connection."""
    return _page(connection_id, SourceForm(formdata=None))


@blueprint.get("/<int:connection_id>/folders/progress")
@needs(Permission.EDIT_CONNECTIONS)
def progress(connection_id: int) -> ResponseReturnValue:
    """Show how far the reading is, as htmx asks for it; when it is over, the whole page is shown again."""
    view = _view(connection_id)
    if not view.is_under_way:
        return "", 200, {"HX-Refresh": "true"}
    return pages.show("admin/folders/_progress.html", view=view)


@blueprint.post("/<int:connection_id>/folders/read")
@needs(Permission.EDIT_CONNECTIONS)
def read(connection_id: int) -> ResponseReturnValue:
    """Have the tree of a mailbox, or the public one, read in the background."""
    form = SourceForm()
    if not form.validate_on_submit():
        return _page(connection_id, form)
    try:
        with transaction() as session:
            folders.ask_for_tree(session, connection_id, mailbox=form.address, actor=current_actor(), now=clock.now())
    except Refused as refusal:
        form.explain(refusal)
        return _page(connection_id, form)
    return pages.done("The folders are being read. This can take a minute or two.", _address(connection_id))


@blueprint.post("/<int:connection_id>/folders/choose")
@needs(Permission.EDIT_CONNECTIONS)
def choose(connection_id: int) -> ResponseReturnValue:
    """Tick and untick; what would be freed is shown first."""
    view = _view(connection_id)
    typed = _typed(view)
    if typed.mistakes:
        return _page(connection_id, SourceForm(formdata=None), typed=typed)
    now = clock.now()
    chosen = ticking.choose(
        engine_itself(),
        connection_id,
        typed.ticks,
        agreed=request.form.getlist("agreed", type=int),
        actor=current_actor(),
        now=now,
    )
    if chosen.losses:
        return pages.show(
            "admin/folders/free.html", view=view, losses=chosen.losses, ticks=typed.ticks, own=False, now=now,
            seconds=_seconds(),
        )  # fmt: skip
    return pages.done(_said(chosen), _address(connection_id))


@blueprint.post("/<int:connection_id>/folders/own")
@needs(Permission.EDIT_CONNECTIONS)
def own(connection_id: int) -> ResponseReturnValue:
    """Read the service account's own calendar, or do so no more; what would be freed is shown first."""
    view, actor, now = _view(connection_id), current_actor(), clock.now()
    if request.form.get("do") == "read":
        ticking.read_own(connection_id, actor=actor, now=now)
        return pages.done("The account’s own calendar is read from now on.", _address(connection_id))
    agreed = {OWN} if "agreed" in request.form else set()
    chosen = ticking.leave_own(engine_itself(), connection_id, agreed=agreed, actor=actor, now=now)
    if chosen.losses:
        return pages.show(
            "admin/folders/free.html", view=view, losses=chosen.losses, ticks={}, own=True, now=now, seconds=_seconds()
        )
    return pages.done("The account’s own calendar is not read any more.", _address(connection_id))


@blueprint.post("/<int:connection_id>/folders/<int:folder_id>/again")
@needs(Permission.EDIT_CONNECTIONS)
def again(connection_id: int, folder_id: int) -> ResponseReturnValue:
    """Read one folder now."""
    _require(connection_id, folder_id)
    if folder_reading.read_now(engine_itself(), folder_id):
        return pages.done("The folder was read.", _address(connection_id))
    return pages.refused("The folder could not be read. Nothing was freed.", _address(connection_id))


@blueprint.post("/<int:connection_id>/folders/<int:folder_id>/believe")
@needs(Permission.EDIT_CONNECTIONS)
def believe(connection_id: int, folder_id: int) -> ResponseReturnValue:
    """Take for true that what a folder does not show any more is gone."""
    _require(connection_id, folder_id)
    folder_reading.believe(engine_itself(), folder_id, actor=current_actor(), now=clock.now())
    return pages.done("What is really gone was let go.", _address(connection_id))


def _address(connection_id: int) -> str:
    return url_for(".show", connection_id=connection_id)


def _require(connection_id: int, folder_id: int) -> None:
    with reading() as session:
        found = queries.folders.row(session, folder_id)
    if found is None or found.connection_id != connection_id:
        raise NotFound(what="folder")


def _seconds() -> int:
    return round(ticking.grace(engine_itself()).total_seconds())


def _said(chosen: Chosen) -> str:
    match chosen.changed:
        case 0:
            return "Nothing was changed."
        case 1:
            return "One folder was changed. It is read within a minute."
        case number:
            return f"{number} folders were changed. They are read within a minute."


def _typed(view: View) -> Typed:
    """Return what was chosen for each folder that stands on the page."""
    ticked = set(request.form.getlist("tick", type=int))
    known = {each.space_id for _, spaces in view.spaces for each in spaces}
    ticks: dict[int, int | None] = {}
    mistakes: dict[int, str] = {}
    for folder_id in request.form.getlist("folder", type=int):
        space_id = request.form.get(f"space-{folder_id}", type=int)
        ticks[folder_id] = space_id if folder_id in ticked else None
        if folder_id in ticked and space_id not in known:
            mistakes[folder_id] = "Choose the space that this folder blocks."
    return Typed(ticks, ticked, mistakes)


def _page(connection_id: int, form: SourceForm, *, typed: Typed | None = None) -> ResponseReturnValue:
    refused = typed is not None
    return pages.show("admin/folders/show.html", view=_view(connection_id), form=form, typed=typed, refused=refused)


def _view(connection_id: int) -> View:
    """Return all that the page shows.

    Raises:
        NotFound: there is no such connection.
    """
    now = clock.now()
    with reading() as session:
        connection = queries.connections.row(session, connection_id)
        if connection is None:
            raise NotFound(what="connection")
        rows = queries.folders.rows(session, connection_id)
        spaces = queries.folders.matchable(session, connection_id)
        own_row = next((each for each in rows if each.is_own), None)
        return View(
            connection=connection,
            trees=branches.trees(rows),
            readings=queries.trees.rows(session, connection_id),
            own=own_row,
            blocks=queries.folder_events.blocks(session, [each.id for each in rows], now=now),
            unmatched=queries.folder_events.unmatched(session, own_row.id, now=now) if own_row else (),
            overlaps=queries.folder_events.overlaps(session, connection_id, now=now),
            spaces=_by_location(spaces),
            zone=_zone(session, connection_id),
            ticked=sum(each.state in queries.folders.READ and not each.is_own for each in rows),
        )


def _by_location(spaces: Iterable[Matchable]) -> tuple[tuple[str, tuple[Matchable, ...]], ...]:
    ordered = sorted(spaces, key=lambda each: (each.location_name.casefold(), each.name.casefold(), each.space_id))
    return tuple((name, tuple(theirs)) for name, theirs in groupby(ordered, key=lambda each: each.location_name))


def _zone(session: Session, connection_id: int) -> str:
    """Return on whose wall clock the page shows times that belong to no space: the first location that it serves."""
    places = queries.places.locations(session)
    served = [each.zone for each in places if each.connection_id == connection_id]
    return next(iter([*served, *(each.zone for each in places)]), "UTC")
