"""Plain old XML: one address in, all settings out.

Source: learn.microsoft.com, POX Autodiscover reference; "Handling Autodiscover error messages". Error 600 and 601 and
their sentences: the same site, "Test-OutlookWebServices" and the answers of any Exchange to a plain GET.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from booking.sandbox.exchange.autodiscover.directory import Directory, Found, OtherAddress, OtherUrl
from booking.sandbox.exchange.ews.xml import Element, clean, parse
from booking.sandbox.exchange.personalities import Version

PATH = "/autodiscover/autodiscover.xml"
_REQUEST = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
_RESPONSE = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
#: Without a prefix, as Exchange writes them; lxml's types know no prefix that is None.
_PLAIN: dict[Any, str] = {None: _RESPONSE}
_PLAIN_OUTLOOK: dict[Any, str] = {None: OUTLOOK}
_ERRORS = {
    500: "The email address can't be found.",
    600: "Invalid Request",
    601: "Provider is not available",
}
_ID = "2606700544"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; with the address asked for and the outcome, for the log."""

    body: bytes
    address: str = ""
    outcome: str = "NoError"


def answer(raw: bytes, directory: Directory, *, ews_url: str, now: datetime) -> Answer:
    """The answer to a request's body."""
    try:
        request = parse(raw)
    except etree.XMLSyntaxError:
        return _error(600, now)
    address = _text(request, "EMailAddress")
    if etree.QName(request).namespace != _REQUEST or not address:
        return _error(600, now)
    if _text(request, "AcceptableResponseSchema") != OUTLOOK:
        return _error(601, now, address)
    match directory.look_up(address, ews_url=ews_url):
        case Found() as found:
            return Answer(_written(_settings(found, directory.personality.version)), address)
        case OtherAddress(other):
            return Answer(_written(_redirect("redirectAddr", "RedirectAddr", other)), address, "redirectAddr")
        case OtherUrl(other):
            return Answer(_written(_redirect("redirectUrl", "RedirectUrl", other)), address, "redirectUrl")
        case _:
            return _error(500, now, address)


def _text(request: Element, name: str) -> str:
    return (request.findtext(f"{{{_REQUEST}}}Request/{{{_REQUEST}}}{name}") or "").strip()


def _settings(found: Found, version: Version) -> list[Element]:
    protocol = [
        ("Type", "EXCH"),
        ("Server", found.ews_url.split("/")[2].partition(":")[0]),
        ("ServerVersion", _server_version(version)),
        ("ASUrl", found.ews_url),
        ("EwsUrl", found.ews_url),
        ("OOFUrl", found.ews_url),
    ]
    return [
        _o(
            "User",
            _o("DisplayName", found.name),
            _o("LegacyDN", found.legacy_dn),
            _o("AutoDiscoverSMTPAddress", found.address),
        ),
        _o(
            "Account",
            _o("AccountType", "email"),
            _o("Action", "settings"),
            _o("MicrosoftOnline", "False"),
            _o("Protocol", *(_o(name, value) for name, value in protocol)),
            _o("Protocol", *(_o(name, value) for name, value in [("Type", "EXPR"), *protocol[1:2], *protocol[3:]])),
        ),
    ]


def _redirect(action: str, name: str, where: str) -> list[Element]:
    return [_o("Account", _o("AccountType", "email"), _o("Action", action), _o(name, where))]


def _server_version(version: Version) -> str:
    """The version as Outlook reads it: four, six, six and fifteen bits.

    Source: learn.microsoft.com, POX Autodiscover reference, ServerVersion.
    """
    return f"{7 << 28 | version.major << 22 | version.minor << 16 | 1 << 15 | version.build:08X}"


def _error(code: int, now: datetime, address: str = "") -> Answer:
    """An error; it stands in the outer namespace, whatever was asked for."""
    root = etree.Element(f"{{{_RESPONSE}}}Autodiscover", nsmap=_PLAIN)
    response = etree.SubElement(root, f"{{{_RESPONSE}}}Response")
    error = etree.SubElement(response, f"{{{_RESPONSE}}}Error", Time=now.strftime("%H:%M:%S.%f0"), Id=_ID)
    for name, value in (("ErrorCode", str(code)), ("Message", _ERRORS[code]), ("DebugData", None)):
        etree.SubElement(error, f"{{{_RESPONSE}}}{name}").text = value
    return Answer(_bytes(root), address, str(code))


def _written(content: list[Element]) -> bytes:
    root = etree.Element(f"{{{_RESPONSE}}}Autodiscover", nsmap=_PLAIN)
    response = etree.SubElement(root, f"{{{OUTLOOK}}}Response", nsmap=_PLAIN_OUTLOOK)
    response.extend(content)
    return _bytes(root)


def _bytes(root: Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _o(name: str, *inside: Element | str) -> Element:
    element = etree.Element(f"{{{OUTLOOK}}}{name}", nsmap=_PLAIN_OUTLOOK)
    for child in inside:
        if isinstance(child, str):
            element.text = clean(child)
        else:
            element.append(child)
    return element
