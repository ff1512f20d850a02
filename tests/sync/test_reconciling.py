"""T3: both sides compared entry by entry, brought into step, and a report that staff can read.

`point N` is a number of the list in the design of sync ("every one of these is a test").
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from booking.connectors.memory import FailBefore, Show
from booking.connectors.port import Definite, Kind
from booking.domain.states import Direction, LinkState, OccurrenceState, PushState
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, ExternalEvent, Location, PushItem, SyncRun
from booking.sync import reconciling
from booking.sync.comparing import What
from booking.sync.reconciling import Report
from tests import build
from tests.sync.library import NOW, Library, at, settle

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SOON = at(13, 14, days=2)


def reconciled(lib: Library) -> Report:
    report = reconciling.reconcile(lib.engine, lib.link_id)
    assert report is not None
    return report


def whats(report: Report) -> list[What]:
    return [line.what for line in report.lines]


class TestReconciling:
    def test_finds_nothing_where_both_sides_agree(self, lib: Library) -> None:
        lib.written(at(10, 11))
        lib.server.put(lib.mailbox, when=SOON)
        lib.server.put(lib.mailbox, when=at(9, 9.5), repeat="daily")
        lib.server.put(lib.mailbox, when=at(0, 24 * 40, days=3), subject="A very long one")
        lib.pull()

        report = reconciled(lib)

        assert (report.outcome, report.found, report.lines) == ("done", 0, ())
        assert report.bookings == 1
        assert report.events > 80
        assert lib.link().reconciled_at == NOW

    def test_has_a_booking_written_whose_entry_nobody_knows_of(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.remove(lib.mailbox, lib.entry.id)
        _change(lib, remote_id="", remote_etag="", remote_uid="")

        report = reconciled(lib)
        settle(lib)

        assert whats(report) == [What.MISSING]
        assert report.repaired == 1
        assert lib.entry.when == at(10, 11)
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED

    def test_has_a_booking_written_that_nobody_was_told_to_write(self, lib: Library) -> None:
        _link(lib, created_at=NOW - timedelta(days=1))
        ref = lib.place(at(10, 11))
        with transaction() as session:
            session.delete(session.scalars(select(PushItem)).one())

        report = reconciled(lib)
        settle(lib)

        assert [(line.what, line.ref, line.repaired) for line in report.lines] == [(What.UNWRITTEN, ref, True)]
        assert lib.entry.when == at(10, 11)

    def test_leaves_bookings_from_before_the_pairing_to_the_import(self, lib: Library) -> None:
        lib.place(at(10, 11))
        with transaction() as session:
            session.delete(session.scalars(select(PushItem)).one())
        _link(lib, created_at=NOW + timedelta(minutes=1))

        report = reconciled(lib)

        assert report.found == 0

    def test_follows_what_was_done_in_outlook_and_says_so(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        lib.server.move(lib.mailbox, lib.entry.id, at(15, 16))
        lib.server.put(lib.mailbox, when=SOON, subject="Marked")

        report = reconciled(lib)

        assert [(line.what, line.repaired) for line in report.lines] == [(What.ELSEWHEN, True), (What.NOT_KNOWN, True)]
        assert lib.occurrence(ref).when == at(15, 16)
        assert lib.blocked() == [SOON]
        assert all("Marked" not in line.words for line in report.lines)

    def test_lets_go_of_outside_events_that_are_gone_and_moves_those_that_moved(self, lib: Library) -> None:
        gone = lib.server.put(lib.mailbox, when=SOON)
        moved = lib.server.put(lib.mailbox, when=at(9, 10))
        lib.pull()
        lib.server.remove(lib.mailbox, gone)
        lib.server.move(lib.mailbox, moved, at(11, 12))

        report = reconciled(lib)

        assert sorted(whats(report)) == [What.NOT_THERE, What.OTHER_TIME]
        assert report.left == 0
        assert lib.blocked() == [at(11, 12)]

    def test_has_an_entry_of_a_cancelled_booking_removed(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        uid = lib.entry.uid
        lib.cancel(ref)
        lib.push()
        lib.server.restore(lib.mailbox, uid)

        report = reconciled(lib)
        settle(lib)

        assert whats(report) == [What.LEFT_BEHIND]
        assert report.repaired == 1
        assert lib.entries == []

    def test_removes_a_twin_and_finds_an_id_that_was_lost(self, lib: Library) -> None:
        lib.written(at(10, 11))
        entry = lib.entry
        _change(lib, remote_id="", remote_etag="")
        lib.server.put(
            lib.mailbox,
            when=entry.when,
            uid=entry.uid,
            stamp=entry.stamp,
            subject=entry.subject,
            location=entry.location,
        )

        report = reconciled(lib)
        lib.pull()

        assert whats(report) == [What.TWICE, What.OTHER_ID]
        assert len(lib.entries) == 1

    def test_believes_no_untrue_listing(self, lib: Library) -> None:
        """Point 15."""
        lib.server.put(lib.mailbox, when=SOON)
        ref = lib.written(at(10, 11))
        lib.pull()
        lib.server.fail("window", Show(lambda _: False))

        report = reconciled(lib)

        assert report.outcome == "failed"
        assert lib.blocked() == [SOON]
        assert lib.occurrence(ref).holds
        assert lib.link().reconciled_at is None

    def test_that_fails_is_remembered_and_tried_again(self, lib: Library) -> None:
        lib.pull()
        lib.server.fail("window", FailBefore(Definite(Kind.TRANSIENT, "Not now.")))

        assert reconciling.due(lib.engine) == 1
        assert reconciling.due(lib.engine) == 0
        lib.clock.turn(minutes=6)
        assert reconciling.due(lib.engine) == 1

        with reading() as session:
            latest, first = reconciling.reports(session, lib.link_id)
        assert (first.report.outcome, first.report.problem) == ("failed", "Not now.")
        assert latest.report.outcome == "done"
        assert latest.mailbox == lib.mailbox

    def test_keeps_a_report_with_a_line_for_each_difference(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=SOON)

        report = reconciled(lib)

        with reading() as session:
            (kept,) = reconciling.reports(session)
            (run,) = session.scalars(select(SyncRun).where(SyncRun.kind == "reconcile"))
        assert kept.report == report
        assert (run.kind, run.tier) == ("reconcile", "t3")
        assert kept.report.lines[0].words == (
            "2026-10-25 13:00 to 2026-10-25 14:00 UTC: an outside event was not known here"
        )
        assert kept.report.counts == {"not_known": 1}

    def test_asks_nothing_of_a_direction_that_is_switched_off(self, lib: Library) -> None:
        with transaction() as session:
            place = session.scalars(select(Location)).one()
            build.profile(session, location_id=place.id, direction=Direction.TO_EXCHANGE)
        lib.server.put(lib.mailbox, when=SOON)

        assert reconciled(lib).found == 0

    def test_skips_what_is_under_way(self, lib: Library) -> None:
        lib.place(at(10, 11))

        report = reconciled(lib)

        assert report.found == 0
        assert _item(lib).state is PushState.DIRTY


class TestTheNight:
    def test_comes_once_a_day_for_each_room_at_a_moment_of_its_own(self, lib: Library) -> None:
        lib.pull()
        assert reconciling.due(lib.engine) == 1  # it never was
        moments = []

        for _ in range(3 * 24 * 2):
            lib.clock.turn(minutes=30)
            if reconciling.due(lib.engine):
                moments.append(lib.clock.now)

        assert [each.date().day - NOW.day for each in moments] == [1, 2, 3]  # across the change of the clocks
        assert all(0 <= each.hour < 5 for each in moments)

    def test_does_not_ask_a_frozen_room(self, lib: Library) -> None:
        lib.pull()
        _link(lib, state=LinkState.FROZEN)

        assert reconciling.due(lib.engine) == 0

    @pytest.mark.parametrize("trouble", [LinkState.FROZEN, LinkState.GONE, LinkState.AUTH_FAILED])
    def test_does_not_wait_for_itself_when_a_room_is_well_again(self, lib: Library, trouble: LinkState) -> None:
        lib.pull()
        assert reconciling.due(lib.engine) == 1
        lib.clock.turn(minutes=1)
        _link(lib, state=trouble, state_since=lib.clock.now)
        assert reconciling.due(lib.engine) == 0
        lib.clock.turn(minutes=1)

        lib.pull()

        assert lib.link().state is LinkState.ACTIVE
        assert reconciling.due(lib.engine) == 1
        assert reconciling.due(lib.engine) == 0

    def test_is_no_reason_to_compare_a_room_that_was_never_read(self, lib: Library) -> None:
        assert reconciling.due(lib.engine) == 0


class TestAFrozenRoom:
    def test_remembers_which_entries_are_not_shown(self, lib: Library) -> None:
        """Point 15."""
        ref = lib.written(at(15, 16, days=20))
        events = [lib.server.put(lib.mailbox, when=at(9, 10, days=day)) for day in range(1, 13)]
        lib.pull()
        for each in (lib.item(ref).remote_id, *events[1:]):
            lib.server.remove(lib.mailbox, each)
        lib.clock.turn(minutes=1)
        first = lib.clock.now

        lib.pull()
        lib.clock.turn(minutes=1)
        lib.pull()

        assert lib.link().state is LinkState.FROZEN
        with reading() as session:
            theirs = {each.remote_id: each.missing_since for each in session.scalars(select(ExternalEvent))}
        assert theirs == {each: first if each in events[1:] else None for each in events}
        assert lib.item(ref).missing_since == first

    def test_forgets_that_when_all_is_there_again(self, lib: Library) -> None:
        for day in range(1, 13):
            lib.server.put(lib.mailbox, when=at(9, 10, days=day), uid=f"uid-{day}")
        lib.pull()
        for entry in lib.entries:
            lib.server.remove(lib.mailbox, entry.id)
        lib.pull()
        for day in range(1, 13):
            lib.server.restore(lib.mailbox, f"uid-{day}")

        lib.pull()

        with reading() as session:
            assert not any(each.missing_since for each in session.scalars(select(ExternalEvent)))


def _item(lib: Library) -> PushItem:
    with reading() as session:
        return session.scalars(select(PushItem).where(PushItem.link_id == lib.link_id)).one()


def _change(lib: Library, **values: object) -> None:
    """Damage the row of the only booking."""
    with transaction() as session:
        row = session.scalars(select(PushItem).where(PushItem.link_id == lib.link_id)).one()
        for name, value in values.items():
            setattr(row, name, value)


def _link(lib: Library, **values: object) -> None:
    with transaction() as session:
        link = session.scalars(select(CalendarLink).where(CalendarLink.id == lib.link_id)).one()
        for name, value in values.items():
            setattr(link, name, value)
