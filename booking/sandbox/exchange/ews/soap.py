"""The envelope: what a request says in its header, and answers and faults in theirs."""

from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from booking.sandbox.exchange.calendar import zones
from booking.sandbox.exchange.ews.errors import EwsError, Fault
from booking.sandbox.exchange.ews.xml import (
    ERRORS,
    MESSAGES,
    SOAP,
    TYPES,
    Element,
    children,
    clean,
    find,
    local,
    parse,
    read_moment,
    t,
)
from booking.sandbox.exchange.personalities import Version


@dataclass(frozen=True, slots=True)
class Request:
    """One call: its element, whom it wants to act as, the zone of times without offset, and the schema it speaks."""

    body: Element
    impersonated: str | None
    zone: str
    version: str = ""

    @property
    def operation(self) -> str:
        """The operation's name; GetUserAvailability's element alone carries a suffix."""
        return local(self.body).removesuffix("Request")

    def moment(self, text: str) -> datetime:
        """A moment of the request, in UTC."""
        try:
            found = read_moment(text)
        except ValueError as error:
            raise Fault("ErrorSchemaValidation", "The request failed schema validation.") from error
        return zones.utc(found, self.zone) if found.tzinfo is None else found.astimezone(UTC)


def read(raw: bytes) -> Request:
    """The call in an envelope.

    Raises:
        Fault: it is no SOAP, or no call.
    """
    try:
        envelope = parse(raw)
    except etree.XMLSyntaxError as error:
        raise Fault("ErrorInvalidRequest", "The request is invalid: it is not XML.") from error
    body = find(envelope, "s:Body")
    call = next(children(body), None)
    if call is None or etree.QName(call).namespace != MESSAGES:
        raise Fault("ErrorInvalidRequest", "The request is invalid: its body holds no call.")
    return Request(call, _impersonated(envelope), _zone(envelope), _version(envelope))


def answer(content: Element, version: Version) -> bytes:
    """The envelope around an answer."""
    return _envelope(content, version)


def fault(error: EwsError, version: Version) -> bytes:
    """The envelope around a fault, in Exchange's form.

    Source: learn.microsoft.com, "Handling EWS errors"; "EWS throttling in Exchange" for BackOffMilliseconds.
    """
    content = etree.Element(f"{{{SOAP}}}Fault", nsmap={"s": SOAP})
    etree.SubElement(content, "faultcode", nsmap={"a": TYPES}).text = f"a:{error.code}"
    etree.SubElement(content, "faultstring").text = clean(error.message)
    detail = etree.SubElement(content, "detail")
    etree.SubElement(detail, f"{{{ERRORS}}}ResponseCode", nsmap={"e": ERRORS}).text = error.code
    etree.SubElement(detail, f"{{{ERRORS}}}Message", nsmap={"e": ERRORS}).text = clean(error.message)
    if error.values:
        detail.append(t("MessageXml", *(t("Value", value, Name=name) for name, value in error.values.items())))
    return _envelope(content, version)


def _envelope(content: Element, version: Version) -> bytes:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP})
    header = etree.SubElement(envelope, f"{{{SOAP}}}Header")
    header.append(
        t(
            "ServerVersionInfo",
            MajorVersion=str(version.major),
            MinorVersion=str(version.minor),
            MajorBuildNumber=str(version.build),
            MinorBuildNumber=str(version.revision),
            Version=version.name,
        )
    )
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(content)
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def _impersonated(envelope: Element) -> str | None:
    sid = find(envelope, "s:Header/t:ExchangeImpersonation/t:ConnectingSID")
    if sid is None or not len(sid):
        return None
    return (sid[0].text or "").strip().lower()


def _version(envelope: Element) -> str:
    asked = find(envelope, "s:Header/t:RequestServerVersion")
    return "" if asked is None else asked.get("Version", "")


def _zone(envelope: Element) -> str:
    definition = find(envelope, "s:Header/t:TimeZoneContext/t:TimeZoneDefinition")
    name = None if definition is None else definition.get("Id")
    return (zones.iana(name) if name else None) or "Etc/UTC"
