"""The judge itself: it must be able to say no."""

import pytest

from tests.interop import judge as judges
from tests.interop.judge import Judge
from tests.interop.table import printed

pytestmark = pytest.mark.interop

_ENVELOPE = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><s:Body>{}</s:Body></s:Envelope>"""
_STREAM = """<m:GetStreamingEventsResponse><m:ResponseMessages><m:GetStreamingEventsResponseMessage
  ResponseClass="Success"><m:ResponseCode>{}</m:ResponseCode><m:Notifications><m:Notification>
  <t:SubscriptionId>a</t:SubscriptionId><t:StatusEvent/></m:Notification></m:Notifications>
  </m:GetStreamingEventsResponseMessage></m:ResponseMessages></m:GetStreamingEventsResponse>"""


def envelope(body: str) -> bytes:
    return _ENVELOPE.format(body).encode()


@pytest.fixture
def own() -> Judge:
    """Give a judge whose findings do not count for the run."""
    return judges.judge()


class TestTheJudge:
    def test_counts_what_is_valid(self, own: Judge) -> None:
        operation = own.request("me", envelope("<m:GetRoomLists/>"))
        own.answer("me", operation, envelope("<s:Fault/>"))

        (row,) = own.rows()
        assert (row.operation, row.requests, row.answers, row.faults) == ("GetRoomLists", 1, 0, 1)
        assert own.invalid == {}

    def test_notes_a_request_that_breaks_the_schema(self, own: Judge) -> None:
        own.request("me", envelope("<m:GetRoomLists><m:Nonsense/></m:GetRoomLists>"))

        assert [key[:3] for key in own.invalid] == [("me", "request", "GetRoomLists")]
        assert "not valid: me, request GetRoomLists" in printed(own)

    @pytest.mark.parametrize(
        "raw", [b"Unauthorized", envelope("<m:GetRoomListsResponse><m:Nonsense/></m:GetRoomListsResponse>")]
    )
    def test_notes_an_answer_that_breaks_the_schema_or_is_no_xml(self, own: Judge, raw: bytes) -> None:
        own.answer("me", "GetRoomLists", raw)

        assert [key[:3] for key in own.invalid] == [("me", "response", "GetRoomLists")]

    def test_judges_each_envelope_of_a_stream_however_it_is_cut(self, own: Judge) -> None:
        both = envelope(_STREAM.format("NoError")) + envelope(_STREAM.format("NoSuchCode"))
        take = own.streamed("me", "GetStreamingEvents")

        for start in range(0, len(both), 100):
            take(both[start : start + 100])

        assert own.rows()[0].answers == 2
        assert sum(own.invalid.values()) == 1
