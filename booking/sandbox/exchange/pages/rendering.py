"""Templates to pages, and addresses of pages."""

from importlib import resources
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from booking.sandbox.exchange.traffic import HttpAnswer

_PACKAGE = "booking.sandbox.exchange.pages"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}

_environment = Environment(
    loader=PackageLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def page(template: str, *, status: int = 200, **content: object) -> HttpAnswer:
    """The template with its content, as an answer."""
    text = _environment.get_template(template).render(content)
    return HttpAnswer(
        status=status, content_type="text/html; charset=utf-8", headers=dict(_HEADERS), body=text.encode()
    )


def style() -> HttpAnswer:
    """The style sheet."""
    css = resources.files(_PACKAGE).joinpath("sandbox.css").read_bytes()
    return HttpAnswer(content_type="text/css; charset=utf-8", body=css)


def address_of(mailbox: str, view: str = "", **query: str) -> str:
    """The path of a mailbox's page; empty values are left out."""
    path = f"/mailbox/{quote(mailbox)}" + (f"/{view}" if view else "")
    given = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{given}" if given else path


_environment.globals["address_of"] = address_of
