"""Addresses of our own pages: where somebody is, and where they may be sent back to."""

from urllib.parse import urlsplit

from flask import request


def here() -> str:
    """Return the address of this request, without host."""
    return request.full_path.rstrip("?")


def own(address: str | None, *, otherwise: str) -> str:
    """Return `address` if it stays on this site, else `otherwise`: a link may not send people elsewhere."""
    if not address or not address.startswith("/") or address.startswith("//"):
        return otherwise
    parts = urlsplit(address)
    stays = not parts.scheme and not parts.netloc and "\\" not in address and address.isprintable()
    return address if stays else otherwise
