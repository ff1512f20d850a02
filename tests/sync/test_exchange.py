"""The whole way over real HTTP, to the stand-in Exchange: front, push pool, scheduler and all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from booking import clock
from booking.connectors import registry
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.domain.states import OccurrenceState
from booking.mail import smtp
from booking.sandbox.exchange import ExchangeSandbox, personalities
from booking.sandbox.exchange.personalities import Personality
from booking.scheduler import tasks
from booking.scheduler.embedded import Runner
from booking.scheduler.tasks import Context
from booking.services.bookings import Change, Wish
from booking.services.connections import ConnectionDraft
from booking.services.people import Patron
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import ExternalEvent, OutboxMessage
from booking.store.queries.bookings import BookingRow
from booking.store.queries.links import LinkRow
from booking.sync import connections, imports, links
from booking.sync.engine import Engine, Timing
from booking.sync.front import Front
from booking.sync.trials import Outcome
from booking.sync.watching import Supervisor
from tests import build
from tests.support import waiting

ROOM = "reading-room@library.example"
ACCOUNT = "svc-rooms@library.example"
PASSWORD = "correct horse battery staple"
#: Everything quick, as nobody sleeps for luck here.
QUICK = Timing(
    near_every=timedelta(seconds=0.5),
    far_every=timedelta(seconds=2),
    second_look=timedelta(seconds=1),
    sweep_every=timedelta(seconds=0.3),
    settle=timedelta(seconds=1),
    deadline=timedelta(seconds=5),
    leg=timedelta(seconds=3),
    wait=timedelta(seconds=10),
)


def tomorrow(start: float, end: float) -> Interval:
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Interval(midnight + timedelta(hours=start), midnight + timedelta(hours=end))


@dataclass
class House:
    """A library with one room, its server beside it, and everything that runs by itself running."""

    app: Flask
    engine: Engine
    front: Front
    sandbox: ExchangeSandbox
    space_id: int
    location_id: int
    runner: Runner

    def draft(self, **different: object) -> ConnectionDraft:
        draft = ConnectionDraft(
            name="Exchange", server=self.sandbox.ews_url, username=ACCOUNT, password=PASSWORD, email=ACCOUNT
        )
        return replace(draft, **different)  # type: ignore[arg-type]  # by field

    def connect(self, **different: object) -> Outcome:
        return connections.save_and_test(
            self.engine,
            self.draft(**different),
            location_id=self.location_id,
            actor=build.ADMINISTRATOR,
            now=clock.now(),
        )

    def pair(self, address: str = ROOM) -> Outcome:
        return links.pair(
            self.engine, space_id=self.space_id, address=address, actor=build.ADMINISTRATOR, now=clock.now()
        )

    def place(self, when: Interval) -> str:
        wish = Wish(self.space_id, (when,), Patron("Ada", "Lovelace", "ada@example.org"))
        return self.front.place(wish, actor=NOBODY, now=clock.now()).ref

    def booking(self, ref: str) -> BookingRow:
        with reading() as session:
            found = queries.bookings.by_ref(session, ref)
        assert found is not None
        return found

    def told(self) -> list[str]:
        with reading() as session:
            return list(session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)))

    def blocked(self) -> list[Interval]:
        with reading() as session:
            query = select(ExternalEvent).where(ExternalEvent.gone_at.is_(None), ExternalEvent.blocks)
            return [each.when for each in session.scalars(query)]


@pytest.fixture
def house(request: pytest.FixtureRequest, stored: Flask, tmp_path: Path) -> Iterator[House]:
    """Give a library beside a stand-in Exchange, of 2016 unless asked otherwise, with the background work running."""
    personality = getattr(request, "param", personalities.EXCHANGE_2016)
    with _opened(stored, tmp_path, personality, timing=QUICK) as made:
        yield made


@pytest.fixture
def listening(stored: Flask, tmp_path: Path) -> Iterator[House]:
    """Give a library that looks at its calendars as rarely as a real one, and hears of changes by streaming."""
    timing = Timing(sweep_every=timedelta(seconds=0.3), watch_quiet=timedelta(seconds=0.5))
    with _opened(stored, tmp_path, personalities.EXCHANGE_2016, timing=timing, heartbeat=0.5) as made:
        watches = Supervisor(made.engine, stored.app_context)
        watches.start()
        try:
            yield made
        finally:
            watches.stop()


@contextmanager
def _opened(
    stored: Flask, tmp_path: Path, personality: Personality, *, timing: Timing, heartbeat: float = 5.0
) -> Iterator[House]:
    with stored.app_context(), ExchangeSandbox(personality=personality, heartbeat=heartbeat) as sandbox:
        sandbox.add_account(username=ACCOUNT, password=PASSWORD, email=ACCOUNT, name="Room service")
        sandbox.add_room(ROOM, "Reading Room")
        sandbox.grant(ACCOUNT, ROOM, "impersonate")
        sandbox.grant(ACCOUNT, ROOM, "author")
        engine = Engine(connect=registry.connect, now=clock.now, timing=timing, allow_local=True)
        with transaction() as session:
            kind = build.category(session, build.location(session))
            space_id, location_id = build.space(session, kind).id, kind.location_id
        context = Context(engine, smtp.FolderPost(tmp_path / "mail"), "http://library.example", "desk@library.example")
        runner = Runner(stored, context, lock_file=tmp_path / "lock", writers=2, table=tasks.table(engine))
        runner.start()
        try:
            yield House(stored, engine, Front(engine), sandbox, space_id, location_id, runner)
        finally:
            runner.stop()


class TestABooking:
    def test_goes_to_exchange_and_follows_what_is_done_there(self, house: House) -> None:
        assert house.connect().saved
        assert house.pair().saved

        ref = house.place(tomorrow(10, 11))

        (item,) = house.sandbox.items(ROOM)
        assert (item.start, item.end) == (tomorrow(10, 11).start, tomorrow(10, 11).end)
        assert item.subject == "Ada Lovelace"
        assert "Ada Lovelace" in item.body
        assert "ada@example.org" in item.body
        (date,) = house.booking(ref).occurrences
        assert date.sync is not None
        assert date.sync.sync_id
        assert date.state is OccurrenceState.CONFIRMED

        house.sandbox.move(ROOM, item.id, tomorrow(14, 15).start, tomorrow(14, 15).end)
        waiting.until(lambda: house.booking(ref).occurrences[0].when == tomorrow(14, 15), what="the booking to follow")
        house.sandbox.delete(ROOM, house.sandbox.items(ROOM)[0].id)
        waiting.until(
            lambda: house.booking(ref).occurrences[0].state is OccurrenceState.CANCELLED, what="the booking to follow"
        )

        assert house.told() == ["confirmed", "moved_in_outlook", "cancelled_in_outlook"]

    def test_is_changed_and_cancelled_there_too(self, house: House) -> None:
        house.connect()
        house.pair()
        ref = house.place(tomorrow(10, 11))
        key = house.booking(ref).occurrences[0].key

        house.front.change(ref, Change(when={key: tomorrow(12, 13)}), actor=NOBODY, now=clock.now())
        assert [item.start for item in house.sandbox.items(ROOM)] == [tomorrow(12, 13).start]
        house.front.cancel(ref, actor=NOBODY, now=clock.now())

        assert house.sandbox.items(ROOM) == []
        assert house.told() == ["confirmed", "changed", "cancelled"]

    def test_from_before_the_pairing_is_imported_once(self, house: House) -> None:
        ref = house.place(tomorrow(10, 11))
        house.connect()
        link_id = house.pair().link_id
        assert link_id is not None

        for _ in range(2):
            imports.run(house.engine, link_id, actor=build.ADMINISTRATOR, now=clock.now())
        waiting.until(lambda: house.sandbox.items(ROOM), what="the booking to arrive")

        assert len(house.sandbox.items(ROOM)) == 1
        waiting.until(lambda: _sync_id(house, ref), what="its Sync ID")


OTHERS = (personalities.EXCHANGE_2010, personalities.EXCHANGE_2019, personalities.ODD)


@pytest.mark.parametrize("house", OTHERS, ids=[each.name for each in OTHERS], indirect=True)
class TestOnAnotherServer:
    def test_a_booking_goes_there_by_ntlm_and_follows_what_is_done_there(self, house: House) -> None:
        assert house.connect(sign_in="ntlm").saved
        assert house.pair().saved

        ref = house.place(tomorrow(10, 11))
        (item,) = house.sandbox.items(ROOM)
        house.sandbox.move(ROOM, item.id, tomorrow(14, 15).start, tomorrow(14, 15).end)
        waiting.until(lambda: house.booking(ref).occurrences[0].when == tomorrow(14, 15), what="the booking to follow")
        house.front.cancel(ref, actor=NOBODY, now=clock.now())

        assert house.sandbox.items(ROOM) == []
        assert house.told() == ["confirmed", "moved_in_outlook", "cancelled"]

    def test_a_series_in_outlook_takes_each_of_its_dates(self, house: House) -> None:
        house.connect()
        house.pair()
        first, day = tomorrow(9, 10), timedelta(days=1)
        until = (first.end + 2 * day).date()

        house.sandbox.add_event(
            ROOM, subject="Stand-up", start=first.start, end=first.end, repeat="daily", until=until, zone="Etc/UTC"
        )

        dates = [Interval(first.start + number * day, first.end + number * day) for number in range(3)]
        waiting.until(lambda: sorted(house.blocked()) == dates, what="the three dates to block")


def _sync_id(house: House, ref: str) -> str:
    (date,) = house.booking(ref).occurrences
    return date.sync.sync_id if date.sync else ""


class TestAMeeting:
    def test_blocks_the_room_while_it_stands(self, house: House) -> None:
        house.connect()
        house.pair()
        when = tomorrow(9, 10)

        item_id = house.sandbox.add_event(ROOM, subject="Board meeting", start=when.start, end=when.end)
        waiting.until(lambda: house.blocked() == [when], what="the meeting to block")
        house.sandbox.delete(ROOM, item_id)
        waiting.until(lambda: house.blocked() == [], what="the time to be free again")

        with reading() as session:
            assert all(not event.title for event in session.scalars(select(ExternalEvent)))

    def test_that_stands_already_turns_a_booking_away(self, house: House) -> None:
        house.connect()
        house.pair()
        house.runner.stop()
        when = tomorrow(9, 10)
        house.sandbox.add_event(ROOM, subject="Board meeting", start=when.start, end=when.end)

        ref = house.place(when)
        links.reread(house.engine, _link_id(house), actor=build.ADMINISTRATOR, now=clock.now())

        assert house.booking(ref).occurrences[0].state is OccurrenceState.REJECTED


def _link_id(house: House) -> int:
    return _link(house).id


class TestStreaming:
    def test_blocks_a_slot_within_seconds_and_frees_it_again(self, listening: House) -> None:
        listening.connect()
        listening.pair()
        waiting.until(lambda: _link(listening).watched_at, what="somebody to listen")
        when = tomorrow(9, 10)

        item_id = listening.sandbox.add_event(ROOM, subject="Board meeting", start=when.start, end=when.end)
        waiting.until(lambda: listening.blocked() == [when], what="the meeting to block", seconds=8)
        listening.sandbox.delete(ROOM, item_id)
        waiting.until(lambda: listening.blocked() == [], what="the time to be free again", seconds=8)

    def test_takes_a_booking_along_that_is_moved_in_outlook(self, listening: House) -> None:
        listening.connect()
        listening.pair()
        waiting.until(lambda: _link(listening).watched_at, what="somebody to listen")
        ref = listening.place(tomorrow(10, 11))
        (item,) = listening.sandbox.items(ROOM)

        listening.sandbox.move(ROOM, item.id, tomorrow(14, 15).start, tomorrow(14, 15).end)

        moved = tomorrow(14, 15)
        waiting.until(lambda: listening.booking(ref).occurrences[0].when == moved, what="it to follow", seconds=8)


def _link(house: House) -> LinkRow:
    with reading() as session:
        link = queries.links.row_of_space(session, house.space_id)
    assert link is not None
    return link


class TestAConnection:
    def test_with_a_wrong_password_is_not_stored_and_tried_once(self, house: House) -> None:
        house.connect()

        outcome = house.connect(password="wrong")

        assert not outcome.saved
        assert any(step.name == "sign_in" and not step.ok for step in outcome.steps)
        assert house.pair().saved  # the old settings still work

    def test_says_which_right_is_missing(self, house: House) -> None:
        house.sandbox.grant(ACCOUNT, ROOM, "none")
        house.sandbox.grant(ACCOUNT, ROOM, "reviewer")
        house.connect(impersonate=False)

        outcome = house.pair()

        assert not outcome.saved
        assert [step.name for step in outcome.steps if not step.ok] == ["write"]

    def test_says_that_a_mailbox_is_not_known(self, house: House) -> None:
        house.connect()

        outcome = house.pair("nobody@library.example")

        assert not outcome.saved
        assert "knows no mailbox" in outcome.steps[0].detail
