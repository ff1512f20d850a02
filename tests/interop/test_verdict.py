"""The judge's verdict on all that was said before; pytest reads files by name, so this comes last."""

import pytest

from booking.sandbox.exchange.ews.table import OPERATIONS
from tests.interop.judge import Judge
from tests.interop.world import WAYS, client_of

pytestmark = pytest.mark.interop


class TestTheVerdict:
    def test_is_that_something_was_said(self, judge: Judge) -> None:
        assert sum(row.answers for row in judge.rows()) > 0

    def test_is_that_every_answer_of_the_sandbox_was_valid(self, judge: Judge) -> None:
        assert {key: count for key, count in judge.invalid.items() if key[1] == "response"} == {}

    def test_is_that_every_request_of_exchangelib_was_valid(self, judge: Judge) -> None:
        wrong = {key: count for key, count in judge.invalid.items() if key[1] == "request"}

        assert {key: count for key, count in wrong.items() if key[0].startswith("exchangelib")} == {}

    @pytest.mark.parametrize("way", WAYS, ids=" ".join)
    def test_is_that_every_operation_of_the_sandbox_was_used_in_each_way(
        self, judge: Judge, way: tuple[str, str]
    ) -> None:
        assert set(OPERATIONS) - judge.used(client_of(*way)) == set()
