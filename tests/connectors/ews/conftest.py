"""A stand-in Exchange of 2016 and a connector to it, for tests that need no other."""

from collections.abc import Iterator

import pytest

from booking.connectors.port import Connector
from booking.sandbox.exchange import ExchangeSandbox
from tests.connectors.worlds import SandboxWorld, Way


@pytest.fixture
def sandbox() -> Iterator[ExchangeSandbox]:
    with Way().sandbox() as made:
        yield made


@pytest.fixture
def world(sandbox: ExchangeSandbox) -> SandboxWorld:
    return SandboxWorld(sandbox)


@pytest.fixture
def connector(world: SandboxWorld) -> Iterator[Connector]:
    made = world.connect()
    yield made
    made.close()
