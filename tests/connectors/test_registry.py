"""From a protocol's name to its connector."""

import pytest

from booking.connectors import memory, registry
from booking.connectors.ews.connector import EwsConnector
from booking.connectors.port import ConnectionSettings


class TestConnect:
    def test_makes_the_connector_of_each_protocol(self) -> None:
        made = [registry.connect(ConnectionSettings(name, "mail.example.org", "u", "p")) for name in registry.PROTOCOLS]

        assert [type(each) for each in made] == [EwsConnector, memory.MemoryConnector]

    def test_makes_a_fresh_one_each_time(self) -> None:
        settings = ConnectionSettings("ews", "mail.example.org", "u", "p")

        assert registry.connect(settings) is not registry.connect(settings)

    def test_refuses_a_protocol_it_does_not_know(self) -> None:
        with pytest.raises(ValueError, match="caldav"):
            registry.connect(ConnectionSettings("caldav", "mail.example.org", "u", "p"))
