"""Elements of EWS's two namespaces, made and read."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from lxml import etree

Element = etree._Element  # noqa: SLF001  (lxml gives its element class no other name)

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"
NAMESPACES = {"s": SOAP, "t": TYPES, "m": MESSAGES}

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)


def parse(raw: bytes) -> Element:
    """The document's root; no entity is ever resolved.

    Raises:
        etree.XMLSyntaxError: it is not XML.
    """
    return etree.fromstring(raw, _PARSER)


def t(name: str, *inside: Element | str | None, **attributes: str | None) -> Element:
    """An element of the types namespace; None among children or attributes is left out."""
    return _made(TYPES, name, inside, attributes)


def m(name: str, *inside: Element | str | None, **attributes: str | None) -> Element:
    """An element of the messages namespace; None among children or attributes is left out."""
    return _made(MESSAGES, name, inside, attributes)


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def find(element: Element, path: str) -> Element | None:
    """The first element on a path such as "t:Mailbox/t:EmailAddress"."""
    return element.find(path, NAMESPACES)


def find_all(element: Element, path: str) -> list[Element]:
    """Every element on a path."""
    return element.findall(path, NAMESPACES)


def text(element: Element, path: str, default: str = "") -> str:
    """The text at that path without space around it."""
    found = find(element, path)
    return default if found is None or found.text is None else found.text.strip()


def children(element: Element | None) -> Iterator[Element]:
    """The elements inside; none if there is no element."""
    if element is not None:
        yield from element


def boolean(value: bool) -> str:  # noqa: FBT001  (the value itself is what is written)
    """The value as XML writes it."""
    return "true" if value else "false"


def is_true(value: str) -> bool:
    """What XML's true, false, 1 and 0 mean."""
    return value.strip().lower() in {"true", "1"}


def moment(value: datetime) -> str:
    """A moment as EWS writes it, in UTC."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_moment(value: str) -> datetime:
    """An aware moment, or a naive one if the text names no offset.

    Raises:
        ValueError: it is no date and time.
    """
    return datetime.fromisoformat(value.strip()).replace(microsecond=0)


def read_date(value: str) -> date:
    """A date; an offset after it, which XML allows, is dropped.

    Raises:
        ValueError: it is no date.
    """
    return date.fromisoformat(value.strip()[: len("2026-01-01")])


def _made(
    namespace: str, name: str, inside: tuple[Element | str | None, ...], attributes: dict[str, str | None]
) -> Element:
    element = etree.Element(f"{{{namespace}}}{name}", nsmap={"t": TYPES, "m": MESSAGES})
    for key, value in attributes.items():
        if value is not None:
            element.set(key, value)
    for child in inside:
        if isinstance(child, str):
            element.text = clean(child)
        elif child is not None:
            element.append(child)
    return element


def clean(value: str) -> str:
    """The text without what XML cannot hold."""
    return _NOT_XML.sub("", value)
