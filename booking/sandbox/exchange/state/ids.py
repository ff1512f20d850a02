"""Identifiers that look and behave like Exchange's: opaque base64, an occurrence's id leading to its series.

Bytes of an item's id: a fixed head, then 18 random bytes. An occurrence's id has eight more: its original start.
"""

import secrets
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from datetime import UTC, datetime

_ITEM_HEAD = bytes.fromhex("000324")
_FOLDER_HEAD = bytes.fromhex("000325")
_CHANGE_HEAD = bytes.fromhex("0f00000016000000")
_ITEM_LENGTH = 21
_STAMP_LENGTH = 8


def new_item() -> str:
    """An id for an item, never given out before."""
    return b64encode(_ITEM_HEAD + secrets.token_bytes(_ITEM_LENGTH - len(_ITEM_HEAD))).decode()


def new_uid() -> str:
    """A UID in the shape of Exchange's own, 56 bytes as hexadecimal digits."""
    return "040000008200E00074C5B7101A82E008" + secrets.token_hex(40).upper()


def occurrence(master: str, original: datetime) -> str:
    """The id of the occurrence of a series that was first to start at `original`."""
    stamp = int(original.timestamp()).to_bytes(_STAMP_LENGTH, "big", signed=True)
    return b64encode(b64decode(master) + stamp).decode()


def split(item_id: str) -> tuple[str, datetime | None]:
    """The stored item's id, and the original start if the id is an occurrence's.

    Raises:
        ValueError: the id was never one of ours.
    """
    raw = _decoded(item_id)
    if not raw.startswith(_ITEM_HEAD) or len(raw) not in {_ITEM_LENGTH, _ITEM_LENGTH + _STAMP_LENGTH}:
        raise ValueError("not an item id")
    if len(raw) == _ITEM_LENGTH:
        return item_id, None
    stamp = int.from_bytes(raw[_ITEM_LENGTH:], "big", signed=True)
    return b64encode(raw[:_ITEM_LENGTH]).decode(), datetime.fromtimestamp(stamp, UTC)


def folder(mailbox: str, name: str) -> str:
    """The id of a mailbox's folder; always the same."""
    return b64encode(_FOLDER_HEAD + f"{mailbox}/{name}".encode()).decode()


def split_folder(folder_id: str) -> tuple[str, str]:
    """The mailbox's address and the folder's name.

    Raises:
        ValueError: the id was never one of ours.
    """
    raw = _decoded(folder_id)
    if not raw.startswith(_FOLDER_HEAD):
        raise ValueError("not a folder id")
    mailbox, _, name = raw[len(_FOLDER_HEAD) :].decode().rpartition("/")
    return mailbox, name


def change_key(change: int) -> str:
    """The change key of an item that was last changed by the change of that number."""
    return b64encode(_CHANGE_HEAD + change.to_bytes(_STAMP_LENGTH, "big")).decode()


def change_number(key: str) -> int:
    """The number in a change key.

    Raises:
        ValueError: the key was never one of ours.
    """
    raw = _decoded(key)
    if not raw.startswith(_CHANGE_HEAD):
        raise ValueError("not a change key")
    return int.from_bytes(raw[len(_CHANGE_HEAD) :], "big")


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (BadBase64, ValueError) as error:
        raise ValueError("not base64") from error
