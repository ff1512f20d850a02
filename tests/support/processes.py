"""Real processes under test: started, waited for, and ended, with what they said at hand when something fails."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.support import waiting

#: The command of the package under test, whatever environment runs the tests.
BOOKING = str(Path(sys.executable).parent / "booking")
TREE = Path(__file__).resolve().parents[2]


class DiedError(AssertionError):
    """The process ended before anybody asked it to."""


@dataclass
class Running:
    """A process that was started; `output` is everything it has written so far."""

    process: subprocess.Popen[bytes]
    log: Path
    asked_to_end: bool = False

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def end(self, *, by: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int:
        """Ask it and its children to stop, and return its exit status.

        Raises:
            DiedError: it did not stop in time, and was killed.
        """
        self.asked_to_end = True
        if self.process.poll() is None:
            self._signal(by)
            try:
                self.process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                msg = f"did not stop within {seconds:g} s of {by.name}; it wrote:\n{self.output}"
                raise DiedError(msg) from None
        return self.process.returncode

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.asked_to_end = True
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return


@contextmanager
def running(
    command: Sequence[str],
    *,
    ports: Sequence[int] = (),
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
    seconds: float = 60,
) -> Iterator[Running]:
    """Start `command`, wait until it listens on all `ports`, and end it afterwards.

    It runs in the tree under test, with BOOKING_* of this process left out and `environ` added.

    Raises:
        DiedError: it ended by itself, during the start or later.
    """
    with tempfile.TemporaryDirectory(prefix="booking-process-") as home:
        log = Path(home) / "output"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                ["env", "--default-signal=INT,TERM", *command],  # a job in the background would ignore Ctrl-C
                cwd=folder or TREE,
                env=clean_environment() | dict(environ or {}),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that its children end with it
            )
        started = Running(process, log)
        try:
            for port in ports:
                waiting.until(partial(_listens, started, port), what=f"port {port} to open", seconds=seconds)
            yield started
            _require_alive(started)
        except BaseException:
            print(f"--- output of {' '.join(command)}\n{started.output}")  # pytest shows it with the failure
            raise
        finally:
            started.end()


def clean_environment() -> dict[str, str]:
    """Return this process's environment, as a new installation would find it: without settings of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOOKING_")}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(TREE)}


def free_port() -> int:
    """Return a port on the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _require_alive(started: Running) -> None:
    if started.process.poll() is not None and not started.asked_to_end:
        msg = f"ended with status {started.process.returncode}; it wrote:\n{started.output}"
        raise DiedError(msg)


def _listens(started: Running, port: int) -> bool:
    _require_alive(started)
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
