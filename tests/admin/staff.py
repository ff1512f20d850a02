"""Somebody of the staff, signed in, and an Exchange to connect to."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from booking.domain.permissions import Role
from booking.sandbox.exchange import ExchangeSandbox
from booking.store import queries
from booking.store.database import reading
from booking.store.queries.places import LocationRow, SpaceRow
from tests.support.pages import Library, Visitor, hire, login

SERVICE = "svc-rooms@wexcombe.example"
SECRET = "xyzzy-plugh-4711"
ROOM = "gaskell@wexcombe.example"
READ_ONLY = "turing@wexcombe.example"

Values = Mapping[str, str | list[str] | tuple[BytesIO, str]]


@dataclass(frozen=True)
class Staff:
    """Somebody signed in, with a browser that runs no script."""

    app: Flask
    client: FlaskClient

    def opens(self, address: str) -> TestResponse:
        """Ask for a page, following no redirect."""
        return self.client.get(address)

    def sends(self, address: str, values: Values | None = None, *, form_on: str = "") -> TestResponse:
        """Send a form to `address`, with the token of the page on which it stands."""
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.opens(form_on or address).text)
        assert found is not None
        return self.client.post(address, data={"csrf_token": found[1], **(values or {})})

    def location(self, slug: str) -> LocationRow:
        """Return a location as it is stored."""
        with self.app.app_context(), reading() as session:
            row = queries.places.location_by_slug(session, slug)
        assert row is not None
        return row

    def space(self, slug: str) -> SpaceRow:
        """Return a space as it is stored."""
        with self.app.app_context(), reading() as session:
            row = queries.places.space_by_slug(session, slug)
        assert row is not None
        return row


@pytest.fixture
def at_work(app: Flask, library: Library) -> Callable[[Role], Staff]:
    """Give a function that hires somebody for the first location and signs them in."""

    def signed_in(role: Role) -> Staff:
        client = app.test_client()
        with app.app_context():
            hire(library, (role, "" if role is Role.ADMINISTRATOR else library.location))
        assert Visitor(client).signs_in(login(role)).status_code == 303
        return Staff(app, client)

    return signed_in


@pytest.fixture
def exchange() -> Iterator[ExchangeSandbox]:
    """Give a stand-in Exchange with a room that our account may write to, and one that it may only read."""
    with ExchangeSandbox() as sandbox:
        sandbox.add_account(
            username=SERVICE,
            password=SECRET,
            email=SERVICE,
            name="Rooms service",
            domain_login="WEXCOMBE\\svc-rooms",
        )
        sandbox.add_room(ROOM, "Gaskell Room")
        sandbox.add_room(READ_ONLY, "Turing Hall")
        sandbox.grant(SERVICE, ROOM, "impersonate")
        sandbox.grant(SERVICE, ROOM, "author")
        sandbox.grant(SERVICE, READ_ONLY, "reviewer")
        yield sandbox
