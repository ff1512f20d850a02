"""Addresses of our own pages: where somebody is, and where they may be sent back to."""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.routing import IntegerConverter

#: More digits than any number of ours has; Python refuses to read some thousands, and no database counts so far.
_MOST_DIGITS = 9


class RowNumber(IntegerConverter):
    """A number in an address that a row may have: a longer one leads nowhere, instead of into the database."""

    regex = rf"\d{{1,{_MOST_DIGITS}}}"


def keep_numbers_small(app: Flask) -> None:
    """Have `<int:...>` in addresses match only what can be the number of a row."""
    app.url_map.converters["int"] = RowNumber


def endpoint_asker(app: Flask) -> Callable[[str], bool]:
    """Return the function that tells templates whether a page stands behind an endpoint."""

    def has_endpoint(name: str) -> bool:
        return name in app.view_functions

    return has_endpoint


def here() -> str:
    """Return the address of this page, without host; of one that only a form leads to, the page with that form."""
    if request.url_rule is None or "GET" in (request.url_rule.methods or ()):
        return request.script_root + request.full_path.rstrip("?")
    came_from = urlsplit(request.referrer or "")
    return f"{came_from.path or '/'}{'?' if came_from.query else ''}{came_from.query}"


def own(address: str | None, *, otherwise: str) -> str:
    """Return `address` if it stays on this site, else `otherwise`: a link may not send people elsewhere."""
    if not address or not address.startswith("/") or address.startswith("//"):
        return otherwise
    parts = urlsplit(address)
    stays = not parts.scheme and not parts.netloc and "\\" not in address and address.isprintable()
    return address if stays else otherwise


def number(text: str | None, *, otherwise: int, most: int) -> int:
    """Return the whole number that an address asks for, at most `most`; `otherwise` if it is none."""
    if not text or not text.isdecimal():
        return otherwise
    return min(int(text), most) if len(text) <= _MOST_DIGITS else most
