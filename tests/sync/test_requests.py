"""What a sign-in and a booking cost, by the request log of the stand-in Exchange."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask

from booking import clock
from booking.connectors import registry
from booking.connectors.places import RemoteMailbox
from booking.connectors.port import Connector, Definite, SignIn
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.domain.states import OccurrenceState
from booking.sandbox.exchange import ExchangeSandbox
from booking.services import bookings
from booking.services.bookings import Wish
from booking.services.connections import ConnectionDraft
from booking.services.people import Patron
from booking.store import queries
from booking.store.database import reading, transaction
from booking.sync import calls, connections, links, pull, worker
from booking.sync.calls import NotNow
from booking.sync.engine import Engine
from booking.sync.lines import AT_ONCE
from tests import build

ROOM = "reading-room@library.example"
ACCOUNT = "svc-rooms@library.example"
PASSWORD = "correct horse battery staple"
THREADS = 8
MOST_CALLS = 4  # of a confirmed booking: SYNC.md section 4


@dataclass
class Library:
    """A library with one room that is paired with a stand-in Exchange; nothing runs by itself."""

    app: Flask
    engine: Engine
    sandbox: ExchangeSandbox
    connection_id: int
    space_id: int
    link_id: int

    def restarted(self) -> Engine:
        """The engine of a process that has just started: nobody has signed in yet."""
        self.engine.lines.close()
        return _engine()

    def outcome(self, engine: Engine) -> str:
        """Ask once, in a thread of its own, and return how it ended."""

        def resolve(line: Connector) -> RemoteMailbox | None:
            return line.resolve(ROOM)

        with self.app.app_context():
            try:
                calls.ask(engine, self.connection_id, "resolve", resolve)
            except NotNow:
                return "not now"
            except Definite as error:
                return error.kind.value
        return "answered"

    def together(self, engine: Engine) -> list[str]:
        """How eight threads end that ask at once."""
        with ThreadPoolExecutor(THREADS) as pool:
            return sorted(pool.map(lambda _: self.outcome(engine), range(THREADS)))

    def refused(self) -> list[str]:
        """The user names of the sign-ins that were refused."""
        return [each.account for each in self.sandbox.sign_ins() if each.outcome == "401"]

    def asked(self) -> list[str]:
        """What was asked so far."""
        return [each.operation for each in self.sandbox.requests() if each.operation]

    def place(self, hour: int) -> str:
        midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        when = Interval(midnight + timedelta(hours=hour), midnight + timedelta(hours=hour + 1))
        wish = Wish(self.space_id, (when,), Patron("Ada", "Lovelace", "ada@example.org"))
        with transaction() as session:
            return bookings.place(session, wish, actor=NOBODY, now=clock.now()).ref

    def state(self, ref: str) -> OccurrenceState:
        with reading() as session:
            found = queries.bookings.by_ref(session, ref)
        assert found is not None
        return found.occurrences[0].state


def _engine() -> Engine:
    return Engine(connect=registry.connect, now=clock.now, allow_local=True)


@pytest.fixture(params=list(SignIn))
def paired(request: pytest.FixtureRequest, stored: Flask) -> Iterator[Library]:
    """Give a library whose room was paired and read, with each way to sign in."""
    sign_in: SignIn = request.param
    with stored.app_context(), ExchangeSandbox(sign_in=(sign_in.value,)) as sandbox:
        sandbox.add_account(username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Room service")
        sandbox.add_room(ROOM, "Reading Room")
        sandbox.grant(ACCOUNT, ROOM, "impersonate")
        with transaction() as session:
            kind = build.category(session, build.location(session))
            space_id, location_id = build.space(session, kind).id, kind.location_id
        engine, actor, now = _engine(), build.ADMINISTRATOR, clock.now()
        draft = ConnectionDraft("Exchange", sandbox.ews_url, ACCOUNT, PASSWORD, email=ACCOUNT, sign_in=sign_in.value)
        saved = connections.save_and_test(engine, draft, location_id=location_id, actor=actor, now=now)
        pairing = links.pair(engine, space_id=space_id, address=ROOM, actor=actor, now=now)
        assert saved.connection_id is not None
        assert pairing.link_id is not None
        pull.read_link(engine, pairing.link_id)
        made = Library(stored, engine, sandbox, saved.connection_id, space_id, pairing.link_id)
        try:
            yield made
        finally:
            engine.lines.close()


class TestAWrongPassword:
    def test_costs_one_sign_in_when_eight_threads_wait(self, paired: Library) -> None:
        paired.sandbox.set_password(ACCOUNT, "another password")

        ended = paired.together(paired.restarted())

        assert paired.refused() == [ACCOUNT]
        assert ended == ["not now"] * (THREADS - 1) + ["sign_in"]

    def test_costs_no_more_while_it_is_left_alone(self, paired: Library) -> None:
        paired.sandbox.set_password(ACCOUNT, "another password")
        engine = paired.restarted()
        paired.together(engine)

        assert set(paired.together(engine)) == {"not now"}
        assert paired.refused() == [ACCOUNT]

    def test_that_was_right_until_now_costs_no_more_than_the_calls_under_way(self, paired: Library) -> None:
        paired.sandbox.set_password(ACCOUNT, "another password")

        ended = paired.together(paired.engine)

        assert 1 <= len(paired.refused()) <= AT_ONCE
        assert set(ended) == {"not now", "sign_in"}


class TestABooking:
    def test_is_confirmed_with_four_calls_at_most(self, paired: Library) -> None:
        before = len(paired.asked())

        ref = paired.place(10)
        worker.run_link(paired.engine, paired.link_id)

        assert paired.state(ref) is OccurrenceState.CONFIRMED
        assert 2 <= len(paired.asked()) - before <= MOST_CALLS, paired.asked()[before:]
