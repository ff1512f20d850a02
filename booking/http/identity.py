"""Who is asking, and whether they may: one mechanism for every page.

A view names what it needs with `@needs(...)`; one function looks that up before each request and asks
`domain.permissions`. A view that names nothing is refused to everybody.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import flask_login
from flask import Flask, abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from booking.domain.permissions import GRANTS, INSTALLATION, NOBODY, Actor, Permission, Role, Scope
from booking.http import addresses
from booking.store import queries
from booking.store.database import Session, reading
from booking.store.models import Person

ScopeOf = Callable[..., Scope | None]
View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

_MARK = "booking_requirement"
#: Files of ours, the same for everybody.
_OPEN_ENDPOINTS = frozenset({"static"})


def installation(_session: Session, **_view_args: object) -> Scope:
    """Say that a page is about the whole installation."""
    return INSTALLATION


def somewhere(_session: Session, **_view_args: object) -> None:
    """Say that a page lists places: it opens if they may in any of them, and shows only those."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a view asks of who opens it. `on` finds the place from the address; None means there is no such place."""

    permission: Permission
    on: ScopeOf

    @property
    def open_to_everybody(self) -> bool:
        """Tell whether nobody needs to sign in for it."""
        return self.permission in GRANTS[Role.EVERYBODY]

    def is_met(self, actor: Actor, view_args: dict[str, object]) -> bool:
        """Tell whether `actor` may.

        Raises:
            werkzeug.exceptions.NotFound: the address names no place.
        """
        if self.on is somewhere:
            return actor.may_somewhere(self.permission)
        with reading() as database:
            scope = self.on(database, **view_args)
        if scope is None:
            abort(404)
        return actor.may(self.permission, on=scope)


def needs(permission: Permission, *, on: ScopeOf = installation) -> Callable[[View], View]:
    """Mark a view: to be opened only by who has `permission` in the place that `on` finds."""

    def marked(view: View) -> View:
        setattr(view, _MARK, Requirement(permission, on))
        return view

    return marked


def requirement(view: Callable[..., object]) -> Requirement | None:
    """Return what a view asks, or None if somebody forgot to say."""
    return getattr(view, _MARK, None)


class Account(flask_login.UserMixin):
    """Somebody signed in. The nonce changes with the password, and old sessions end."""

    def __init__(self, actor: Actor, *, nonce: str) -> None:
        self.actor = actor
        self._nonce = nonce

    def get_id(self) -> str:
        """Return what the signed cookie keeps."""
        return f"{self.actor.person_id}.{self._nonce}"


def current_actor() -> Actor:
    """Return who is asking; NOBODY for somebody who has not signed in."""
    account = flask_login.current_user
    return account.actor if isinstance(account._get_current_object(), Account) else NOBODY  # noqa: SLF001 - a LocalProxy's own door


def sign_in(actor: Actor, *, nonce: str) -> None:
    """Begin a session of `actor`; nothing of an older one goes along."""
    session.clear()
    flask_login.login_user(Account(actor, nonce=nonce))


def sign_out() -> None:
    """End the session."""
    flask_login.logout_user()
    session.clear()


def guard(app: Flask) -> None:
    """Let `app` answer only who may; sessions included."""
    manager = flask_login.LoginManager(app)
    manager.user_loader(_account)

    def _before_request() -> ResponseReturnValue | None:
        if request.endpoint is None or request.endpoint in _OPEN_ENDPOINTS:
            return None  # no such page: routing says so
        return _refusal(requirement(app.view_functions[request.endpoint]))

    app.before_request(_before_request)


def _refusal(asked: Requirement | None) -> ResponseReturnValue | None:
    if asked is None:
        abort(403)  # a view that says nothing opens for nobody
    actor = current_actor()
    if actor is NOBODY and not asked.open_to_everybody:
        return _to_sign_in()
    if not asked.is_met(actor, dict(request.view_args or {})):
        abort(403)
    return None


def _to_sign_in() -> ResponseReturnValue:
    wanted = addresses.here() if request.method == "GET" else None
    target = url_for("account.sign_in", next=wanted)
    if request.headers.get("HX-Request"):  # htmx would swap the sign-in page into the fragment
        return "", 401, {"HX-Redirect": target}
    return redirect(target)


def _account(kept: str) -> Account | None:
    person_id, _, nonce = kept.partition(".")
    if not person_id.isdecimal():
        return None
    with reading() as database:
        person = database.get(Person, int(person_id))
        if person is None or not person.active or not hmac.compare_digest(person.session_nonce, nonce):
            return None
        actor = queries.people.actor(database, person.id)
    return Account(actor, nonce=nonce) if actor else None
