"""What the application was joined from, for the pages of the request at hand.

The only module that reaches for `flask.current_app`: below it, everything is handed down.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask, current_app
from werkzeug.local import LocalProxy

from booking.domain.availability import Cadence
from booking.http.security import Attempts
from booking.mail.smtp import Post
from booking.sync.engine import Engine
from booking.sync.front import Front

_NAME = "booking"


@dataclass(frozen=True, slots=True)
class Site:
    """What pages may know of the settings: nothing secret."""

    library_name: str
    base_url: str
    instance: Path
    near_every: float
    far_every: float
    sync_workers: int
    mail_from: str
    mail_goes_out: bool
    secure_cookies: bool


@dataclass(frozen=True, slots=True)
class Wiring:
    """The joined parts."""

    settings: Site
    engine: Engine
    front: Front
    attempts: Attempts
    post: Post


def join(app: Flask, wiring: Wiring) -> None:
    """Give `app` its parts."""
    app.extensions[_NAME] = wiring


def _wiring() -> Wiring:
    wiring: Wiring = current_app.extensions[_NAME]
    return wiring


settings: Site = LocalProxy(lambda: _wiring().settings)  # type: ignore[assignment] # stands for the Site of the request
engine: Engine = LocalProxy(lambda: _wiring().engine)  # type: ignore[assignment] # likewise
front: Front = LocalProxy(lambda: _wiring().front)  # type: ignore[assignment] # likewise
attempts: Attempts = LocalProxy(lambda: _wiring().attempts)  # type: ignore[assignment] # likewise
post: Post = LocalProxy(lambda: _wiring().post)  # type: ignore[assignment] # likewise


def cadence() -> Cadence:
    """Return how often calendars are read here, which says when their answers are too old."""
    return Cadence(near=timedelta(seconds=settings.near_every), far=timedelta(seconds=settings.far_every))


def engine_itself() -> Engine:
    """Return the engine and not a stand-in for it: threads of sync go on using it after the request."""
    return _wiring().engine
