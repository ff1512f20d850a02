"""Photographs of spaces: checked, kept in `instance/images` under names nobody can guess, and shown."""

import re
import secrets
from contextlib import closing
from pathlib import Path
from typing import Final

from flask import Blueprint, abort, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from booking.domain.errors import Invalid
from booking.domain.permissions import Permission
from booking.http import wiring
from booking.http.identity import needs

blueprint = Blueprint("images", __name__, url_prefix="/images")

LARGEST: Final = 5 * 1024 * 1024
_MEGABYTE: Final = 1024 * 1024
_NAME: Final = re.compile(r"^[0-9a-f]{32}\.(png|jpg|webp)$")
_A_YEAR: Final = 365 * 24 * 3600


@blueprint.get("/<name>")
@needs(Permission.SEE_PUBLIC_PAGES)
def show(name: str) -> ResponseReturnValue:
    """Show a photograph; a file never changes, so browsers may keep it."""
    if not _NAME.match(name):
        abort(404)
    answer = send_from_directory(_folder(), name, max_age=_A_YEAR)
    answer.headers["Cache-Control"] = f"public, max-age={_A_YEAR}, immutable"
    return answer


def keep(upload: FileStorage) -> str:
    """Store a photograph and return the name of its file.

    Raises:
        Invalid: it is too large, or not a PNG, JPEG or WebP file, whatever its name says.
    """
    with closing(upload.stream) as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Invalid({"image": f"The photograph is larger than {LARGEST // _MEGABYTE} MB. Make it smaller first."})
    ending = _ending(content)
    if not ending:
        raise Invalid({"image": "This is not a PNG, JPEG or WebP picture. Choose another file."})
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{secrets.token_hex(16)}.{ending}"
    (folder / name).write_bytes(content)
    return name


def drop(name: str) -> None:
    """Remove a photograph that no space shows any more."""
    if _NAME.match(name):
        (_folder() / name).unlink(missing_ok=True)


def _folder() -> Path:
    return wiring.settings.instance / "images"


def _ending(content: bytes) -> str:
    """Return what kind of picture this is by its first bytes; empty if it is none we show."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    return "webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else ""
