"""From a protocol's name to its connector: the only module that knows them all."""

from booking.connectors.ews import autodiscover, versions
from booking.connectors.ews.connector import EwsConnector
from booking.connectors.memory import MemoryConnector
from booking.connectors.places import FoundServer
from booking.connectors.port import ConnectionSettings, Connector, SignIn

PROTOCOLS = ("ews", "memory")

#: The versions of Exchange that staff may choose, each with words, and how to choose.
VERSIONS = versions.CHOICES
VERSIONS_HINT = versions.HINT


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


def find_server(
    email: str,
    username: str = "",
    password: str = "",
    *,
    sign_in: SignIn = SignIn.BASIC,
    ca_pem: str = "",
    allow_local: bool = False,
    proxy: str = "",
    leg_seconds: float = 10.0,
    deadline_seconds: float = 30.0,
) -> FoundServer:
    """Return the calendar server of an e-mail address, or of a user name that is one.

    Without a password nobody signs in; with one it is tried at most once, and only inside the address's own domain.

    Raises:
        Definite: nothing was found, or the password was refused; the words say what was tried.
    """
    return autodiscover.find(
        ConnectionSettings(
            protocol="ews",
            server="",
            username=username,
            password=password,
            email=email,
            sign_in=sign_in,
            ca_pem=ca_pem,
            allow_local=allow_local,
            proxy=proxy,
            leg_seconds=leg_seconds,
            deadline_seconds=deadline_seconds,
        )
    )
