"""Point 31: our clock jumps, forwards and back. Claims go by the database's clock; waits that never end do end."""

from datetime import timedelta

import pytest

from booking.connectors.memory import FailAfter, FailBefore, FailLate
from booking.connectors.port import Ambiguous, Definite, Kind
from booking.domain.states import OccurrenceState, PushState
from booking.store import queries
from booking.store.database import reading
from booking.sync import pull, worker
from booking.sync.worker import Step
from tests.sync.library import Library, at, settle

LOST = Ambiguous("The connection was reset before the answer came.")
DOWN = Definite(Kind.TRANSIENT, "The server does not answer.")
JUMPS = [pytest.param({"hours": 6}, id="forwards"), pytest.param({"days": -300}, id="back")]


class TestAClockThatJumps:
    @pytest.mark.parametrize("jump", JUMPS)
    @pytest.mark.parametrize("step", [Step.LOOKED, Step.INTENDED, Step.SENT])
    def test_between_two_steps_changes_nothing(self, lib: Library, jump: dict[str, float], step: Step) -> None:
        """Point 31."""
        ref = lib.place(at(10, 11, days=3))

        worker.run_link(lib.engine, lib.link_id, after=lambda done: lib.clock.turn(**jump) if done is step else None)
        settle(lib)

        assert len(lib.entries) == 1
        assert lib.asked("create") == 1
        assert lib.item(ref).state is PushState.CLEAN
        assert lib.occurrence(ref).state is OccurrenceState.CONFIRMED

    @pytest.mark.parametrize("jump", JUMPS)
    def test_after_the_process_died_leaves_one_entry(self, lib: Library, jump: dict[str, float]) -> None:
        """Point 31."""
        ref = lib.place(at(10, 11, days=3))
        lib.run_until(Step.SENT)

        lib.clock.turn(**jump)
        settle(lib)

        assert len(lib.entries) == 1
        assert lib.item(ref).state is PushState.CLEAN

    @pytest.mark.parametrize("jump", JUMPS)
    def test_while_a_create_has_no_answer_leaves_one_entry(self, lib: Library, jump: dict[str, float]) -> None:
        """Point 31: the settle wait may be cut short by a jump; what then lands twice is swept."""
        ref = lib.place(at(10, 11, days=3))
        lib.server.fail("create", FailLate(LOST))
        lib.push()

        lib.clock.turn(**jump)
        settle(lib)
        lib.server.settle()
        lib.pull()
        lib.pull()

        assert len(lib.entries) == 1
        assert lib.item(ref).state is PushState.CLEAN

    def test_makes_no_claim_end_early_or_late(self, lib: Library) -> None:
        """Point 31: a claim is the database's and the monotonic clock's affair."""
        claim = lib.claim()

        lib.clock.turn(days=300)

        assert claim.live
        worker.run_link(lib.another_worker().engine, lib.link_id)
        assert lib.link().fence == claim.fence


class TestAClockThatWasSetBack:
    def test_lets_no_row_wait_for_a_year(self, lib: Library) -> None:
        """Point 31."""
        ref = lib.place(at(10, 11))
        lib.server.fail("window", FailBefore(DOWN))
        lib.push()
        lib.clock.turn(days=-300)

        lib.push()

        assert lib.item(ref).state is PushState.CLEAN

    def test_lets_no_room_go_unread_for_a_year(self, lib: Library) -> None:
        """Point 31."""
        lib.server.fail("window", FailBefore(DOWN))
        lib.pull()
        lib.clock.turn(days=-300)

        with reading() as session:
            found = queries.links.readable(session, now=lib.clock.now)

        assert [each.id for each in found] == [lib.link_id]

    def test_keeps_no_breaker_open_for_a_year(self, lib: Library) -> None:
        """Point 31: one attempt more is made, and if it fails, the breaker is open for a quarter of an hour again."""
        account = lib.connection().username
        lib.server.add_account(account, "another password")
        lib.pull()
        lib.clock.turn(days=-300)

        lib.pull()
        lib.pull()

        assert lib.server.sign_ins_refused == 2
        assert lib.connection().breaker_until == lib.clock.now + timedelta(minutes=15)

    def test_calls_nothing_free_that_was_read_in_its_future(self, lib: Library) -> None:
        """Point 31: unknown is not free."""
        lib.pull()
        lib.clock.turn(days=-300)

        pull.read_due(lib.engine)

        assert lib.link().read_at == lib.clock.now

    def test_probes_what_had_no_answer(self, lib: Library) -> None:
        """Point 31."""
        ref = lib.place(at(10, 11))
        lib.server.fail("create", FailAfter(LOST))
        lib.push()
        lib.clock.turn(days=-300)

        lib.push()

        assert lib.item(ref).state is PushState.CLEAN
        assert lib.asked("create") == 1
