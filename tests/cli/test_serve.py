"""`booking serve` as a real process."""

import signal
import time
import urllib.request
from pathlib import Path

import pytest

from tests.cli.commands import booking
from tests.support import processes


def serve(instance: Path, port: int) -> list[str]:
    return [processes.BOOKING, "--instance", str(instance), "serve", "--port", str(port)]


class TestServe:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_answers_and_ends_within_seconds_when_asked_to(self, instance: Path, number: signal.Signals) -> None:
        port = processes.free_port()
        with processes.running(serve(instance, port), ports=[port]) as site:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready") as answer:
                assert answer.status == 200
            began = time.monotonic()

            status = site.end(by=number)

            assert status == 0
            assert time.monotonic() - began < 8
            assert site.output.endswith("Ended.\n")
            assert f"http://127.0.0.1:{port}" in site.output
            assert "Traceback" not in site.output

    def test_says_which_port_is_in_use(self, instance: Path) -> None:
        port = processes.free_port()
        with processes.running(serve(instance, port), ports=[port]):
            answer = booking("serve", "--port", str(port), instance=instance)

        assert answer.returncode == 1
        assert f"Port {port} is in use by another program. End it, or choose another port with --port." in answer.stderr
        assert "Traceback" not in answer.stderr

    def test_serves_pages_from_a_second_process_too(self, instance: Path) -> None:
        first, second = processes.free_port(), processes.free_port()
        with (
            processes.running(serve(instance, first), ports=[first]),
            processes.running(serve(instance, second), ports=[second]) as other,
        ):
            with urllib.request.urlopen(f"http://127.0.0.1:{second}/health/ready") as answer:
                assert answer.status == 200
            assert "Traceback" not in other.output
