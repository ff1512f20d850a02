"""`booking identity`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from booking.cli import main
from booking.cli.installation import Installation
from booking.services import installation
from booking.store import queries
from booking.store.database import transaction


@pytest.fixture
def folder(instance: Path) -> Path:
    """Give the folder of an installation that was started once; its file was then lost."""
    with Installation(instance).open():
        pass
    (instance / installation.IDENTITY).unlink()
    return instance


def runs(folder: Path, *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["--instance", str(folder), "identity", *arguments], input=typed)


def tells(folder: Path, *arguments: str) -> dict[str, object]:
    answer = runs(folder, *arguments, "--json")
    assert answer.exit_code == 0, answer.output
    told: dict[str, object] = json.loads(answer.stdout)
    return told


@pytest.fixture
def started(instance: Path) -> Iterator[Path]:
    """Give the folder of an installation with which nothing is wrong."""
    with Installation(instance).open():
        yield instance


class TestShow:
    def test_says_that_all_is_well(self, started: Path) -> None:
        assert "It writes to its calendars." in runs(started, "show").stdout
        assert tells(started, "show")["writes_go"] is True

    def test_says_what_was_found_and_what_either_answer_would_do(self, folder: Path) -> None:
        said = runs(folder, "show").stdout

        assert 'The file "identity" in the instance folder of the machine' in said
        assert "is missing" in said
        assert "If you say `booking identity server`:" in said
        assert "This installation gets an identity of its own." in said
        assert tells(folder, "show")["writes_go"] is False


class TestServer:
    def test_changes_nothing_without_a_yes(self, folder: Path) -> None:
        answer = runs(folder, "server")

        assert "Nothing was changed." in answer.stdout
        assert tells(folder, "show")["writes_go"] is False

    def test_lets_writing_go_on(self, folder: Path) -> None:
        told = tells(folder, "server", "--yes")

        assert (told["was_stopped"], told["done"]) == (True, True)
        assert installation.kept(folder) == told["install_id"]
        assert tells(folder, "show")["writes_go"] is True

    def test_has_nothing_to_do_when_all_is_well(self, started: Path) -> None:
        assert "Nothing waits for this" in runs(started, "server", "--yes").stdout


class TestCopy:
    def test_may_be_said_at_any_time(self, started: Path) -> None:
        before = installation.kept(started)

        answer = runs(started, "copy", "--yes")

        assert "This is a copy now" in answer.stdout
        assert installation.kept(started) not in {"", before}
        with transaction() as session:
            assert queries.installation.the_one(session).install_id == installation.kept(started)

    def test_says_what_will_happen_before_it_asks(self, folder: Path) -> None:
        said = runs(folder, "copy").stdout

        assert "nothing in the calendars is touched" in said
        assert "Nothing was changed." in said
