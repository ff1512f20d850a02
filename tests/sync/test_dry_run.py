"""A dry run reads everything, writes nothing anywhere, and lists exactly what sync would do."""

import pytest
from flask import Flask
from sqlalchemy import select

from booking.connectors.memory import FailBefore
from booking.connectors.port import Definite, Kind
from booking.domain.intervals import Interval
from booking.domain.permissions import NOBODY
from booking.domain.states import LinkState, OccurrenceState
from booking.store.database import db, reading, transaction
from booking.store.models import CalendarLink
from booking.sync import dry_run
from booking.sync.dry_run import Kind as What
from booking.sync.dry_run import Progress, Rehearsal, SpaceRehearsal, Target
from tests import build
from tests.sync.library import NOW, ROOM, Library, at, library
from tests.sync.shelves import shelves

#: What sync writes into a calendar.
WRITES = {"create", "update", "delete", "decline"}
EVERYTHING = Target()


def run(lib: Library, target: Target = EVERYTHING) -> Rehearsal:
    return dry_run.rehearse(lib.engine, target, actor=build.ADMINISTRATOR, now=lib.clock.now)


def room(lib: Library) -> SpaceRehearsal:
    (only,) = run(lib).spaces
    return only


def listed(found: SpaceRehearsal) -> list[tuple[What, Interval]]:
    return [(each.kind, each.when) for each in found.findings]


def everything_stored() -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    with reading() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in db.metadata.sorted_tables
        }


def writes(lib: Library) -> int:
    return sum(call.operation in WRITES for call in lib.server.calls)


class TestADryRun:
    def test_lists_exactly_what_was_planted_and_writes_nothing(self, lib: Library) -> None:
        moved, deleted = lib.written(at(9, 10)), lib.written(at(11, 12))
        lib.pull()
        entries = {entry.when: entry.id for entry in lib.entries}
        lib.server.edit(lib.mailbox, entries[at(9, 10)], when=at(15, 16))
        lib.server.remove(lib.mailbox, entries[at(11, 12)])
        lib.server.put(lib.mailbox, when=at(13, 14), subject="Board meeting")
        before, written = everything_stored(), writes(lib)

        found = room(lib)

        assert listed(found) == [
            (What.CANCEL, at(11, 12)), (What.BLOCK, at(13, 14)), (What.CHANGE, at(15, 16)),
        ]  # fmt: skip
        assert [each.ref for each in found.findings] == [deleted, "", moved]
        assert everything_stored() == before
        assert writes(lib) == written
        assert lib.occurrence(deleted).state is OccurrenceState.CONFIRMED

    def test_says_what_would_be_written_to_outlook(self, lib: Library) -> None:
        changed, cancelled = lib.written(at(9, 10)), lib.written(at(11, 12))
        lib.pull()
        lib.move(changed, at(14, 15))
        lib.cancel(cancelled)
        new = lib.place(at(16, 17))
        before, written = everything_stored(), writes(lib)

        found = room(lib)

        assert {(each.kind, each.ref, each.side) for each in found.findings} == {
            (What.CANCEL, cancelled, "outlook"), (What.CHANGE, changed, "outlook"), (What.CREATE, new, "outlook"),
        }  # fmt: skip
        assert (everything_stored(), writes(lib)) == (before, written)

    def test_says_what_would_be_free_again(self, lib: Library) -> None:
        event = lib.server.put(lib.mailbox, when=at(13, 14))
        lib.pull()
        lib.server.remove(lib.mailbox, event)

        assert listed(room(lib)) == [(What.FREE, at(13, 14))]
        assert lib.blocked() == [at(13, 14)]

    def test_says_what_conflicts_once(self, lib: Library) -> None:
        ref = lib.written(at(9, 10))
        lib.pull()
        lib.server.put(lib.mailbox, when=at(9, 11))

        (finding,) = room(lib).findings

        assert (finding.kind, finding.ref) == (What.CONFLICT, ref)
        assert lib.conflicts() == []

    def test_of_a_new_booking_sees_what_stands_in_its_way(self, lib: Library) -> None:
        lib.pull()
        ref = lib.place(at(9, 10))
        lib.server.put(lib.mailbox, when=at(9, 11))

        found = room(lib)

        assert (What.CREATE, at(9, 10)) not in listed(found)
        assert (What.CANCEL, ref) in [(each.kind, each.ref) for each in found.findings]
        assert lib.occurrence(ref).state is OccurrenceState.HELD

    def test_says_plainly_that_both_sides_agree(self, lib: Library) -> None:
        lib.written(at(9, 10))
        lib.pull()

        found = run(lib)

        assert found.total == 0
        assert found.words == (
            "Data was found: one entry in one calendar. Both sides agree: sync would change nothing. "
            "Nothing was written."
        )

    def test_says_plainly_that_nothing_was_found(self, lib: Library) -> None:
        lib.pull()

        assert run(lib).words.startswith("Nothing was found: one calendar was read and no entry stands there to sync.")

    def test_predicts_what_sync_then_does(self, lib: Library) -> None:
        refs = [lib.written(at(hour, hour + 1)) for hour in (9, 11)]
        lib.pull()
        lib.server.remove(lib.mailbox, lib.entries[0].id)
        lib.server.put(lib.mailbox, when=at(13, 14))
        said = {(each.kind, each.when) for each in room(lib).findings}

        lib.pull()

        gone = {(What.CANCEL, lib.occurrence(ref).when) for ref in refs if not lib.occurrence(ref).holds}
        assert said == gone | {(What.BLOCK, when) for when in lib.blocked()}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestARoomThatIsNotLookedAt:
    def test_is_named_with_the_reason_and_nothing_is_remembered(self, lib: Library) -> None:
        lib.pull()
        lib.server.fail("window", FailBefore(Definite(Kind.TRANSIENT, "Not now.")))
        before = everything_stored()

        found = room(lib)

        assert (found.looked, found.problem) == (False, "Not now.")
        assert everything_stored() == before

    def test_is_one_that_is_paused(self, lib: Library) -> None:
        with transaction() as session:
            session.scalars(select(CalendarLink)).one().state = LinkState.PAUSED

        assert "paused" in room(lib).problem
        assert lib.server.calls == []

    def test_is_one_whose_profile_is_not_active(self, lib: Library) -> None:
        with transaction() as session:
            build.profile(session, space_id=lib.space_id, active=False)

        assert "not active" in room(lib).problem

    def test_would_be_frozen_rather_than_freed(self, lib: Library) -> None:
        events = [lib.server.put(lib.mailbox, when=at(9, 10, days=day)) for day in range(1, 13)]
        lib.pull()
        for event in events:
            lib.server.remove(lib.mailbox, event)

        found = room(lib)

        assert found.findings == ()
        assert "12 entries seem to have vanished" in found.warnings[0]
        assert lib.link().state is LinkState.ACTIVE


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestAProcessThatNeverSignedIn:
    def test_leaves_no_trace_either(self, lib: Library) -> None:
        lib.pull()
        lib.server.put(lib.mailbox, when=at(13, 14))
        before = everything_stored()

        found = room(lib.another_worker())

        assert listed(found) == [(What.BLOCK, at(13, 14))]
        assert everything_stored() == before

    def test_has_one_try_only_when_it_is_refused(self, lib: Library) -> None:
        lib.pull()
        lib.server.fail("window", FailBefore(Definite(Kind.SIGN_IN, "Wrong password.")), times=9)
        tries = lib.asked("window")

        first, second = room(lib.another_worker()), room(lib.another_worker())

        assert (first.problem, second.problem) == ("Wrong password.", "Wrong password.")
        assert lib.asked("window") == tries + 1
        assert lib.connection().breaker_until is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestATarget:
    def test_is_all_rooms_one_by_one_with_progress(self, stored: Flask) -> None:
        told: list[Progress] = []

        with stored.app_context(), library("several", rooms=3) as lib:
            target = Target(connection_id=lib.connection_id)
            dry_run.rehearse(lib.engine, target, actor=build.ADMINISTRATOR, now=NOW, progress=told.append)

        assert [(each.done, each.total) for each in told] == [(0, 3), (1, 3), (2, 3)]

    def test_is_only_where_the_actor_may_pair_spaces(self, lib: Library) -> None:
        assert dry_run.rehearse(lib.engine, Target(), actor=NOBODY, now=NOW).spaces == ()

    def test_may_be_single_spaces(self, lib: Library) -> None:
        assert [each.mailbox for each in run(lib, Target(space_ids=frozenset({lib.space_id}))).spaces] == [ROOM]
        assert run(lib, Target(space_ids=frozenset({999}))).spaces == ()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestAFolder:
    def test_is_read_too_and_says_what_it_would_block_and_free(self, lib: Library) -> None:
        shelf = shelves(lib)
        folder = shelf.ticked("Closures")
        gone = lib.server.put(folder, when=at(9, 10))
        shelf.beat()
        lib.server.remove(folder, gone)
        lib.server.put(folder, when=at(13, 14))
        lib.pull()
        before = everything_stored()

        found = run(lib)

        assert [(each.kind, each.when) for room in found.spaces for each in room.findings] == [
            (What.FREE, at(9, 10)), (What.BLOCK, at(13, 14)),
        ]  # fmt: skip
        assert everything_stored() == before
