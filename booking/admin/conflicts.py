"""Conflicts: both sides beside one another, what can be done, and what sync cancelled and may stand again."""

from datetime import datetime, timedelta

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from booking import clock
from booking.admin import pages, scopes
from booking.domain.errors import Refused, Taken
from booking.domain.permissions import Permission, Scope
from booking.http import filters, words
from booking.http.forms import Form
from booking.http.identity import current_actor, needs, somewhere
from booking.http.wiring import engine_itself
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.audit import AuditRow
from booking.store.queries.cancelled import CancelledRow
from booking.sync import settling, undoing
from booking.sync.settling import Chosen, Options
from booking.sync.undoing import Batch, Undone

blueprint = Blueprint("admin_conflicts", __name__, url_prefix="/admin/conflicts")

#: For how long a settled conflict is shown as such.
SETTLED_FOR = timedelta(days=7)


class DecideForm(Form):
    """The last question; it carries which state of affairs was shown."""

    stand = HiddenField()


class UndoForm(Form):
    """The last question before something stands again."""


def count() -> int:
    """Return how many conflicts are open where whoever asks may see them: the staff navigation says so."""
    mine = scopes.granted(Permission.SEE_SYNC)
    if not mine:
        return 0
    with reading() as session:
        return queries.conflicts.count(session, mine)


def _place(session: Session, conflict_id: int, **_rest: object) -> Scope | None:
    row = queries.conflicts.row(session, conflict_id)
    return row.scope if row else None


def _place_of_date(session: Session, occurrence_id: int, **_rest: object) -> Scope | None:
    return queries.cancelled.scope(session, occurrence_id)


@blueprint.get("")
@needs(Permission.SEE_SYNC, on=somewhere)
def index() -> ResponseReturnValue:
    """List what staff must decide, what sync cancelled lately, and what was settled."""
    now = clock.now()
    with reading() as session:
        open_ones = scopes.allowed(queries.conflicts.unsettled(session), Permission.SEE_SYNC)
        settled = scopes.allowed(queries.conflicts.settled_since(session, now - SETTLED_FOR), Permission.SEE_SYNC)
        cancelled = [
            each
            for each in undoing.batches(session, now=now)
            if current_actor().may(Permission.SEE_BOOKINGS, on=each.first.scope)
        ]
    return pages.show("admin/conflicts/index.html", conflicts=open_ones, cancelled=cancelled, settled=settled, now=now)


@blueprint.get("/<int:conflict_id>")
@needs(Permission.SEE_SYNC, on=_place)
def show(conflict_id: int) -> ResponseReturnValue:
    """Show both sides, how it came about, and what can be done."""
    now = clock.now()
    with reading() as session:
        found = settling.options(session, conflict_id, now)
        history = _history(session, found)
    return _shown(found, history, now=now)


def _history(session: Session, found: Options) -> tuple[AuditRow, ...]:
    ours = found.conflict.ours
    return queries.bookings.history(session, ours.booking_id) if ours else ()


def _shown(found: Options, history: tuple[AuditRow, ...], *, now: datetime, complaint: str = "") -> ResponseReturnValue:
    may_settle = current_actor().may(Permission.CANCEL_BOOKINGS, on=found.conflict.scope)
    return pages.show(
        "admin/conflicts/show.html",
        found=found,
        conflict=found.conflict,
        history=history,
        may_settle=may_settle,
        complaint=complaint,
        refused=bool(complaint),
        now=now,
    )


@blueprint.route("/<int:conflict_id>/decide", methods=["GET", "POST"])
@needs(Permission.CANCEL_BOOKINGS, on=_place)
def decide(conflict_id: int) -> ResponseReturnValue:
    """Say what a choice would do, then do it; the address names the choice."""
    now = clock.now()
    with reading() as session:
        found = settling.options(session, conflict_id, now)
        history = _history(session, found)
    option = found.by_key(request.args.get("choice", ""))
    if option is None:
        complaint = "That choice is not offered any more. These are." if request.args.get("choice") else ""
        return _shown(found, history, now=now, complaint=complaint)
    form = DecideForm(stand=found.conflict.stand)
    if form.validate_on_submit():
        chosen = Chosen(option.chosen.choice, option.chosen.when, option.chosen.space_id, form.stand.data or "")
        try:
            settled = settling.settle(engine_itself(), conflict_id, chosen, actor=current_actor(), now=now)
        except Refused as refusal:
            return pages.refused(_sentence(refusal, found.conflict.zone), url_for(".show", conflict_id=conflict_id))
        address = url_for(".show", conflict_id=conflict_id) if settled.open else url_for(".index")
        return pages.done(settled.words, address)
    return pages.show(
        "admin/conflicts/decide.html", form=form, found=found, conflict=found.conflict, option=option, now=now
    )


def _sentence(refusal: Refused, zone: str) -> str:
    if isinstance(refusal, Taken):
        return "That time was taken meanwhile. Nothing was changed."
    return words.sentence(refusal, zone=zone)


# --------------------------------------------------------------------------------- what sync cancelled


@blueprint.route("/cancelled/<int:occurrence_id>", methods=["GET", "POST"])
@needs(Permission.CANCEL_BOOKINGS, on=_place_of_date)
def undo(occurrence_id: int) -> ResponseReturnValue:
    """Ask, then have a cancelled date stand again; with `all=1` whatever the same reading cancelled."""
    now = clock.now()
    everything = request.args.get("all") == "1"
    with reading() as session:
        rows = undoing.together(session, occurrence_id, now=now)
    if not everything:
        rows = tuple(each for each in rows if each.occurrence_id == occurrence_id)
    form = UndoForm()
    if rows and form.validate_on_submit():
        done = undoing.undo(engine_itself(), rows, actor=current_actor(), now=now)
        return _undone(done)
    batch = Batch(rows) if rows else None
    return pages.show("admin/conflicts/undo.html", form=form, batch=batch, everything=everything, now=now)


def _undone(done: tuple[Undone, ...]) -> ResponseReturnValue:
    """Say what stands again, and of the rest why not."""
    standing = [each.row for each in done if each.refusal is None]
    left = [(each.row, each.refusal) for each in done if each.refusal is not None]
    address = url_for(".index")
    if len(done) == 1:
        address = url_for("admin_bookings.show", ref=done[0].row.ref)
    told = f"{_dates(len(standing))} again, and the patrons are told." if standing else ""
    whys = " ".join(f"{_date(row)}: {_why(refusal, row.zone)}" for row, refusal in left)
    if not left:
        return pages.done(told, address)
    return pages.refused(f"{told} {_not(len(left))} {whys}".strip(), address)


def _dates(number: int) -> str:
    return "One date stands" if number == 1 else f"{number} dates stand"


def _not(number: int) -> str:
    return "One could not be had again." if number == 1 else f"{number} could not be had again."


def _date(row: CancelledRow) -> str:
    return f"{filters.stamp(row.when.start, row.zone)}, {row.patron_name}"


def _why(refusal: Refused, zone: str) -> str:
    if isinstance(refusal, Taken):
        return "somebody else has the space then."
    return words.sentence(refusal, zone=zone)
