"""A calendar server in memory: the reference for the port, for tests and for a first look without Exchange.

`server("library")` gives or makes the server of that name; `ConnectionSettings(protocol="memory", server="library")`
leads to it. `MemoryServer` holds mailboxes, plays the person in Outlook, and misbehaves on demand;
`MemoryConnector` is the port.
"""

from booking.connectors.memory.connector import MemoryConnector
from booking.connectors.memory.entries import Entry
from booking.connectors.memory.faults import Call, FailAfter, FailBefore, FailLate, Fault, Hook, Show, Wait
from booking.connectors.memory.server import Declined, MemoryServer, forget, server

__all__ = [
    "Call",
    "Declined",
    "Entry",
    "FailAfter",
    "FailBefore",
    "FailLate",
    "Fault",
    "Hook",
    "MemoryConnector",
    "MemoryServer",
    "Show",
    "Wait",
    "forget",
    "server",
]
