"""The requests that we write ourselves, each as the element that stands in the SOAP body.

The order of the elements is the schema's; a server refuses another one.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from booking.domain.intervals import Interval

_NAMESPACES = {
    "m": "http://schemas.microsoft.com/exchange/services/2006/messages",
    "t": "http://schemas.microsoft.com/exchange/services/2006/types",
}

#: What XML cannot hold, whatever a person managed to type.
UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PAGE = 500  # folders in one answer
#: What may happen in a calendar that concerns us. "FreeBusyChanged" comes too when only the busy class changes.
EVENTS = ("CreatedEvent", "ModifiedEvent", "DeletedEvent", "MovedEvent", "FreeBusyChangedEvent")
_FOLDER = ("folder:ParentFolderId", "folder:FolderClass", "folder:DisplayName", "folder:ChildFolderCount")


def distinguished(name: str, mailbox: str = "") -> Any:
    """Return a folder that every mailbox has, by its name."""
    owner = (_t("Mailbox", _t("EmailAddress", mailbox)),) if mailbox else ()
    return _t("DistinguishedFolderId", *owner, Id=name)


def folder(folder_id: str) -> Any:
    """Return a folder by its id."""
    return _t("FolderId", Id=folder_id)


def find_folders(parents: Iterable[Any], *, deep: bool, offset: int, paged: bool) -> Any:
    """Return the question for the folders below these. Servers before 2010 know no pages."""
    page = _m("IndexedPageFolderView", MaxEntriesReturned=str(PAGE), Offset=str(offset), BasePoint="Beginning")
    return _m(
        "FindFolder",
        _shape(),
        *([page] if paged else []),
        _m("ParentFolderIds", *parents),
        Traversal="Deep" if deep else "Shallow",
    )


def get_folder(named: Any) -> Any:
    """Return the question for one folder."""
    return _m("GetFolder", _shape(), _m("FolderIds", named))


def decline(item_id: str, change_key: str, words: str) -> Any:
    """Return the answer "no" to an invitation; the organiser hears of it."""
    key = {"ChangeKey": change_key} if change_key else {}
    answer = _t("DeclineItem", _t("Body", words, BodyType="Text"), _t("ReferenceItemId", Id=item_id, **key))
    return _m("CreateItem", _m("Items", answer), MessageDisposition="SendAndSaveCopy")


def availability(mailboxes: Iterable[str], window: Interval) -> Any:
    """Return the question when these are busy: stretches and how busy, no subjects.

    The zone of question and answer is spelled out as UTC: asking the server for it costs a request, and some cannot.
    """
    rooms = (
        _t(
            "MailboxData",
            _t("Email", _t("Address", each)),
            _t("AttendeeType", "Room"),
            _t("ExcludeConflicts", "false"),
        )
        for each in mailboxes
    )
    time = _t("TimeWindow", _t("StartTime", _local(window.start)), _t("EndTime", _local(window.end)))
    interval = _t("MergedFreeBusyIntervalInMinutes", "30")
    view = _t("FreeBusyViewOptions", time, interval, _t("RequestedView", "FreeBusy"))
    zone = _t("TimeZone", _t("Bias", "0"), _never("StandardTime"), _never("DaylightTime"))
    return _m("GetUserAvailabilityRequest", zone, _m("MailboxDataArray", *rooms), view)


def _never(name: str) -> Any:
    """Return a change of clocks that changes nothing."""
    rule = (("Bias", "0"), ("Time", "00:00:00"), ("DayOrder", "1"), ("Month", "1"), ("DayOfWeek", "Sunday"))
    return _t(name, *(_t(part, value) for part, value in rule))


def _local(instant: datetime) -> str:
    """Return a time as it stands in the zone that the question names, which is UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def subscribe(calendar: Any) -> Any:
    """Return the wish to hear of a calendar over a stream."""
    events = _t("EventTypes", *(_t("EventType", each) for each in EVENTS))
    return _m("Subscribe", _m("StreamingSubscriptionRequest", _t("FolderIds", calendar), events))


def unsubscribe(subscription: str) -> Any:
    """Return the wish to hear no more."""
    return _m("Unsubscribe", _m("SubscriptionId", subscription))


def stream(subscriptions: Sequence[str], *, minutes: int) -> Any:
    """Return the request for a stream of what happens."""
    names = _m("SubscriptionIds", *(_t("SubscriptionId", each) for each in subscriptions))
    return _m("GetStreamingEvents", names, _m("ConnectionTimeout", str(minutes)))


def _shape() -> Any:
    properties = (_t("FieldURI", FieldURI=each) for each in _FOLDER)
    return _m("FolderShape", _t("BaseShape", "IdOnly"), _t("AdditionalProperties", *properties))


def _m(name: str, *content: Any, **attributes: str) -> Any:
    return _element("m", name, content, attributes)


def _t(name: str, *content: Any, **attributes: str) -> Any:
    return _element("t", name, content, attributes)


def _element(prefix: str, name: str, content: Iterable[Any], attributes: dict[str, str]) -> Any:
    made: Any = etree.Element(f"{{{_NAMESPACES[prefix]}}}{name}", attributes, _NAMESPACES)
    for each in content:
        if isinstance(each, str):
            made.text = UNSAYABLE.sub("", each)
        else:
            made.append(each)
    return made
