from pathlib import Path

import pytest

from tests.mutants.planting import SECONDS, Mutant, copy_of, planted, run, turned_red
from tests.mutants.table import MUTANTS
from tests.support.processes import TREE

pytestmark = [pytest.mark.long, pytest.mark.timeout(2 * SECONDS + 60)]

_sound: dict[tuple[str, ...], str] = {}


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the tree in which faults can be planted, one for each worker."""
    return copy_of(TREE, tmp_path_factory.mktemp("mutants") / "tree")


def require_green(tests: tuple[str, ...], tree: Path) -> None:
    """Pass if `tests` are green without any fault: else red would prove nothing."""
    if tests not in _sound:
        done = run(tests, tree)
        _sound[tests] = "" if done.returncode == 0 else done.stdout
    assert _sound[tests] == "", f"red before anything was planted:\n{_sound[tests]}"


class TestEachFault:
    @pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name.replace(" ", "-") for mutant in MUTANTS])
    def test_turns_a_test_red(self, mutant: Mutant, tree: Path) -> None:
        require_green(mutant.tests, tree)

        with planted(mutant, tree):
            done = run(mutant.tests, tree)

        assert turned_red(done), f"nobody noticed: {mutant.name}\n{done.stdout}"
