"""An installation of two libraries beside a stand-in Exchange, on each database."""

from collections.abc import Iterator

import pytest

from booking.config import Settings
from booking.sandbox.exchange import ExchangeSandbox
from tests.cli.house import House, furnished


@pytest.fixture
def exchange() -> Iterator[ExchangeSandbox]:
    """Give a stand-in Exchange that listens, with the service account and no rooms."""
    with ExchangeSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def house(settings: Settings, exchange: ExchangeSandbox) -> House:
    """Give two libraries whose rooms have mailboxes; nothing is connected yet."""
    return furnished(settings, exchange)
