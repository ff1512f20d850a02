"""Calls to servers, counted."""

import pytest

from booking.connectors.port import Ambiguous, Definite, Kind
from booking.sync.tally import BUCKETS, Tally


class Clock:
    """Seconds, turned by the test."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class TestTheTally:
    @pytest.mark.parametrize(
        ("error", "outcome"),
        [
            (Definite(Kind.MAILBOX_GONE, "no such mailbox"), str(Kind.MAILBOX_GONE)),
            (Ambiguous("no answer"), "ambiguous"),
            (ValueError("a bug"), "fault"),
        ],
    )
    def test_keeps_how_a_call_ended_and_lets_the_fault_pass(self, error: Exception, outcome: str) -> None:
        tally = Tally()

        with pytest.raises(type(error)), tally.call(7, "create"):
            raise error

        assert tally.calls() == {(7, "create", outcome): 1}

    def test_sorts_calls_by_how_long_they_took(self) -> None:
        clock = Clock()
        tally = Tally(clock)
        for seconds in (0.01, 0.3, 40):
            with tally.call(7, "window"):
                clock.now += seconds

        (found,) = tally.durations().values()

        assert found.count == 3
        assert found.seconds == pytest.approx(40.31)
        assert found.within[0] == found.within[BUCKETS.index(0.5)] == found.within[-1] == 1

    def test_knows_each_minute_of_the_last_hour_and_no_more(self) -> None:
        clock = Clock()
        tally = Tally(clock)
        with tally.call(7, "window"):
            pass
        clock.now = 30 * 60
        with tally.call(7, "window"):
            pass

        at_half = tally.last_hour()
        clock.now = 61 * 60
        later = tally.last_hour()

        assert [(each.ago, each.answered) for each in at_half if each.answered] == [(30, 1), (0, 1)]
        assert [(each.ago, each.answered) for each in later if each.answered] == [(31, 1)]
        assert len(later) == 60

    def test_tells_connections_apart(self) -> None:
        tally = Tally()
        for connection in (7, 8):
            with tally.call(connection, "window"):
                pass

        assert sum(each.answered for each in tally.last_hour(frozenset({7}))) == 1
