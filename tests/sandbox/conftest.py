"""The sandbox on a free port, and proof that all that passed was valid."""

from collections.abc import Iterator

import exchangelib
import pytest
from exchangelib.protocol import BaseProtocol

from booking.sandbox.exchange import ExchangeSandbox
from tests.sandbox.exchange import NOW, Exchange, furnish
from tests.sandbox.schema import Adapter, Checker


@pytest.fixture
def checker() -> Iterator[Checker]:
    """What exchangelib and the sandbox said to each other; the test fails if any of it breaks the schema."""
    usual = BaseProtocol.HTTP_ADAPTER_CLS
    BaseProtocol.HTTP_ADAPTER_CLS = Adapter
    Adapter.checker = Checker()
    yield Adapter.checker
    exchangelib.close_connections()
    BaseProtocol.HTTP_ADAPTER_CLS = usual
    assert Adapter.checker.wrong == []


@pytest.fixture
def exchange(checker: Checker) -> Iterator[Exchange]:
    """A furnished sandbox in which it is 26 October 2026, eight o'clock."""
    assert checker.seen == {}
    with ExchangeSandbox(now=lambda: NOW) as sandbox:
        furnish(sandbox)
        yield Exchange(sandbox)
