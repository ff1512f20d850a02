"""A space is driven into every word that health has for it: each direction, each tick, each state of the link."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from booking.connectors.memory import FailBefore, Wait
from booking.connectors.port import Definite, Kind
from booking.domain.intervals import Interval
from booking.domain.permissions import COMMAND_LINE
from booking.domain.states import Direction, LinkState
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import Connection, SyncRun
from booking.sync import health, imports, links, pull, reconciling, status
from booking.sync.space_values import SpaceDetail
from booking.sync.status import SpaceHealth
from booking.sync.values import Value
from tests import build
from tests.sync.library import Library, at

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DOWN = FailBefore(Definite(Kind.TRANSIENT, "The server is in trouble (HTTP 503)."))
NO_RIGHT = FailBefore(Definite(Kind.FORBIDDEN, "It may not read this calendar."))


def seen(lib: Library) -> SpaceHealth:
    """Return how the first space is."""
    with reading() as session:
        every = status.spaces(session, now=lib.clock.now, cadence=lib.engine.timing.cadence)
    return next(each for each in every if each.space_id == lib.space_id)


def to_exchange(lib: Library) -> str:
    return seen(lib).to_exchange.words


def from_exchange(lib: Library) -> str:
    return seen(lib).from_exchange.words


def shown(lib: Library) -> SpaceDetail:
    """Return every value of the first space."""
    with reading() as session:
        every = status.spaces(session, now=lib.clock.now, cadence=lib.engine.timing.cadence)
        place = queries.places.space(session, lib.space_id)
        assert place is not None
        how = next((each for each in every if each.space_id == lib.space_id), None)
        return health.space(session, place, how, now=lib.clock.now)


def value(lib: Library, key: str) -> Value:
    return next(each for each in shown(lib).all if each.key == key)


def during(lib: Library, operation: str, look: Callable[[Library], str]) -> list[str]:
    """Have somebody look at the page while the server takes its time over its next such call; returns what is seen."""
    found: list[str] = []
    lib.server.fail(operation, Wait(lambda: found.append(look(lib))))
    return found


def profile(lib: Library, *, active: bool = True, direction: Direction = Direction.BOTH) -> None:
    with transaction() as session:
        build.profile(session, space_id=lib.space_id, active=active, direction=direction)


class TestBookingsToOutlook:
    def test_are_not_started_while_nothing_was_written(self, lib: Library) -> None:
        lib.place()

        assert to_exchange(lib) == "not started"

    def test_are_not_started_while_what_stood_before_the_pairing_was_not_imported(self, lib: Library) -> None:
        self._booked_before(lib)
        lib.pull()

        found = seen(lib).to_exchange

        assert found.words == "not started"
        assert "import" in found.next_step

    def test_run_for_the_first_time_while_an_import_is_written(self, lib: Library) -> None:
        self._booked_before(lib)
        self._booked_before(lib, at(12, 13))
        lib.pull()
        imports.run(lib.engine, lib.link_id, actor=COMMAND_LINE, now=lib.clock.now)
        lib.server.fail("create", DOWN, call=2)

        lib.push()

        assert to_exchange(lib) == "first sync running"
        assert "1 left to write" in seen(lib).to_exchange.meaning

    def test_are_done_for_the_first_time_when_all_stands_there(self, lib: Library) -> None:
        lib.pull()
        self._booked_before(lib)
        imports.run(lib.engine, lib.link_id, actor=COMMAND_LINE, now=lib.clock.now)
        lib.push()

        assert to_exchange(lib) == "first sync done"

    def test_are_syncing_while_a_later_change_waits(self, lib: Library) -> None:
        self._in_sync(lib)
        lib.place(at(15, 16))

        assert to_exchange(lib) == "syncing"

    def test_are_in_sync_once_both_sides_were_compared(self, lib: Library) -> None:
        self._in_sync(lib)

        assert to_exchange(lib) == "in sync"

    @pytest.mark.parametrize(
        ("active", "direction", "why"),
        [(False, Direction.BOTH, "switched off"), (True, Direction.FROM_EXCHANGE, "one way only")],
    )
    def test_are_not_set_to_sync_where_the_profile_says_so(
        self, lib: Library, active: bool, direction: Direction, why: str
    ) -> None:
        profile(lib, active=active, direction=direction)

        found = seen(lib).to_exchange

        assert found.words == "not set to sync"
        assert why in found.meaning

    def test_are_no_longer_in_sync_once_one_was_given_up(self, lib: Library) -> None:
        self._in_sync(lib)
        lib.server.fail("create", FailBefore(Definite(Kind.PERMANENT, "Too large.")))
        lib.place(at(15, 16))
        lib.push()

        found = seen(lib).to_exchange

        assert (found.words, found.kind) == ("syncing", "failed")
        assert "1 given up" in found.meaning

    def test_are_in_sync_at_once_in_a_room_that_nobody_booked(self, lib: Library) -> None:
        lib.pull()
        reconciling.reconcile(lib.engine, lib.link_id)

        assert to_exchange(lib) == "in sync"

    def _booked_before(self, lib: Library, when: Interval | None = None) -> None:
        with transaction() as session:
            link = queries.links.lock(session, lib.link_id)
            link.created_at = lib.clock.now
            space = queries.places.lock_space(session, lib.space_id)
            build.booking(session, space, when or at(10, 11))

    def _in_sync(self, lib: Library) -> None:
        lib.pull()
        lib.written()
        reconciling.reconcile(lib.engine, lib.link_id)


class TestOutlookToBookings:
    def test_is_not_started_before_the_first_reading(self, lib: Library) -> None:
        assert from_exchange(lib) == "not started"

    def test_is_not_started_when_the_first_reading_failed(self, lib: Library) -> None:
        lib.server.fail("window", DOWN)

        lib.pull()

        found = seen(lib).from_exchange
        assert (found.words, found.kind) == ("not started", "failed")
        assert "HTTP 503" in found.meaning

    def test_runs_for_the_first_time_while_the_calendar_is_read(self, lib: Library) -> None:
        words = during(lib, "window", from_exchange)

        lib.pull()

        assert words == ["first sync running"]

    def test_does_not_run_any_more_when_whoever_read_died(self, lib: Library) -> None:
        words = during(lib, "window", lambda _: self._much_later(lib))

        lib.pull()

        assert words == ["not started"]

    def _much_later(self, lib: Library) -> str:
        lib.clock.turn(minutes=20)
        return from_exchange(lib)

    def test_is_done_for_the_first_time_then(self, lib: Library) -> None:
        lib.pull()

        assert from_exchange(lib) == "first sync done"

    def test_is_syncing_while_something_is_to_be_looked_at(self, lib: Library) -> None:
        self._in_sync(lib)
        with transaction() as session:
            queries.links.hint(session, lib.link_id, at=lib.clock.now)

        assert from_exchange(lib) == "syncing"

    def test_is_syncing_and_late_when_it_was_not_read_for_long(self, lib: Library) -> None:
        self._in_sync(lib)
        lib.clock.turn(minutes=30)

        found = seen(lib).from_exchange

        assert (found.words, found.kind) == ("syncing", "late")

    def test_is_in_sync_once_both_sides_were_compared(self, lib: Library) -> None:
        self._in_sync(lib)

        assert from_exchange(lib) == "in sync"

    def test_is_not_set_to_sync_where_the_profile_goes_the_other_way_only(self, lib: Library) -> None:
        profile(lib, direction=Direction.TO_EXCHANGE)

        assert from_exchange(lib) == "not set to sync"
        assert to_exchange(lib) == "not started"

    def _in_sync(self, lib: Library) -> None:
        lib.pull()
        reconciling.reconcile(lib.engine, lib.link_id)


class TestBothDirections:
    def test_are_not_set_to_sync_while_the_pairing_is_paused(self, lib: Library) -> None:
        lib.pull()
        links.pause(lib.engine, lib.link_id, actor=COMMAND_LINE, now=lib.clock.now)

        assert (to_exchange(lib), from_exchange(lib)) == ("not set to sync", "not set to sync")
        assert "paused" in seen(lib).to_exchange.meaning

    def test_are_not_set_to_sync_while_the_connection_is_paused(self, lib: Library) -> None:
        with transaction() as session:
            session.get_one(Connection, lib.connection_id).paused = True

        assert (to_exchange(lib), from_exchange(lib)) == ("not set to sync", "not set to sync")


class TestTheTicks:
    def test_are_all_yes_of_a_space_that_is_well(self, lib: Library) -> None:
        lib.pull()

        assert [each.shown for each in shown(lib).ticks] == ["yes"] * 4

    def test_are_no_of_a_space_without_a_mailbox_but_for_the_profile(self, lib: Library) -> None:
        links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=COMMAND_LINE, now=lib.clock.now)

        found = shown(lib)

        assert [each.shown for each in found.ticks] == ["yes", "no", "no", "no"]
        assert all("Pair the space" in each.next_step for each in found.ticks[1:])
        assert found.directions == ()

    def test_name_the_profile_that_is_switched_off(self, lib: Library) -> None:
        profile(lib, active=False)

        found = value(lib, "active_profile")

        assert found.shown == "no"
        assert "switched off" in found.meaning

    def test_say_that_the_account_does_not_reach_the_mailbox(self, lib: Library) -> None:
        lib.pull()
        lib.clock.turn(minutes=1)
        lib.server.fail("window", NO_RIGHT)
        lib.pull()

        assert value(lib, "account_reaches_mailbox").shown == "no"
        assert "It may not read this calendar." in value(lib, "account_reaches_mailbox").meaning
        assert value(lib, "calendar_folder_found").shown == "no"
        assert value(lib, "address_linked").shown == "yes"

    def test_say_that_the_address_leads_nowhere_any_more(self, lib: Library) -> None:
        lib.pull()
        lib.server.fail("window", FailBefore(Definite(Kind.MAILBOX_GONE, "No such mailbox.")))
        lib.pull()

        assert [each.shown for each in shown(lib).ticks] == ["yes", "no", "no", "no"]


class TestTheResetLine:
    @pytest.mark.parametrize(
        ("outcome", "words"), [("marked", "marked for reset"), ("running", "reset running"), ("done", "")]
    )
    def test_is_there_only_while_one_is_marked_or_running(self, lib: Library, outcome: str, words: str) -> None:
        with transaction() as session:
            session.add(SyncRun(link_id=lib.link_id, kind="reset", started_at=lib.clock.now, outcome=outcome))

        reset = shown(lib).reset

        assert (reset.shown if reset else "") == words


class TestTheLink:
    @pytest.mark.parametrize(
        ("state", "words"),
        [
            (LinkState.ACTIVE, "active"),
            (LinkState.PAUSED, "paused"),
            (LinkState.DEGRADED, "a right is missing"),
            (LinkState.AUTH_FAILED, "sign-in failed"),
            (LinkState.GONE, "mailbox gone"),
            (LinkState.FROZEN, "frozen"),
            (LinkState.LEAVING, "being disconnected"),
        ],
    )
    def test_has_a_word_and_a_meaning_for_each_state(self, lib: Library, state: LinkState, words: str) -> None:
        lib.pull()
        with transaction() as session:
            queries.links.lock(session, lib.link_id).state = state

        found = value(lib, "link")

        assert found.shown == words
        assert found.meaning
        assert found.next_step


class TestReads:
    def test_that_found_nothing_are_quiet(self, lib: Library) -> None:
        lib.pull()
        for _ in range(41):
            lib.clock.turn(minutes=1)
            pull.sweep_near(lib.engine)

        found = value(lib, "reads")

        assert found.shown == "42 reads, nothing changed"
        assert (found.kind, found.meaning[:5]) == ("in-step", "Quiet")

    def test_that_found_something_say_how_much(self, lib: Library) -> None:
        lib.pull()
        lib.server.put(lib.mailbox, when=at(9, 10))
        lib.clock.turn(minutes=1)
        pull.sweep_near(lib.engine)

        assert value(lib, "reads").shown == "2 reads, 1 change"

    def test_that_all_failed_are_broken(self, lib: Library) -> None:
        lib.pull()
        lib.clock.turn(hours=2)
        lib.server.fail("window", DOWN, times=5)
        for _ in range(3):
            lib.pull()

        found = value(lib, "reads")

        assert found.shown == "no read, 3 failed"
        assert (found.kind, found.meaning[:6]) == ("failed", "Broken")

    def test_that_nobody_made_are_broken_too(self, lib: Library) -> None:
        lib.pull()
        lib.clock.turn(hours=2)

        assert (value(lib, "reads").shown, value(lib, "reads").kind) == ("no read", "failed")


class TestRecordsInSync:
    def test_count_both_sides(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(14, 15))
        lib.server.put(lib.mailbox, when=at(16, 17))
        lib.pull()
        lib.written()

        assert value(lib, "records").shown == "1 booking, 2 entries of other people"

    def test_leave_out_what_is_over(self, lib: Library) -> None:
        lib.pull()
        lib.written()
        lib.clock.turn(days=3)

        assert value(lib, "records").shown == "0 bookings, 0 entries of other people"


class TestWhatWaits:
    def test_is_counted_with_its_lag_and_the_last_error(self, lib: Library) -> None:
        lib.pull()
        lib.server.fail("create", DOWN, times=10)
        lib.place()
        lib.push()
        lib.clock.turn(minutes=12)

        assert value(lib, "waiting").shown == "1 change"
        assert value(lib, "lag").shown == "12 min"
        assert "HTTP 503" in value(lib, "last_error").shown


class TestTheTimeline:
    def test_tells_of_readings_that_brought_something_newest_first(self, lib: Library) -> None:
        lib.pull()
        lib.clock.turn(minutes=1)
        lib.pull()
        lib.clock.turn(minutes=1)
        lib.server.put(lib.mailbox, when=at(9, 10))
        lib.pull()
        lib.clock.turn(minutes=1)
        reconciling.reconcile(lib.engine, lib.link_id)

        with reading() as session:
            found = health.timeline(session, lib.link_id)

        assert [each.title for each in found] == [
            "Both sides compared",
            "Calendar read",
            "First reading of the whole calendar",
        ]
        assert found[1].words == "1 entry, 1 change"
        assert {each.outcome for each in found} == {"done"}
        assert found[2].at + timedelta(minutes=2) == found[1].at
