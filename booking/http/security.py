"""What every answer carries so that browsers keep others out, and what slows down guessing."""

from flask import Flask, Response, abort, request
from flask_wtf import CSRFProtect
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.middleware.proxy_fix import ProxyFix

#: No inline script, no inline style, nothing from elsewhere. Bootstrap's arrows and ticks are data images.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
#: For pages whose address is a secret: kept nowhere, told to nobody, found by no search engine.
SECRET_PAGE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
_A_YEAR = 365 * 24 * 3600
_AN_HOUR = 3600
#: A whole reading room may sit behind one address; one person guessing many names may not.
_NAMES_PER_ADDRESS = 5


class Attempts:
    """Counts tries in this process, and says when it is enough."""

    def __init__(self, limit: str) -> None:
        """Allow as many as `limit` says, for example "10 per 5 minutes"."""
        self._one = parse(limit)
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def enough(self, *, address: str, login: str) -> bool:
        """Count one more try, and tell whether it is one too many for that name or that address."""
        name_left = self._window.hit(self._one, "name", address, login.strip().lower())
        many = type(self._one)(self._one.amount * _NAMES_PER_ADDRESS, self._one.multiples)
        address_left = self._window.hit(many, "address", address)
        return not (name_left and address_left)


def protect(app: Flask, *, key: str, secure_cookies: bool, trusted_proxies: int) -> None:
    """Set cookies, forms and headers of `app`."""
    app.config.update(
        SECRET_KEY=key,
        SESSION_COOKIE_NAME="booking",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form may stay open over lunch
        WTF_CSRF_SSL_STRICT=False,  # pages with a secret in their address send no Referer to compare
        MAX_CONTENT_LENGTH=6 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
    )
    app.before_request(_refuse_zeros)
    CSRFProtect(app)
    app.after_request(_with_headers)
    if trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # the way Flask's documentation puts middleware in
            app.wsgi_app, x_for=trusted_proxies, x_proto=trusted_proxies, x_host=trusted_proxies
        )


def _refuse_zeros() -> None:
    """Refuse what no database takes as text, before anything looks at it."""
    values = [*request.args.items(multi=True), *request.form.items(multi=True)]
    if "\0" in request.path or any("\0" in name or "\0" in value for name, value in values):
        abort(400)


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        _keep(response)
    else:
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def _keep(response: Response) -> None:
    """Let browsers keep our files: for good when the address names their content, else for an hour."""
    if response.status_code >= 400:  # noqa: PLR2004 - errors start there
        return
    for_good = "v" in request.args
    how_long = f"max-age={_A_YEAR}, immutable" if for_good else f"max-age={_AN_HOUR}"
    response.headers["Cache-Control"] = f"public, {how_long}"
