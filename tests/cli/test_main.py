"""What every command has in common: help, version, and sentences instead of tracebacks."""

import signal
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from booking.cli import main
from tests.cli.commands import booking
from tests.support import processes, waiting


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in sorted(group.commands.items()):
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


class TestHelp:
    @pytest.mark.parametrize("path", [(), *commands(main)], ids=" ".join)
    def test_of_every_command_says_what_it_does(self, path: tuple[str, ...]) -> None:
        answer = CliRunner().invoke(main, [*path, "--help"])

        assert answer.exit_code == 0
        first_line = answer.output.split("\n\n")[1].strip()
        assert first_line[0].isupper()
        assert first_line.endswith(".")

    def test_names_the_commands_of_the_operator(self) -> None:
        assert {("demo",), ("serve",), ("db", "upgrade"), ("staff", "add"), ("sync", "run"), ("sync", "status")} <= set(
            commands(main)
        )


class TestVersion:
    def test_is_that_of_the_package(self) -> None:
        answer = CliRunner().invoke(main, ["--version"])

        assert answer.output == f"booking, version {version('booking')}\n"


class TestCtrlC:
    def test_while_the_program_is_loaded_ends_it_without_a_word(self, instance: Path) -> None:
        ours = [processes.BOOKING, "--instance", str(instance), "db", "upgrade"]
        command = ["env", "--default-signal=INT", *ours]  # a suite in a shell's background inherits that it is ignored
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            loaded = Path(f"/proc/{process.pid}/maps")
            waiting.until(lambda: "_speedups" in loaded.read_text(encoding="utf-8"), what="half of it to be loaded")
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=30)

        assert said == ""
        assert process.returncode == -signal.SIGINT


class TestAMistake:
    def test_on_the_command_line_is_answered_with_the_usage(self, instance: Path) -> None:
        answer = booking("staff", "add", instance=instance)

        assert answer.returncode == 2
        assert "Missing argument 'EMAIL'" in answer.stderr

    def test_in_the_settings_is_listed_with_every_other_by_line(self, instance: Path) -> None:
        (instance / "booking.toml").write_text("smtp_port = 'x'\nbase_ulr = 'http://x'\n", encoding="utf-8")

        answer = booking("db", "upgrade", instance=instance, environ={"BOOKING_SYNC_WAIT": "soon"})

        assert answer.returncode == 1
        assert "booking.toml, line 1: smtp_port must be a whole number" in answer.stderr
        assert "booking.toml, line 2: there is no setting 'base_ulr'" in answer.stderr
        assert "BOOKING_SYNC_WAIT: expected a number" in answer.stderr
        assert "Traceback" not in answer.stderr

    def test_in_the_form_of_the_settings_file_names_its_line(self, instance: Path) -> None:
        (instance / "booking.toml").write_text("library_name = \n", encoding="utf-8")

        answer = booking("db", "upgrade", instance=instance)

        assert answer.returncode == 1
        assert "line 1" in answer.stderr
        assert "Traceback" not in answer.stderr

    def test_of_putting_other_keys_beside_the_database_is_told_with_what_to_do(self, instance: Path) -> None:
        booking("sync", "status", instance=instance)
        (instance / "session.key").unlink()

        answer = booking("sync", "status", instance=instance)

        assert answer.returncode == 1
        assert "session.key" in answer.stderr
        assert "Traceback" not in answer.stderr

    def test_of_naming_a_database_that_is_away_is_a_sentence_without_its_password(self, instance: Path) -> None:
        url = "postgresql+psycopg://booking:s3cret@127.0.0.1:1/booking"

        answer = booking("db", "upgrade", instance=instance, environ={"BOOKING_DATABASE_URL": url})

        assert answer.returncode == 1
        assert "database" in answer.stderr
        assert "s3cret" not in answer.stdout + answer.stderr
        assert "Traceback" not in answer.stderr


class TestDbUpgrade:
    def test_may_be_run_again(self, instance: Path) -> None:
        answers = [booking("db", "upgrade", instance=instance) for _ in range(2)]

        assert [(each.returncode, each.stdout) for each in answers] == [(0, "The database is up to date.\n")] * 2
