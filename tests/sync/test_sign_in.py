"""Signing in to a server over HTTP, by many threads at once: what its own request log says of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from flask import Flask

from booking import clock
from booking.connectors import registry
from booking.connectors.port import Definite, SignIn
from booking.domain.errors import Forbidden, Invalid
from booking.domain.permissions import NOBODY
from booking.sandbox.exchange import ExchangeSandbox
from booking.services import connections
from booking.services.connections import ConnectionDraft
from booking.store.database import transaction
from booking.sync import calls
from booking.sync import connections as trials
from booking.sync.calls import NotNow
from booking.sync.engine import Engine
from tests import build
from tests.connectors.connect_proxy import ConnectProxy

#: No lock of the database is at stake here, so one will do.
pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.parametrize("way", list(SignIn)),
]

ROOM, ACCOUNT = "reading-room@library.example", "svc-rooms@library.example"
THREADS = 8


@pytest.fixture
def sandbox() -> Iterator[ExchangeSandbox]:
    """Give a server with a room, over TLS of its own authority."""
    with ExchangeSandbox(tls=True) as made:
        made.add_account(username=ACCOUNT, password="right", email=ACCOUNT, name="Service")
        made.add_room(ROOM, "Reading Room")
        made.grant(ACCOUNT, ROOM, "impersonate")
        yield made


@pytest.fixture
def engine() -> Engine:
    return Engine(connect=registry.connect, now=clock.now, allow_local=True)


def stored_connection(sandbox: ExchangeSandbox, way: SignIn, password: str) -> int:
    """Store a connection to the server without trying it, and let it work."""
    draft = ConnectionDraft(
        name="Exchange",
        server=sandbox.ews_url,
        username=ACCOUNT,
        password=password,
        email=ACCOUNT,
        sign_in=way,
        ca_pem=sandbox.ca_pem,
    )
    with transaction() as session:
        return connections.store(session, draft, paused=False, steps=(), actor=build.ADMINISTRATOR, now=clock.now()).id


def together(stored: Flask, engine: Engine, connection_id: int) -> list[str]:
    """Ask the server the same from eight threads at once; return how each ended."""
    ready = Barrier(THREADS)

    def outcome(_: int) -> str:
        ready.wait(timeout=30)
        with stored.app_context():
            try:
                calls.ask(engine, connection_id, "resolve", lambda line: line.resolve(ROOM))
            except NotNow:
                return "not now"
            except Definite as error:
                return error.kind.value
            return "answered"

    with ThreadPoolExecutor(THREADS) as pool:
        return sorted(pool.map(outcome, range(THREADS)))


class TestEightThreads:
    def test_try_a_wrong_password_once(
        self, stored: Flask, engine: Engine, sandbox: ExchangeSandbox, way: SignIn
    ) -> None:
        with stored.app_context():
            connection_id = stored_connection(sandbox, way, "wrong")

        ended = together(stored, engine, connection_id)

        assert ended == ["not now"] * (THREADS - 1) + ["sign_in"]
        assert [(each.sign_in, each.outcome) for each in sandbox.sign_ins()] == [(way, "401")]

    def test_all_get_their_answer_with_the_right_one(
        self, stored: Flask, engine: Engine, sandbox: ExchangeSandbox, way: SignIn
    ) -> None:
        with stored.app_context():
            connection_id = stored_connection(sandbox, way, "right")

        ended = together(stored, engine, connection_id)
        engine.lines.close()

        assert ended == ["answered"] * THREADS
        assert "401" not in {each.outcome for each in sandbox.sign_ins()}


class TestTrying:
    def test_stores_how_the_account_signs_in(
        self, stored: Flask, engine: Engine, sandbox: ExchangeSandbox, way: SignIn
    ) -> None:
        with stored.app_context():
            connection_id = stored_connection(sandbox, way, "right")

            steps = trials.test(engine, connection_id)

        assert [step.ok for step in steps] == [True] * 5
        assert {each.sign_in for each in sandbox.sign_ins()} == {way}


@pytest.mark.usefixtures("stored")
class TestFindServer:
    def test_tells_what_staff_would_write(self, stored: Flask, engine: Engine, way: SignIn) -> None:
        name = "autodiscover.library.example"
        with (
            ExchangeSandbox(tls=True, names=[name]) as sandbox,
            ConnectProxy({name: sandbox.port}) as proxy,
            stored.app_context(),
        ):
            sandbox.add_account(username=ACCOUNT, password="right", email=ACCOUNT, name="Service")

            found = trials.find_server(
                replace(engine, proxy=proxy.url),
                ACCOUNT,
                ACCOUNT,
                "right",
                actor=build.ADMINISTRATOR,
                sign_in=way,
                ca_pem=sandbox.ca_pem,
            )

        assert found == trials.Found(name, "Exchange2016", "Service")

    def test_that_finds_nothing_says_so_beside_the_server(self, engine: Engine, way: SignIn) -> None:
        with pytest.raises(Invalid) as refusal:
            trials.find_server(engine, "svc@library.invalid", actor=build.ADMINISTRATOR, sign_in=way)

        assert list(refusal.value.fields) == ["server"]

    def test_is_for_administrators(self, engine: Engine, way: SignIn) -> None:
        with pytest.raises(Forbidden):
            trials.find_server(engine, ACCOUNT, actor=NOBODY, sign_in=way)
