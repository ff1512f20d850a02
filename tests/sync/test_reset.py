"""Reset: which entry is whose is forgotten and found again; entries and bookings stay as they are."""

import pytest
from sqlalchemy import select

from booking.connectors.memory import FailBefore
from booking.connectors.memory.faults import Wait
from booking.connectors.port import Definite, Kind
from booking.domain.errors import Forbidden, NotFound, NotPossible
from booking.domain.permissions import NOBODY
from booking.domain.states import LinkState, OccurrenceState
from booking.store.database import reading, transaction
from booking.store.models import AuditEntry, CalendarLink, PushItem
from booking.sync import reset
from booking.sync.reset import Result
from tests import build
from tests.sync.library import NOW, Library, at, settle

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SOON = at(13, 14, days=2)


def done(lib: Library) -> Result:
    return reset.reset(lib.engine, lib.link_id, actor=build.ADMINISTRATOR, now=lib.clock.now)


class TestAResetThatTakesTooLong:
    def test_forgets_nothing_and_says_so(self, lib: Library) -> None:
        ref = lib.written(at(9, 10))

        def another_writes() -> None:
            lib.expire_claims()
            lib.another_worker().claim()

        lib.server.fail("window", Wait(another_writes))
        with pytest.raises(NotPossible, match="being written"):
            done(lib)

        assert lib.item(ref).remote_id == lib.entry.id


class TestAReset:
    def test_finds_every_entry_again_and_changes_nothing(self, lib: Library) -> None:
        refs = [lib.written(at(hour, hour + 1)) for hour in (9, 11, 13)]
        lib.server.put(lib.mailbox, when=SOON)
        lib.pull()
        before = [(each.id, each.etag) for each in lib.entries]
        ids = [lib.item(ref).remote_id for ref in refs]
        told = lib.told()

        result = done(lib)
        settle(lib)
        lib.pull()

        assert (result.forgotten, result.found, result.same, result.not_found) == (3, 3, 3, ())
        assert result.report is not None
        assert result.report.found == 0
        assert [(each.id, each.etag) for each in lib.entries] == before
        assert [lib.item(ref).remote_id for ref in refs] == ids
        assert all(lib.occurrence(ref).state is OccurrenceState.CONFIRMED for ref in refs)
        assert lib.blocked() == [SOON]
        assert lib.told() == told
        assert lib.link().reconciled_at == NOW

    def test_finds_an_entry_whose_id_was_lost_or_is_wrong(self, lib: Library) -> None:
        ref = lib.written(at(9, 10))
        right = lib.item(ref).remote_id
        with transaction() as session:
            session.scalars(select(PushItem)).one().remote_id = "AAMkwrong"

        result = done(lib)

        assert (result.found, result.same) == (1, 0)
        assert lib.item(ref).remote_id == right
        assert len(lib.entries) == 1
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED

    def test_says_which_entries_bear_no_stamp_any_more(self, lib: Library) -> None:
        ref = lib.written(at(9, 10))
        lib.server.edit(lib.mailbox, lib.entry.id, stamp=None)

        result = done(lib)

        assert result.not_found == (ref,)
        assert lib.occurrence(ref).holds

    def test_forgets_nothing_when_the_calendar_cannot_be_read(self, lib: Library) -> None:
        ref = lib.written(at(9, 10))
        known = lib.item(ref).remote_id
        lib.server.fail("window", FailBefore(Definite(Kind.TRANSIENT, "Not now.")))

        with pytest.raises(NotPossible, match=r"nothing was forgotten: Not now\."):
            done(lib)

        assert lib.item(ref).remote_id == known

    def test_waits_for_whoever_writes(self, lib: Library) -> None:
        lib.written(at(9, 10))
        lib.claim()

        with pytest.raises(NotPossible, match="Try again in a moment"):
            done(lib)

    def test_leaves_what_is_under_way_alone(self, lib: Library) -> None:
        ref = lib.written(at(9, 10))
        lib.move(ref, at(11, 12))

        result = done(lib)
        settle(lib)

        assert result.forgotten == 0
        assert lib.entry.when == at(11, 12)

    def test_is_for_those_who_may_pair_the_space(self, lib: Library) -> None:
        with pytest.raises(Forbidden):
            reset.reset(lib.engine, lib.link_id, actor=NOBODY, now=NOW)
        with pytest.raises(NotFound):
            reset.reset(lib.engine, 999, actor=build.ADMINISTRATOR, now=NOW)

    @pytest.mark.parametrize("state", [LinkState.PAUSED, LinkState.FROZEN])
    def test_waits_for_staff(self, lib: Library, state: LinkState) -> None:
        with transaction() as session:
            session.scalars(select(CalendarLink)).one().state = state

        with pytest.raises(NotPossible):
            done(lib)

    def test_is_noted(self, lib: Library) -> None:
        done(lib)

        with reading() as session:
            assert "link.reset" in session.scalars(select(AuditEntry.what)).all()


class TestAPreview:
    def test_says_how_much_is_looked_for_and_that_nothing_changes(self, lib: Library) -> None:
        lib.written(at(9, 10))
        lib.server.put(lib.mailbox, when=SOON)
        lib.pull()
        asked = len(lib.server.calls)

        with reading() as session:
            plan = reset.preview(session, lib.link_id, now=NOW)

        assert (plan.entries, plan.events) == (1, 1)
        assert "No booking is changed" in plan.words
        assert len(lib.server.calls) == asked
