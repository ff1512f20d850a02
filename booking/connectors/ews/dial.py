"""From what staff entered to a line to the server; nothing is sent."""

import ssl
from dataclasses import dataclass

from booking.connectors.ews import address, transport
from booking.connectors.ews.client import Client
from booking.connectors.port import ConnectionSettings, Definite, Kind

BAD_CA = "What was given as private certificate authority holds no certificate in PEM form."


@dataclass(frozen=True, slots=True)
class Line:
    """Where to connect, and how."""

    endpoint: address.Endpoint
    door: transport.Door
    context: ssl.SSLContext


def line(settings: ConnectionSettings) -> Line:
    """Return the way to the server.

    Raises:
        AddressRefused: the server's address is none that we use.
        Definite: the private certificate authority cannot be read.
    """
    endpoint = address.endpoint(settings.server, allow_local=settings.allow_local)
    door = transport.Door(allow_local=settings.allow_local, leg_seconds=settings.leg_seconds)
    try:
        context = transport.tls_context(door, settings.ca_pem)
    except (ssl.SSLError, ValueError) as error:
        raise Definite(Kind.PERMANENT, BAD_CA) from error
    return Line(endpoint, door, context)


def client(settings: ConnectionSettings) -> Client:
    """Return a client of one's own.

    Raises:
        Definite: the settings cannot be used.
    """
    try:
        way = line(settings)
    except address.AddressRefused as refusal:
        raise Definite(Kind.PERMANENT, str(refusal)) from refusal
    return Client(settings, way.endpoint.url, way.door, way.context)
