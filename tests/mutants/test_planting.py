from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutants.planting import Mutant, UnplantableError, copy_of, planted, run, turned_red
from tests.mutants.table import MUTANTS
from tests.support.processes import TREE

SHELF = "def fits(books: int) -> bool:\n    return books <= 30\n"
TESTS = """
from shelf import fits

def test_thirty_books_fit() -> None:
    assert fits(30)

def test_a_hundred_do_not() -> None:
    assert not fits(100)
"""
OFF_BY_ONE = Mutant("off by one", "shelf.py", "<=", "<", ("test_shelf.py",))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Give a small tree with a rule and its tests."""
    (tmp_path / "shelf.py").write_text(SHELF, encoding="utf-8")
    (tmp_path / "test_shelf.py").write_text(TESTS, encoding="utf-8")
    return tmp_path


class TestAPlantedFault:
    def test_is_noticed_by_a_test_that_looks(self, library: Path) -> None:
        with planted(OFF_BY_ONE, library):
            done = run(OFF_BY_ONE.tests, library)

        assert turned_red(done)

    def test_is_not_noticed_by_a_test_that_looks_elsewhere(self, library: Path) -> None:
        elsewhere = replace(OFF_BY_ONE, tests=("test_shelf.py::test_a_hundred_do_not",))

        with planted(elsewhere, library):
            done = run(elsewhere.tests, library)

        assert not turned_red(done)

    def test_is_not_noticed_by_a_test_that_does_not_exist(self, library: Path) -> None:
        with planted(OFF_BY_ONE, library):
            done = run(("test_shelf.py::test_no_such_thing",), library)

        assert not turned_red(done)

    def test_is_gone_afterwards(self, library: Path) -> None:
        with planted(OFF_BY_ONE, library):
            assert (library / "shelf.py").read_text(encoding="utf-8") != SHELF

        assert (library / "shelf.py").read_text(encoding="utf-8") == SHELF

    @pytest.mark.parametrize(("old", "new"), [("books", "pages"), (">=", ">"), ("<= 30", "<= (")])
    def test_cannot_stand_where_it_does_not_fit(self, library: Path, old: str, new: str) -> None:
        with pytest.raises(UnplantableError), planted(replace(OFF_BY_ONE, old=old, new=new), library):
            pass


class TestTheTable:
    @pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name.replace(" ", "-") for mutant in MUTANTS])
    def test_fits_the_tree_as_it_stands(self, mutant: Mutant, tmp_path: Path) -> None:
        (tmp_path / mutant.file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / mutant.file).write_text((TREE / mutant.file).read_text(encoding="utf-8"), encoding="utf-8")

        with planted(mutant, tmp_path):
            pass

    def test_names_only_tests_that_exist(self) -> None:
        named = sorted({test for mutant in MUTANTS for test in mutant.tests})

        done = run(["--collect-only", *named], TREE)

        assert done.returncode == 0, done.stdout

    def test_gives_each_fault_a_name_of_its_own(self) -> None:
        assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


class TestACopy:
    def test_leaves_behind_what_no_test_needs(self, library: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        (library / ".git").mkdir()

        copy = copy_of(library, tmp_path_factory.mktemp("copy") / "tree")

        assert {path.name for path in copy.iterdir()} == {"shelf.py", "test_shelf.py"}
