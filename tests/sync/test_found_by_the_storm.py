"""What the storm brought to light, and what it leans on: each with a test of its own name."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from booking.connectors.memory import FailBefore, Show
from booking.connectors.port import Definite, EventKind, Kind, RemoteEvent, RemoteRef, Snapshot
from booking.domain.permissions import NOBODY
from booking.domain.reconcile import Choice
from booking.domain.states import LinkState, PushState
from booking.services import bookings, retiring
from booking.services.bookings import Wish
from booking.services.people import Patron
from booking.store.database import reading, transaction
from booking.sync import absences, leaving, links, pull, worker
from booking.sync.absences import Absences
from booking.sync.worker import Step
from tests import build
from tests.build import ADMINISTRATOR
from tests.sync.library import Library, at, settle
from tests.sync.rooms import Rooms, rooms


@pytest.fixture
def two(stored: Flask, request: pytest.FixtureRequest) -> Iterator[Rooms]:
    with stored.app_context(), rooms(request.node.nodeid) as made:
        made.read(1, 2)
        yield made


class TestASpaceToBeRetired:
    def test_shows_each_date_of_a_series(self, two: Rooms) -> None:
        """Point 30: looking whether one date could move must not lose sight of the booking's other dates."""
        times = (at(10, 11), at(10, 11, days=2), at(10, 11, days=3))
        wish = Wish(two.space_id(1), times, Patron("Ada", "Lovelace", "ada@example.org"))
        with transaction() as session:
            bookings.place(session, wish, actor=NOBODY, now=two.lib.clock.now)

        with reading() as session:
            fates = retiring.preview(session, two.space_id(1), into=two.space_id(2), now=two.lib.clock.now)

        assert [(each.when, each.obstacle) for each in fates] == [(when, "") for when in times]


class TestAPairingOnItsWayOut:
    def test_writes_nothing_anew_when_a_booking_of_its_room_is_changed(self, lib: Library) -> None:
        """Points 28 and 30: its entries go, whatever becomes of the bookings meanwhile."""
        lib.pull()
        ref = lib.written(at(10, 11))
        lib.server.fail("delete", FailBefore(Definite(Kind.TRANSIENT, "The server is away.")))
        links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=ADMINISTRATOR, now=lib.clock.now)
        assert lib.link().state is LinkState.LEAVING

        lib.rename(ref, "Another title")
        settle(lib)
        leaving.go_on_with_all(lib.engine)

        assert lib.entries == []
        assert lib.link().state is LinkState.ENDED

    def test_takes_a_twin_with_it_that_nobody_had_seen_yet(self, lib: Library) -> None:
        """Point 8: a frozen worker wrote a second time, just before the pairing was ended."""
        lib.pull()
        lib.written(at(10, 11))
        entry = lib.entry
        lib.server.put(lib.mailbox, when=at(10, 11), uid=entry.uid, stamp=entry.stamp)

        links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=ADMINISTRATOR, now=lib.clock.now)
        leaving.go_on_with_all(lib.engine)

        assert lib.entries == []
        assert lib.link().state is LinkState.ENDED

    def test_leaves_its_entries_when_a_booking_is_cancelled_later(self, lib: Library) -> None:
        lib.pull()
        ref = lib.written(at(10, 11))
        links.disconnect(lib.engine, lib.link_id, leave_entries=True, actor=ADMINISTRATOR, now=lib.clock.now)

        lib.cancel(ref)

        assert lib.item(ref).state is PushState.CLEAN
        assert len(lib.entries) == 1


class TestAnEntryThatStaffAreAskedAbout:
    def test_is_not_written_to_again_and_again(self, lib: Library) -> None:
        """Point 23: ours was made recurring, then changed here: the write is refused until somebody decides."""
        lib.pull()
        ref = lib.written(at(10, 11))
        lib.server.edit(lib.mailbox, lib.entry.id, repeat="daily", until=at(0, 1, days=2).start.date())

        lib.rename(ref, "Another title")
        lib.push()
        lib.pull()
        before = lib.asked("update")
        for _ in range(8):
            lib.clock.turn(seconds=31)
            lib.push()

        assert lib.asked("update") <= before + 1
        assert lib.conflicts() == ["edited"]

    def test_takes_the_room_on_its_dates_alone_when_it_was_made_a_series(self, lib: Library) -> None:
        """Point 23: the series that the server shows when asked by id is no entry besides its dates."""
        lib.pull()
        lib.written(at(10, 11))

        until = at(0, 1, days=1).start.date()
        lib.server.edit(lib.mailbox, lib.entry.id, when=at(14, 15), repeat="daily", until=until)
        pull.read_part(lib.engine, lib.link_id, at(10, 11))
        lib.pull()

        assert lib.conflicts() == ["edited"]
        assert lib.blocked() == [at(14, 15)]

    def test_takes_the_room_where_it_stands_now_until_that_is_decided(self, lib: Library) -> None:
        lib.pull()
        with transaction() as session:
            build.profile(session, space_id=lib.space_id, when_deleted=Choice.PUT_BACK, when_moved=Choice.ASK)
        lib.written(at(10, 11))

        lib.server.move(lib.mailbox, lib.entry.id, at(14, 15))
        lib.pull()

        assert lib.conflicts() == ["edited"]
        assert lib.blocked() == [at(14, 15)]


class TestAListing:
    def test_is_whole_although_it_shows_the_dates_of_a_series_and_not_the_series(self) -> None:
        """Point 23: ours was made recurring; asked for by its id the server shows the series, a view its dates."""
        series = RemoteEvent(RemoteRef("series", "1"), at(10, 11), kind=EventKind.MASTER)
        shown = Snapshot(at(0, 24), (), complete=True)

        absences.require_whole(shown, Absences(found=(series,)))

        with pytest.raises(Definite):
            absences.require_whole(shown, Absences(found=(replace(series, kind=EventKind.SINGLE),)))

    def test_that_says_it_is_not_whole_counts_for_nothing_although_nothing_known_is_missing(self, lib: Library) -> None:
        """Point 15: it may have left out what nobody knows of yet."""
        lib.server.put(lib.mailbox, when=at(14, 15))
        lib.pull()
        before = lib.link().read_at
        lib.server.fail("window", Show(lambda _: True, complete=False))

        lib.clock.turn(hours=1)
        lib.pull()

        assert lib.link().read_at == before


class TestAPauseThatTheServerAskedFor:
    def test_counts_although_a_later_one_was_noted_before_our_clock_jumped_back(self, lib: Library) -> None:
        """Points 19 and 31."""
        busy = FailBefore(Definite(Kind.THROTTLED, "The server is busy.", wait=timedelta(seconds=40)))
        lib.server.fail("window", busy, times=2)
        lib.pull()
        lib.clock.turn(hours=-5)
        lib.pull()
        asked = lib.asked("window")

        lib.clock.turn(seconds=20)
        lib.pull()

        assert asked == 2
        assert lib.asked("window") == asked


class TestAClaim:
    def test_is_renewed_before_each_item(self, lib: Library) -> None:
        """Point 8: a worker with much to write does not lose its link on the way."""
        lib.place(at(10, 11))
        lib.place(at(12, 13))
        claim = lib.claim()
        steps = worker.steps(lib.engine, claim)
        begun = lib.link().claimed_until
        assert begun is not None

        assert next(steps) is Step.PICKED

        renewed = lib.link().claimed_until
        assert renewed is not None
        assert renewed > begun


class TestAnEntryWrittenAnew:
    def test_is_not_taken_for_its_late_forerunner(self, lib: Library) -> None:
        """A delete in Outlook is put back as a new entry; what was written before and comes back late is not it."""
        lib.pull()
        with transaction() as session:
            build.profile(session, space_id=lib.space_id, when_deleted=Choice.PUT_BACK)
        ref = lib.written(at(10, 11))
        first = lib.entry
        lib.server.remove(lib.mailbox, first.id)
        lib.pull()
        lib.push()
        assert lib.item(ref).generation == 2

        lib.server.restore(lib.mailbox, first.uid)
        lib.pull()
        settle(lib)
        lib.pull()

        (stands,) = lib.entries
        assert stands.stamp is not None
        assert stands.stamp.generation == 2
