"""What staff type as the server, as the address of its service."""

from dataclasses import dataclass
from urllib.parse import urlsplit

PATH = "/EWS/Exchange.asmx"


class AddressRefused(Exception):
    """What was typed is no address that we use. The message says why."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the service is."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """Return the address to send to."""
        usual = 443 if self.scheme == "https" else 80
        host = f"[{self.host}]" if ":" in self.host else self.host
        where = host if self.port == usual else f"{host}:{self.port}"
        return f"{self.scheme}://{where}{self.path}"


def endpoint(server: str, *, allow_local: bool) -> Endpoint:
    """Return the endpoint for a host name (a leading `https://` and a trailing slash do no harm) or a full address.

    Raises:
        AddressRefused: it is none, or not https.
    """
    typed = server.strip()
    if not typed:
        raise AddressRefused("No server is given. Enter its name, for example mail.example.org.")
    if "@" in typed:  # before anything is repeated
        raise AddressRefused("Leave the user name and the password out of the server's address.")
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:  # also a name that DNS could not hold
        raise AddressRefused(f"“{typed}” is not the address of a server.") from None
    if not host or any(character.isspace() for character in typed) or parts.query or parts.fragment:
        raise AddressRefused(f"“{typed}” is not the address of a server. Enter a name such as mail.example.org.")
    if parts.scheme != "https" and not (parts.scheme == "http" and allow_local):
        raise AddressRefused("The server must be reached with https: the password must not travel in the clear.")
    usual = 443 if parts.scheme == "https" else 80
    path = parts.path if parts.path.strip("/") else PATH
    return Endpoint(parts.scheme, host, port or usual, path)
