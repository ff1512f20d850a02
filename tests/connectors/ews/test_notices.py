"""Documents of a stream, as they are documented and as the schema has them."""

import pytest

from booking.connectors.ews import notices

_DOCUMENT = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><s:Body><m:GetStreamingEventsResponse>
  <m:ResponseMessages><m:GetStreamingEventsResponseMessage ResponseClass="Success">
    <m:ResponseCode>NoError</m:ResponseCode>
    <m:Notifications><{0}:Notification><t:SubscriptionId>AAAA</t:SubscriptionId>{1}</{0}:Notification></m:Notifications>
  </m:GetStreamingEventsResponseMessage></m:ResponseMessages></m:GetStreamingEventsResponse></s:Body></s:Envelope>"""
_CREATED = """<t:CreatedEvent><t:TimeStamp>2026-10-27T09:00:00Z</t:TimeStamp><t:ItemId Id="BBBB" ChangeKey="CQAA"/>
  <t:ParentFolderId Id="CCCC" ChangeKey="AQAA"/></t:CreatedEvent>"""

#: The schema's namespace of a notification, and that of Microsoft's examples.
SPACES = pytest.mark.parametrize("space", ["t", "m"])


class TestANotice:
    @SPACES
    def test_names_the_subscription_where_something_happened(self, space: str) -> None:
        notice = notices.notice(_DOCUMENT.format(space, _CREATED).encode())

        assert notice.changed == ("AAAA",)

    @SPACES
    def test_takes_a_sign_of_life_for_nothing_new(self, space: str) -> None:
        notice = notices.notice(_DOCUMENT.format(space, "<t:StatusEvent/>").encode())

        assert notice.changed == ()
