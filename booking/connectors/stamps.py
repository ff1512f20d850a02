"""Reading our mark on an item: anybody may have written there, so only what we could have written counts."""

from booking.connectors.port import Stamp

#: Far more writes than one entry ever sees, and far less than the database can count to.
MOST = 1_000_000
_DIGITS = len(str(MOST))


def read(mark: str, *, version: str, uid: str) -> Stamp | None:
    """Return the stamp that stands on an item; None if it bears none, or one that we cannot have written.

    A version that is no number of ours is 0: which of our writes the item shows is then not known.
    """
    install_id, _, rest = mark.partition(":")
    key, _, generation = rest.rpartition(":")
    number = _number(generation)
    if not (install_id and key) or number is None:
        return None
    return Stamp(install_id, key, number, version=_number(version) or 0, uid=uid)


def sound(stamp: Stamp | None) -> Stamp | None:
    """Return a stamp as it would be read."""
    return None if stamp is None else read(stamp.mark, version=str(stamp.version), uid=stamp.uid)


def _number(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        return None
    number = int(text)
    return number if number <= MOST else None
