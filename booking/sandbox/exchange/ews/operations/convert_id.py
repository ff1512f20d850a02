"""ConvertId: one id in another of its forms. Source: learn.microsoft.com, EWS reference, ConvertId."""

from collections.abc import Iterator

from booking.sandbox.exchange.ews import id_formats, naming
from booking.sandbox.exchange.ews.call import Call
from booking.sandbox.exchange.ews.errors import EwsError
from booking.sandbox.exchange.ews.xml import Element, children, find, local, m, t

_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
#: Which attributes of each element hold ids.
_ID_ATTRIBUTES = {
    "AlternateId": ("Id",),
    "AlternatePublicFolderId": ("FolderId",),
    "AlternatePublicFolderItemId": ("FolderId", "ItemId"),
}


def run(call: Call) -> Element:
    """The ids in the wished form, in order. Whether they still exist does not matter, as with Exchange."""
    target = call.body.get("DestinationFormat", "EwsId")

    def convert(element: Element) -> Iterator[Element]:
        yield _converted(call, element, target)

    return call.answer(children(find(call.body, "m:SourceIds")), convert)


def _converted(call: Call, element: Element, target: str) -> Element:
    kind = local(element)
    attributes = {str(name): str(value) for name, value in element.attrib.items()}
    source = attributes["Format"]
    for name in _ID_ATTRIBUTES[kind]:
        if not attributes[name]:
            raise EwsError("ErrorInvalidIdEmpty", "Id must be non-empty.")
        plain = id_formats.converted(attributes[name], source, "EwsId")
        attributes[name] = id_formats.converted(plain, "EwsId", target)
        if "Mailbox" in attributes:
            attributes["Mailbox"] = _owner(call, plain) or call.caller.mailbox(attributes["Mailbox"]).address
    answer = m("AlternateId", **(attributes | {"Format": target}))
    answer.set(_XSI_TYPE, f"t:{kind}Type")
    return answer


def _owner(call: Call, ews_id: str) -> str:
    """Whose item or folder it is, whatever mailbox the caller names: so davmail finds out who it is."""
    return next(iter(naming.mailboxes(t("AlternateId", Id=ews_id), call.store)), "")
