"""Signing in with NTLM: three legs on one connection, and the password is judged in the last of them, once.

Without being asked for it we never show who we are: the first leg is the request itself, without a sign-in. Its answer
says whether the server offers NTLM at all, so no try is spent where it does not.

Source: learn.microsoft.com, MS-NTHT (NTLM over HTTP); RFC 5929 (channel binding, which Exchange 2019 CU14 and later
want: "Configure Windows Extended Protection in Exchange Server").
"""

import re
import struct
from base64 import b64decode, b64encode
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import spnego
from requests import Response
from requests.cookies import extract_cookies_to_jar
from requests_ntlm import HttpNtlmAuth
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

from booking.connectors.ews import offers, transport
from booking.connectors.ews.transport import Door


class NoChallenge(Exception):
    """The server offers NTLM and then does not carry it through. The password was not tried."""


class OneTryNtlm(HttpNtlmAuth):
    """Signs in each new connection once. A 401 on a connection that is signed in is passed on as it is.

    requests_ntlm itself would begin again there, and so send a change a second time; it would also show the account
    to whoever answers like a proxy.
    """

    def __init__(self, username: str, password: str, door: Door) -> None:
        super().__init__(username, password, send_cbt=True)
        self._door = door
        self._signed_in = 0  # the number of the connection

    def response_hook(self, r: Response, **kwargs: Any) -> Response:
        """Return the answer to the request itself, once the connection is signed in if it has to be."""
        way = offers.ntlm_as(r)
        if r.status_code != HTTPStatus.UNAUTHORIZED or not way or self._signed_in == self._door.connections:
            return r
        answer = self._handshake(r, way, kwargs)
        if answer.status_code != HTTPStatus.UNAUTHORIZED:
            self._signed_in = self._door.connections
        return answer

    def _handshake(self, refused: Response, way: str, how: dict[str, Any]) -> Response:
        """Send the two legs that follow the server's 401; return the answer to the last one.

        Raises:
            NoChallenge: no last leg could be sent.
        """
        client = spnego.client(
            self.username,
            self.password,
            protocol="ntlm",
            channel_bindings=self._binding(refused),
            hostname=urlsplit(refused.url).hostname or "",
            service="http",
            options=spnego.NegotiateOptions.use_ntlm,  # else a Windows machine would sign in as itself
        )
        challenge = _leg(refused, way, client.step(), {**how, "stream": True})
        if challenge.status_code != HTTPStatus.UNAUTHORIZED:
            return challenge
        try:
            proof = client.step(_token(challenge, way))
        except (SpnegoError, ValueError, IndexError, struct.error) as error:  # also base64's
            challenge.close()
            raise NoChallenge from error
        return _leg(challenge, way, proof, how)

    def _binding(self, refused: Response) -> GssChannelBindings | None:
        """Return what binds the sign-in to the certificate that we saw, so that nobody in between can pass it on."""
        certificate = self._get_server_cert(refused)
        return GssChannelBindings(application_data=b"tls-server-end-point:" + certificate) if certificate else None


def _leg(before: Response, way: str, token: bytes | None, how: dict[str, Any]) -> Response:
    """Send the request again with the next message of the handshake, on the connection that it came from."""
    transport.read(before)  # then the connection is free for the next leg
    before.raw.release_conn()
    request = before.request.copy()
    jar = request._cookies  # type: ignore[attr-defined] # noqa: SLF001 - as in requests' own HTTPDigestAuth
    extract_cookies_to_jar(jar, before.request, before.raw)  # type: ignore[no-untyped-call] # requests' own
    request.prepare_cookies(jar)
    request.headers["Authorization"] = f"{way} {b64encode(token or b'').decode()}"
    answer: Response = before.connection.send(request, **how)
    answer.history.append(before)
    answer.request = request
    return answer


def _token(challenge: Response, way: str) -> bytes:
    """Return the server's message.

    Raises:
        ValueError: there is none.
    """
    said = re.search(rf"\b{way}\s+([A-Za-z0-9+/=]+)", challenge.headers.get("WWW-Authenticate", ""), re.IGNORECASE)
    if said is None:
        raise ValueError(challenge.status_code)
    return b64decode(said[1])
