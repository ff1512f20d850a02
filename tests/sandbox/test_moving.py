"""MoveItem, ConvertId and GetUserConfiguration."""

import itertools

import pytest
from exchangelib import DELEGATE
from exchangelib.errors import ErrorAccessDenied, ErrorCalendarCannotMoveOrCopyOccurrence, ErrorItemNotFound
from exchangelib.properties import AlternateId

from tests.sandbox.exchange import OTHER_ROOM, ROOM, Exchange, london, utc
from tests.sandbox.wire import post, values

FORMATS = ("EwsId", "EwsLegacyId", "EntryId", "HexEntryId", "StoreId", "OwaId")


class TestMovedItem:
    def test_has_a_new_id_and_the_same_change_key(self, exchange: Exchange) -> None:
        folder_id = exchange.sandbox.add_calendar(ROOM, "Rehearsals")
        account = exchange.account()
        item = exchange.event(account, stamp="a:b:1")
        old_id, change_key = item.id, item.changekey

        item.move(account.root.tois / "Rehearsals")

        assert item.id != old_id
        assert item.changekey == change_key
        assert [each.extended for each in exchange.sandbox.items_in(folder_id)] == [{"stamp": "a:b:1"}]
        with pytest.raises(ErrorItemNotFound):
            account.calendar.get(id=old_id)

    def test_comes_back_from_deleted_items(self, exchange: Exchange) -> None:
        account = exchange.account()
        exchange.event(account).move_to_trash(send_meeting_cancellations="SendToNone")

        account.trash.all().get().move(account.calendar)

        assert [each.subject for each in exchange.sandbox.items(ROOM)] == ["Choir"]

    def test_goes_to_another_mailbox_only_with_rights_there(self, exchange: Exchange) -> None:
        item = exchange.event(exchange.account(access=DELEGATE))
        there = exchange.account(OTHER_ROOM, access=DELEGATE).calendar

        with pytest.raises(ErrorAccessDenied):
            item.move(there)
        exchange.sandbox.grant(exchange.account().protocol.credentials.username, OTHER_ROOM, "author")
        item.move(there)

        assert [each.id for each in exchange.sandbox.items(OTHER_ROOM)] == [item.id]

    def test_is_never_one_date_of_a_series(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(
            ROOM, subject="Daily", start=utc(27, 8), end=utc(27, 9), repeat="daily", until=utc(30, 0).date()
        )
        account = exchange.account()
        first, *_ = account.calendar.view(london(27, 0), london(28, 0), max_items=10)

        with pytest.raises(ErrorCalendarCannotMoveOrCopyOccurrence):
            first.move(account.trash)

    def test_needs_a_folder_that_is_there(self, exchange: Exchange) -> None:
        item = exchange.event(exchange.account())
        body = f"""<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="archiveinbox"/></m:ToFolderId>
            <m:ItemIds><t:ItemId Id="{item.id}"/></m:ItemIds></m:MoveItem>"""

        assert values(post(exchange.sandbox, body).content, "ResponseCode") == ["ErrorToFolderNotFound"]


class TestConvertedId:
    @pytest.mark.parametrize(("there", "back"), list(itertools.permutations(FORMATS, 2)))
    def test_comes_back_as_it_was(self, exchange: Exchange, there: str, back: str) -> None:
        account = exchange.account()
        item_id = exchange.sandbox.add_event(ROOM, subject="A", start=utc(27, 8), end=utc(27, 9))

        def converted(text: str, source: str, target: str) -> str:
            (found,) = account.protocol.convert_ids([AlternateId(id=text, format=source, mailbox=ROOM)], target)
            return str(found.id)

        other = converted(item_id, "EwsId", there)
        other = converted(other, there, back)

        assert converted(other, back, "EwsId") == item_id
        assert (other == item_id) == (back == "EwsId")

    @pytest.mark.parametrize(
        ("source", "text", "code"),
        [
            ("EwsId", "no id", "ErrorInvalidIdMalformed"),
            ("HexEntryId", "XYZ", "ErrorInvalidIdMalformed"),
            ("EntryId", "bm9uc2Vuc2U=", "ErrorInvalidIdMalformed"),
            ("EwsLegacyId", "bm9uc2Vuc2U=", "ErrorInvalidIdMalformedEwsLegacyIdFormat"),
            ("EwsId", "", "ErrorInvalidIdEmpty"),
        ],
    )
    def test_was_one_of_ours(self, exchange: Exchange, source: str, text: str, code: str) -> None:
        body = f"""<m:ConvertId DestinationFormat="StoreId"><m:SourceIds>
            <t:AlternateId Format="{source}" Id="{text}" Mailbox="{ROOM}"/></m:SourceIds></m:ConvertId>"""

        assert values(post(exchange.sandbox, body).content, "ResponseCode") == [code]


class TestUserConfiguration:
    def test_is_never_there(self, exchange: Exchange) -> None:
        with pytest.raises(ErrorItemNotFound):
            exchange.account().calendar.get_user_configuration("Calendar.Settings")
