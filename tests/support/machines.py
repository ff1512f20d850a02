"""One installation on several machines: web servers and workers as real processes, each machine with its own folder."""

import contextlib
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import processes, waiting
from tests.support.processes import Running

GUNICORN = str(Path(sys.executable).parent / "gunicorn")
#: What a worker says when it works.
AT_WORK = "The worker is at work."
#: Everything of an installation's folder that all its machines share.
SECRETS = ("encryption.keys", "session.key", "identity")


@dataclass(frozen=True)
class Web:
    """A web server that serves pages only."""

    url: str
    process: Running


@dataclass(frozen=True)
class Machine:
    """A folder with the installation's secrets, and the settings that its processes are started with."""

    instance: Path
    environ: Mapping[str, str]

    @contextmanager
    def web(self) -> Iterator["Web"]:
        """Serve pages with gunicorn."""
        port = processes.free_port()
        command = [GUNICORN, "--bind", f"127.0.0.1:{port}", "--threads", "8", "--log-level", "warning", "wsgi:app"]
        environ = {**self.environ, "BOOKING_INSTANCE": str(self.instance)}
        with processes.running(command, ports=[port], environ=environ) as process:
            yield Web(f"http://127.0.0.1:{port}", process)

    def worker(self, *options: str) -> AbstractContextManager[Running]:
        """Start a worker; it is not at work yet."""
        command = [processes.BOOKING, "--instance", str(self.instance), "worker", *options]
        return processes.running(command, environ=self.environ)

    def beside(self, folder: Path) -> "Machine":
        """Return another machine of the same installation: the same secrets in a folder of its own."""
        folder.mkdir()
        for name in SECRETS:
            shutil.copy(self.instance / name, folder)
        return Machine(folder, self.environ)


@contextmanager
def working(machine: Machine, *options: str) -> Iterator[Running]:
    """Give a worker that is at work."""
    with machine.worker(*options) as worker:
        waiting.until(lambda: AT_WORK in worker.output, what="the worker to be at work", seconds=60)
        yield worker


class Reborn:
    """A worker that is started again each time it was killed; it is at work within a second or so."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        """Load what it needs; its logs go to `folder`."""
        folder.mkdir()
        self.kills = 0
        self._folder = folder
        self._number = 0
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.support.nursery", str(machine.instance)],
            env={**processes.clean_environment(), **machine.environ},
            cwd=processes.TREE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self) -> None:
        """Start it, without waiting until it is at work."""
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        print(self._log, file=self._nursery.stdin, flush=True)
        self._number = int(self._nursery.stdout.readline())

    @property
    def _log(self) -> Path:
        return self._folder / f"{self.kills}.log"

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    @property
    def name(self) -> str:
        """Under which name it claims links."""
        return f"{platform.node()[:40]}-{self._number}"

    @property
    def is_at_work(self) -> bool:
        """Tell whether it works by now; fails if it ended by itself."""
        os.kill(self._number, 0)
        return AT_WORK in self.output

    def kill(self) -> None:
        """End it as a power cut would."""
        os.killpg(self._number, signal.SIGKILL)
        assert "Traceback" not in self.output, self.output
        self.kills += 1

    def end(self) -> None:
        """End it and all that it takes to start it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._number, signal.SIGTERM)
        self._nursery.communicate()
