"""Outlook/Exchange: every connection to a calendar server, added, changed, tried, paused. Administrators only."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, searching
from booking.admin.connections import PAUSED
from booking.admin.forms.connections import ConnectionForm, TrialForm, UsedByForm
from booking.admin.forms.text import said
from booking.domain import verdicts
from booking.domain.errors import NotFound, Refused
from booking.domain.permissions import Permission
from booking.domain.verdicts import Verdict
from booking.http import wiring
from booking.http.identity import current_actor, needs
from booking.services import connections, standings
from booking.services.standings import Standing
from booking.store import queries
from booking.store.database import Session, reading, transaction
from booking.store.queries.connections import ConnectionRow, UserOfConnection
from booking.store.queries.links import LinkRow
from booking.store.queries.places import LocationRow
from booking.sync import connections as trials
from booking.sync import proofs
from booking.sync.connections import Outcome
from booking.sync.proofs import Proof
from booking.sync.trials import read_report

blueprint = Blueprint("admin_exchange", __name__, url_prefix="/admin/exchange")


@dataclass(frozen=True, slots=True)
class Listed:
    """A connection, how it stands, and what it serves."""

    row: ConnectionRow
    standing: Standing
    steps: tuple[dict[str, str], ...]  # of the last test that was kept
    locations: tuple[UserOfConnection, ...]
    others: tuple[LocationRow, ...]  # that use another connection, or none
    links: tuple[LinkRow, ...]

    @property
    def verdict(self) -> Verdict | None:
        """Return how the last test that was kept ended; None if there was none."""
        return verdicts.of(step["result"] for step in self.steps) if self.steps else None


@blueprint.get("")
@needs(Permission.EDIT_CONNECTIONS)
def index() -> ResponseReturnValue:
    """List the connections, how each stands, and what it serves."""
    now = clock.now()
    with reading() as session:
        listed = [_listed(session, row, now=now) for row in queries.connections.rows(session)]
    return pages.show("admin/exchange/index.html", connections=listed, now=now)


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Permission.EDIT_CONNECTIONS)
def new() -> ResponseReturnValue:
    """Add a connection: after a good test, or paused and without one."""
    if request.method == "GET":
        with reading() as session:
            first = not queries.connections.rows(session)
        return _new_page(ConnectionForm.of(None, name="Exchange" if first else ""))
    form = ConnectionForm()
    outcome = None
    if form.validate_on_submit():
        try:
            outcome = _kept(form, None)
        except Refused as refusal:
            form.explain(refusal)
    if outcome is None or outcome.connection_id is None:
        return _new_page(form, outcome=outcome)
    words = f"{form.name.data} was added. Next: test it with a room, and say which locations use it."
    return pages.done(words, url_for(".show", connection_id=outcome.connection_id))


@blueprint.post("/propose")
@needs(Permission.EDIT_CONNECTIONS)
def propose() -> ResponseReturnValue:
    """Propose a server when the user name has been written and the server has not; nobody signs in anywhere."""
    return searching.propose()


@blueprint.post("/find", defaults={"connection_id": 0})
@blueprint.post("/<int:connection_id>/find")
@needs(Permission.EDIT_CONNECTIONS)
def find(connection_id: int) -> ResponseReturnValue:
    """Look for the server as the button asks, with the password if one was typed; nothing is saved."""
    found = _found(connection_id) if connection_id else None
    form = ConnectionForm()
    search = searching.find(form)
    if request.headers.get("HX-Request"):
        return searching.field(form, search)
    if search and form.password.data:
        search += " Type the password again."
    return _page(found, form=form, search=search) if found else _new_page(form, search=search)


@blueprint.get("/<int:connection_id>")
@needs(Permission.EDIT_CONNECTIONS)
def show(connection_id: int) -> ResponseReturnValue:
    """Show one connection: how it stands, its test, its settings."""
    return _page(_found(connection_id))


@blueprint.post("/<int:connection_id>")
@needs(Permission.EDIT_CONNECTIONS)
def save(connection_id: int) -> ResponseReturnValue:
    """Save the connection: after a good test, or paused and without one."""
    found = _found(connection_id)
    form = ConnectionForm()
    if not form.validate_on_submit():
        return _page(found, form=form)
    try:
        outcome = _kept(form, connection_id)
    except Refused as refusal:
        form.explain(refusal)
        return _page(found, form=form)
    if not outcome.saved:
        return _page(found, form=form, outcome=outcome)
    if not outcome.steps:
        words = "Saved and paused, without a test. Nothing is read or written until you resume it."
        return pages.done(words, url_for(".show", connection_id=connection_id))
    return _page(_found(connection_id), outcome=outcome)


@blueprint.post("/<int:connection_id>/test")
@needs(Permission.EDIT_CONNECTIONS)
def test(connection_id: int) -> ResponseReturnValue:
    """Test the connection as it is saved, in the mailbox and the folder that were chosen, and show each step."""
    found = _found(connection_id)
    trial = TrialForm()
    if not trial.validate_on_submit():
        return _page(found, trial=trial)
    proof = proofs.prove(
        wiring.engine_itself(),
        connection_id,
        mailbox=said(trial.mailbox),
        folder=said(trial.folder),
        actor=current_actor(),
        now=clock.now(),
    )
    return _page(_found(connection_id), trial=trial, proof=proof)


@blueprint.post("/<int:connection_id>/use")
@needs(Permission.EDIT_CONNECTIONS)
def use(connection_id: int) -> ResponseReturnValue:
    """Have a location use the connection."""
    found = _found(connection_id)
    used_by = _used_by(found)
    if used_by.validate_on_submit():
        try:
            with transaction() as session:
                connections.use(
                    session,
                    connection_id,
                    location_id=used_by.location_id.number,
                    actor=current_actor(),
                    now=clock.now(),
                )
        except Refused as refusal:
            used_by.explain(refusal)
        else:
            words = "The location uses this connection from now on. Next: pair its spaces with their rooms."
            return pages.done(words, url_for(".show", connection_id=connection_id))
    return _page(found, used_by=used_by)


@blueprint.post("/<int:connection_id>/pause")
@needs(Permission.EDIT_CONNECTIONS)
def pause(connection_id: int) -> ResponseReturnValue:
    """Let the connection rest."""
    _found(connection_id)
    with transaction() as session:
        connections.pause(session, connection_id, actor=current_actor(), now=clock.now())
    words = "Paused: nothing is read or written through it. Bookings that people make wait until you enable it."
    return pages.done(words, url_for(".show", connection_id=connection_id))


@blueprint.post("/<int:connection_id>/resume")
@needs(Permission.EDIT_CONNECTIONS)
def resume(connection_id: int) -> ResponseReturnValue:
    """Let a paused or stopped connection work again."""
    _found(connection_id)
    with transaction() as session:
        connections.resume(session, connection_id, actor=current_actor(), now=clock.now())
    return pages.done("The connection works again from now on.", url_for(".show", connection_id=connection_id))


def _kept(form: ConnectionForm, connection_id: int | None) -> Outcome:
    """Test and store what was entered, or store it paused without a test, as the button asked.

    Raises:
        Refused: with every mistake, by field.
    """
    engine, draft, actor, now = wiring.engine_itself(), form.draft(), current_actor(), clock.now()
    if request.form.get("do") != PAUSED:
        return trials.save_and_test(engine, draft, connection_id=connection_id, actor=actor, now=now)
    stored_id = trials.save_paused(engine, draft, connection_id=connection_id, actor=actor, now=now)
    return Outcome((), saved=True, connection_id=stored_id)


def _found(connection_id: int) -> Listed:
    """Return a connection as its page shows it.

    Raises:
        NotFound: there is none.
    """
    with reading() as session:
        row = queries.connections.row(session, connection_id)
        if row is None:
            raise NotFound(what="connection")
        return _listed(session, row, now=clock.now())


def _listed(session: Session, row: ConnectionRow, *, now: datetime) -> Listed:
    locations = queries.connections.locations(session, row.id)
    used = {each.id for each in locations}
    return Listed(
        row=row,
        standing=standings.of(row, now=now),
        steps=tuple(read_report(row.check_report)),
        locations=locations,
        others=tuple(each for each in queries.places.locations(session) if each.id not in used),
        links=tuple(each for each in queries.links.rows(session) if each.connection_id == row.id),
    )


def _used_by(found: Listed, *, sent: bool = True) -> UsedByForm:
    form = UsedByForm() if sent else UsedByForm(formdata=None)
    form.location_id.offer((each.id, each.name) for each in found.others)
    return form


def _new_page(form: ConnectionForm, *, outcome: Outcome | None = None, search: str = "") -> ResponseReturnValue:
    return pages.show(
        "admin/exchange/new.html",
        refused=outcome is not None,
        form=form,
        connection=None,
        connection_form=form,
        outcome=outcome,
        search=search,
        addresses={"propose": url_for(".propose"), "find": url_for(".find")},
    )


def _page(
    found: Listed,
    *,
    form: ConnectionForm | None = None,
    trial: TrialForm | None = None,
    used_by: UsedByForm | None = None,
    outcome: Outcome | None = None,
    proof: Proof | None = None,
    search: str = "",
) -> ResponseReturnValue:
    number = found.row.id
    return pages.show(
        "admin/exchange/show.html",
        refused=bool(outcome and not outcome.saved),
        form=form or trial or used_by,
        found=found,
        connection=found.row,
        connection_form=form or ConnectionForm.of(found.row),
        trial=trial or TrialForm(formdata=None),
        used_by=used_by or _used_by(found, sent=False),
        outcome=outcome,
        outcome_verdict=trials.verdict(outcome.steps) if outcome else None,
        proof=proof,
        search=search,
        addresses={"propose": url_for(".propose"), "find": url_for(".find", connection_id=number)},
    )
