"""What autodiscover is asked, and what its answers say: text in, values out.

Sources: learn.microsoft.com, "GetUserSettings operation (SOAP)", "Autodiscover (POX)", MS-OXDSCLI; the SOAP service
stands on Exchange 2010 and later, the POX one also on 2007.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from booking.connectors.ews import versions

SOAP_PATH = "/autodiscover/autodiscover.svc"
POX_PATH = "/autodiscover/autodiscover.xml"
_A = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
_POX = "http://schemas.microsoft.com/exchange/autodiscover/outlook"
_SETTINGS = ("UserDisplayName", "ExternalEwsUrl", "InternalEwsUrl", "EwsSupportedSchemas")


@dataclass(frozen=True, slots=True)
class Told:
    """What one answer says: where the service is, or who to ask instead."""

    urls: tuple[str, ...] = ()  # those for outside the building first
    version: str = ""
    display_name: str = ""
    redirect_url: str = ""
    redirect_address: str = ""  # the same person under another address


def soap(url: str, email: str) -> bytes:
    """Return the question of the SOAP service."""
    wanted = "".join(f"<a:Setting>{name}</a:Setting>" for name in _SETTINGS)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<soap:Envelope xmlns:a="{_A}" xmlns:wsa="http://www.w3.org/2005/08/addressing"'
        ' xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header>'
        "<a:RequestedServerVersion>Exchange2010</a:RequestedServerVersion>"
        f"<wsa:Action>{_A}/Autodiscover/GetUserSettings</wsa:Action><wsa:To>{escape(url)}</wsa:To>"
        "</soap:Header><soap:Body><a:GetUserSettingsRequestMessage><a:Request>"
        f"<a:Users><a:User><a:Mailbox>{escape(email)}</a:Mailbox></a:User></a:Users>"
        f"<a:RequestedSettings>{wanted}</a:RequestedSettings>"
        "</a:Request></a:GetUserSettingsRequestMessage></soap:Body></soap:Envelope>"
    ).encode()


def pox(_url: str, email: str) -> bytes:
    """Return the question of the older service, in plain XML."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<Autodiscover xmlns="{_POX}/requestschema/2006"><Request><EMailAddress>{escape(email)}</EMailAddress>'
        f"<AcceptableResponseSchema>{_POX}/responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>"
    ).encode()


def read(content: bytes) -> Told | None:
    """Return what an answer of either service says, or None if it says nothing that helps."""
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError:
        return None
    user = next(_named(root, "UserResponse"), None)
    told = _of_pox(root) if user is None else _of_soap(user)
    return told if told.urls or told.redirect_url or told.redirect_address else None


def _of_soap(user: "etree._Element") -> Told:
    code, target = _text(user, "ErrorCode"), _text(user, "RedirectTarget")
    if code in ("RedirectUrl", "RedirectAddress"):
        return Told(redirect_url=target) if code == "RedirectUrl" else Told(redirect_address=target)
    said = {_text(each, "Name"): _text(each, "Value") for each in _named(user, "UserSetting")}
    urls = (said.get("ExternalEwsUrl", ""), said.get("InternalEwsUrl", ""))
    return Told(
        tuple(dict.fromkeys(filter(None, urls))),
        _newest(said.get("EwsSupportedSchemas", "")),
        said.get("UserDisplayName", ""),
    )


def _of_pox(root: "etree._Element") -> Told:
    """Read the Account; its Protocol EXPR is for outside the building, EXCH for inside."""
    account = next(_named(root, "Account"), None)
    if account is None:
        return Told()
    action = _text(account, "Action").lower()
    if action == "redirecturl":
        return Told(redirect_url=_text(account, "RedirectUrl"))
    if action == "redirectaddr":
        return Told(redirect_address=_text(account, "RedirectAddr"))
    found = {_text(each, "Type").upper(): _text(each, "EwsUrl") for each in _named(account, "Protocol")}
    urls = (found.get("EXPR", ""), found.get("EXCH", ""))
    return Told(tuple(dict.fromkeys(filter(None, urls))), display_name=_text(root, "DisplayName"))


def _newest(schemas: str) -> str:
    """Return the newest version in a list like "Exchange2007_SP1, Exchange2010" that we speak."""
    listed = {each.strip() for each in schemas.split(",")}
    return next((name for name in versions.NAMES if name in listed), "")


def _named(within: "etree._Element", name: str) -> Iterator["etree._Element"]:
    return within.iter(f"{{*}}{name}")


def _text(within: "etree._Element", name: str) -> str:
    found = next(_named(within, name), None)
    return (found.text or "").strip() if found is not None else ""
