import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import grimp

from tests.support.processes import TREE

PROJECT = tomllib.loads((TREE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: Needed without being imported: a WSGI server, a database driver, the time zones of machines that have none.
NEEDED_UNSEEN = {"gunicorn", "psycopg", "tzdata"}


def named(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in requirements}


def imported() -> set[str]:
    graph = grimp.build_graph("booking", include_external_packages=True, cache_dir=None)
    roots = {name.split(".")[0] for name in graph.modules} - {"booking"} - sys.stdlib_module_names
    homes = packages_distributions()
    return {re.sub(r"_", "-", homes[root][0].lower()) for root in roots}


class TestTheDependencies:
    def test_name_each_package_that_the_code_imports(self) -> None:
        assert imported() - named(PROJECT["dependencies"]) == set()

    def test_name_nothing_that_the_code_does_not_need(self) -> None:
        assert named(PROJECT["dependencies"]) - imported() == NEEDED_UNSEEN

    def test_are_all_pinned(self) -> None:
        lines = (TREE / "constraints.txt").read_text(encoding="utf-8").lower().splitlines()
        pinned = {line.partition("==")[0] for line in lines}
        wanted = named(PROJECT["dependencies"]) | named(PROJECT["optional-dependencies"]["dev"])

        assert {name.replace("_", "-") for name in wanted} - {name.replace("_", "-") for name in pinned} == set()
