"""Light, dark, or as the device is: chosen by the person, kept in a cookie, set on the server."""

from datetime import timedelta
from enum import StrEnum

from flask import request
from werkzeug.wrappers import Response

COOKIE = "theme"
_KEPT = timedelta(days=365)


class Theme(StrEnum):
    """What people may choose."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


def chosen() -> Theme:
    """Return what this person chose; without a choice, as the device is."""
    kept = request.cookies.get(COOKIE, "")
    return Theme(kept) if kept in set(Theme) else Theme.AUTO


def keep(response: Response, theme: Theme, *, secure: bool) -> None:
    """Remember the choice in the browser."""
    below = request.script_root or "/"
    response.set_cookie(COOKIE, theme.value, max_age=_KEPT, path=below, samesite="Lax", secure=secure, httponly=True)
