"""Bookings: looked for, looked at, cancelled."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.admin import pages, scopes
from booking.admin.forms.bookings import ANY, STATE_WORDS, CancelForm, SearchForm
from booking.domain.errors import NotFound, Refused
from booking.domain.permissions import Permission, Scope
from booking.domain.states import Channel
from booking.http import addresses
from booking.http.identity import current_actor, needs, somewhere
from booking.http.wiring import front
from booking.services.undoing import UNDO_WITHIN
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.queries.bookings import BookingRow, OccurrenceRow
from booking.store.queries.pages import Page

blueprint = Blueprint("admin_bookings", __name__, url_prefix="/admin/bookings")


def _place(session: Session, ref: str, **_rest: object) -> Scope | None:
    row = queries.bookings.by_ref(session, ref)
    return row.scope if row else None


@blueprint.get("")
@needs(Permission.SEE_BOOKINGS, on=somewhere)
def index() -> ResponseReturnValue:
    """List the bookings of the places in which the person works."""
    with reading() as session:
        locations = scopes.touched(queries.places.locations(session), Permission.SEE_BOOKINGS)
        form = SearchForm(request.args)
        form.offer(locations)
        _read_location(form, {row.slug: row.id for row in locations})
        form.validate()
        found = _search(session, form)
    asked = {name: value for name, value in request.args.items(multi=False) if value and name != "page"}
    return pages.show("admin/bookings/index.html", form=form, found=found, asked=asked, state_words=STATE_WORDS)


def _read_location(form: SearchForm, ids: dict[str, int]) -> None:
    """Take the name in addresses too, so that other pages can point here; nothing chosen means all."""
    given = request.args.get("location", "")
    form.location.data = str(ids.get(given, given or ANY))


def _search(session: Session, form: SearchForm) -> Page[BookingRow]:
    """Return what was asked for; nothing while the question makes no sense."""
    if form.errors:
        return Page((), 1, 0)
    return queries.bookings.search(
        session,
        scopes=scopes.granted(Permission.SEE_BOOKINGS),
        text=form.q.data or "",
        day_from=form.day_from.data,
        day_to=form.day_to.data,
        state=form.wanted_state,
        location_id=form.location.number or None,
        page=addresses.number(request.args.get("page"), otherwise=1, most=pages.LAST),
    )


@blueprint.get("/<ref>")
@needs(Permission.SEE_BOOKINGS, on=_place)
def show(ref: str) -> ResponseReturnValue:
    """Show a booking: who, when, where each date stands on its way to Outlook, and what happened."""
    with reading() as session:
        booking = _booking(session, ref)
        history = queries.bookings.history(session, booking.id)
        conflicts = {each.ours.key: each for each in queries.conflicts.of_booking(session, booking.id) if each.ours}
        now = clock.now()
        undoable = queries.cancelled.undoable_of_booking(session, booking.id, since=now - UNDO_WITHIN, now=now)
    may_cancel = current_actor().may(Permission.CANCEL_BOOKINGS, on=booking.scope)
    return pages.show(
        "admin/bookings/show.html",
        booking=booking,
        history=history,
        to_cancel=_cancellable(booking) if may_cancel else (),
        undoable=undoable if may_cancel else frozenset(),
        conflicts=conflicts if current_actor().may(Permission.SEE_SYNC, on=booking.scope) else {},
        state_words=STATE_WORDS,
    )


@blueprint.route("/<ref>/cancel", methods=["GET", "POST"])
@needs(Permission.CANCEL_BOOKINGS, on=_place)
def cancel(ref: str) -> ResponseReturnValue:
    """Ask which dates to cancel, then cancel them and tell the patron."""
    with reading() as session:
        booking = _booking(session, ref)
    dates = _cancellable(booking)
    form = CancelForm()
    form.offer(dates)
    if form.validate_on_submit():
        keys = frozenset(form.dates.data or ())
        try:
            front.cancel(booking.ref, keys=keys, actor=current_actor(), now=clock.now(), channel=Channel.STAFF)
        except Refused as refusal:
            form.explain(refusal, zone=booking.space.zone)
        else:
            words = "One date was cancelled." if len(keys) == 1 else f"{len(keys)} dates were cancelled."
            return pages.done(f"{words} {booking.patron_name} is told.", url_for(".show", ref=booking.ref))
    if request.method == "GET":
        wished = request.args.get("date", "")
        form.dates.data = [each.key for each in dates if wished in {"", each.key}]
    return pages.show("admin/bookings/cancel.html", form=form, booking=booking, dates=dates)


def _booking(session: Session, ref: str) -> BookingRow:
    row = queries.bookings.by_ref(session, ref)
    if row is None:
        raise NotFound(what="booking")
    return row


def _cancellable(booking: BookingRow) -> tuple[OccurrenceRow, ...]:
    """Return the dates that still hold their space and are not over."""
    now = clock.now()
    return tuple(each for each in booking.occurrences if each.holds and each.when.end > now)
