"""How staff pages are answered: shown, or left for another after something was saved."""

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from booking import clock
from booking.http.forms import Form
from booking.http.identity import current_actor

REFUSED = 422
SEE_OTHER = 303
#: As far as anybody turns the pages of a list.
LAST = 100_000


def show(template: str, *, form: Form | None = None, refused: bool = False, **facts: object) -> ResponseReturnValue:
    """Render a page; a form with complaints, or `refused`, makes it an answer of 422."""
    facts.setdefault("now", clock.now())
    text = render_template(template, form=form, actor=current_actor(), **facts)
    return text, REFUSED if refused or (form is not None and form.errors) else 200


def done(words: str, address: str) -> ResponseReturnValue:
    """Say on the next page what was done, and go there; reloading it does nothing again."""
    flash(words, "free")
    return redirect(address, code=SEE_OTHER)


def refused(words: str, address: str) -> ResponseReturnValue:
    """Say on the next page why nothing was done, and go there."""
    flash(words, "bad")
    return redirect(address, code=SEE_OTHER)
