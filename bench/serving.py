"""Servers in processes of their own, and a client that keeps its connection: times are those of HTTP."""

import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

_CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_START_WITHIN = 40.0


@contextmanager
def serving(module: str, environ: Mapping[str, str], *, workers: int) -> Iterator["Server"]:
    """Run `gunicorn module:app` with so many processes, until the block ends."""
    port = _free_port()
    command = [
        sys.executable, "-m", "gunicorn", f"{module}:app", "--bind", f"127.0.0.1:{port}", "--workers", str(workers),
        "--worker-class", "gthread", "--threads", "4", "--keep-alive", "60", "--log-level", "error",
    ]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, **environ}, cwd=Path(__file__).resolve().parents[1])  # noqa: S603 - our own words
    try:
        _wait_for(port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, and its first process."""

    port: int
    pid: int

    def memory(self) -> list[float]:
        """Return the proportional set size of each worker, in MB."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [_pss(int(child)) for child in children]


def _pss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise LookupError(pid)


@dataclass(slots=True)
class Client:
    """One visitor: a connection, cookies, a CSRF token."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    _connection: http.client.HTTPConnection | None = None

    def get(self, path: str, **query: object) -> tuple[int, bytes]:
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path, None, {})

    def post_form(self, path: str, values: Mapping[str, object]) -> tuple[int, bytes]:
        body = urlencode({**values, "csrf_token": self.csrf}).encode()
        return self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def post_json(self, path: str, value: object) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json", "X-CSRF-Token": self.csrf}
        return self._ask("POST", path, json.dumps(value).encode(), headers)

    def begin_at_floor(self) -> None:
        _, body = self.get("/begin")
        self.csrf = json.loads(body)["csrf"]

    def begin(self, form: str) -> None:
        """Open a form, for its cookie and its token."""
        status, body = self.get(form)
        found = _CSRF.search(body.decode())
        if status != http.client.OK or found is None:
            msg = f"{form} shows no form: {status}"
            raise RuntimeError(msg)
        self.csrf = found[1]

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self._connection.request(method, path, body, {**headers, "Cookie": cookie})
        answer = self._connection.getresponse()
        content = answer.read()
        for header in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, content


def medians(*works: Callable[[], object], rounds: int) -> list[float]:
    """Return the median milliseconds of each, measured in turns so that all meet the same machine."""
    for work in works:
        work()
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for taken, work in zip(times, works, strict=True):
            began = time.perf_counter()
            work()
            taken.append((time.perf_counter() - began) * 1000)
    return [statistics.median(each) for each in times]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    until = time.monotonic() + _START_WITHIN
    while time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    msg = f"nothing listens on port {port}"
    raise TimeoutError(msg)
