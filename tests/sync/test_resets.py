"""A reset that staff asked for goes marked, running, gone; entries and bookings stay as they are."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from booking.connectors.memory import FailBefore
from booking.connectors.memory.faults import Wait
from booking.connectors.port import Definite, Kind
from booking.domain.errors import Forbidden, NotPossible
from booking.domain.permissions import NOBODY
from booking.domain.states import LinkState
from booking.store.database import reading, transaction
from booking.store.models import CalendarLink, SyncRun
from booking.sync import resets
from booking.sync.resets import Phase, Reset
from tests.build import ADMINISTRATOR
from tests.sync.library import NOW, Library, at

#: No lock is at stake here, so one database will do.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def mark(lib: Library) -> int:
    return resets.mark(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=lib.clock.now)


def seen(lib: Library) -> Reset:
    with reading() as session:
        found = resets.latest(session, lib.link_id)
    assert found is not None
    return found


class TestAReset:
    def test_is_marked_then_running_then_gone_with_every_id_as_it_was(self, lib: Library) -> None:
        refs = [lib.written(at(hour, hour + 1)) for hour in (9, 11)]
        ids = [lib.item(ref).remote_id for ref in refs]
        entries = [(each.id, each.etag) for each in lib.entries]
        phases: list[tuple[Phase, str]] = []

        mark(lib)
        phases.append((seen(lib).phase, seen(lib).words))
        lib.server.fail("window", Wait(lambda: phases.append((seen(lib).phase, seen(lib).words))))
        resets.go_on(lib.engine)

        assert [phase for phase, _ in phases] == [Phase.MARKED, Phase.RUNNING]
        assert "Marked for reset" in phases[0][1]
        assert "in progress" in phases[1][1]
        end = seen(lib)
        assert (end.phase, end.words, end.forgotten, end.same) == (Phase.DONE, "", 2, 2)
        with reading() as session:
            assert resets.still_open(session) == {}
        assert [lib.item(ref).remote_id for ref in refs] == ids
        assert [(each.id, each.etag) for each in lib.entries] == entries

    def test_says_which_step_it_is_at(self, lib: Library) -> None:
        steps: list[int] = []
        mark(lib)

        def note() -> None:
            step = seen(lib).step
            steps.append(step.number if step else 0)

        lib.server.fail("window", Wait(note), times=2)
        resets.go_on(lib.engine)

        assert steps == [1, 3]

    def test_that_cannot_begin_stays_marked_with_the_reason_and_is_tried_again(self, lib: Library) -> None:
        mark(lib)
        lib.server.fail("window", FailBefore(Definite(Kind.TRANSIENT, "Not now.")))

        resets.go_on(lib.engine)
        waiting = seen(lib)
        resets.go_on(lib.engine)
        too_soon = seen(lib)
        lib.clock.turn(seconds=30)
        resets.go_on(lib.engine)

        assert (waiting.phase, too_soon.phase, seen(lib).phase) == (Phase.MARKED, Phase.MARKED, Phase.DONE)
        assert "Not now." in waiting.problem

    def test_whose_worker_died_is_taken_up_again(self, lib: Library) -> None:
        mark(lib)
        with transaction() as session:
            run = session.scalars(select(SyncRun)).one()
            run.outcome = Phase.RUNNING.value
            run.report = f'{{"step": 1, "tried_at": "{(NOW - timedelta(minutes=9)).isoformat()}"}}'

        resets.go_on(lib.engine)

        assert seen(lib).phase is Phase.DONE

    def test_is_marked_once(self, lib: Library) -> None:
        mark(lib)

        with pytest.raises(NotPossible, match="marked already"):
            mark(lib)

    def test_can_be_withdrawn_until_it_has_begun(self, lib: Library) -> None:
        mark(lib)

        resets.withdraw(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=NOW)
        resets.go_on(lib.engine)

        assert seen(lib).phase is Phase.WITHDRAWN
        assert lib.asked("window") == 0
        with pytest.raises(NotPossible):
            resets.withdraw(lib.engine, lib.link_id, actor=ADMINISTRATOR, now=NOW)

    def test_of_a_pairing_that_ended_meanwhile_is_over(self, lib: Library) -> None:
        mark(lib)
        with transaction() as session:
            session.scalars(select(CalendarLink)).one().state = LinkState.ENDED

        resets.go_on(lib.engine)

        assert seen(lib).phase is Phase.WITHDRAWN

    def test_is_for_those_who_may_and_for_what_is_read(self, lib: Library) -> None:
        with pytest.raises(Forbidden):
            resets.mark(lib.engine, lib.link_id, actor=NOBODY, now=NOW)
        with transaction() as session:
            session.scalars(select(CalendarLink)).one().state = LinkState.PAUSED
        with pytest.raises(NotPossible):
            mark(lib)
