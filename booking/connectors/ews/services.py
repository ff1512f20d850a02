"""exchangelib's EWS calls, tamed: one request each, one version, our own reading of the answer.

By itself exchangelib would send a request again for each older schema version, ask again for ever when a view
is cut off, return some errors as results, and lose a whole free/busy batch over one mailbox.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

import exchangelib
from exchangelib import errors, services, util
from exchangelib.protocol import FailFast
from requests import Response

from booking.connectors.ews import answers, concerned, folders, notices, wire
from booking.connectors.port import Concerned

RETRY_AFTER = re.compile(r"[0-9]{1,8}")  # seconds; more than three years are nonsense, and overflow in the end
LONGEST_START = 500  # bytes within which a SOAP answer names its envelope


class HttpAnswer(errors.TransportError):
    """The server answered with a status, not with EWS."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"HTTP {response.status_code}")
        after = response.headers.get("Retry-After", "")
        self.status = response.status_code
        self.retry_after = int(after) if RETRY_AFTER.fullmatch(after) else None
        self.location = response.headers.get("Location", "")
        self.offers = response.headers.get("WWW-Authenticate", "").lower()


class CutOff(errors.TransportError):
    """The answer ends in the middle. exchangelib's parser would mend it, and show half a calendar as the whole."""


class AsItIs(errors.TransportError):
    """A refusal of the whole request. exchangelib takes four of them for an unknown version, and hides which it was."""

    def __init__(self, refusal: errors.ResponseMessageError) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal


TAKEN_FOR_A_VERSION = (
    errors.ErrorInvalidServerVersion,
    errors.ErrorIncorrectSchemaVersion,
    errors.ErrorInvalidSchemaVersionForMailboxVersion,
    errors.ErrorInvalidRequest,
)


class OneTry(FailFast):
    """Gives up at the first failure, and tells the statuses apart.

    FailFast itself calls a 502 that closes the connection "server busy", which would read as "nothing was done".
    `answered` tells whether the last request got a whole EWS answer.
    """

    answered = False
    streams = False  # the next answer comes in pieces, over minutes

    def raise_response_errors(self, response: Response) -> None:
        """Let a whole EWS answer pass, also one that comes with status 500."""
        if self.streams and response.status_code == HTTPStatus.OK:
            return
        content = response.content.removeprefix(codecs.BOM_UTF8).strip()
        fault = response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR and b"Envelope" in content[:LONGEST_START]
        if response.status_code != HTTPStatus.OK and not fault:
            raise HttpAnswer(response)
        if not content.endswith(b"Envelope>"):
            raise CutOff("the answer has no end, or is no EWS")
        self.answered = True


class Once(services.common.EWSService):
    """One request, in the version that we were told; the server's own version is noted in passing."""

    ERRORS_TO_CATCH_IN_RESPONSE: tuple[type[Exception], ...] = ()

    def _api_versions_to_try(self) -> tuple[str, ...]:
        return (self._version_hint.api_version,)

    def _get_elements(self, payload: Any) -> Iterator[Any]:
        # exchangelib's own calls some failures in the middle of a change "busy", which reads as "nothing was done".
        yield from self._response_generator(payload=payload)

    def _get_soap_messages(self, body: wire.Element) -> list[wire.Element]:
        try:
            found: list[wire.Element] = super()._get_soap_messages(body)
        except TAKEN_FOR_A_VERSION as refusal:
            raise AsItIs(refusal) from None
        return found

    def _update_api_version(self, api_version: str, header: wire.Element) -> None:  # noqa: ARG002 - exchangelib's
        info = header.find(f"{{{util.TNS}}}ServerVersionInfo")
        if info is not None:
            names = ("MajorVersion", "MinorVersion", "MajorBuildNumber")
            self.protocol.server_build = tuple(int(info.get(name) or 0) for name in names)

    @classmethod
    def _get_soap_parts(cls, response: Response) -> Any:
        # exchangelib's own parser mends what is broken.
        root = answers.root(response.content)
        body = root.find(f"{{{util.SOAPNS}}}Body")
        if body is None:
            raise wire.Unreadable("an answer without a body")
        return root.find(f"{{{util.SOAPNS}}}Header"), body


class Finding(Once, services.FindItem):
    """FindItem: exactly one page. `whole` tells whether the server said that this is all, and all could be read."""

    whole = False

    def _elems_to_objs(self, elems: Iterable[wire.Element]) -> Iterator[wire.Item]:
        for elem in elems:
            try:
                yield wire.item(elem)
            except wire.Unreadable:
                self.whole = False

    def _get_page(self, message: wire.Element) -> tuple[wire.Element, None]:
        folder = self._get_element_container(message=message, name=self.paging_container_name)
        self.whole = (folder.get("IncludesLastItemInRange") or "").lower() in ("true", "1")
        return folder, None


class Getting(Once, services.GetItem):
    """GetItem."""

    def _elem_to_obj(self, elem: wire.Element) -> wire.Item:
        return wire.item(elem)


class Concerning(Once, services.GetItem):
    """GetItem, for whom and which place an item is about."""

    def _elem_to_obj(self, elem: wire.Element) -> Concerned:
        return concerned.named(elem)


class Creating(Once, services.CreateItem):
    """CreateItem."""

    def _elem_to_obj(self, elem: wire.Element) -> wire.ItemId:
        return wire.item_id(elem)


class Updating(Once, services.UpdateItem):
    """UpdateItem."""

    def _elem_to_obj(self, elem: wire.Element) -> wire.ItemId:
        return wire.item_id(elem)


class Deleting(Once, services.DeleteItem):
    """DeleteItem."""


class Looking(Once, services.GetFolder):
    """GetFolder, for the rights that the account has there."""

    def _elems_to_objs(self, elems: Iterable[wire.Element]) -> Iterator[frozenset[str]]:
        return (wire.rights(elem) for elem in elems)


class Resolving(Once, services.ResolveNames):
    """ResolveNames. Nobody found is an empty answer; several are all returned."""

    ERRORS_TO_CATCH_IN_RESPONSE = (errors.ErrorNameResolutionNoResults,)

    def _get_element_container(self, message: Any, name: str | None = None) -> Any:
        # exchangelib's own warns, in the sense of Python, when there are more than a hundred.
        return super(services.ResolveNames, self)._get_element_container(message=message, name=name)

    def _elem_to_obj(self, elem: wire.Element) -> wire.Resolution:
        return wire.resolution(elem)


class Availability(Once, services.GetUserAvailability):
    """GetUserAvailability: each mailbox's error stands in its own place."""

    #: Also a code that exchangelib does not know, which it calls a TransportError.
    ERRORS_TO_CATCH_IN_RESPONSE = (errors.ResponseMessageError, errors.TransportError)
    WARNINGS_TO_CATCH_IN_RESPONSE = (errors.ResponseMessageError, errors.TransportError)

    def call(self, request: Any) -> Iterator[wire.FreeBusyView | Exception]:
        """Send the request, in UTC."""
        self.tzinfo = exchangelib.UTC
        found: Iterator[wire.FreeBusyView | Exception] = self._elems_to_objs(self._get_elements(payload=request))
        return found

    @classmethod
    def _get_elements_in_container(cls, container: wire.Element) -> list[wire.Element]:
        view = container.find(f"{{{util.MNS}}}FreeBusyView")
        return [container if view is None else view]  # which then is a view that shows nothing

    def _elem_to_obj(self, elem: wire.Element) -> wire.FreeBusyView | Exception:
        try:
            return wire.free_busy(elem)
        except wire.Unreadable as broken:
            return broken


class Plain(Once, services.common.EWSAccountService):
    """A call whose request we write ourselves; each response message is one result."""

    def call(self, request: Any) -> Iterator[Any]:
        """Send the request."""
        found: Iterator[Any] = self._elems_to_objs(self._get_elements(payload=request))
        return found

    def _get_elements_in_response(self, response: Iterable[wire.Element]) -> Iterator[wire.Element]:
        for message in response:
            self._get_element_container(message=message)  # raises what it refuses
            yield message


class ListingFolders(Plain):
    """FindFolder: one page of the folders below those named."""

    SERVICE_NAME = "FindFolder"

    def _elem_to_obj(self, elem: wire.Element) -> folders.Page:
        return folders.page(elem)


class NamingCalendar(Plain):
    """GetFolder, for a calendar's name and place."""

    SERVICE_NAME = "GetFolder"

    def _elem_to_obj(self, elem: wire.Element) -> folders.Page:
        return folders.page(elem)


class RoomLists(Once, services.GetRoomLists):
    """GetRoomLists."""

    supported_from = None

    def _elem_to_obj(self, elem: wire.Element) -> wire.Address:
        return wire.address(elem)


class Rooms(Once, services.GetRooms):
    """GetRooms: the rooms of one list."""

    supported_from = None

    def _elem_to_obj(self, elem: wire.Element) -> wire.Address:
        return wire.address(elem, "Id")


class Declining(Plain):
    """CreateItem with a DeclineItem."""

    SERVICE_NAME = "CreateItem"

    def _elem_to_obj(self, elem: wire.Element) -> None:  # noqa: ARG002 - all that counts is that it was done
        return None


class Anchored(Plain):
    """A call about notifications: all of one watch must reach the same mailbox server.

    The server's cookie that says which one it is stays in our session by itself.

    Source: learn.microsoft.com, "How to: Maintain affinity between a group of subscriptions and the Mailbox server".
    """

    anchor = ""

    def _extra_headers(self) -> dict[str, str]:
        return {"X-AnchorMailbox": self.anchor, "X-PreferServerAffinity": "true"}


class Subscribing(Anchored):
    """Subscribe: its result is the subscription's id."""

    SERVICE_NAME = "Subscribe"

    def _elem_to_obj(self, elem: wire.Element) -> str:
        return notices.subscription(elem)


class Unsubscribing(Anchored):
    """Unsubscribe."""

    SERVICE_NAME = "Unsubscribe"

    def _elem_to_obj(self, elem: wire.Element) -> None:  # noqa: ARG002 - all that counts is that it was done
        return None


class Streaming(Anchored):
    """GetStreamingEvents: its one result is the answer itself, of which only the head has come."""

    SERVICE_NAME = "GetStreamingEvents"

    def call(self, request: Any) -> Iterator[Response]:
        """Send the request."""
        self.streaming = True
        yield self._get_response(payload=request, api_version=self._version_hint.api_version)

    def _extra_headers(self) -> dict[str, str]:
        return super()._extra_headers() | {"Accept-Encoding": "identity"}  # else a heartbeat may wait to be packed
