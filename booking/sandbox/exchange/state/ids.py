"""Identifiers that look and behave like Exchange's: opaque base64, an occurrence's id leading to its series.

Bytes of an item's id: a fixed head and body, then 18 random bytes. An occurrence's id has eight more: its original
start. Together 152 characters, as Exchange's: davmail tells an id from a name by its length.
"""

import secrets
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from datetime import UTC, datetime

_ITEM_HEAD = bytes.fromhex("000324")
_FOLDER_HEAD = bytes.fromhex("000325")
_ADDED_LENGTH = 12
_CHANGE_HEAD = bytes.fromhex("0f00000016000000")
_ITEM_BODY = bytes.fromhex("002e") + b"sandbox".ljust(91, b"\0")
_RANDOM_LENGTH = 18
#: Of the ids given out now, and of those in files from before.
_ITEM_LENGTHS = (114, 21)
_STAMP_LENGTH = 8


def new_item() -> str:
    """An id for an item, never given out before."""
    return b64encode(_ITEM_HEAD + _ITEM_BODY + secrets.token_bytes(_RANDOM_LENGTH)).decode()


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
    length = next((each for each in _ITEM_LENGTHS if len(raw) in {each, each + _STAMP_LENGTH}), None)
    if length is None or not raw.startswith(_ITEM_HEAD):
        raise ValueError("not an item id")
    if len(raw) == length:
        return item_id, None
    stamp = int.from_bytes(raw[length:], "big", signed=True)
    return b64encode(raw[:length]).decode(), datetime.fromtimestamp(stamp, UTC)


def folder(mailbox: str, name: str) -> str:
    """The id of a mailbox's folder; always the same."""
    return b64encode(_FOLDER_HEAD + f"{mailbox}/{name}".encode()).decode()


def new_folder() -> str:
    """A key for a folder that somebody adds."""
    return secrets.token_hex(_ADDED_LENGTH)


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


def is_item(text: str) -> bool:
    """True if an item's id was given out in this form."""
    return _begins(text, _ITEM_HEAD)


def is_folder(text: str) -> bool:
    """True if a folder's id was given out in this form."""
    return _begins(text, _FOLDER_HEAD)


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


def _begins(text: str, head: bytes) -> bool:
    try:
        return _decoded(text).startswith(head)
    except ValueError:
        return False


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (BadBase64, ValueError) as error:
        raise ValueError("not base64") from error
