"""Folders as servers list them: in pages, in levels, and in trees that make no sense."""

import pytest
from lxml import etree

from booking.connectors.ews import folders, listing, wire
from booking.connectors.ews.dial import client
from booking.connectors.port import Definite, Kind
from tests.connectors.ews.calling import connected, settings
from tests.connectors.stub import NAMESPACES, Stub, http, soap
from tests.connectors.world import ROOM


def element(name: str, *, parent: str = "", calendar: bool = True, children: int = 0) -> str:
    """A folder on the wire; its id is its name in lower case."""
    kind = "IPF.Appointment" if calendar else "IPF.Note"
    return (
        f'<t:CalendarFolder><t:FolderId Id="{name.lower()}"/><t:ParentFolderId Id="{parent}"/>'
        f"<t:FolderClass>{kind}</t:FolderClass><t:DisplayName>{name}</t:DisplayName>"
        f"<t:ChildFolderCount>{children}</t:ChildFolderCount></t:CalendarFolder>"
    )


def listed(*found: str, last: bool = True, offset: int | None = None) -> str:
    """A FindFolder answer."""
    beginning = "" if offset is None else f' IndexedPagingOffset="{offset}"'
    return (
        f"<m:FindFolderResponse {NAMESPACES}><m:ResponseMessages>"
        '<m:FindFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        f'<m:RootFolder TotalItemsInView="9" IncludesLastItemInRange="{str(last).lower()}"{beginning}>'
        f"<t:Folders>{''.join(found)}</t:Folders></m:RootFolder>"
        "</m:FindFolderResponseMessage></m:ResponseMessages></m:FindFolderResponse>"
    )


def message(answer: str) -> etree._Element:
    found = etree.fromstring(answer).find(".//{*}FindFolderResponseMessage")
    assert found is not None
    return found


class TestAPage:
    def test_says_where_the_next_begins(self) -> None:
        found = folders.page(message(listed(element("One"), last=False, offset=1)))

        assert [each.name for each in found.folders] == ["One"]
        assert found.next == 1

    def test_that_is_cut_off_without_a_next_is_no_listing(self) -> None:
        with pytest.raises(wire.Unreadable):
            folders.page(message(listed(element("One"), last=False)))


class TestCalendars:
    def test_bear_the_names_of_the_folders_above_them(self) -> None:
        inbox = folders.Folder("i", "top", "Projects", is_calendar=False, has_children=True)
        inner = folders.Folder("c", "i", "Cleaning", is_calendar=True, has_children=False)

        (found,) = folders.calendars(None, [inbox, inner], public=False)

        assert found.path == ("Projects", "Cleaning")

    def test_that_lie_in_each_other_do_not_go_round_in_circles(self) -> None:
        one = folders.Folder("1", "2", "One", is_calendar=True, has_children=True)
        two = folders.Folder("2", "1", "Two", is_calendar=True, has_children=True)

        assert [each.path for each in folders.calendars(None, [one, two], public=True)] == [
            ("Two", "One"),
            ("One", "Two"),
        ]


class TestListing:
    def test_reads_page_after_page(self) -> None:
        pages = (
            http(soap(listed(element("One"), last=False, offset=1))),
            http(soap(listed(element("Two")))),
        )
        with Stub(*pages) as stub, connected(stub.url) as connector:
            found = [folder.path for folder in connector.folders("")]

            assert 'Offset="1"' in stub.requests[1]
        assert found == [("One",), ("Two",)]

    def test_ends_with_a_server_that_says_the_same_for_ever(self) -> None:
        with Stub(http(soap(listed(element("One", children=1))))) as stub, connected(stub.url) as connector:
            found = list(connector.folders(""))

            assert len(stub.requests) == 1 + listing.DEEPEST
        assert [folder.path for folder in found] == [("One",)]

    def test_of_too_deep_a_tree_shows_what_it_found_and_says_that_there_is_more(self) -> None:
        levels = [http(soap(listed(element(f"Level {number}", children=1)))) for number in range(listing.DEEPEST + 1)]
        found: list[str] = []

        with Stub(*levels) as stub, connected(stub.url) as connector, pytest.raises(Definite) as refusal:
            found.extend(folder.path[-1] for folder in connector.folders(""))

        assert len(found) == listing.DEEPEST + 1
        assert refusal.value.kind is Kind.PERMANENT
        assert "What was found is listed." in str(refusal.value)

    def test_that_cannot_be_read_is_an_error_and_not_the_end(self) -> None:
        with (
            Stub(http(soap(listed(element("One"), last=False)))) as stub,
            connected(stub.url) as connector,
            pytest.raises(Definite) as failure,
        ):
            list(connector.folders(""))

        assert failure.value.kind is Kind.TRANSIENT

    def test_asks_a_server_of_2007_for_no_rooms(self) -> None:
        asking = client(settings("https://mail.example.org", version="Exchange2007_SP1"))

        assert list(listing.rooms(asking)) == []

    def test_shows_a_delegate_the_one_calendar_that_it_may_see(self) -> None:
        own = soap(
            f"<m:GetFolderResponse {NAMESPACES}><m:ResponseMessages>"
            '<m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
            f"<m:Folders>{element('Calendar')}</m:Folders>"
            "</m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse>"
        )
        denied = soap(
            f"<m:FindFolderResponse {NAMESPACES}><m:ResponseMessages>"
            '<m:FindFolderResponseMessage ResponseClass="Error"><m:ResponseCode>ErrorAccessDenied</m:ResponseCode>'
            "</m:FindFolderResponseMessage></m:ResponseMessages></m:FindFolderResponse>"
        )
        with Stub(http(own), http(denied)) as stub, connected(stub.url) as connector:
            found = list(connector.folders(ROOM))

        assert [(folder.path, folder.is_default) for folder in found] == [(("Calendar",), True)]
