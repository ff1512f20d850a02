"""From what staff entered to a line to the server; nothing is sent."""

import ssl
from dataclasses import dataclass

from booking.connectors.ews import address, transport, versions
from booking.connectors.ews.client import Client
from booking.connectors.ews.proxy import proxy
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
        Definite: the private certificate authority or the proxy's address cannot be read.
    """
    endpoint = address.endpoint(settings.server, allow_local=settings.allow_local)
    door = door_for(settings)
    return Line(endpoint, door, context(door, settings.ca_pem))


def context(door: transport.Door, ca_pem: str) -> ssl.SSLContext:
    """Return the rules for certificates.

    Raises:
        Definite: the private certificate authority cannot be read.
    """
    try:
        return transport.tls_context(door, ca_pem)
    except (ssl.SSLError, ValueError) as error:
        raise Definite(Kind.PERMANENT, BAD_CA) from error


def door_for(settings: ConnectionSettings) -> transport.Door:
    """Return the way out: straight, or through the proxy.

    Raises:
        Definite: the proxy's address cannot be read.
    """
    try:
        through = proxy(settings.proxy)
    except ValueError as error:
        raise Definite(Kind.PERMANENT, str(error)) from None
    return transport.Door(allow_local=settings.allow_local, leg_seconds=settings.leg_seconds, proxy=through)


def client(settings: ConnectionSettings) -> Client:
    """Return a client of one's own.

    Raises:
        Definite: the settings cannot be used.
    """
    if settings.version not in versions.WORDS:
        raise Definite(Kind.PERMANENT, f"There is no version {settings.version} of Exchange Web Services.")
    try:
        way = line(settings)
    except address.AddressRefused as refusal:
        raise Definite(Kind.PERMANENT, str(refusal)) from refusal
    return Client(settings, way.endpoint.url, way.door, way.context)
