import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import grimp
import pytest

from tests.support.processes import TREE, clean_environment

PYPROJECT = tomllib.loads((TREE / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS: list[dict[str, Any]] = PYPROJECT["tool"]["importlinter"]["contracts"]
NAMES: dict[str, str] = {contract["id"]: contract["name"] for contract in CONTRACTS}

#: Contract, file of ours, and the line that the contract must not let pass there.
WRONG_IMPORTS = [
    ("layers", "booking/services/__init__.py", "import booking.web"),
    ("layers", "booking/web/__init__.py", "import booking.admin"),
    ("layers", "booking/helpers.py", ""),
    ("domain-is-pure", "booking/domain/__init__.py", "import flask"),
    ("domain-is-pure", "booking/domain/__init__.py", "import booking.clock"),
    ("flask-at-the-edge", "booking/services/__init__.py", "import flask"),
    ("one-door-to-the-database", "booking/store/types.py", "import flask_sqlalchemy"),
    ("sql-in-the-store", "booking/services/__init__.py", "from sqlalchemy import select"),
    ("only-sync-reaches-for-connectors", "booking/web/__init__.py", "import booking.connectors.port"),
    ("only-edges-ask-the-time", "booking/services/__init__.py", "import booking.clock"),
    ("settings-are-handed-down", "booking/sync/__init__.py", "import booking.config"),
    ("connectors-are-strangers", "booking/connectors/ews/__init__.py", "import booking.connectors.memory"),
    ("connectors-are-strangers", "booking/connectors/groupwise.py", ""),
    ("mapping-is-pure", "booking/connectors/ews/mapping.py", "import requests"),
    ("exchangelib-in-ews", "booking/sync/__init__.py", "import exchangelib"),
    ("scheduling-in-the-scheduler", "booking/sync/__init__.py", "import apscheduler"),
    ("scheduling-in-the-scheduler", "booking/web/__init__.py", "import procrastinate"),
    ("sandbox-imports-nothing-of-ours", "booking/sandbox/__init__.py", "import booking.domain.intervals"),
    ("only-cli-starts-the-sandbox", "booking/app.py", "import booking.sandbox"),
    ("no-cycles", "booking/domain/errors.py", "import booking.domain.permissions"),
]


def lint(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    environment = clean_environment() | {"PYTHONPATH": str(tree)}
    return subprocess.run(
        [program, "--no-cache", *options], cwd=tree, env=environment, check=False, capture_output=True, text=True
    )


class TestTheContracts:
    def test_are_kept(self) -> None:
        done = lint(TREE)

        assert done.returncode == 0, done.stdout

    @pytest.mark.parametrize(("contract", "file", "line"), WRONG_IMPORTS)
    def test_bite(self, contract: str, file: str, line: str, tmp_path: Path) -> None:
        shutil.copytree(TREE / "booking", tmp_path / "booking", ignore=shutil.ignore_patterns("static", "__pycache__"))
        shutil.copy(TREE / "pyproject.toml", tmp_path)
        with (tmp_path / file).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")

        done = lint(tmp_path, "--contract", contract)

        assert done.returncode != 0
        told = f"{NAMES[contract]} BROKEN" in done.stdout or "exhaustive" in done.stdout
        assert told, done.stdout

    def test_each_has_a_wrong_import_that_it_must_catch(self) -> None:
        assert {contract for contract, _, _ in WRONG_IMPORTS} == set(NAMES)

    def test_are_part_of_make_check(self) -> None:
        commands = subprocess.run(["make", "-n", "check"], cwd=TREE, check=True, capture_output=True, text=True).stdout

        assert "lint-imports" in commands


class TestTheDomain:
    def test_imports_the_standard_library_and_dateutil_and_nothing_else(self) -> None:
        graph = grimp.build_graph("booking", include_external_packages=True, cache_dir=None)
        modules = {"booking.domain", *graph.find_descendants("booking.domain")}

        imported = {name for module in modules for name in graph.find_modules_directly_imported_by(module)}

        roots = {name.split(".")[0] for name in imported - modules}
        assert roots - sys.stdlib_module_names <= {"dateutil"}


class TestTheEdge:
    def test_is_drawn_below_every_layer_that_is_not_one(self) -> None:
        layers = next(contract["layers"] for contract in CONTRACTS if contract["id"] == "layers")
        every = {f"booking.{name}" for row in layers for name in row.split(" | ")}
        edges = {f"booking.{name}" for name in ("cli", "app", "web", "admin", "api", "http")}

        below = next(contract["source_modules"] for contract in CONTRACTS if contract["id"] == "flask-at-the-edge")

        assert set(below) == every - edges
