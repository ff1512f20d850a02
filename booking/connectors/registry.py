"""From a protocol's name to its connector: the only module that knows them all."""

from booking.connectors.ews.connector import EwsConnector
from booking.connectors.memory import MemoryConnector
from booking.connectors.port import ConnectionSettings, Connector

PROTOCOLS = ("ews", "memory")


def connect(settings: ConnectionSettings) -> Connector:
    """Return a connector of one's own; nothing is sent yet. Make one for each worker thread, and close it.

    Raises:
        ValueError: no connector speaks that protocol.
    """
    match settings.protocol:
        case "ews":
            return EwsConnector(settings)
        case "memory":
            return MemoryConnector(settings)
        case other:
            raise ValueError(f"no connector speaks {other!r}; known are {', '.join(PROTOCOLS)}")
