"""`booking worker` as a real process, and `booking serve` beside it."""

import signal
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import booking
from tests.support import machines, processes, waiting
from tests.support.databases import PostgresDatabases
from tests.support.machines import Machine


@pytest.fixture
def machine(instance: Path, postgres_databases: PostgresDatabases) -> Iterator[Machine]:
    """Give an installation on PostgreSQL."""
    with postgres_databases.fresh() as url:
        yield Machine(instance, {"BOOKING_DATABASE_URL": url})


class TestWorker:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_says_when_it_works_and_ends_within_seconds_when_asked_to(
        self, machine: Machine, number: signal.Signals
    ) -> None:
        with machines.working(machine, "--concurrency", "2") as worker:
            began = time.monotonic()

            status = worker.end(by=number)

            assert status == 0
            assert time.monotonic() - began < 8
            assert worker.output == "The worker is at work. Ctrl-C ends it.\nEnded.\n"

    def test_shows_its_numbers_where_it_is_told_to(self, machine: Machine) -> None:
        port = processes.free_port()

        with (
            machines.working(machine, "--metrics-port", str(port)),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer,
        ):
            assert b"# HELP booking_" in answer.read()

    def test_sends_people_with_sqlite_to_serve(self, instance: Path) -> None:
        answer = booking("worker", instance=instance)

        assert answer.returncode == 1
        assert "Use `booking serve`" in answer.stderr
        assert "Traceback" not in answer.stderr

    def test_refuses_a_machine_with_other_secrets(self, machine: Machine, tmp_path: Path) -> None:
        assert booking("db", "upgrade", instance=machine.instance, environ=machine.environ).returncode == 0
        with machines.working(machine):
            answer = booking("worker", instance=tmp_path / "stranger", environ=machine.environ)

        assert answer.returncode == 1
        assert "The settings cannot be used" in answer.stderr
        assert machines.AT_WORK not in answer.stdout


class TestServeBesideWorkers:
    def test_serves_pages_only(self, machine: Machine) -> None:
        port = processes.free_port()
        command = [processes.BOOKING, "--instance", str(machine.instance), "serve", "--port", str(port)]
        environ = {**machine.environ, "BOOKING_BACKGROUND": "worker"}

        with processes.running(command, ports=[port], environ=environ) as site:
            waiting.until(lambda: "answers on" in site.output, what="the site to be ready")

            assert not (machine.instance / "scheduler.lock").exists()

    def test_needs_postgresql(self, instance: Path) -> None:
        answer = booking("serve", instance=instance, environ={"BOOKING_BACKGROUND": "worker"})

        assert answer.returncode == 1
        assert 'background: "worker" needs PostgreSQL in database_url' in answer.stderr
