"""Pairing a space with a mailbox, importing, pausing and ending it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from booking.connectors.memory.faults import Call, FailBefore
from booking.connectors.port import Definite, Kind, Stamp, StepResult
from booking.domain.errors import Forbidden, NotPossible
from booking.domain.permissions import NOBODY
from booking.domain.states import LinkState, OccurrenceState, PushState
from booking.services import calendars
from booking.store import queries
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink
from booking.sync import imports, leaving, links, pull, status, worker
from booking.sync.status import Code
from booking.sync.trials import Outcome
from booking.sync.worker import Step
from tests.build import ADMINISTRATOR
from tests.sync.library import Library, at, library

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OTHER = "room-2@library.example"
ACCOUNT = "svc-rooms@example.org"


def pair(lib: Library, address: str, *, space_id: int | None = None) -> Outcome:
    return links.pair(
        lib.engine, space_id=space_id or lib.space_id, address=address, actor=ADMINISTRATOR, now=lib.clock.now
    )


@pytest.fixture
def two(stored: Flask, request: pytest.FixtureRequest) -> Iterator[Library]:
    """Give a library with two rooms; the second one's pairing has ended, so its mailbox is free."""
    with stored.app_context(), library(request.node.nodeid, rooms=2) as made:
        with transaction() as session:
            link = queries.links.of_space(session, made.spaces[1])
            assert link is not None
            link.state = LinkState.ENDED
        yield made


def state_of(link_id: int) -> LinkState:
    with reading() as session:
        return session.get_one(CalendarLink, link_id).state


class TestPairing:
    def test_reads_the_room_at_once(self, two: Library) -> None:
        two.server.put(OTHER, when=at(10, 11))

        outcome = pair(two, OTHER, space_id=two.spaces[1])

        assert outcome.saved
        assert [step.name for step in outcome.steps] == ["mailbox", "read", "write"]
        assert two.blocked() == [at(10, 11)]

    def test_takes_the_primary_address_in_lower_case(self, two: Library) -> None:
        pair(two, "Room-2@Library.Example", space_id=two.spaces[1])

        with reading() as session:
            link = queries.links.row_of_space(session, two.spaces[1])
        assert link is not None
        assert link.mailbox == OTHER

    def test_refuses_a_mailbox_that_another_space_has_and_says_which(self, two: Library) -> None:
        outcome = pair(two, two.mailbox, space_id=two.spaces[1])

        assert not outcome.saved
        assert "is paired with" in outcome.steps[-1].detail

    def test_refuses_a_mailbox_that_nobody_knows(self, two: Library) -> None:
        outcome = pair(two, "nobody@library.example", space_id=two.spaces[1])

        assert not outcome.saved
        assert "knows no mailbox" in outcome.steps[0].detail

    def test_says_which_right_is_missing(self, two: Library) -> None:
        two.server.grant(ACCOUNT, OTHER, "reviewer")

        outcome = pair(two, OTHER, space_id=two.spaces[1])

        assert not outcome.saved
        assert [(step.name, step.ok) for step in outcome.steps] == [("mailbox", True), ("read", True), ("write", False)]
        assert "Author right" in outcome.steps[-1].detail

    def test_says_once_that_it_may_not_even_read(self, two: Library) -> None:
        two.server.grant(ACCOUNT, OTHER, "none")

        outcome = pair(two, OTHER, space_id=two.spaces[1])

        assert not outcome.saved
        assert [(step.name, step.failed) for step in outcome.steps] == [
            ("mailbox", False), ("read", True), ("write", False),
        ]  # fmt: skip
        assert outcome.steps[-1].detail == ""

    def test_with_another_mailbox_ends_the_old_pairing_and_cleans_up_there(self, two: Library) -> None:
        """Point 28."""
        two.written(at(10, 11))

        outcome = pair(two, OTHER)

        assert outcome.saved
        assert state_of(two.link_id) is LinkState.ENDED
        assert two.server.entries(two.mailbox) == []

    @pytest.mark.parametrize("step", [Step.INTENDED, Step.SENT])
    def test_with_an_open_intent_waits_until_that_has_settled(self, two: Library, step: Step) -> None:
        """Point 28: the request may still arrive in the old calendar; it is found there and removed."""
        two.place(at(10, 11))
        two.run_until(step)

        with pytest.raises(NotPossible, match="still being disconnected"):
            pair(two, OTHER)
        for _ in range(3):
            two.clock.turn(seconds=100)
            leaving.go_on_with_all(two.engine)
        outcome = pair(two, OTHER)

        assert outcome.saved
        assert state_of(two.link_id) is LinkState.ENDED
        assert two.server.entries(two.mailbox) == []

    def test_again_with_the_same_mailbox_tests_it_again(self, two: Library) -> None:
        assert pair(two, two.mailbox).link_id == two.link_id

    def test_is_done_when_somebody_else_was_faster_with_the_same(self, two: Library) -> None:
        faster: list[Outcome] = []

        def hook(call: Call) -> None:
            if call.operation == "probe" and not faster:
                two.server.hook = None
                faster.append(pair(two, OTHER, space_id=two.spaces[1]))

        two.server.hook = hook
        outcome = pair(two, OTHER, space_id=two.spaces[1])

        assert (outcome.saved, outcome.link_id) == (True, faster[0].link_id)

    def test_says_what_happened_when_somebody_else_was_faster_with_another(self, two: Library) -> None:
        two.server.add_room("room-3@library.example")

        def hook(call: Call) -> None:
            if call.operation == "probe":
                two.server.hook = None
                pair(two, OTHER, space_id=two.spaces[1])

        two.server.hook = hook
        with pytest.raises(NotPossible, match=f"just paired this space with {OTHER}"):
            pair(two, "room-3@library.example", space_id=two.spaces[1])

    def test_says_who_was_faster_with_the_mailbox(self, two: Library) -> None:
        links.disconnect(two.engine, two.link_id, leave_entries=False, actor=ADMINISTRATOR, now=two.clock.now)

        def hook(call: Call) -> None:
            if call.operation == "probe":
                two.server.hook = None
                pair(two, OTHER)

        two.server.hook = hook
        with pytest.raises(NotPossible, match=f"{OTHER} has just been paired with"):
            pair(two, OTHER, space_id=two.spaces[1])

    def test_is_for_those_who_may(self, two: Library) -> None:
        with pytest.raises(Forbidden):
            links.pair(two.engine, space_id=two.space_id, address=OTHER, actor=NOBODY, now=two.clock.now)


class TestDisconnecting:
    def test_deletes_our_entries_and_nobody_elses(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.put(lib.mailbox, when=at(14, 15), subject="Board meeting")
        lib.pull()

        links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=ADMINISTRATOR, now=lib.clock.now)

        assert [entry.subject for entry in lib.entries] == ["Board meeting"]
        assert state_of(lib.link_id) is LinkState.ENDED
        assert lib.blocked() == [at(14, 15)]  # until staff have looked at the list
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED

    def test_can_leave_our_entries_there(self, lib: Library) -> None:
        lib.written(at(10, 11))

        links.disconnect(lib.engine, lib.link_id, leave_entries=True, actor=ADMINISTRATOR, now=lib.clock.now)

        assert len(lib.entries) == 1
        assert state_of(lib.link_id) is LinkState.ENDED

    def test_confirms_who_only_waited_for_this_calendar(self, lib: Library) -> None:
        ref = lib.place(at(10, 11))

        links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=ADMINISTRATOR, now=lib.clock.now)

        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        assert lib.entries == []

    def test_waits_for_what_is_open(self, lib: Library) -> None:
        lib.place(at(10, 11))
        lib.run_until(worker.Step.INTENDED)

        links.disconnect(lib.engine, lib.link_id, leave_entries=False, actor=ADMINISTRATOR, now=lib.clock.now)
        assert state_of(lib.link_id) is LinkState.LEAVING
        lib.clock.turn(minutes=2)
        leaving.go_on_with_all(lib.engine)

        assert state_of(lib.link_id) is LinkState.ENDED
        assert lib.entries == []


class TestPausing:
    def test_stops_all_traffic_and_bookings_wait(self, lib: Library) -> None:
        links.pause(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=lib.clock.now)

        ref = lib.place(at(10, 11))
        lib.push()

        assert lib.occurrence(ref).state is OccurrenceState.HELD
        assert lib.server.calls == []

    def test_is_made_up_for_afterwards(self, lib: Library) -> None:
        links.pause(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=lib.clock.now)
        lib.place(at(10, 11))

        links.resume(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=lib.clock.now)
        lib.push()

        assert lib.entry.when == at(10, 11)


class TestVanishedEntries:
    def test_are_believed_when_staff_say_so(self, lib: Library) -> None:
        events = [lib.server.put(lib.mailbox, when=at(9, 10, days=day)) for day in range(1, 13)]
        lib.pull()
        for event in events:
            lib.server.remove(lib.mailbox, event)
        lib.pull()
        assert len(lib.blocked()) == 12

        links.accept_vanished(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=lib.clock.now)

        assert lib.blocked() == []
        assert lib.link().state is LinkState.ACTIVE

    def test_are_not_believed_by_reading_again(self, lib: Library) -> None:
        events = [lib.server.put(lib.mailbox, when=at(9, 10, days=day)) for day in range(1, 13)]
        lib.pull()
        for event in events:
            lib.server.remove(lib.mailbox, event)
        lib.pull()

        links.reread(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=lib.clock.now)

        assert len(lib.blocked()) == 12
        assert lib.link().state is LinkState.FROZEN


class TestTheImport:
    def test_writes_what_stood_before_the_pairing_and_flags_clashes(self, two: Library) -> None:
        space_id = two.spaces[1]
        for hour in (8, 10, 12):
            two.place(at(hour, hour + 1), space_id=space_id)
        two.server.put(OTHER, when=at(10.5, 11.5), subject="Board meeting")
        link_id = pair(two, OTHER, space_id=space_id).link_id
        assert link_id is not None

        run = imports.run(two.engine, link_id, actor=ADMINISTRATOR, now=two.clock.now)
        two.link_id = link_id
        two.push()

        with reading() as session:
            progress = imports.progress(session, run, now=two.clock.now)
        assert (progress.total, progress.done, progress.conflicts, progress.finished) == (3, 3, 1, True)
        assert len(two.server.entries(OTHER)) == 3

    def test_run_twice_adds_nothing(self, two: Library) -> None:
        space_id = two.spaces[1]
        two.place(at(10, 11), space_id=space_id)
        link_id = pair(two, OTHER, space_id=space_id).link_id
        assert link_id is not None
        imports.run(two.engine, link_id, actor=ADMINISTRATOR, now=two.clock.now)

        again = imports.run(two.engine, link_id, actor=ADMINISTRATOR, now=two.clock.now)
        two.link_id = link_id
        two.push()

        assert len(two.server.entries(OTHER)) == 1
        with reading() as session:
            assert imports.progress(session, again, now=two.clock.now).total == 0
            assert imports.count(session, link_id, now=two.clock.now) == 0

    def test_leaves_out_what_is_over(self, two: Library) -> None:
        two.place(at(10, 11), space_id=two.spaces[1])
        link_id = pair(two, OTHER, space_id=two.spaces[1]).link_id
        assert link_id is not None

        two.clock.turn(days=3)

        with reading() as session:
            assert imports.count(session, link_id, now=two.clock.now) == 0


class TestTheStatus:
    def test_of_a_room_in_step(self, lib: Library) -> None:
        lib.written()
        lib.pull()

        (row,) = self._rows(lib)

        assert (row.code, row.kind, row.words, row.needs_somebody) == (Code.IN_STEP, "in-step", "in step", False)
        assert row.last_read == row.last_write == lib.clock.now

    def test_of_a_room_that_cannot_be_written(self, lib: Library) -> None:
        lib.place()
        lib.server.grant(ACCOUNT, lib.mailbox, "reviewer")
        lib.push()

        (row,) = self._rows(lib)

        assert (row.code, row.kind) == (Code.RIGHT_MISSING, "failed")
        assert "Author right" in row.problem
        assert row.waiting == 1
        assert row.needs_somebody

    def test_of_a_server_that_does_not_let_us_in(self, lib: Library) -> None:
        lib.server.add_account(ACCOUNT, "another password")
        lib.pull()

        (row,) = self._rows(lib)

        assert (row.code, row.words) == (Code.SIGN_IN_FAILED, "sign-in failed")
        assert "password" in row.advice

    def test_of_a_room_with_a_conflict(self, lib: Library) -> None:
        lib.written(at(10, 11))
        lib.server.put(lib.mailbox, when=at(10, 11))
        lib.pull()

        (row,) = self._rows(lib)

        assert (row.code, row.kind, row.conflicts) == (Code.CONFLICT, "conflict", 1)

    def test_of_what_waits_too_long(self, lib: Library) -> None:
        lib.place()
        lib.clock.turn(minutes=11)

        (row,) = self._rows(lib)

        assert (row.code, row.kind, row.waiting, row.needs_somebody) == (Code.WAITING, "late", 1, True)

    def _rows(self, lib: Library) -> tuple[status.SpaceHealth, ...]:
        with reading() as session:
            return status.spaces(session, now=lib.clock.now, cadence=lib.engine.timing.cadence)


class TestOneBadMailbox:
    def test_leaves_the_others_fresh(self, two: Library) -> None:
        pair(two, OTHER, space_id=two.spaces[1])
        two.server.remove_mailbox(two.mailbox)
        two.clock.turn(minutes=2)

        pull.sweep_near(two.engine)

        with reading() as session:
            good = queries.links.row_of_space(session, two.spaces[1])
        assert good is not None
        assert good.near_read_at == two.clock.now
        assert two.link().state is LinkState.GONE


class TestARowOnTwoLinks:
    def test_is_removed_where_the_booking_no_longer_is(self, two: Library) -> None:
        """Point 26."""
        pair(two, OTHER, space_id=two.spaces[1])
        ref = two.written(at(10, 11))
        with transaction() as session:
            occurrence = session.get_one(type(two.occurrence(ref)), two.occurrence(ref).id)
            queries.places.lock_spaces(session, two.spaces)
            occurrence.space_id = two.spaces[1]
            session.flush()
            calendars.touch(session, occurrence, now=two.clock.now)

        worker.push_due(two.engine)

        assert two.server.entries(two.mailbox) == []
        assert [entry.when for entry in two.server.entries(OTHER)] == [at(10, 11)]
        with reading() as session:
            rows = queries.push.of_occurrence(session, two.occurrence(ref).id)
        assert sorted(row.state for row in rows) == [PushState.CLEAN, PushState.GONE]

    def test_is_removed_for_a_space_without_a_calendar_too(self, two: Library) -> None:
        ref = two.written(at(10, 11))
        with transaction() as session:
            occurrence = session.get_one(type(two.occurrence(ref)), two.occurrence(ref).id)
            queries.places.lock_spaces(session, two.spaces)
            occurrence.space_id = two.spaces[1]
            session.flush()
            calendars.touch(session, occurrence, now=two.clock.now)

        worker.push_due(two.engine)

        assert two.server.entries(two.mailbox) == []


class TestAMailboxWithEntriesOfAnotherInstallation:
    def stranger(self, two: Library, number: int) -> None:
        stamp = Stamp(f"another-{number % 2}", f"key-{number}", 1, 1, f"uid-{number}")
        two.server.put(OTHER, when=at(8 + number, 9 + number), uid=f"uid-{number}", stamp=stamp)

    def test_is_paired_with_a_warning_that_says_how_many(self, two: Library) -> None:
        for number in range(3):
            self.stranger(two, number)

        outcome = pair(two, OTHER, space_id=two.spaces[1])

        step = outcome.steps[-1]
        assert outcome.saved
        assert (step.title, step.result) == ("Entries of another installation", StepResult.WARNING)
        assert "3 entries of 2 other installations" in step.detail
        assert step.remedy

    def test_is_paired_without_it_when_its_calendar_cannot_be_read_now(self, two: Library) -> None:
        self.stranger(two, 1)
        two.server.fail("window", FailBefore(Definite(Kind.TRANSIENT, "In trouble.")))

        outcome = pair(two, OTHER, space_id=two.spaces[1])

        assert outcome.saved
        assert [step.name for step in outcome.steps] == ["mailbox", "read", "write"]
