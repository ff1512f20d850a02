"""A small storm with fixed seeds, for `make remedies`: it is not collected unless it is named."""

import pytest

from tests.storm import shares
from tests.storm.shares import Share


class TestASmallStorm:
    @pytest.mark.timeout(280)
    @pytest.mark.parametrize("seed", [1, 2])
    def test_leaves_both_sides_in_agreement(self, seed: int) -> None:
        shares.blow(Share("memory", "sqlite", 25, seed))
