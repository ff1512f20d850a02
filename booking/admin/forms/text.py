"""What text fields of the staff forms share: how they are tidied, and how an address looks."""

from typing import Final

from wtforms import Field
from wtforms.validators import Regexp

#: Loose on purpose: inside a house, addresses like room@corp.local are right, and only the server knows.
ADDRESS: Final = Regexp(
    r"^[^@\s,;<>]+@[^@\s.,;<>]+(\.[^@\s.,;<>]+)*$",
    message="This is not an e-mail address. One looks like rooms@example.org.",
)


def one_line(value: str | None) -> str:
    """Return it on one line, without needless spaces."""
    return " ".join((value or "").split())


def lines(value: str | None) -> str:
    """Return it with the line ends of Unix, and nothing around it."""
    return (value or "").replace("\r\n", "\n").strip()


def said(field: Field) -> str:
    """Return what was written into a text field of a form that was found good."""
    return str(field.data or "")


def number(field: Field) -> int:
    """Return what was written into a number field of a form that was found good."""
    return int(field.data)
