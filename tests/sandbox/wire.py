"""EWS requests by hand, for what exchangelib does not say; each checked against the schema like any other."""

from datetime import datetime

import requests
from lxml import etree

from booking.sandbox.exchange import ExchangeSandbox
from tests.sandbox.exchange import PASSWORD, ROOM, SERVICE
from tests.sandbox.schema import Adapter

_CLASS = '<t:FieldURI FieldURI="folder:FolderClass"/>'
_ENVELOPE = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
  <s:Header><t:RequestServerVersion Version="Exchange2016"/></s:Header>
  <s:Body>{body}</s:Body>
</s:Envelope>"""


def envelope(body: str) -> bytes:
    """The whole request around a call."""
    return _ENVELOPE.format(body=body).encode()


def post(
    sandbox: ExchangeSandbox, body: str, *, username: str = SERVICE, password: str = PASSWORD
) -> requests.Response:
    """Send a call as the service account, and have call and answer checked."""
    with requests.Session() as session:
        session.mount("http://", Adapter())
        return session.post(
            sandbox.ews_url,
            data=envelope(body),
            headers={"Content-Type": "text/xml; charset=utf-8"},
            auth=(username, password),
            timeout=10,
        )


def calendar_view(
    mailbox: str, start: datetime, end: datetime, *, most: int, properties: tuple[str, ...] = ("calendar:Start",)
) -> str:
    """A FindItem over a mailbox's calendar."""
    folder = f"""<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>{mailbox}</t:EmailAddress>
      </t:Mailbox></t:DistinguishedFolderId>"""
    return calendar_view_of(folder, start, end, most=most, properties=properties)


def calendar_view_of(
    folder: str, start: datetime, end: datetime, *, most: int, properties: tuple[str, ...] = ("calendar:Start",)
) -> str:
    """A FindItem over the folder that an element names."""
    wanted = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in properties)
    return f"""<m:FindItem Traversal="Shallow">
      <m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>
        <t:AdditionalProperties>{wanted}</t:AdditionalProperties></m:ItemShape>
      <m:CalendarView MaxEntriesReturned="{most}" StartDate="{start.isoformat()}" EndDate="{end.isoformat()}"/>
      <m:ParentFolderIds>{folder}</m:ParentFolderIds>
    </m:FindItem>"""


def free_busy(mailboxes: str, *, until: str) -> str:
    """A GetUserAvailability from 27 October 2026 in UTC, over MailboxData elements."""
    never = (
        "<t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month>"
        "<t:DayOfWeek>Sunday</t:DayOfWeek>"
    )
    return f"""<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>0</t:Bias>
      <t:StandardTime>{never}</t:StandardTime><t:DaylightTime>{never}</t:DaylightTime></t:TimeZone>
      <m:MailboxDataArray>{mailboxes}</m:MailboxDataArray>
      <t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>2026-10-27T00:00:00</t:StartTime>
        <t:EndTime>{until}</t:EndTime></t:TimeWindow><t:RequestedView>FreeBusy</t:RequestedView></t:FreeBusyViewOptions>
    </m:GetUserAvailabilityRequest>"""


def distinguished(name: str, mailbox: str = ROOM) -> str:
    """A mailbox's folder by the name that EWS gives it."""
    return f"""<t:DistinguishedFolderId Id="{name}"><t:Mailbox><t:EmailAddress>{mailbox}</t:EmailAddress></t:Mailbox>
      </t:DistinguishedFolderId>"""


def find_folder(
    *, traversal: str = "Shallow", view: str = "", restriction: str = "", parent: str = "", extra: str = _CLASS
) -> str:
    """A FindFolder for names."""
    return f"""<m:FindFolder Traversal="{traversal}"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>
      <t:AdditionalProperties><t:FieldURI FieldURI="folder:DisplayName"/>{extra}</t:AdditionalProperties>
      </m:FolderShape>
      {view}{restriction}<m:ParentFolderIds>{parent or distinguished("msgfolderroot")}</m:ParentFolderIds>
      </m:FindFolder>"""


def get_folder(folder: str, *extra: str, base: str = "IdOnly") -> str:
    """A GetFolder for one folder."""
    more = f"<t:AdditionalProperties>{''.join(extra)}</t:AdditionalProperties>" if extra else ""
    return f"""<m:GetFolder><m:FolderShape><t:BaseShape>{base}</t:BaseShape>{more}</m:FolderShape>
      <m:FolderIds>{folder}</m:FolderIds></m:GetFolder>"""


def sync(state: str = "", *, most: int = 512, folder: str = "", ignore: str = "", extra: str = "") -> str:
    """A SyncFolderItems."""
    known = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    return f"""<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>{extra}</m:ItemShape>
      <m:SyncFolderId>{folder or distinguished("calendar")}</m:SyncFolderId>{known}{ignore}
      <m:MaxChangesReturned>{most}</m:MaxChangesReturned></m:SyncFolderItems>"""


def found(raw: bytes, name: str) -> list[etree._Element]:
    """Every element of that name in an answer, whatever its namespace."""
    return [each for each in etree.fromstring(raw).iter() if etree.QName(each).localname == name]


def values(raw: bytes, name: str) -> list[str]:
    """The texts of every element of that name, in order."""
    return [each.text or "" for each in found(raw, name)]
