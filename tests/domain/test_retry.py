from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.domain import retry


class TestWaitBefore:
    @pytest.mark.parametrize(("attempt", "seconds"), [(1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (10_000, 300)])
    def test_doubles_from_a_second_to_five_minutes(self, attempt: int, seconds: int) -> None:
        assert retry.wait_before(attempt, jitter=1.0) == timedelta(seconds=seconds)

    @given(attempt=st.integers(1, 1000), jitter=st.floats(0, 1), asked=st.integers(0, 3600))
    def test_never_undercuts_what_the_server_asked_for(self, attempt: int, jitter: float, asked: int) -> None:
        asked_for = timedelta(seconds=asked)

        assert retry.wait_before(attempt, server_asked=asked_for, jitter=jitter) >= asked_for
