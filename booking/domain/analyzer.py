"""What to type into Microsoft's Remote Connectivity Analyzer, so that it tests what we do. Pure text.

Source: testconnectivity.microsoft.com, "Service Account Access (Developers)" under Exchange Server.
"""

from dataclasses import dataclass

ADDRESS = "https://testconnectivity.microsoft.com/"
#: Where no room is paired yet.
ROOM = "room@example.org"
_PATH = "/EWS/Exchange.asmx"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the analyzer's form, and what to enter there; `copy` where it can be pasted."""

    name: str
    value: str
    copy: bool = False


def fields(*, mailbox: str, username: str, server: str, impersonate: bool) -> tuple[Field, ...]:
    """Return the fields in their order, filled in for a room, and never with the password."""
    room = mailbox or ROOM
    acting = (
        (
            Field("Use Exchange Impersonation", "Tick it"),
            Field("Impersonated user", room, copy=True),
            Field("Impersonated user identifier", "SMTP Address"),
        )
        if impersonate
        else (Field("Use Exchange Impersonation", "Leave it unticked: this connection uses delegate rights"),)
    )
    return (
        Field("Test", "Exchange Server, then Service Account Access (Developers)"),
        Field("Target mailbox email address", room, copy=True),
        Field("Service Account User Name (Domain\\User Name or UPN)", username, copy=True),
        Field("Service Account Password", "The password of the account; it is never shown here"),
        Field("Autodiscover or server", "Use Autodiscover; if it finds nothing, specify the server’s address instead"),
        Field("Exchange Web Services URL", url(server), copy=True),
        Field("What is tested", "Test predefined folder: Calendar"),
        *acting,
        Field("The acknowledgement, and the verification code", "Tick it, type the code, then Verify and Perform Test"),
    )


def url(server: str) -> str:
    """Return the full address of a server's web services."""
    scheme, _, rest = server.rpartition("://")
    address = f"{scheme or 'https'}://{rest}"
    return address if "/" in rest else f"{address}{_PATH}"
