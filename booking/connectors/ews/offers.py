"""Which ways to sign in a server offers. Asking costs no try: nobody's name is shown."""

import re
from dataclasses import dataclass
from http import HTTPStatus

import requests

from booking.connectors.ews.faults import SIGN_IN_WORDS
from booking.connectors.port import SignIn

_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9_-]*)(?=\s|,|$)")
_NTLM = ("ntlm", "negotiate")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server said to a stranger. `ways` is None if it asked for no sign-in at all."""

    status: int
    ways: frozenset[SignIn] | None
    location: str = ""

    @property
    def is_like_exchange(self) -> bool:
        """Tell whether it asks for a sign-in that Exchange knows."""
        return bool(self.ways)

    def lacks(self, way: SignIn) -> bool:
        """Tell whether it certainly does not take this way."""
        return self.ways is not None and way not in self.ways

    @property
    def words(self) -> str:
        """Return the ways for staff: "Basic and NTLM"."""
        return " and ".join(SIGN_IN_WORDS[way] for way in SignIn if way in (self.ways or ()))


def asked(session: requests.Session, url: str, *, seconds: float) -> Offer:
    """Ask as a stranger. The body is not read, redirects are not followed.

    Raises:
        requests.RequestException: no answer.
    """
    with session.get(url, auth=_stranger, allow_redirects=False, timeout=seconds, stream=True) as answer:
        return of(answer)


def of(answer: requests.Response) -> Offer:
    """Return what an answer offers."""
    refused = answer.status_code == HTTPStatus.UNAUTHORIZED
    location = answer.headers.get("Location", "")
    return Offer(answer.status_code, ways(answer.headers.get("WWW-Authenticate", "")) if refused else None, location)


def ways(header: str) -> frozenset[SignIn]:
    """Return the ways to sign in that a WWW-Authenticate header offers, of those we know."""
    schemes = {scheme.lower() for scheme in _SCHEME.findall(header)}
    ntlm = {SignIn.NTLM} if schemes.intersection(_NTLM) else set()
    return frozenset(ntlm | ({SignIn.BASIC} if "basic" in schemes else set()))


def ntlm_as(answer: requests.Response) -> str:
    """Return under which name the server takes NTLM: its own, or that of the choice between NTLM and Kerberos."""
    schemes = [scheme.lower() for scheme in _SCHEME.findall(answer.headers.get("WWW-Authenticate", ""))]
    return "NTLM" if "ntlm" in schemes else "Negotiate" if "negotiate" in schemes else ""


def _stranger(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Show no sign-in, whatever the session would show."""
    return request
