r"""Who a request comes from: Basic signs in each request, NTLM a connection.

User names are addresses (UPN) or DOMAIN\user. Basic is judged with each request that carries it; NTLM once, when a
client has answered the challenge, and then never again on that connection.

Source: learn.microsoft.com, "Authentication and EWS in Exchange"; MS-NTHT (NTLM over HTTP); RFC 7617 (Basic).
"""

from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hmac import compare_digest

from booking.sandbox.exchange import ntlm
from booking.sandbox.exchange.state.model import Account
from booking.sandbox.exchange.state.store import Store
from booking.sandbox.exchange.traffic import Connection, HttpAnswer, HttpRequest, as_text

BASIC, NTLM = "basic", "ntlm"
WAYS = (BASIC, NTLM)
_OFFERS = {NTLM: "NTLM", BASIC: 'Basic realm="Sandbox Exchange"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Who it is, or the answer that says no; and what the request log should know of it.

    way: how they signed in, or tried to. judged: credentials were looked at, which counts as a sign-in.
    handshake: a leg of NTLM that is no sign-in yet.
    """

    account: Account | None = None
    name: str = ""
    way: str = ""
    judged: bool = False
    handshake: bool = False
    refusal: HttpAnswer

    @property
    def outcome(self) -> str:
        """What the request log says of a request that got no further than this."""
        return "401 challenge" if self.handshake else "401"


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets in who signs in by one of the ways that are offered. `bound`: NTLM must name the certificate it saw."""

    store: Store
    ways: tuple[str, ...] = WAYS
    bound: bool = False

    def judge(self, http: HttpRequest) -> Verdict:
        """Who sent the request."""
        scheme, _, said = http.headers.get("authorization", "").partition(" ")
        way = scheme.lower()
        if not way and http.connection.signed_in:
            return self._known(http.connection)
        http.connection.signed_in = ""
        if way == BASIC and BASIC in self.ways:
            return self._basic(said)
        if way == NTLM and NTLM in self.ways:
            return self._ntlm(http.connection, _decoded(said))
        return Verdict(refusal=self.refusal())

    def refusal(self, challenge: ntlm.Handshake | None = None) -> HttpAnswer:
        """The 401 that offers every way to sign in, or goes on with NTLM."""
        offers = [offer for way, offer in _OFFERS.items() if way in self.ways]
        if challenge is not None:
            offers = [f"NTLM {b64encode(challenge.token).decode()}"]
        return HttpAnswer(status=401, body=b"Unauthorized", sign_in_with=tuple(offers))

    def _known(self, connection: Connection) -> Verdict:
        with self.store.change():
            account = self.store.accounts.get(connection.signed_in)
        return Verdict(account=account, name=connection.signed_in, way=NTLM, refusal=self.refusal())

    def _basic(self, said: str) -> Verdict:
        try:
            name, _, password = _decoded(said).decode().partition(":")
        except UnicodeDecodeError:
            name, password = "", ""
        account = self._account(name, lambda kept: compare_digest(kept.encode(), password.encode()))
        return Verdict(account=account, name=name, way=BASIC, judged=True, refusal=self.refusal())

    def _ntlm(self, connection: Connection, token: bytes) -> Verdict:
        handshake, connection.handshake = connection.handshake, None
        try:
            if ntlm.is_first(token):
                connection.handshake = ntlm.begin(token)
                return Verdict(way=NTLM, handshake=True, refusal=self.refusal(connection.handshake))
            if handshake is None:  # an answer to a challenge that this connection never saw
                return Verdict(way=NTLM, refusal=self.refusal())
            answer = ntlm.end(handshake, token)
        except ntlm.NotNtlm:
            return Verdict(way=NTLM, refusal=as_text("The NTLM message cannot be read.", 400))
        bound = answer.is_bound_to(connection.certificate, required=self.bound)
        account = self._account(answer.user_name, answer.proves) if bound else None
        connection.signed_in = "" if account is None else account.email
        return Verdict(account=account, name=answer.user_name, way=NTLM, judged=True, refusal=self.refusal())

    def _account(self, name: str, fits: Callable[[str], bool]) -> Account | None:
        with self.store.change():
            named = [each for each in self.store.accounts.values() if name.lower() in _names(each)]
        return next((each for each in named if each.password and fits(each.password)), None)


def _names(account: Account) -> Iterable[str]:
    return {account.username.lower(), account.domain_login.lower()} - {""}


def _decoded(said: str) -> bytes:
    try:
        return b64decode(said)
    except (BadBase64, ValueError):
        return b""
