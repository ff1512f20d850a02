"""Addresses of our own files, each with a digest of its content, so that browsers may keep them for good."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from flask import Flask, request, url_for


def address_maker(app: Flask) -> Callable[[str], str]:
    """Return `asset(name)`: the address of a file under `static/`."""
    folder = Path(app.static_folder or "")
    known: dict[tuple[str, str], tuple[float, str]] = {}  # a page of a hundred rooms asks three hundred times

    def asset(name: str) -> str:
        path = folder / name
        changed = path.stat().st_mtime if path.is_file() else 0.0
        key = request.script_root, name
        if key not in known or known[key][0] != changed:
            known[key] = (changed, url_for("static", filename=name, v=_digest(path)))
        return known[key][1]

    return asset


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "missing"
