"""Every numbered point of the design of sync has a test that says so in its docstring: "Point 5", "Points 5 and 6"."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.support.processes import TREE

POINTS = range(1, 32)
_SAID = re.compile(r"\b[Pp]oints? (\d+(?:(?:, | and |, and )\d+)*)")


def named_in(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each test of a file with its docstring and that of its class."""
    for part in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(part, ast.ClassDef):
            for each in part.body:
                if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
                    words = (ast.get_docstring(part), ast.get_docstring(each))
                    yield f"{part.name}::{each.name}", "\n".join(word for word in words if word)


def points() -> dict[int, list[str]]:
    """Return the tests that say they cover a point, by its number."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted((TREE / "tests" / "sync").glob("test_*.py")):
        for name, words in named_in(path):
            for said in _SAID.finditer(words):
                for number in re.findall(r"\d+", said[1]):
                    found[int(number)].append(f"{path.name}::{name}")
    return found


class TestThePointsOfTheDesign:
    def test_each_have_a_test(self) -> None:
        covered = points()

        assert [number for number in POINTS if not covered.get(number)] == []

    def test_are_no_others(self) -> None:
        assert sorted(set(points()) - set(POINTS)) == []
