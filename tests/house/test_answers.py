import ast
import re

from tests.support.processes import TREE

ANSWERS = (TREE / "docs" / "sync-answers.md").read_text(encoding="utf-8")
_ITEM = re.compile(r"^\*\*(\d+)\. ", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)((?:::\w+)+)`")


def stands(path: str, names: list[str]) -> bool:
    """Tell whether a file has that class, and in it that test."""
    body: list[ast.stmt] = ast.parse((TREE / path).read_text(encoding="utf-8")).body
    for name in names:
        found = [each for each in body if isinstance(each, ast.ClassDef | ast.FunctionDef) and each.name == name]
        if not found:
            return False
        body = found[0].body
    return True


class TestTheAnswers:
    def test_are_there_for_each_of_the_twenty_six(self) -> None:
        assert [int(number) for number in _ITEM.findall(ANSWERS)] == list(range(1, 27))

    def test_each_name_a_test(self) -> None:
        parts = _ITEM.split(ANSWERS)[2::2]

        assert [number for number, words in enumerate(parts, start=1) if not _TEST.search(words)] == []

    def test_name_tests_that_stand(self) -> None:
        named = _TEST.findall(ANSWERS)

        assert [path + names for path, names in named if not stands(path, names.split("::")[1:])] == []
