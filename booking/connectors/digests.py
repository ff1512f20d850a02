"""Short digests of what a calendar showed: only compared, never shown."""

import hashlib
from collections.abc import Iterable

from booking.connectors.port import BusyBlock, FreeBusy


def text(subject: str, location: str) -> str:
    """Return a digest of an entry's text, so that an edit is seen without keeping the text."""
    return _digest((subject, location))


def free_busy(blocks: Iterable[BusyBlock]) -> FreeBusy:
    """Return the blocks in order, with a digest that changes when any of them does."""
    ordered = tuple(sorted(blocks, key=lambda block: (block.when, block.busy.value)))
    return FreeBusy(ordered, _digest(_line(block) for block in ordered))


def _line(block: BusyBlock) -> str:
    return f"{block.when.start.isoformat()} {block.when.end.isoformat()} {block.busy.value}"


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
