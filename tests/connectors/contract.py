"""What every connector must do: one suite, inherited by memory, by EWS on the sandbox, and by those that follow.

A subclass gives a `world`: the server behind the connector, with the person in Outlook and the faults.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import pytest

from booking.connectors.port import Connector
from tests.connectors.contract_failing import Failing
from tests.connectors.contract_folders import Folders
from tests.connectors.contract_listing import Listing
from tests.connectors.contract_reading import Reading
from tests.connectors.contract_watching import Watching
from tests.connectors.contract_writing import Writing
from tests.connectors.world import World


class ConnectorContract(Writing, Reading, Listing, Folders, Watching, Failing, ABC):
    """Subclasses give the `world`; the sentences are the same for each."""

    @pytest.fixture
    @abstractmethod
    def world(self) -> Iterator[World]: ...

    @pytest.fixture
    def connector(self, world: World) -> Iterator[Connector]:
        made = world.connect()
        yield made
        made.close()
