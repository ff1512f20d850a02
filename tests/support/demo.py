"""`booking demo` as a real process, and the addresses and sign-ins that come with it."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from booking.cli.sample.people import PASSWORD, STAFF
from booking.domain.permissions import Role
from tests.support.processes import BOOKING, Running, free_port, running

#: Set by `make schema-check`: the program that holds each message to Exchange against its schema.
PROXY = "SCHEMA_PROXY"
READY = 180


@dataclass(frozen=True)
class Demo:
    """A running sample library, its stand-in Exchange, and what they have said so far."""

    site: str
    outlook: str
    data: Path
    process: Running

    def sign_in_of(self, role: Role) -> tuple[str, str]:
        """Return name and password of a member of staff with this role."""
        return next(each.email for each in STAFF if each.role is role), PASSWORD


@contextmanager
def running_demo(data: Path, *, environ: Mapping[str, str] | None = None) -> Iterator[Demo]:
    """Start the sample library on ports of its own, and end it; what it keeps is in `data`."""
    port, exchange = free_port(), free_port()
    command = [BOOKING, "demo", "--port", str(port), "--exchange-port", str(exchange), "--data", str(data)]
    with _checked_against_the_schema(exchange) as address:
        if address:
            command += ["--exchange-address", address]
        with running(command, ports=[port], environ=environ, seconds=READY) as process:
            yield Demo(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{exchange}", data, process)


@contextmanager
def _checking(program: str, exchange: int) -> Iterator[str]:
    """Stand between product and Exchange, and fail afterwards if a message was not valid."""
    port = free_port()
    command = [sys.executable, program, "--listen", str(port), "--forward", f"http://127.0.0.1:{exchange}"]
    with running(command, ports=[port]) as proxy:
        yield f"http://127.0.0.1:{port}"
        status = proxy.end(by=signal.SIGINT)
        print(proxy.output)  # how many messages of each kind
        assert status == 0, "messages that Exchange's schema does not allow"
        assert "\n0 messages" not in proxy.output, "nothing passed between product and Exchange"


def _checked_against_the_schema(exchange: int) -> AbstractContextManager[str]:
    program = os.environ.get(PROXY)
    return _checking(program, exchange) if program else nullcontext("")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Give a running sample library that tests only look at: what they change, others see."""
    with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture
def own_demo(tmp_path: Path) -> Iterator[Demo]:
    """Give a running sample library that belongs to this test alone."""
    with running_demo(tmp_path) as demo:
        yield demo
