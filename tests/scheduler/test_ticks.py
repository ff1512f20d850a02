"""When tasks are due: as often as asked for, at moments that every machine agrees on."""

from datetime import timedelta
from itertools import pairwise

import pytest
from croniter import croniter

from booking.scheduler import ticks

#: 2026-11-20 09:00 UTC.
BEGIN = 1_795_165_200


def due_moments(every: timedelta, *, number: int = 6) -> list[int]:
    """Return the first moments at which such a task is done."""
    made = ticks.of(every)
    line = croniter(made.cron, start_time=float(BEGIN) - 1)
    found: list[int] = []
    while len(found) < number:
        moment = round(line.get_next(float))
        if made.is_due(moment):
            found.append(moment)
    return found


class TestATaskIsDue:
    @pytest.mark.parametrize("seconds", [1, 2, 7, 30, 45, 50, 60, 75, 90, 300, 1800, 2700, 3600, 21600, 86400])
    def test_exactly_as_often_as_asked_for(self, seconds: int) -> None:
        gaps = {later - earlier for earlier, later in pairwise(due_moments(timedelta(seconds=seconds)))}

        assert gaps == {seconds}

    @pytest.mark.parametrize(("seconds", "then"), [(0.2, 1), (2.9, 2), (61, 60), (100, 90), (301, 300)])
    def test_a_little_more_often_where_cron_has_no_words_for_it(self, seconds: float, then: int) -> None:
        gaps = {later - earlier for earlier, later in pairwise(due_moments(timedelta(seconds=seconds)))}

        assert gaps == {then}

    def test_at_the_start_of_a_worker(self) -> None:
        assert ticks.of(timedelta(hours=6)).is_due(0)
