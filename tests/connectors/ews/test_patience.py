"""Whether a request that failed is sent again, to a server that would have answered it then."""

import pytest

from booking.connectors.ews.connector import HOPELESS
from booking.connectors.port import Definite, FreeBusy, Kind
from tests.connectors.ews.calling import EMPTY, WRITES, connected, write
from tests.connectors.stub import NAMESPACES, Answer, Stub, http, soap
from tests.connectors.world import NOBODY, ROOM, WEEK

FREE = (
    f"<m:GetUserAvailabilityResponse {NAMESPACES}><m:FreeBusyResponseArray><m:FreeBusyResponse>"
    '<m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>'
    "<m:FreeBusyView><t:FreeBusyViewType>FreeBusy</t:FreeBusyViewType><t:CalendarEventArray/></m:FreeBusyView>"
    "</m:FreeBusyResponse></m:FreeBusyResponseArray></m:GetUserAvailabilityResponse>"
)


def refusal_of_all(code: str, more: str = "") -> Answer:
    """A fault: the whole request is refused with this code."""
    return http(
        soap(
            "<s:Fault><faultcode>s:Server</faultcode><faultstring>no</faultstring><detail>"
            '<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">'
            f"{code}</e:ResponseCode>{more}</detail></s:Fault>"
        ),
        status="500 Error",
    )


class TestABusyServer:
    @pytest.mark.parametrize("name", [*WRITES, "window"])
    def test_is_not_asked_again_when_the_wait_is_over(self, name: str) -> None:
        """Whoever keeps the calendar decides when: only it knows what else waits on this connection."""
        wait = f'<t:MessageXml {NAMESPACES}><t:Value Name="BackOffMilliseconds">10</t:Value></t:MessageXml>'
        with Stub(refusal_of_all("ErrorServerBusy", wait), EMPTY) as server, connected(server.url) as connector:
            with pytest.raises(Definite) as refusal:
                connector.window(ROOM, WEEK) if name == "window" else write(connector, name)

            assert refusal.value.kind is Kind.THROTTLED
            assert len(server.requests) == 1


class TestABatchThatFailsAsAWhole:
    def test_is_halved_until_the_bad_mailbox_is_alone(self) -> None:
        no = refusal_of_all("ErrorProxyRequestProcessingFailed")
        with Stub(no, http(soap(FREE)), no) as server, connected(server.url) as connector:
            answer = connector.free_busy([ROOM, NOBODY], WEEK)

            assert isinstance(answer[ROOM], FreeBusy)
            assert isinstance(answer[NOBODY], Definite)
            assert len(server.requests) == 3

    def test_is_not_halved_for_ever_when_nobody_is_answered(self) -> None:
        no = refusal_of_all("ErrorProxyRequestProcessingFailed")
        rooms = [f"room-{number}@library.example" for number in range(100)]
        with Stub(*[no] * 200) as server, connected(server.url) as connector:
            with pytest.raises(Definite):
                connector.free_busy(rooms, WEEK)

            assert len(server.requests) == HOPELESS
