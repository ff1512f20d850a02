"""EWS requests by hand, for what exchangelib does not say; each checked against the schema like any other."""

from datetime import datetime

import requests

from booking.sandbox.exchange import ExchangeSandbox
from tests.sandbox.exchange import PASSWORD, SERVICE
from tests.sandbox.schema import Adapter

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
    wanted = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in properties)
    return f"""<m:FindItem Traversal="Shallow">
      <m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>
        <t:AdditionalProperties>{wanted}</t:AdditionalProperties></m:ItemShape>
      <m:CalendarView MaxEntriesReturned="{most}" StartDate="{start.isoformat()}" EndDate="{end.isoformat()}"/>
      <m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"><t:Mailbox>
        <t:EmailAddress>{mailbox}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:ParentFolderIds>
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
