"""Issue 4, Shows it 1: 500 random examples; after each storm both sides agree.

The seeds are fixed, so that a run repeats; `--hypothesis-seed=N` gives others. `make storm` runs 10,000.
"""

import pytest

from tests.storm import shares
from tests.storm.shares import Share

EXAMPLES = 500
SEED = 20261120
LONGEST = 60


def seeded(share: Share, request: pytest.FixtureRequest) -> Share:
    given = request.config.getoption("hypothesis_seed", None)
    return Share(share.server, share.database, share.examples, share.seed + int(given) if given else share.seed)


class TestAStorm:
    @pytest.mark.timeout(900)
    @pytest.mark.parametrize(
        "share", shares.shares(EXAMPLES, seed=SEED, longest=LONGEST), ids=lambda share: share.name.replace(" ", "-")
    )
    def test_leaves_both_sides_in_agreement(self, share: Share, request: pytest.FixtureRequest) -> None:
        shares.blow(seeded(share, request))


class TestTheShares:
    def test_are_all_there_and_each_has_a_seed_of_its_own(self) -> None:
        found = shares.shares(EXAMPLES, seed=SEED, longest=LONGEST)

        assert sum(each.examples for each in found) == EXAMPLES
        assert len({each.seed for each in found}) == len(found)
        assert sum(each.examples for each in found if each.server == "exchange") >= EXAMPLES // 3
