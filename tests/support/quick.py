"""Where tests keep what need not survive a power cut: in the machine's memory, if it has room there."""

import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - whoever uses it makes a folder of its own in it
_ROOM = 2 * 1024**3


def folder() -> Path | None:
    """Return such a folder; None where there is none, or hardly any room: then the usual one for passing files.

    A disk that is busy with the files of databases that are gone already made a test three times as slow.
    """
    if not _MEMORY.is_dir() or not os.access(_MEMORY, os.W_OK):
        return None
    return _MEMORY if shutil.disk_usage(_MEMORY).free >= _ROOM else None
