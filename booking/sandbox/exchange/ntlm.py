"""NTLM as a server: the challenge, and who answered it rightly.

The messages and their arithmetic are pyspnego's. Its own acceptor is not used: it looks for the accounts in a file
that an environment variable names, and ours are in the store and change while the server runs.
Only NTLMv2 is taken, as by every Exchange of today.

Source: MS-NLMP (learn.microsoft.com/openspecs/windows_protocols/ms-nlmp), 2.2.1 messages, 3.3.2 NTLM v2
authentication, 3.2.5.1.2 the server receives an AUTHENTICATE_MESSAGE.
"""

import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from hmac import compare_digest
from typing import TypeVar

from spnego._ntlm_raw.crypto import hmac_md5, md5, ntowfv1, ntowfv2, rc4k
from spnego._ntlm_raw.messages import (
    Authenticate,
    AvFlags,
    AvId,
    Challenge,
    FileTime,
    Negotiate,
    NegotiateFlags,
    NTClientChallengeV2,
    TargetInfo,
    Version,
)
from spnego.channel_bindings import GssChannelBindings

_DOMAIN, _COMPUTER, _DNS_NAME = "SANDBOX", "EXCHANGE", "exchange.sandbox.example"
_SIGNATURE = b"NTLMSSP\x00"
_TYPE_AT = len(_SIGNATURE)
_NEGOTIATE, _AUTHENTICATE = 1, 3
_PROOF_LENGTH = 16
_V1_LENGTH = 24
_ALWAYS = (
    NegotiateFlags.unicode
    | NegotiateFlags.request_target
    | NegotiateFlags.ntlm
    | NegotiateFlags.always_sign
    | NegotiateFlags.target_info
    | NegotiateFlags.target_type_domain
)
_NEVER = NegotiateFlags.oem | NegotiateFlags.lm_key
_Message = TypeVar("_Message")


class NotNtlm(Exception):
    """What came is no NTLM message, or not the one that was due."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """A challenge that went out, with the message that asked for it."""

    asked: bytes
    challenge: Challenge

    @property
    def token(self) -> bytes:
        """What the client is sent."""
        return self.challenge.pack()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client made of a challenge: whom it says it is, and its proof."""

    handshake: Handshake
    message: Authenticate
    proof: bytes
    blob: bytes
    target: TargetInfo

    @property
    def user_name(self) -> str:
        r"""The name as it is typed: DOMAIN\user, or an address."""
        user, domain = self.message.user_name or "", self.message.domain_name or ""
        return f"{domain}\\{user}" if domain else user

    def proves(self, password: str) -> bool:
        """True if the client knows that password, and nobody changed a message on its way."""
        hashed = ntowfv2(self.message.user_name or "", ntowfv1(password), self.message.domain_name)
        expected = hmac_md5(hashed, self.handshake.challenge.server_challenge + self.blob)
        return compare_digest(expected, self.proof) and self._untouched(hmac_md5(hashed, expected))

    def is_bound_to(self, channel: bytes | None, *, required: bool) -> bool:
        """True if the client saw the certificate that we showed; one that says nothing is trusted unless `required`.

        Source: RFC 5929 (tls-server-end-point); learn.microsoft.com, "Configure Windows Extended Protection in
        Exchange Server": clients that can, send the binding, and it must then fit.
        """
        if channel is None:
            return not required
        said = self.target.get(AvId.channel_bindings, b"").strip(b"\x00")
        if not said:
            return not required
        expected: bytes = md5(GssChannelBindings(application_data=b"tls-server-end-point:" + channel).pack())
        return compare_digest(self.target[AvId.channel_bindings], expected)

    def _untouched(self, exchange_key: bytes) -> bool:
        if not self.target.get(AvId.flags, 0) & AvFlags.mic:
            return True
        flags, said = self.message.flags, self.message.mic or b""
        sealed = flags & NegotiateFlags.key_exch and flags & (NegotiateFlags.sign | NegotiateFlags.seal)
        key = rc4k(exchange_key, self.message.encrypted_random_session_key or b"") if sealed else exchange_key
        without = Authenticate.unpack(self.message.pack())
        without.mic = bytes(len(said))
        return compare_digest(hmac_md5(key, self.handshake.asked + self.handshake.token + without.pack()), said)


def is_first(token: bytes) -> bool:
    """True for the message that begins a sign-in.

    Raises:
        NotNtlm: it is neither that nor the one that ends it.
    """
    if not token.startswith(_SIGNATURE) or len(token) < _TYPE_AT + 4:
        raise NotNtlm
    kind = int.from_bytes(token[_TYPE_AT : _TYPE_AT + 4], "little")
    if kind not in {_NEGOTIATE, _AUTHENTICATE}:
        raise NotNtlm
    return kind == _NEGOTIATE


def begin(token: bytes) -> Handshake:
    """The challenge that answers a client's first message.

    Raises:
        NotNtlm: the message cannot be read.
    """
    asked = _read(Negotiate.unpack, token)
    target = TargetInfo()
    target[AvId.nb_domain_name] = _DOMAIN
    target[AvId.nb_computer_name] = _COMPUTER
    target[AvId.dns_computer_name] = _DNS_NAME
    target[AvId.timestamp] = FileTime.now(UTC)  # asks the client for a MIC
    flags = (asked.flags | _ALWAYS) & ~_NEVER
    version = Version.get_current() if flags & NegotiateFlags.version else None
    challenge = Challenge(flags, secrets.token_bytes(8), target_name=_DOMAIN, target_info=target, version=version)
    return Handshake(token, challenge)


def end(handshake: Handshake, token: bytes) -> Answer:
    """What a client's last message says; nothing in it is believed yet.

    Raises:
        NotNtlm: the message cannot be read, names nobody, or proves with NTLMv1.
    """
    message = _read(Authenticate.unpack, token)
    response = message.nt_challenge_response or b""
    if not message.user_name or len(response) <= _V1_LENGTH:
        raise NotNtlm
    blob = response[_PROOF_LENGTH:]
    target = _read(NTClientChallengeV2.unpack, blob).av_pairs
    return Answer(handshake, message, response[:_PROOF_LENGTH], blob, target)


def _read(unpack: Callable[[bytes], _Message], raw: bytes) -> _Message:
    try:
        return unpack(raw)
    except (ValueError, IndexError, struct.error) as error:
        raise NotNtlm from error
