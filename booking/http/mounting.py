"""A site that lies below a path of another one, as in https://www.example.org/rooms."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

Environ = dict[str, Any]  # WSGI's


class Mounted:
    """Answers below `prefix`, which the web server in front passes on unchanged.

    A request without it is answered too, as a health check from the machine itself is; the addresses in its answer
    have the prefix all the same.
    """

    def __init__(self, inner: Any, prefix: str) -> None:  # noqa: ANN401 - a WSGI application, as Flask types it
        """Put `inner` below `prefix`, which begins with a slash and ends without one."""
        self._inner = inner
        self._prefix = prefix

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI's
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(f"{self._prefix}/"):
            environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
        environ["SCRIPT_NAME"] = self._prefix
        answer: Iterable[bytes] = self._inner(environ, start_response)
        return answer


def prefix(base_url: str) -> str:
    """Return the path that an installation's public address ends with, or nothing."""
    return urlsplit(base_url).path.rstrip("/")


def mount(app: Flask, *, base_url: str) -> None:
    """Put `app` where its public address says; its cookies then stay there too."""
    below = prefix(base_url)
    if below:
        app.config.update(SESSION_COOKIE_PATH=below, APPLICATION_ROOT=below)
        app.wsgi_app = Mounted(app.wsgi_app, below)  # type: ignore[method-assign] # as Flask's documentation does it
