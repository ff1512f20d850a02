"""What a stream of notifications says. Pure.

The answer to GetStreamingEvents never ends by itself: it is one SOAP envelope after another, each a whole document.

Source: learn.microsoft.com, EWS reference, GetStreamingEvents.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from booking.connectors.ews import answers, wire
from booking.connectors.ews.folders import MESSAGES

#: The end of a document, whatever prefix the server likes.
END = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?Envelope\s*>")
LONGEST = 4_000_000  # bytes without an end are no notices
STATUS = f"{wire.TYPES}StatusEvent"
#: What stands in a notification beside its events.
NO_EVENTS = frozenset(f"{wire.TYPES}{name}" for name in ("SubscriptionId", "PreviousWatermark", "MoreEvents"))


@dataclass(frozen=True, slots=True)
class Notice:
    """One document of the stream. `code` is "NoError", or why the server ends it."""

    changed: tuple[str, ...] = ()  # ids of the subscriptions where something happened
    closed: bool = False  # the server's last word: the time that we asked for is over
    code: str = "NoError"
    text: str = ""


class Documents:
    """Cuts what comes over the wire into documents."""

    def __init__(self) -> None:
        self._buffer = b""

    def fed(self, data: bytes) -> Iterator[bytes]:
        """Yield each document that is complete by now.

        Raises:
            Unreadable: there is no end in sight.
        """
        self._buffer += data
        while (end := END.search(self._buffer)) is not None:
            document, self._buffer = self._buffer[: end.end()], self._buffer[end.end() :]
            yield document.strip()
        if len(self._buffer) > LONGEST:
            raise wire.Unreadable("notices without end")


def notice(document: bytes) -> Notice:
    """Return what one document says.

    Raises:
        Unreadable: it is no notice.
    """
    root = answers.root(document)
    fault = root.find(".//{*}ResponseCode") if root.find("{*}Body/{*}Fault") is not None else None
    if fault is not None:
        return Notice(code=fault.text or "", text=root.findtext(".//faultstring") or "")
    message = root.find(f".//{MESSAGES}GetStreamingEventsResponseMessage")
    if message is None:
        raise wire.Unreadable("a notice without a message")
    return Notice(
        changed=tuple(_changed(message)),
        closed=message.findtext(f"{MESSAGES}ConnectionStatus") == "Closed",
        code=message.findtext(f"{MESSAGES}ResponseCode") or "",
        text=message.findtext(f"{MESSAGES}MessageText") or "",
    )


def subscription(message: wire.Element) -> str:
    """Return the id of the subscription just made."""
    found = message.find(f"{MESSAGES}SubscriptionId")
    if found is None or not found.text:
        raise wire.Unreadable("a subscription without an id")
    return found.text


def _changed(message: etree._Element) -> Iterator[str]:
    """Yield the subscriptions with events that are more than a sign of life.

    The schema has a Notification among the types, Microsoft's examples have it among the messages; both are read.
    """
    for each in message.iterfind(f"{MESSAGES}Notifications/{{*}}Notification"):
        if any(event.tag not in NO_EVENTS and event.tag != STATUS for event in each):
            yield each.findtext(f"{wire.TYPES}SubscriptionId") or ""
