import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import TREE, clean_environment

#: What make made, and what other tools keep.
NOT_OURS = {
    ".git", ".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv",
    "__pycache__", "build", "dist", "instance", "node_modules", "vendor",
}  # fmt: skip
TOP_LEVEL = {
    ".ci", ".editorconfig", ".git", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "bench",
    "booking",
    "constraints.txt", "docs", "hatch_build.py", "migrations", "package-lock.json", "package.json", "pyproject.toml",
    "tests", "wsgi.py",
}  # fmt: skip
NO_NAME_FOR_A_MODULE = {"utils", "util", "common", "helpers", "core", "misc"}
TEXT = {".cfg", ".css", ".html", ".js", ".json", ".mako", ".md", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml", ""}

#: A folder of one machine: in the root of its file system, where an installation's paths never point.
MACHINE_PATH = re.compile(r"(?<![\w.~$)}/-])/(?:work|root|home|farm|tmp|Users)/[\w.-]+")
#: Switching a check off is a statement, and says why.
SWITCHED_OFF = re.compile(r"#\s*(?:noqa(?!:)|type:\s*ignore(?!\[)|ruff:\s*noqa|mypy:)")
BARE_NOQA = re.compile(r"#\s*(?:noqa: [A-Z0-9, ]+|type: ignore\[[a-z0-9, -]+\])\s*$")
ICON = re.compile(r"bootstrap-icons\.svg'?\)? ?~? ?'?#([a-z0-9-]+)|\bicon\(\s*['\"]([a-z0-9-]+)['\"]")


def ours(*suffixes: str) -> Iterator[Path]:
    for folder, folders, files in os.walk(TREE):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS)
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix in (suffixes or TEXT):
                yield path


def lines(pattern: re.Pattern[str], *suffixes: str) -> list[str]:
    return [
        f"{path.relative_to(TREE)}:{number}: {line.strip()}"
        for path in ours(*suffixes)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


class TestTheTree:
    def test_has_no_top_level_name_that_nobody_decided_on(self) -> None:
        names = {path.name for path in TREE.iterdir()} - NOT_OURS

        assert names <= TOP_LEVEL

    def test_has_no_module_named_for_nothing(self) -> None:
        named = [path for path in ours(".py") if {path.stem, path.parent.name} & NO_NAME_FOR_A_MODULE]

        assert named == []

    def test_has_no_module_longer_than_400_lines(self) -> None:
        modules = (path for path in ours(".py") if path.is_relative_to(TREE / "booking"))
        lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules}

        assert {str(path.relative_to(TREE)): length for path, length in lengths.items() if length > 400} == {}

    def test_names_no_folder_of_one_machine(self) -> None:
        assert lines(MACHINE_PATH) == []

    def test_switches_checks_off_only_by_name_and_with_a_reason(self) -> None:
        assert lines(SWITCHED_OFF, ".py") == []
        assert lines(BARE_NOQA, ".py") == []


class TestTheFrontEnd:
    def test_is_pinned_without_download_addresses(self) -> None:
        package = json.loads((TREE / "package.json").read_text(encoding="utf-8"))
        lock = json.loads((TREE / "package-lock.json").read_text(encoding="utf-8"))
        locked = {name: entry for name, entry in lock["packages"].items() if name}

        assert lock["packages"][""]["dependencies"] == package["dependencies"]
        assert all(re.fullmatch(r"[\d.]+", version) for version in package["dependencies"].values())
        assert all("integrity" in entry for entry in locked.values())
        assert not any("resolved" in entry for entry in locked.values())

    def test_has_each_icon_that_a_page_uses(self) -> None:
        listed = json.loads((TREE / "package.json").read_text(encoding="utf-8"))["icons"]

        used = {
            name
            for path in ours(".html", ".js")
            if path.is_relative_to(TREE / "booking" / "templates") or path.is_relative_to(TREE / "booking" / "static")
            for match in ICON.finditer(path.read_text(encoding="utf-8"))
            for name in match.groups()
            if name
        }

        assert used <= set(listed)
        assert listed == sorted(listed)


class TestTheConstraints:
    def test_pin_every_package_to_one_version_by_name(self) -> None:
        pins = [line for line in (TREE / "constraints.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]

        assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)


class TestASkippedTest:
    @pytest.mark.parametrize(
        "source",
        [
            "import pytest\ndef test_it(): pytest.skip('no time')\n",
            "import pytest\n@pytest.mark.skip(reason='no time')\ndef test_it(): pass\n",
            "import pytest\npytest.importorskip('no_such_module')\ndef test_it(): pass\n",
            "import pytest\n@pytest.mark.xfail(reason='known')\ndef test_it(): assert False\n",
        ],
    )
    def test_fails(self, source: str, tmp_path: Path) -> None:
        file = tmp_path / "test_sample.py"
        file.write_text(source, encoding="utf-8")

        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "tests.support.no_skips", file],
            cwd=tmp_path,
            env=clean_environment(),
            check=False,
            capture_output=True,
            text=True,
        )

        assert done.returncode != 0
        assert "no test may be" in done.stdout
        assert "skipped" not in done.stdout.splitlines()[-1]
