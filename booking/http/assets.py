"""Addresses of our own files, each with a digest of its content, so that browsers may keep them for good."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from flask import Flask, url_for


def address_maker(app: Flask) -> Callable[[str], str]:
    """Return `asset(name)`: the address of a file under `static/`."""
    folder = Path(app.static_folder or "")
    known: dict[str, tuple[float, str]] = {}

    def asset(name: str) -> str:
        path = folder / name
        changed = path.stat().st_mtime if path.is_file() else 0.0
        if name not in known or known[name][0] != changed:
            known[name] = (changed, _digest(path))
        return url_for("static", filename=name, v=known[name][1])

    return asset


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "missing"
