"""Signing in and out, the choice of colours, and a sign of life for machines."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking import clock, services
from booking.domain.permissions import Permission
from booking.http import addresses, identity, theme, wiring
from booking.http.identity import needs
from booking.http.theme import Theme
from booking.store import queries
from booking.store.database import reading, transaction
from booking.web.forms import SignInForm

blueprint = Blueprint("account", __name__)

#: The same for an unknown name and a wrong password: nobody learns which accounts exist.
WRONG = "That name and password do not belong together. Check both and try again."
ENOUGH = "Those were too many tries. Wait five minutes, then try again. Your account is not locked."


@blueprint.get("/sign-in")
@needs(Permission.SIGN_IN)
def sign_in() -> ResponseReturnValue:
    """Show the form."""
    return render_template("web/account/sign_in.html", form=SignInForm(), next=_next())


@blueprint.post("/sign-in")
@needs(Permission.SIGN_IN)
def enter() -> ResponseReturnValue:
    """Begin a session and go where the person was going; or show the form again."""
    form = SignInForm()
    status = 422
    if form.validate_on_submit():
        if wiring.attempts.enough(address=request.remote_addr or "", login=form.login.data or ""):
            form.complain(None, ENOUGH)
            status = 429
        elif _entered(form):
            return redirect(_next(), code=303)
        else:
            form.complain(None, WRONG)
    return render_template("web/account/sign_in.html", form=form, next=_next()), status


def _entered(form: SignInForm) -> bool:
    login, password, now = form.login.data or "", form.password.data or "", clock.now()
    with reading() as session:  # judging takes long on purpose: a wrong password keeps no writer waiting
        if services.people.sign_in(session, login, password, now=now) is None:
            return False
    with transaction() as session:
        person = services.people.sign_in(session, login, password, now=now)
        actor = queries.people.actor(session, person.id) if person else None
        if person is None or actor is None:
            return False
        identity.sign_in(actor, nonce=person.session_nonce)
    return True


@blueprint.post("/sign-out")
@needs(Permission.SIGN_OUT, on=identity.somewhere)
def sign_out() -> ResponseReturnValue:
    """End the session."""
    identity.sign_out()
    return redirect(url_for("spaces.locations"), code=303)


@blueprint.post("/theme")
@needs(Permission.SEE_PUBLIC_PAGES)
def choose_theme() -> ResponseReturnValue:
    """Remember the colours somebody chose, and go back to the page."""
    response = redirect(addresses.own(request.form.get("next"), otherwise=url_for("spaces.locations")), code=303)
    wish = request.form.get("theme", "")
    if wish in set(Theme):
        theme.keep(response, Theme(wish), secure=wiring.settings.secure_cookies)
    return response


def _next() -> str:
    """Return where the person was going; staff without an aim go to their own pages."""
    return addresses.own(request.values.get("next"), otherwise=url_for("admin.index"))
