"""The way in which sync goes is changed: what follows was shown before, and nothing else happens."""

from dataclasses import replace

import pytest

from booking.connectors.memory import FailAfter
from booking.connectors.port import Ambiguous
from booking.domain.reconcile import Choice
from booking.domain.states import Direction, OccurrenceState, PushState
from booking.services.directions import Plan
from booking.services.profiles import BUILT_IN, EffectiveProfile, ProfilePlace
from booking.store import queries
from booking.store.database import reading
from booking.store.models import Space
from booking.sync import preview, pull, status
from booking.sync.status import Code
from tests.build import ADMINISTRATOR
from tests.sync.library import Library, at, settle

LOST = Ambiguous("The connection was reset before the answer came.")
READ_ONLY = replace(BUILT_IN, direction=Direction.FROM_EXCHANGE)
WRITE_ONLY = replace(BUILT_IN, direction=Direction.TO_EXCHANGE)
OFF = replace(BUILT_IN, active=False)


def location(lib: Library) -> ProfilePlace:
    with reading() as session:
        return ProfilePlace("Library", session.get_one(Space, lib.space_id).location_id)


def plan(lib: Library, wanted: EffectiveProfile) -> Plan:
    with reading() as session:
        return preview.direction_plan(session, location(lib), wanted, lib.clock.now)


def turn(lib: Library, wanted: EffectiveProfile) -> Plan:
    return preview.carry_out(lib.engine, location(lib), wanted, actor=ADMINISTRATOR, now=lib.clock.now)


def refs(dates: tuple[object, ...]) -> set[str]:
    return {each.ref for each in dates}  # type: ignore[attr-defined]  # dates of a plan


class TestToFromExchange:
    """Point 29: a profile is turned to one way."""

    def test_shows_what_will_not_be_written_and_writes_nothing_more(self, lib: Library) -> None:
        """Point 29."""
        written, waiting = lib.written(at(10, 11)), lib.place(at(12, 13))
        lib.rename(written, "Chess")

        shown = plan(lib, READ_ONLY)
        done = turn(lib, READ_ONLY)
        lib.push()

        assert shown == done
        assert refs(shown.unwritten) == {written, waiting}
        assert refs(shown.confirmed) == {waiting}
        assert [each.when for each in lib.entries] == [at(10, 11)]
        assert "Chess" not in lib.entry.body
        assert lib.occurrence(waiting).state is OccurrenceState.CONFIRMED
        assert {lib.item(each).state for each in (written, waiting)} == {PushState.CLEAN, PushState.GONE}

    def test_changes_nothing_by_showing(self, lib: Library) -> None:
        waiting = lib.place(at(12, 13))

        plan(lib, READ_ONLY)
        lib.push()

        assert lib.occurrence(waiting).state is OccurrenceState.CONFIRMED
        assert len(lib.entries) == 1

    @pytest.mark.parametrize("cancelled", [False, True])
    def test_lets_an_open_intent_settle(self, lib: Library, *, cancelled: bool) -> None:
        """Point 29: nobody knows whether the entry arrived; it is found out, and one that nobody wants goes."""
        ref = lib.place(at(10, 11))
        lib.server.fail("create", FailAfter(LOST))
        lib.push()

        shown = turn(lib, READ_ONLY)
        if cancelled:
            lib.cancel(ref)
        settle(lib)

        assert refs(shown.settling) == {ref}
        assert len(lib.entries) == (0 if cancelled else 1)
        assert lib.item(ref).state is (PushState.GONE if cancelled else PushState.CLEAN)

    def test_still_removes_what_was_cancelled(self, lib: Library) -> None:
        """Point 29: a cancel of what we wrote still goes, before and after."""
        before, after = lib.written(at(10, 11)), lib.written(at(12, 13))
        lib.cancel(before)

        shown = turn(lib, READ_ONLY)
        lib.cancel(after)
        lib.push()

        assert refs(shown.cancels) == {before}
        assert lib.entries == []

    def test_confirms_at_once_what_is_booked_from_then_on(self, lib: Library) -> None:
        turn(lib, READ_ONLY)

        ref = lib.place(at(10, 11))

        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED
        lib.push()
        assert lib.entries == []

    def test_keeps_following_outlook(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        turn(lib, READ_ONLY)
        lib.server.put(lib.mailbox, when=at(14, 15))
        lib.server.move(lib.mailbox, lib.item(ref).remote_id, at(12, 13))

        lib.pull()
        lib.push()

        assert lib.blocked() == [at(14, 15)]
        assert lib.occurrence(ref).when == at(12, 13)

    def test_puts_nothing_back(self, lib: Library) -> None:
        ref = lib.written(at(10, 11))
        turn(lib, replace(READ_ONLY, when_deleted=Choice.PUT_BACK))
        lib.server.remove(lib.mailbox, lib.item(ref).remote_id)

        lib.pull()
        lib.push()

        assert lib.entries == []
        assert lib.occurrence(ref).state is OccurrenceState.CANCELLED

    def test_and_back_writes_what_was_left_out(self, lib: Library) -> None:
        before, waiting = lib.written(at(10, 11)), lib.place(at(12, 13))
        lib.rename(before, "Chess")
        turn(lib, READ_ONLY)
        during = lib.place(at(14, 15))

        shown = turn(lib, BUILT_IN)
        lib.push()

        assert refs(shown.written) == {before, waiting, during}
        assert [each.when for each in lib.entries] == [at(10, 11), at(12, 13), at(14, 15)]
        assert all(lib.item(each).state is PushState.CLEAN for each in (before, waiting, during))
        assert any("Chess" in each.body for each in lib.entries)


class TestToToExchange:
    """Point 29: a profile is turned the other way."""

    def test_lets_go_of_outside_events_only_then(self, lib: Library) -> None:
        """Point 29."""
        lib.server.put(lib.mailbox, when=at(14, 15))
        lib.pull()

        shown = plan(lib, WRITE_ONLY)
        still = lib.blocked()
        turn(lib, WRITE_ONLY)
        lib.pull()

        assert [each.when for each in shown.released] == [at(14, 15)]
        assert still == [at(14, 15)]
        assert lib.blocked() == []

    def test_still_looks_before_it_writes(self, lib: Library) -> None:
        """Point 29: PRECHECK goes on, so that nobody's meeting is written over."""
        turn(lib, WRITE_ONLY)
        lib.server.put(lib.mailbox, when=at(10, 11))

        ref = lib.place(at(10, 11))
        lib.push()

        assert lib.occurrence(ref).state is OccurrenceState.REJECTED
        assert len(lib.entries) == 1

    def test_still_looks_at_what_it_wrote(self, lib: Library) -> None:
        """Point 29: VERIFY goes on; what people change in our entries is put back."""
        turn(lib, WRITE_ONLY)
        ref = lib.written(at(10, 11))
        lib.server.move(lib.mailbox, lib.item(ref).remote_id, at(12, 13))

        lib.pull()
        lib.push()

        assert lib.occurrence(ref).when == at(10, 11)
        assert lib.entry.when == at(10, 11)

    def test_calls_no_time_uncertain_that_nobody_means_to_read(self, lib: Library) -> None:
        turn(lib, WRITE_ONLY)
        lib.clock.turn(days=2)

        with reading() as session:
            known = queries.free.freshness(session, [lib.space_id])
        assert known == {}

    def test_and_back_reads_the_room_anew(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(14, 15))
        turn(lib, WRITE_ONLY)
        lib.pull()

        turn(lib, BUILT_IN)
        pull.read_due(lib.engine)

        assert lib.blocked() == [at(14, 15)]


class TestSwitchedOff:
    def test_frees_nothing_and_says_so(self, lib: Library) -> None:
        lib.server.put(lib.mailbox, when=at(14, 15))
        lib.pull()

        shown = turn(lib, OFF)
        lib.clock.turn(days=1)

        assert shown.kept == 1
        assert lib.blocked() == [at(14, 15)]
        with reading() as session:
            (health,) = status.spaces(session, now=lib.clock.now, cadence=lib.engine.timing.cadence)
        assert health.code is Code.SWITCHED_OFF
        assert not health.needs_somebody


class TestAPlan:
    def test_is_empty_where_the_way_stays_the_same(self, lib: Library) -> None:
        lib.place(at(10, 11))

        assert turn(lib, replace(BUILT_IN, tentative_blocks=True)) == Plan()
        assert lib.item(_only(lib)).state is PushState.DIRTY

    def test_leaves_rooms_alone_that_have_a_nearer_profile(self, lib: Library) -> None:
        ref = lib.place(at(10, 11))
        with reading() as session:
            space = session.get_one(Space, lib.space_id)
            own = ProfilePlace("Room", space.location_id, space.category_id, space.id)
        preview.carry_out(lib.engine, own, BUILT_IN, actor=ADMINISTRATOR, now=lib.clock.now)

        assert turn(lib, READ_ONLY).rooms == 0
        assert lib.item(ref).state is PushState.DIRTY

    def test_says_in_sentences_what_follows(self, lib: Library) -> None:
        lib.place(at(10, 11))

        assert plan(lib, READ_ONLY).sentences == (
            "1 booking date will not be written to Outlook any more.",
            "1 booking date waiting for Outlook only will be confirmed.",
        )


def _only(lib: Library) -> str:
    with reading() as session:
        return queries.push.all_of_link(session, lib.link_id)[0].occurrence.booking.ref
