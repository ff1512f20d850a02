"""HTTPS with a certificate authority of the sandbox's own, as in a house that signs its certificates itself."""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

_ALWAYS = ("localhost", "127.0.0.1")
_TOO_WEAK = ("md5", "sha1")


@dataclass(frozen=True, slots=True)
class Identity:
    """What the server shows to clients, and what they need in order to trust it.

    binding: the hash of the certificate that NTLM binds a sign-in to.
    """

    context: ssl.SSLContext
    ca_pem: str
    binding: bytes


def identity(names: Iterable[str] = ()) -> Identity:
    """A fresh authority, and its certificate for this machine and for the names given."""
    authority = trustme.CA(organization_name="Sandbox Exchange")
    certificate = authority.issue_cert(*dict.fromkeys((*_ALWAYS, *names)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    shown = x509.load_pem_x509_certificate(certificate.cert_chain_pems[0].bytes())
    return Identity(context, authority.cert_pem.bytes().decode(), _binding(shown))


def _binding(certificate: x509.Certificate) -> bytes:
    """The certificate's hash, with its signature's algorithm unless that is too weak.

    Source: RFC 5929, 4.1 (tls-server-end-point).
    """
    used = certificate.signature_hash_algorithm
    digest = hashes.Hash(hashes.SHA256() if used is None or used.name in _TOO_WEAK else used)
    digest.update(certificate.public_bytes(Encoding.DER))
    return digest.finalize()
