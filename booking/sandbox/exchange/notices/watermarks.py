"""Watermarks: the opaque form of an event's number."""

from base64 import b64decode, b64encode
from binascii import Error as BadBase64

_LENGTH = 8


def of(number: int) -> str:
    """The watermark of that event."""
    return b64encode(number.to_bytes(_LENGTH, "big") + bytes(_LENGTH)).decode()


def number_of(mark: str) -> int:
    """The number in a watermark.

    Raises:
        ValueError: it was never one of ours.
    """
    try:
        raw = b64decode(mark, validate=True)
    except BadBase64 as error:
        raise ValueError("not base64") from error
    if len(raw) != 2 * _LENGTH:
        raise ValueError("not a watermark")
    return int.from_bytes(raw[:_LENGTH], "big")
