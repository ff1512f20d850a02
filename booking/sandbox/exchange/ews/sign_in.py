r"""Basic sign-in: user name as UPN or as DOMAIN\user, and a password."""

from base64 import b64decode
from binascii import Error as BadBase64
from hmac import compare_digest

from booking.sandbox.exchange.state.model import Account
from booking.sandbox.exchange.state.store import Store


def user_name(header: str) -> str:
    """The name that an Authorization header gives, or nothing."""
    return _credentials(header)[0]


def account(store: Store, header: str) -> Account | None:
    """The account that the header signs in, or None."""
    name, password = _credentials(header)
    for each in store.accounts.values():
        names = {each.username.lower(), each.domain_login.lower()} - {""}
        if name.lower() in names and each.password and compare_digest(password.encode(), each.password.encode()):
            return each
    return None


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = b64decode(encoded).decode().partition(":")
    except (BadBase64, UnicodeDecodeError):
        return "", ""
    return name, password
