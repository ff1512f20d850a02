"""Issue 4, Shows it 2: each remedy is switched off in turn, and a named test or the storm fails each time."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mutants.planting import SECONDS, copy_of, planted, run, turned_red
from tests.remedies.remedy import STORM, Remedy
from tests.remedies.table import REMEDIES, STORMS
from tests.support.processes import TREE

_FAILED = re.compile(r"^FAILED (\S+)", re.MULTILINE)
_sound: dict[tuple[str, ...], str] = {}


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the tree in which remedies can be switched off, one for each worker."""
    return copy_of(TREE, tmp_path_factory.mktemp("remedies") / "tree")


def require_green(tests: tuple[str, ...], tree: Path) -> None:
    """Pass if `tests` are green with every remedy: else red would prove nothing."""
    if tests not in _sound:
        done = run(tests, tree)
        _sound[tests] = "" if done.returncode == 0 else done.stdout
    assert _sound[tests] == "", f"red with every remedy:\n{_sound[tests]}"


@pytest.mark.long
@pytest.mark.timeout(2 * SECONDS + 60)
class TestEachRemedy:
    @pytest.mark.parametrize("remedy", REMEDIES, ids=[each.name.replace(" ", "-") for each in REMEDIES])
    def test_is_missed(self, remedy: Remedy, tree: Path, record_property: Callable[[str, object], None]) -> None:
        require_green(remedy.off.tests, tree)

        with planted(remedy.off, tree):
            done = run(remedy.off.tests, tree)

        assert turned_red(done), f"nobody missed {remedy.name}\n{done.stdout}"
        noticed = _FAILED.search(done.stdout)
        record_property("remedy", remedy.name)
        record_property("noticed", noticed.group(1) if noticed else remedy.off.tests[0])


class TestTheTable:
    def test_names_each_remedy_once(self) -> None:
        assert len({each.name for each in REMEDIES}) == len(REMEDIES)

    def test_has_some_that_the_storm_itself_must_miss(self) -> None:
        assert all(STORM in each.off.tests for each in STORMS)
        assert len(STORMS) >= 3

    @pytest.mark.parametrize("remedy", REMEDIES, ids=[each.name.replace(" ", "-") for each in REMEDIES])
    def test_fits_the_tree_as_it_stands(self, remedy: Remedy, tmp_path: Path) -> None:
        (tmp_path / remedy.off.file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / remedy.off.file).write_text((TREE / remedy.off.file).read_text(encoding="utf-8"), encoding="utf-8")

        with planted(remedy.off, tmp_path):
            pass

    def test_names_only_tests_that_exist(self) -> None:
        named = sorted({test for each in REMEDIES for test in each.off.tests})

        done = run(["--collect-only", *named], TREE)

        assert done.returncode == 0, done.stdout
