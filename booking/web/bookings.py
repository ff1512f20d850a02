"""Booking a space, and looking after the booking through its secret link."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock
from booking.domain.errors import Refused
from booking.domain.offers import Offer
from booking.domain.permissions import Permission
from booking.domain.states import Channel
from booking.http import security, states, words
from booking.http.identity import current_actor, needs
from booking.http.wiring import cadence, front
from booking.services.bookings import Change, Wish
from booking.services.people import Patron
from booking.store import queries
from booking.store.database import reading
from booking.store.queries.bookings import BookingRow, OccurrenceRow
from booking.store.queries.places import SpaceRow
from booking.web import availability, histories, spaces
from booking.web.forms import BookingForm, CancelForm, ChangeForm, TimeForm

blueprint = Blueprint("bookings", __name__)

ALL = "all"
#: These say that the time is not to be had; all else is beside its field.
_NOT_TO_BE_HAD = frozenset({"taken", "closed", "not_certain"})
#: Somebody went back to the form and pressed the button again.
_YOURS = (
    "You have this room already",
    "You booked it for that time from this browser. It was not booked twice; the confirmation has the link to it.",
)


@blueprint.get("/spaces/<slug>/bookings/new")
@needs(Permission.PLACE_BOOKING)
def new(slug: str) -> ResponseReturnValue:
    """Show the form, filled with the time that was chosen."""
    now = clock.now()
    with reading() as database:
        space = spaces.space_or_404(database, slug)
        when = availability.chosen(database, request.args, space, now=now)
        check = availability.check(database, space, when, now=now)
    form = BookingForm(formdata=None, request_key=secrets.token_urlsafe(16))
    form.show(when, space.zone)
    return render_template("web/bookings/new.html", form=form, space=space, check=check, now=now)


@blueprint.get("/spaces/<slug>/bookings/check")
@needs(Permission.PLACE_BOOKING)
def check(slug: str) -> ResponseReturnValue:
    """Say whether the time in the form can be booked now; 204 if that is what the page says already."""
    now = clock.now()
    with reading() as database:
        space = spaces.space_or_404(database, slug)
        form = BookingForm(request.args, meta={"csrf": False})
        found = availability.check_form(database, space, form, now=now)
    if found.code == request.args.get("shown"):
        return "", 204
    return render_template("web/bookings/_check.html", space=space, check=found)


@blueprint.post("/spaces/<slug>/bookings")
@needs(Permission.PLACE_BOOKING)
def place(slug: str) -> ResponseReturnValue:
    """Book, then show the booking; or show the form again with the reason why not."""
    now = clock.now()
    with reading() as database:
        space = spaces.space_or_404(database, slug)
    form = BookingForm()
    if offer := availability.offered(request.form.get("offer")):
        form.show(offer, space.zone)
    if not form.validate_on_submit():
        return _form_again(form, space, None, now=now)
    try:
        placed = front.place(_wish(form, space), actor=current_actor(), now=now, channel=Channel.WEB)
    except Refused as refusal:
        return _form_again(form, space, refusal, now=now)
    spaces.remember(placed.ref)
    if not placed.held:
        flash(f"Booked. The confirmation goes to {form.email.data}.")
    return redirect(url_for(".show", ref=placed.ref, secret=placed.secret), code=303)


@blueprint.get("/bookings/<ref>/<secret>")
@needs(Permission.MANAGE_OWN_BOOKING)
def show(ref: str, secret: str) -> ResponseReturnValue:
    """Show the booking with the state of each date."""
    return _secret_page("show.html", _booking_or_404(ref, secret), secret)


@blueprint.get("/bookings/<ref>/<secret>/progress")
@needs(Permission.MANAGE_OWN_BOOKING)
def progress(ref: str, secret: str) -> ResponseReturnValue:
    """Show only what changes while a calendar is being written; 204 if that is what the page shows already."""
    booking = _booking_or_404(ref, secret)
    if states.fingerprint(booking) == request.args.get("shown"):
        return "", 204, security.SECRET_PAGE
    return _secret_page("_progress.html", booking, secret)


@blueprint.route("/bookings/<ref>/<secret>/change", methods=["GET", "POST"])
@needs(Permission.MANAGE_OWN_BOOKING)
def change(ref: str, secret: str) -> ResponseReturnValue:
    """Give one date another time, or the booking other words."""
    now = clock.now()
    booking = _booking_or_404(ref, secret)
    date = _date_or_404(booking, request.args.get("date"), now=now)
    form = ChangeForm()
    refusal: Refused | None = None
    if form.validate_on_submit():
        try:
            front.change(ref, _change(form, date), actor=current_actor(), now=now, channel=Channel.WEB)
        except Refused as error:
            refusal = error
        else:
            flash("Your booking was changed.")
            return redirect(url_for(".show", ref=ref, secret=secret), code=303)
    elif not form.is_submitted():
        form.show(availability.offered(request.args.get("time")) or date.when, date.zone)
        form.title.data, form.nickname.data = booking.title, booking.nickname
    trouble = _trouble(form, refusal, date.space, now=now)
    facts = {"form": form, "date": date, "trouble": trouble}
    return _secret_page("change.html", booking, secret, facts, status=422 if form.is_submitted() else 200)


@blueprint.route("/bookings/<ref>/<secret>/cancel", methods=["GET", "POST"])
@needs(Permission.MANAGE_OWN_BOOKING)
def cancel(ref: str, secret: str) -> ResponseReturnValue:
    """Ask, and on the second press cancel one date or all of them."""
    now = clock.now()
    booking = _booking_or_404(ref, secret)
    form = CancelForm()
    if form.validate_on_submit():
        which = request.form.get("date", "")
        try:
            front.cancel(
                ref,
                keys=None if which == ALL else frozenset({which}),
                actor=current_actor(),
                now=now,
                channel=Channel.WEB,
            )
        except Refused as refusal:
            form.explain(refusal)
        else:
            flash("Cancelled. A message about it is on its way.")
            return redirect(url_for(".show", ref=ref, secret=secret), code=303)
    facts = {"form": form, "coming": _coming(booking, now=now), "asked": request.args.get("date")}
    return _secret_page("cancel.html", booking, secret, facts, status=422 if form.is_submitted() else 200)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a time cannot be had, and what is free instead."""

    heading: str
    sentence: str
    offers: tuple[Offer[SpaceRow], ...]


def _wish(form: BookingForm, space: SpaceRow) -> Wish:
    with reading() as database:
        when = availability.wished(database, space, form)
    return Wish(
        space_id=space.id,
        times=(when,),
        patron=Patron(form.first_name.data or "", form.last_name.data or "", form.email.data or ""),
        title=form.title.data or "",
        nickname=(form.nickname.data or "") if space.nickname_allowed else "",
        request_key=form.request_key.data or None,
    )


def _change(form: ChangeForm, date: OccurrenceRow) -> Change:
    with reading() as database:
        when = availability.wished(database, date.space, form)
    return Change(
        when={} if when == date.when else {date.key: when},
        title=form.title.data or "",
        nickname=(form.nickname.data or "") if date.space.nickname_allowed else None,
    )


def _form_again(form: BookingForm, space: SpaceRow, refusal: Refused | None, *, now: datetime) -> ResponseReturnValue:
    trouble = _trouble(form, refusal, space, now=now)
    with reading() as database:
        check = availability.check_form(database, space, form, now=now)
    page = render_template("web/bookings/new.html", form=form, space=space, check=check, trouble=trouble, now=now)
    return page, 422


def _trouble(form: TimeForm, refusal: Refused | None, space: SpaceRow, *, now: datetime) -> Trouble | None:
    """Explain a refusal: beside its field, or, if the time is not to be had, above the form and with offers."""
    if refusal is None:
        return None
    if refusal.code not in _NOT_TO_BE_HAD:
        form.explain(refusal, zone=space.zone)
        return None
    with reading() as database:
        wish = availability.wished(database, space, form)
        offers = queries.free.offers(database, space=space, wish=wish, now=now, cadence=cadence())
        if availability.is_yours(database, refusal, space, wish):
            return Trouble(*_YOURS, offers)
    return Trouble(words.heading(refusal), words.sentence(refusal, zone=space.zone), offers)


def _booking_or_404(ref: str, secret: str) -> BookingRow:
    """Return the booking; a wrong secret and an unknown reference get the same answer."""
    with reading() as database:
        booking = queries.bookings.by_ref_and_secret(database, ref, secret)
    if booking is None:
        abort(404)
    return booking


def _coming(booking: BookingRow, *, now: datetime) -> tuple[OccurrenceRow, ...]:
    return tuple(date for date in booking.occurrences if date.holds and date.when.end > now)


def _date_or_404(booking: BookingRow, key: str | None, *, now: datetime) -> OccurrenceRow:
    """Return the date with that key; without one, the next that is still to come."""
    coming = _coming(booking, now=now)
    found = next((date for date in coming if key in {None, date.key}), None)
    if found is None:
        abort(404)
    return found


def _secret_page(
    template: str, booking: BookingRow, secret: str, facts: Mapping[str, object] | None = None, *, status: int = 200
) -> ResponseReturnValue:
    """Render a page that only the holder of the link sees, and that nothing keeps."""
    now = clock.now()
    with reading() as database:
        history = histories.for_patron(queries.bookings.history(database, booking.id))
    page = render_template(
        f"web/bookings/{template}",
        booking=booking,
        secret=secret,
        history=history,
        coming_keys={date.key for date in _coming(booking, now=now)},
        states=states,
        waits=states.waits(booking),
        shown=states.fingerprint(booking),
        now=now,
        **(facts or {}),
    )
    return page, status, security.SECRET_PAGE
