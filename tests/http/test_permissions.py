"""Every page, as everybody: what the map of the domain says is what the site does.

`PAGES` says for each page, by hand, which right it asks and where. A new page fails until it stands here, and a
page that asks something else fails too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import Forbidden
from werkzeug.routing import Rule

from booking import clock, services
from booking.domain.permissions import GRANTS, Permission, Role
from booking.http.identity import requirement
from booking.store import queries
from booking.store.database import transaction
from booking.store.models import Location, Space
from tests import build
from tests.support.pages import Library, Visitor, at, hire, login


class Place(Enum):
    """Where a right must hold."""

    ANYWHERE = auto()  # the page lists places, and shows those in which it holds
    HERE = auto()  # in the location the address is about
    EVERYWHERE = auto()  # in the whole installation


class Outcome(Enum):
    """What somebody who opens a page gets."""

    OPEN = auto()
    REFUSED = auto()
    ASKED_TO_SIGN_IN = auto()
    BROKEN = auto()  # neither shown nor refused


PUBLIC = (Permission.SEE_PUBLIC_PAGES, Place.EVERYWHERE)
BOOK = (Permission.PLACE_BOOKING, Place.EVERYWHERE)
OWN = (Permission.MANAGE_OWN_BOOKING, Place.EVERYWHERE)
PLACES = (Permission.EDIT_PLACES, Place.HERE)
HOURS = (Permission.EDIT_HOURS, Place.HERE)
SECRETS = (Permission.EDIT_CONNECTIONS, Place.EVERYWHERE)
PAIRING = (Permission.PAIR_SPACES, Place.HERE)

PAGES: dict[str, tuple[Permission, Place]] = {
    "account.choose_theme": PUBLIC,
    "account.enter": (Permission.SIGN_IN, Place.EVERYWHERE),
    "account.sign_in": (Permission.SIGN_IN, Place.EVERYWHERE),
    "account.sign_out": (Permission.SIGN_OUT, Place.ANYWHERE),
    "bookings.cancel": OWN,
    "bookings.change": OWN,
    "bookings.check": BOOK,
    "bookings.new": BOOK,
    "bookings.place": BOOK,
    "bookings.progress": OWN,
    "bookings.show": OWN,
    "health.live": PUBLIC,
    "health.ready": PUBLIC,
    "images.show": PUBLIC,
    "metrics.show": PUBLIC,  # and then the guard of its own asks: tests/api/test_metrics.py
    "spaces.day": PUBLIC,
    "spaces.locations": PUBLIC,
    "spaces.show": PUBLIC,
    "admin.index": (Permission.SEE_STAFF_PAGES, Place.ANYWHERE),
    "admin_assigning.places": SECRETS,
    "admin_bookings.cancel": (Permission.CANCEL_BOOKINGS, Place.HERE),
    "admin_bookings.index": (Permission.SEE_BOOKINGS, Place.ANYWHERE),
    "admin_bookings.show": (Permission.SEE_BOOKINGS, Place.HERE),
    "admin_categories.edit": PLACES,
    "admin_categories.index": PLACES,
    "admin_categories.new": PLACES,
    "admin_categories.retire": PLACES,
    "admin_categories.retire_now": PLACES,
    "admin_closures.index": HOURS,
    "admin_closures.remove": HOURS,
    "admin_conflicts.decide": (Permission.CANCEL_BOOKINGS, Place.HERE),
    "admin_conflicts.index": (Permission.SEE_SYNC, Place.ANYWHERE),
    "admin_conflicts.show": (Permission.SEE_SYNC, Place.HERE),
    "admin_conflicts.undo": (Permission.CANCEL_BOOKINGS, Place.HERE),
    "admin_connections.find": SECRETS,
    "admin_connections.propose": SECRETS,
    "admin_connections.resume": SECRETS,
    "admin_connections.save": SECRETS,
    "admin_connections.save_profile": SECRETS,
    "admin_connections.show": SECRETS,
    "admin_connections.test": SECRETS,
    "admin_connections.use": SECRETS,
    "admin_blocks.show": PAIRING,
    "admin_days.show": (Permission.SEE_BOOKINGS, Place.HERE),
    "admin_dry_runs.index": (Permission.PAIR_SPACES, Place.ANYWHERE),
    "admin_dry_runs.run": (Permission.PAIR_SPACES, Place.ANYWHERE),
    "admin_errors.index": (Permission.SEE_SYNC, Place.ANYWHERE),
    "admin_errors.report": (Permission.SEE_SYNC, Place.ANYWHERE),
    "admin_exchange.find": SECRETS,
    "admin_exchange.index": SECRETS,
    "admin_exchange.new": SECRETS,
    "admin_exchange.pause": SECRETS,
    "admin_exchange.propose": SECRETS,
    "admin_exchange.resume": SECRETS,
    "admin_exchange.save": SECRETS,
    "admin_exchange.show": SECRETS,
    "admin_exchange.test": SECRETS,
    "admin_exchange.use": SECRETS,
    "admin_folders.again": SECRETS,
    "admin_folders.believe": SECRETS,
    "admin_folders.choose": SECRETS,
    "admin_folders.index": SECRETS,
    "admin_folders.own": SECRETS,
    "admin_folders.progress": SECRETS,
    "admin_folders.read": SECRETS,
    "admin_folders.show": SECRETS,
    "admin_identity.copy": (Permission.EDIT_INSTALLATION, Place.EVERYWHERE),
    "admin_identity.index": (Permission.EDIT_INSTALLATION, Place.EVERYWHERE),
    "admin_identity.server": (Permission.EDIT_INSTALLATION, Place.EVERYWHERE),
    "admin_imports.run": PAIRING,
    "admin_imports.show": PAIRING,
    "admin_links.accept_vanished": PAIRING,
    "admin_links.disconnect": PAIRING,
    "admin_links.exclusive": PAIRING,
    "admin_links.frozen": PAIRING,
    "admin_links.pair": PAIRING,
    "admin_links.pause": PAIRING,
    "admin_links.reread": PAIRING,
    "admin_links.resume": PAIRING,
    "admin_links.retry": PAIRING,
    "admin_links.shared": PAIRING,
    "admin_links.show": PAIRING,
    "admin_locations.edit": PLACES,
    "admin_locations.index": (Permission.SEE_STAFF_PAGES, Place.ANYWHERE),
    "admin_locations.new": (Permission.EDIT_PLACES, Place.EVERYWHERE),
    "admin_locations.retire": (Permission.EDIT_PLACES, Place.EVERYWHERE),
    "admin_locations.retire_now": (Permission.EDIT_PLACES, Place.EVERYWHERE),
    "admin_messages.again": (Permission.SEE_MESSAGES, Place.HERE),
    "admin_mapping.preview": SECRETS,
    "admin_mapping.rewrite": SECRETS,
    "admin_mapping.save": SECRETS,
    "admin_mapping.show": SECRETS,
    "admin_messages.index": (Permission.SEE_MESSAGES, Place.ANYWHERE),
    "admin_messages.show": (Permission.SEE_MESSAGES, Place.HERE),
    "admin_opening.of_location": HOURS,
    "admin_opening.of_space": HOURS,
    "admin_opening.remove_of_location": HOURS,
    "admin_opening.remove_of_space": HOURS,
    "admin_preflight.by_hand": PAIRING,
    "admin_preflight.exclusive": PAIRING,
    "admin_preflight.look": PAIRING,
    "admin_preflight.paste": PAIRING,
    "admin_preflight.show": PAIRING,
    "admin_profiles.delete": SECRETS,
    "admin_profiles.index": SECRETS,
    "admin_profiles.new": SECRETS,
    "admin_profiles.show": SECRETS,
    "admin_resets.mark": PAIRING,
    "admin_resets.show": PAIRING,
    "admin_resets.withdraw": PAIRING,
    "admin_rights.analyzer": SECRETS,
    "admin_rights.index": SECRETS,
    "admin_rights.of_connection": SECRETS,
    "admin_spaces.edit": PLACES,
    "admin_spaces.index": PLACES,
    "admin_spaces.new": PLACES,
    "admin_spaces.retire": PLACES,
    "admin_spaces.retire_now": PLACES,
    "admin_sync.explain": (Permission.SEE_BOOKINGS, Place.HERE),
    "admin_sync.show": (Permission.SEE_SYNC, Place.HERE),
    "admin_sync.index": (Permission.SEE_SYNC, Place.ANYWHERE),
    "admin_zones.edit": PLACES,
    "admin_zones.index": PLACES,
}

#: Who walks: a role, and whether it is held in the other location.
WALKERS: dict[str, tuple[Role, bool] | None] = {
    "nobody": None,
    "librarian_of_another_location": (Role.LIBRARIAN, True),
    "librarian": (Role.LIBRARIAN, False),
    "manager": (Role.MANAGER, False),
    "administrator": (Role.ADMINISTRATOR, False),
}


def expected(who: str, permission: Permission, place: Place) -> Outcome:
    """Return what the map of the domain says."""
    walker = WALKERS[who]
    if permission in GRANTS[Role.EVERYBODY]:
        return Outcome.OPEN
    if walker is None:
        return Outcome.ASKED_TO_SIGN_IN
    role, is_elsewhere = walker
    holds = permission in GRANTS[role]
    reaches = {
        Place.ANYWHERE: True,
        Place.HERE: not is_elsewhere,
        Place.EVERYWHERE: role is Role.ADMINISTRATOR,
    }[place]
    return Outcome.OPEN if holds and reaches else Outcome.REFUSED


@dataclass(frozen=True)
class Site:
    """The application with something behind every address."""

    app: Flask
    values: dict[str, str]
    spaces: str

    def calls(self) -> Iterator[tuple[str, Rule, str, str]]:
        """Yield each endpoint with its rule, a method and an address that leads to something."""
        for rule in self.app.url_map.iter_rules():
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                if rule.endpoint != "static":
                    yield rule.endpoint, rule, method, self.address(rule)

    def address(self, rule: Rule) -> str:
        """Return an address of that rule."""
        about_a_space = "/spaces/<slug>" in rule.rule
        values = self.values | ({"slug": self.spaces} if about_a_space else {})
        filled = {name: values[name] for name in rule.arguments}
        return self.app.url_map.bind("localhost").build(rule.endpoint, filled)


@pytest.fixture
def site(app: Flask, library: Library) -> Site:
    """Give the site with one of everything."""
    with app.app_context():
        hire(
            library,
            (Role.LIBRARIAN, library.location),
            (Role.MANAGER, library.location),
            (Role.ADMINISTRATOR, ""),
            (Role.LIBRARIAN, library.elsewhere),
        )
        with transaction() as session:
            place = queries.places.location_by_slug(session, library.location)
            room = queries.places.space_by_slug(session, library.room)
            assert place is not None
            assert room is not None
            here = session.get_one(Location, place.id)
            booking = build.booking(session, session.get_one(Space, room.id), at(library.tomorrow, 9, 10))
            link = build.link(session, session.get_one(Space, room.id))
            conflict = build.conflict(session, link, booking.occurrences[0])
            services.outbox.tell(session, "confirmed", booking, now=clock.now(), once="confirmed:1")
            picture = "0" * 32 + ".png"
            values = {
                "slug": library.location,
                "space_id": str(room.id),
                "category": library.category,
                "zone_id": str(build.zone(session, here).id),
                "closure_id": str(build.closure(session, here, at(library.tomorrow, 20, 21)).id),
                "day": library.tomorrow.isoformat(),
                "ref": booking.ref,
                "secret": booking.secret,
                "message_id": "1",
                "conflict_id": str(conflict.id),
                "connection_id": str(link.connection_id),
                "folder_id": "1",
                "profile_id": str(build.profile(session).id),
                "occurrence_id": str(booking.occurrences[0].id),
                "name": picture,
            }
    images = app.extensions["booking"].settings.instance / "images"
    images.mkdir()
    (images / picture).write_bytes(b"\x89PNG\r\n\x1a\n")
    return Site(app, values, library.room)


def entered(site: Site, who: str) -> FlaskClient:
    """Return a browser in which that person has signed in."""
    client = site.app.test_client()
    walker = WALKERS[who]
    if walker is not None:
        role, is_elsewhere = walker
        answer = Visitor(client).signs_in(login(role, elsewhere=is_elsewhere))
        assert answer.status_code == 303
    return client


def outcome(site: Site, client: FlaskClient, method: str, address: str, *, carry_out: bool) -> Outcome:
    """Return what that person gets. What may change something is only carried out if it should be refused."""
    if not carry_out:
        return _at_the_door(site, client, method, address)
    answer = client.open(address, method=method, data=_token(client) if method == "POST" else None)
    answer.close()  # a picture is an open file
    if answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in"):
        return Outcome.ASKED_TO_SIGN_IN
    if answer.status_code == 403:
        return Outcome.REFUSED
    return Outcome.OPEN if answer.status_code in {200, 302} else Outcome.BROKEN  # 302: led on to where it is


def _token(client: FlaskClient) -> dict[str, str]:
    """Return what every form carries: who may is asked here, tokens have their own test."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/nowhere").text)
    assert found is not None
    return {"csrf_token": found[1]}


def _at_the_door(site: Site, client: FlaskClient, method: str, address: str) -> Outcome:
    token = _token(client)  # first: the session in the cookie must know it
    cookie = client.get_cookie("booking")
    headers = {"Cookie": f"booking={cookie.value}"} if cookie else {}
    with site.app.test_request_context(address, method=method, headers=headers, data=token):
        try:
            answer = site.app.preprocess_request()
        except Forbidden:
            return Outcome.REFUSED
    return Outcome.OPEN if answer is None else Outcome.ASKED_TO_SIGN_IN


class TestEveryPage:
    def test_says_what_it_needs(self, app: Flask) -> None:
        silent = {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if rule.endpoint != "static" and requirement(app.view_functions[rule.endpoint]) is None
        }

        assert silent == set()

    def test_stands_in_the_table_and_needs_what_stands_there(self, app: Flask) -> None:
        found = {}
        for endpoint, view in app.view_functions.items():
            asked = requirement(view)
            if endpoint != "static" and asked is not None:
                found[endpoint] = asked.permission

        assert found == {endpoint: permission for endpoint, (permission, _) in PAGES.items()}

    @pytest.mark.parametrize("who", WALKERS)
    def test_opens_for_whom_the_map_says_and_for_nobody_else(self, site: Site, who: str) -> None:
        client = entered(site, who)
        wrong = []
        for endpoint, rule, method, address in site.calls():
            if endpoint in {"account.sign_out", "account.enter", "account.choose_theme"} and who != "nobody":
                continue  # would end or change the walker's own session; nobody walks them
            right = expected(who, *PAGES[endpoint])
            got = outcome(site, client, method, address, carry_out=method == "GET" or right is not Outcome.OPEN)
            if got is not right:
                wrong.append(f"{method} {rule.rule}: {who} should be {right.name}, was {got.name}")

        assert wrong == []


class TestAPageThatSaysNothing:
    def test_is_refused_to_everybody(self, app: Flask) -> None:
        @app.get("/forgotten")
        def forgotten() -> str:
            return "hello"

        assert app.test_client().get("/forgotten").status_code == 403
