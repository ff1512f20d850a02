"""How the tests of the wire make connectors and calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from booking.connectors import registry
from booking.connectors.port import (
    ConnectionSettings,
    Connector,
    EventField,
    RemoteRef,
)
from tests.connectors.stub import found, http
from tests.connectors.world import ROOM, STAMP, draft

PASSWORD = "hunter2-but-longer"
REF = RemoteRef("AAMk", "CK")
WRITES = ("create", "update", "delete")
EMPTY = http(found())


def settings(server: str, **changes: Any) -> ConnectionSettings:
    usual = ConnectionSettings(
        protocol="ews",
        server=server,
        username="svc@library.example",
        password=PASSWORD,
        allow_local=True,
        leg_seconds=20.0,
        deadline_seconds=20.0,
    )
    return replace(usual, **changes)


@contextmanager
def connected(server: str, **changes: Any) -> Iterator[Connector]:
    made = registry.connect(settings(server, **changes))
    try:
        yield made
    finally:
        made.close()


def write(connector: Connector, name: str) -> object:
    match name:
        case "create":
            return connector.create(ROOM, draft(), STAMP)
        case "update":
            return connector.update(ROOM, REF, draft(), fields=frozenset({EventField.TIME}), stamp=STAMP)
        case _:
            return connector.delete(ROOM, REF)
