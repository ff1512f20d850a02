"""Planting faults: a copy of the tree, one fault in it, and the tests that must notice."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import clean_environment

#: What no test needs, or what must be made afresh.
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", "build", "dist", "instance", "node_modules", ".hypothesis", ".*_cache"
)
BESIDE = "shared"  # with the schema of Exchange
TESTS_FAILED = 1  # pytest's exit status; everything above it means that it could not do its work
FAILED = re.compile(r"^\d+ failed\b", re.MULTILINE)  # the start of pytest's closing line
SECONDS = 300
#: Named, since pytest takes a second of each run to look for what else there is in the environment.
PLUGINS = ("-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin")
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "NO_COLOR": "1"}


class UnplantableError(AssertionError):
    """The fault does not fit the tree: somebody changed the line it replaces."""


@dataclass(frozen=True)
class Mutant:
    """A fault: `old` in `file`, which stands there once, becomes `new`; then one of `tests` must turn red."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def copy_of(tree: Path, target: Path) -> Path:
    """Copy everything that the tests of `tree` need into `target`; what lies beside the tree lies beside the copy."""
    shutil.copytree(tree, target, ignore=LEFT_BEHIND)
    beside = tree.parent / BESIDE
    if beside.is_dir():
        (target.parent / BESIDE).symlink_to(beside)
    return target


@contextmanager
def planted(mutant: Mutant, tree: Path) -> Iterator[None]:
    """Have the fault stand in `tree`, and take it out again.

    Raises:
        UnplantableError: `old` is not there exactly once, or `new` is not Python.
    """
    file = tree / mutant.file
    sound = file.read_text(encoding="utf-8")
    if sound.count(mutant.old) != 1:
        msg = f"{mutant.name}: stands {sound.count(mutant.old)} times in {mutant.file}:\n{mutant.old}"
        raise UnplantableError(msg)
    faulty = sound.replace(mutant.old, mutant.new)
    _require_python(mutant, faulty)
    file.write_text(faulty, encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(sound, encoding="utf-8")


def _require_python(mutant: Mutant, source: str) -> None:
    if not mutant.file.endswith(".py"):
        return
    try:
        compile(source, mutant.file, "exec")
    except SyntaxError as error:
        msg = f"{mutant.name}: makes {mutant.file} no Python: {error}"
        raise UnplantableError(msg) from error


def run(tests: Sequence[str], tree: Path) -> subprocess.CompletedProcess[str]:
    """Run these tests of `tree`, stopping at the first that fails."""
    inherited = {name: value for name, value in clean_environment().items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGINS, "-q", "-x", "--no-header", "--tb=line", *tests],
        cwd=tree,
        env=inherited | ENVIRONMENT | {"PYTHONPATH": str(tree)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=SECONDS,
    )


def turned_red(done: subprocess.CompletedProcess[str]) -> bool:
    """Tell whether a test failed, as opposed to: none was found, or none could run."""
    return done.returncode == TESTS_FAILED and FAILED.search(done.stdout) is not None
