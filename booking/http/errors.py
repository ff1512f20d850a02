"""Error pages: calm words, the right status, never a traceback."""

import logging

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from booking.domain.errors import Refused
from booking.http import security, words

_log = logging.getLogger(__name__)

PAGES = {
    400: ("That did not arrive as it should", "Go back, load the page again and repeat what you did."),
    403: ("You may not do that here", "Your account does not have that right in this place. Ask an administrator."),
    404: ("There is nothing here", "The address is wrong, or what was here is gone."),
    405: ("That page cannot be used that way", "Go back and use the buttons of the page."),
    413: ("That is too large", "Send less at once."),
    429: ("Too many tries", "Wait a few minutes, then try again. Nothing is locked."),
}
_STALE = (
    "This page was open too long",
    "For your safety nothing was done. Go back, load the page again and repeat what you did.",
)


def explain_errors(app: Flask) -> None:
    """Give `app` its error pages."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)  # Flask's own log line would hold the address, and so a secret


def _refused(refusal: Refused) -> ResponseReturnValue:
    return _page(words.status(refusal), words.heading(refusal), words.sentence(refusal))


def _stale(_error: CSRFError) -> ResponseReturnValue:
    return _page(400, *_STALE)


def _http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, InternalServerError):
        return _broken(error)
    if error.code is None or error.code < 400:  # noqa: PLR2004 - redirects of the router are answers, not errors
        return error.get_response()
    heading, sentence = PAGES.get(error.code, ("That did not work", "Go back and try again."))
    return _page(error.code, heading, sentence)


def _broken(error: Exception) -> ResponseReturnValue:
    """Say sorry on a page that needs neither database nor session: they may be what is broken."""
    request_line = f"{request.method} {request.url_rule or 'a page'}"  # the rule: an address may hold a secret
    _log.error("%s failed", request_line, exc_info=getattr(error, "original_exception", None) or error)
    return render_template("errors/broken.html"), 500, security.SECRET_PAGE


def _page(status: int, heading: str, sentence: str) -> ResponseReturnValue:
    page = render_template("errors/error.html", heading=heading, sentence=sentence, status=status)
    return page, status, security.SECRET_PAGE
