"""GetUserSettings: several addresses in, for each the settings that were asked for.

Source: learn.microsoft.com, SOAP Autodiscover reference; "Get user settings from Exchange by using Autodiscover".
Some of its examples have https in namespaces; on the wire they are all http.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from booking.sandbox.exchange.autodiscover.directory import Directory, Found, OtherAddress, OtherUrl
from booking.sandbox.exchange.ews.xml import SOAP, Element, clean, parse
from booking.sandbox.exchange.personalities import Version

PATH = "/autodiscover/autodiscover.svc"
SPACE = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
_ADDRESSING = "http://www.w3.org/2005/08/addressing"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_NAMES = {"s": SOAP, "a": SPACE}
#: Ours without one, as Exchange writes it; lxml's types know no prefix that is None.
_PREFIXES: dict[Any, str] = {None: SPACE, "i": _INSTANCE}
_GROUP = "SANDBOX-1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; with the addresses asked for and the outcome, for the log."""

    body: bytes
    addresses: tuple[str, ...] = ()
    outcome: str = "NoError"
    status: int = 200


def answer(raw: bytes, directory: Directory, *, ews_url: str) -> Answer:
    """The answer to a request's body."""
    version = directory.personality.version
    try:
        envelope = parse(raw)
    except etree.XMLSyntaxError:
        return _fault("The request is not XML.", version)
    request = envelope.find("s:Body/a:GetUserSettingsRequestMessage/a:Request", _NAMES)
    if request is None:
        return _fault("The message is no GetUserSettings request.", version)
    addresses = _texts(request, "a:Users/a:User/a:Mailbox")
    wanted = _texts(request, "a:RequestedSettings/a:Setting")
    if not addresses or not wanted:
        return Answer(_message(version, "InvalidRequest", "The request names no user or no setting.", []), (), "400")
    users = [_user(each, wanted, directory, ews_url) for each in addresses]
    outcome = next((code for each in users if (code := each[0].text or "") != "NoError"), "NoError")
    return Answer(_message(version, "NoError", "", users), tuple(addresses), outcome)


def _texts(request: Element, path: str) -> list[str]:
    return [text for each in request.findall(path, _NAMES) if (text := (each.text or "").strip())]


def _user(address: str, wanted: list[str], directory: Directory, ews_url: str) -> Element:
    match directory.look_up(address, ews_url=ews_url):
        case Found() as found:
            return _response("NoError", "No error.", *_chosen(_settings(found, directory), wanted))
        case OtherAddress(other):
            return _response("RedirectAddress", "Redirection address.", target=other)
        case OtherUrl(other):
            return _response("RedirectUrl", "Redirection URL.", target=other)
        case _:
            return _response("InvalidUser", "Invalid user.")


def _settings(found: Found, directory: Directory) -> dict[str, str]:
    version = directory.personality.version
    return {
        "UserDisplayName": found.name,
        "UserDN": found.legacy_dn,
        "AutoDiscoverSMTPAddress": found.address,
        "InternalEwsUrl": found.ews_url,
        "ExternalEwsUrl": found.ews_url,
        "EwsSupportedSchemas": directory.supported_schemas,
        "CasVersion": f"{version.major:02}.{version.minor:02}.{version.build:04}.{version.revision:03}",
        "GroupingInformation": _GROUP,
    }


def _chosen(settings: dict[str, str], wanted: list[str]) -> tuple[list[Element], list[Element]]:
    """The settings wanted, and an error for each that there is not."""
    there = [_setting(name, settings[name]) for name in wanted if name in settings]
    missing = [
        _a(
            "UserSettingError",
            _a("ErrorCode", "SettingIsNotAvailable"),
            _a("ErrorMessage", f"The setting is not available: {name}."),
            _a("SettingName", name),
        )
        for name in wanted
        if name not in settings
    ]
    return there, missing


def _setting(name: str, value: str) -> Element:
    setting = _a("UserSetting", _a("Name", name), _a("Value", value))
    setting.set(f"{{{_INSTANCE}}}type", "StringSetting")
    return setting


def _response(
    code: str,
    message: str,
    settings: Iterable[Element] = (),
    errors: Iterable[Element] = (),
    *,
    target: str = "",
) -> Element:
    redirect = _a("RedirectTarget", target)
    if not target:
        redirect.set(f"{{{_INSTANCE}}}nil", "true")
    return _a(
        "UserResponse",
        _a("ErrorCode", code),
        _a("ErrorMessage", message),
        redirect,
        _a("UserSettingErrors", *errors),
        _a("UserSettings", *settings),
    )


def _message(version: Version, code: str, text: str, users: list[Element]) -> bytes:
    response = _a("Response", _a("ErrorCode", code), _a("ErrorMessage", text), _a("UserResponses", *users))
    return _envelope(_a("GetUserSettingsResponseMessage", response), version)


def _fault(reason: str, version: Version) -> Answer:
    fault = etree.Element(f"{{{SOAP}}}Fault", nsmap={"s": SOAP})
    etree.SubElement(fault, "faultcode").text = "s:Client"
    etree.SubElement(fault, "faultstring").text = reason
    return Answer(_envelope(fault, version), outcome="fault", status=500)


def _envelope(content: Element, version: Version) -> bytes:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP, "a": _ADDRESSING})
    header = etree.SubElement(envelope, f"{{{SOAP}}}Header")
    action = etree.SubElement(header, f"{{{_ADDRESSING}}}Action")
    action.set(f"{{{SOAP}}}mustUnderstand", "1")
    action.text = f"{SPACE}/Autodiscover/GetUserSettingsResponse"
    numbers = {
        "MajorVersion": version.major,
        "MinorVersion": version.minor,
        "MajorBuildNumber": version.build,
        "MinorBuildNumber": version.revision,
        "Version": version.name,
    }
    header.append(_a("ServerVersionInfo", *(_a(name, str(value)) for name, value in numbers.items())))
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(content)
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def _a(name: str, *inside: Element | str) -> Element:
    element = etree.Element(f"{{{SPACE}}}{name}", nsmap=_PREFIXES)
    for child in inside:
        if isinstance(child, str):
            element.text = clean(child) or None
        else:
            element.append(child)
    return element
