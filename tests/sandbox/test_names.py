"""ResolveNames, GetRoomLists, GetRooms: who and what is in the address book."""

import pytest
from exchangelib.errors import ErrorNameResolutionNoResults

from booking.sandbox.exchange import ExchangeSandbox
from tests.sandbox.exchange import ANN, OTHER_ROOM, ROOM, SERVICE, Exchange
from tests.sandbox.wire import found, post, values

HALL = "hall@wexcombe.example"


def resolve(entry: str, *, full: bool = False) -> str:
    """A ResolveNames."""
    return f"""<m:ResolveNames ReturnFullContactData="{str(full).lower()}">
      <m:UnresolvedEntry>{entry}</m:UnresolvedEntry></m:ResolveNames>"""


def furnish_hall(sandbox: ExchangeSandbox) -> None:
    sandbox.add_room_list(HALL, "Wexcombe Hall")
    sandbox.put_in_room_list(HALL, ROOM)
    sandbox.put_in_room_list(HALL, OTHER_ROOM)


class TestRoomLists:
    def test_are_named_with_their_addresses(self, exchange: Exchange) -> None:
        furnish_hall(exchange.sandbox)
        exchange.sandbox.add_room_list("annex@wexcombe.example", "Annex")

        lists = exchange.account().protocol.get_roomlists()

        assert [(each.name, each.email_address) for each in lists] == [
            ("Annex", "annex@wexcombe.example"),
            ("Wexcombe Hall", HALL),
        ]

    def test_give_their_rooms(self, exchange: Exchange) -> None:
        furnish_hall(exchange.sandbox)

        rooms = exchange.account().protocol.get_rooms(HALL.upper())

        assert [(each.name, each.email_address) for each in rooms] == [
            ("Music Room", OTHER_ROOM),
            ("Reading Room", ROOM),
        ]

    def test_forget_rooms_that_are_gone(self, exchange: Exchange) -> None:
        furnish_hall(exchange.sandbox)
        exchange.sandbox.remove_mailbox(ROOM)

        rooms = exchange.account(OTHER_ROOM, access="delegate").protocol.get_rooms(HALL)

        assert [each.email_address for each in rooms] == [OTHER_ROOM]

    def test_are_none_where_nobody_made_any(self, exchange: Exchange) -> None:
        raw = post(exchange.sandbox, "<m:GetRoomLists/>").content

        assert (values(raw, "ResponseCode"), found(raw, "Address")) == (["NoError"], [])

    def test_say_when_there_is_no_such_list(self, exchange: Exchange) -> None:
        with pytest.raises(ErrorNameResolutionNoResults):
            list(exchange.account().protocol.get_rooms(HALL))

    def test_survive_being_furnished_again(self, exchange: Exchange) -> None:
        furnish_hall(exchange.sandbox)

        furnish_hall(exchange.sandbox)
        exchange.sandbox.add_room_list(HALL, "The Hall")

        rooms = exchange.account().protocol.get_rooms(HALL)
        assert len(list(rooms)) == 2


class TestResolveNames:
    @pytest.mark.parametrize("entry", ["reading", "READING ROOM", "room read", "SMTP:" + ROOM, "reading-room"])
    def test_finds_by_any_word_of_the_name_or_the_address(self, exchange: Exchange, entry: str) -> None:
        raw = post(exchange.sandbox, resolve(entry)).content

        assert values(raw, "EmailAddress") == [ROOM]
        assert values(raw, "ResponseCode") == ["NoError"]

    def test_warns_when_the_name_is_ambiguous_and_lists_all(self, exchange: Exchange) -> None:
        raw = post(exchange.sandbox, resolve("room")).content

        assert values(raw, "ResponseCode") == ["ErrorNameResolutionMultipleResults"]
        assert values(raw, "EmailAddress") == [OTHER_ROOM, ROOM, SERVICE]

    def test_lists_a_hundred_at_most_and_says_so(self, exchange: Exchange) -> None:
        for number in range(101):
            exchange.sandbox.add_user(f"reader{number}@wexcombe.example", f"Reader {number}")

        raw = post(exchange.sandbox, resolve("reader")).content

        (resolved,) = found(raw, "ResolutionSet")
        assert (resolved.get("TotalItemsInView"), resolved.get("IncludesLastItemInRange")) == ("100", "false")
        assert len(resolved) == 100

    def test_adds_what_the_directory_knows(self, exchange: Exchange) -> None:
        raw = post(exchange.sandbox, resolve(ANN, full=True)).content

        assert (values(raw, "GivenName"), values(raw, "Surname")) == (["Ann"], ["Lee"])
        assert values(raw, "Entry") == [f"SMTP:{ANN}"]

    def test_finds_room_lists_as_lists(self, exchange: Exchange) -> None:
        furnish_hall(exchange.sandbox)

        raw = post(exchange.sandbox, resolve("wexcombe")).content

        assert (values(raw, "EmailAddress"), values(raw, "MailboxType")) == ([HALL], ["PublicDL"])
