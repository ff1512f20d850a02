"""The forms in which EWS writes one id: what ConvertId turns into each other.

Each form wraps the same bytes in a head of its own and writes them in its own way, so that each is recognised.
What stands in a real id is Exchange's secret; clients may only hand it back.
Source: learn.microsoft.com, EWS reference, ConvertId and AlternateId.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.state import ids


@dataclass(frozen=True, slots=True)
class _Form:
    """`write` makes text of bytes, `read` bytes of text."""

    head: bytes
    write: Callable[[bytes], str]
    read: Callable[[str], bytes]
    malformed: str = "ErrorInvalidIdMalformed"


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _from_base64(text: str) -> bytes:
    return b64decode(text, validate=True)


_FORMS = {
    "EwsId": _Form(b"", _base64, _from_base64),
    "EwsLegacyId": _Form(b"\x00legacy", _base64, _from_base64, "ErrorInvalidIdMalformedEwsLegacyIdFormat"),
    "EntryId": _Form(b"\x00\x00\x00\x00", _base64, _from_base64),
    "HexEntryId": _Form(b"\x00\x00\x00\x00", lambda raw: raw.hex().upper(), bytes.fromhex),
    "StoreId": _Form(b"\x46\x00\x00\x00", _base64, _from_base64),
    "OwaId": _Form(b"\x52\x67", lambda raw: quote(_base64(raw), safe=""), lambda text: _from_base64(unquote(text))),
}


def converted(text: str, source: str, target: str) -> str:
    """The id in another form.

    Raises:
        EwsError: it is no id of an item or folder in the form that it is said to have.
    """
    form = _FORMS[source]
    try:
        raw = form.read(text)
    except (binascii.Error, ValueError) as error:
        raise EwsError(form.malformed, "Id is malformed.") from error
    bare = raw.removeprefix(form.head)
    plain = _base64(bare)
    if not raw.startswith(form.head) or not (ids.is_item(plain) or ids.is_folder(plain)):
        raise EwsError(form.malformed, "Id is malformed.")
    return _FORMS[target].write(_FORMS[target].head + bare)
