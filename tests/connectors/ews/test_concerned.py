"""Whom an event concerns, as servers name them; and as whom the account reads its own calendar and public folders."""

import pytest
from lxml import etree

from booking.connectors.ews import concerned, wire
from tests.connectors.ews.calling import EMPTY, connected
from tests.connectors.stub import NAMESPACES, Stub
from tests.connectors.world import ROOM, WEEK

OWN = "svc@library.example"


def item(inside: str, *, name: str = '<t:ItemId Id="A"/>') -> etree._Element:
    """A calendar item on the wire."""
    return etree.fromstring(f"<t:CalendarItem {NAMESPACES}>{name}{inside}</t:CalendarItem>")


def invited(role: str, *addresses: str) -> str:
    """Those who are invited in a role."""
    each = (
        f"<t:Attendee><t:Mailbox><t:EmailAddress>{one}</t:EmailAddress></t:Mailbox></t:Attendee>" for one in addresses
    )
    return f"<t:{role}>{''.join(each)}</t:{role}>"


class TestWhomAnEventConcerns:
    def test_is_invited_in_any_role(self) -> None:
        found = concerned.named(
            item(
                "<t:Location>Blue</t:Location>"
                + invited("RequiredAttendees", "Ann@X.example")
                + invited("OptionalAttendees", "ben@x.example")
                + invited("Resources", " room@x.example ")
            )
        )

        assert found.addresses == {"ann@x.example", "ben@x.example", "room@x.example"}
        assert found.place == "Blue"

    def test_is_nobody_where_the_server_names_no_address(self) -> None:
        found = concerned.named(item(invited("Resources", "/o=Library/cn=Recipients/cn=room", "")))

        assert (found.addresses, found.place) == (frozenset(), "")

    def test_cannot_be_read_from_what_is_no_item(self) -> None:
        with pytest.raises(wire.Unreadable):
            concerned.named(item("", name=""))


class TestTheAccount:
    @pytest.mark.parametrize(
        ("mailbox", "folder", "as_another"), [(ROOM, "", True), (OWN, "", False), ("", "F", False), (ROOM, "F", True)]
    )
    def test_acts_as_nobody_else_for_what_is_its_own(self, mailbox: str, folder: str, *, as_another: bool) -> None:
        with Stub(EMPTY) as stub, connected(stub.url, email=OWN, impersonate=True) as connector:
            if folder:
                connector.folder_window(folder, WEEK, mailbox=mailbox)
            else:
                connector.window(mailbox, WEEK)

            assert ("ExchangeImpersonation" in stub.requests[0]) == as_another
