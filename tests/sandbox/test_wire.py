"""What goes over the wire when things are odd: no XML, unknown operations, errors; and that all of it is valid."""

from datetime import date

import pytest
import requests
from exchangelib.errors import ErrorNameResolutionNoResults
from exchangelib.recurrence import DailyPattern, Recurrence

from tests.sandbox.exchange import ANN, PASSWORD, ROOM, SERVICE, Exchange, london, utc
from tests.sandbox.schema import Checker
from tests.sandbox.wire import envelope, free_busy, post

_CALENDAR = '<t:DistinguishedFolderId Id="calendar"/>'
_SHAPE = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
_FOLDER_SHAPE = "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
_IDS = '<m:ItemIds><t:ItemId Id="AAMk" ChangeKey="DwAA"/></m:ItemIds>'
_MAILBOX = (
    f"<t:MailboxData><t:Email><t:Address>{ROOM}</t:Address></t:Email>"
    "<t:AttendeeType>Room</t:AttendeeType></t:MailboxData>"
)
#: One call of each operation.
CALLS = {
    "ConvertId": f"""<m:ConvertId DestinationFormat="StoreId"><m:SourceIds>
        <t:AlternateId Format="EwsId" Id="AAMk" Mailbox="{ROOM}"/></m:SourceIds></m:ConvertId>""",
    "CreateFolder": f"""<m:CreateFolder><m:ParentFolderId>{_CALENDAR}</m:ParentFolderId><m:Folders>
        <t:CalendarFolder><t:DisplayName>Rehearsals</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>""",
    "CreateItem": """<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem/></m:Items>
        </m:CreateItem>""",
    "DeleteFolder": f"""<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{_CALENDAR}</m:FolderIds>
        </m:DeleteFolder>""",
    "DeleteItem": f"""<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone">{_IDS}
        </m:DeleteItem>""",
    "FindFolder": f"""<m:FindFolder Traversal="Shallow">{_FOLDER_SHAPE}
        <m:ParentFolderIds>{_CALENDAR}</m:ParentFolderIds></m:FindFolder>""",
    "FindItem": f"""<m:FindItem Traversal="Shallow">{_SHAPE}<m:ParentFolderIds>{_CALENDAR}</m:ParentFolderIds>
        </m:FindItem>""",
    "GetFolder": f"""<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>
        <m:FolderIds>{_CALENDAR}</m:FolderIds></m:GetFolder>""",
    "GetItem": f"<m:GetItem>{_SHAPE}{_IDS}</m:GetItem>",
    "GetRoomLists": "<m:GetRoomLists/>",
    "GetRooms": f"""<m:GetRooms><m:RoomList><t:EmailAddress>{ROOM}</t:EmailAddress></m:RoomList></m:GetRooms>""",
    "GetServerTimeZones": '<m:GetServerTimeZones ReturnFullTimeZoneData="false"/>',
    "GetUserAvailability": free_busy(_MAILBOX, until="2026-10-28T00:00:00"),
    "GetUserConfiguration": f"""<m:GetUserConfiguration><m:UserConfigurationName Name="Settings">{_CALENDAR}
        </m:UserConfigurationName><m:UserConfigurationProperties>All</m:UserConfigurationProperties>
        </m:GetUserConfiguration>""",
    "MoveItem": f"<m:MoveItem><m:ToFolderId>{_CALENDAR}</m:ToFolderId>{_IDS}</m:MoveItem>",
    "ResolveNames": """<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>ann</m:UnresolvedEntry>
        </m:ResolveNames>""",
    "SyncFolderHierarchy": f"<m:SyncFolderHierarchy>{_FOLDER_SHAPE}</m:SyncFolderHierarchy>",
    "SyncFolderItems": f"""<m:SyncFolderItems>{_SHAPE}<m:SyncFolderId>{_CALENDAR}</m:SyncFolderId>
        <m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>""",
    "UpdateItem": """<m:UpdateItem ConflictResolution="NeverOverwrite"
        SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>
        <t:ItemId Id="AAMk" ChangeKey="DwAA"/><t:Updates><t:DeleteItemField><t:FieldURI FieldURI="calendar:Location"/>
        </t:DeleteItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>""",
}


class TestOddRequest:
    def test_of_an_unknown_operation_gets_a_fault(self, exchange: Exchange) -> None:
        answer = post(exchange.sandbox, "<m:GetUserRetentionPolicyTags/>")

        assert answer.status_code == 500
        assert "ErrorSchemaValidation" in answer.text
        assert "GetUserRetentionPolicyTags" in answer.text

    @pytest.mark.parametrize(
        "body", [b"", b"hello", b"<a/>", b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"]
    )
    def test_that_is_no_call_gets_a_fault(self, exchange: Exchange, body: bytes) -> None:
        answer = requests.post(exchange.sandbox.ews_url, data=body, auth=(SERVICE, PASSWORD), timeout=10)

        assert answer.status_code == 500
        assert "ErrorInvalidRequest" in answer.text

    def test_is_served_whatever_the_case_of_its_path(self, exchange: Exchange) -> None:
        answer = requests.get(f"{exchange.sandbox.url}/ews/EXCHANGE.ASMX", auth=(SERVICE, PASSWORD), timeout=10)

        assert answer.status_code == 200

    def test_with_a_malformed_id_says_so(self, exchange: Exchange) -> None:
        answer = post(exchange.sandbox, f'<m:GetItem>{_SHAPE}<m:ItemIds><t:ItemId Id="no id"/></m:ItemIds></m:GetItem>')

        assert "ErrorInvalidIdMalformed" in answer.text

    def test_that_breaks_the_schema_gets_a_fault(self, exchange: Exchange) -> None:
        body = CALLS["DeleteItem"].replace("HardDelete", "Shred")

        answer = requests.post(exchange.sandbox.ews_url, data=envelope(body), auth=(SERVICE, PASSWORD), timeout=10)

        assert (answer.status_code, "ErrorSchemaValidation" in answer.text) == (500, True)

    def test_spoils_only_its_bad_part(self, exchange: Exchange) -> None:
        item = exchange.event(exchange.account())

        answer = post(
            exchange.sandbox,
            "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>"
            f'<t:ItemId Id="no id"/><t:ItemId Id="{item.id}"/></m:ItemIds></m:GetItem>',
        )

        assert answer.text.index('ResponseClass="Error"') < answer.text.index('ResponseClass="Success"')
        assert "Choir" in answer.text


class TestResolveNames:
    def test_finds_an_address_with_its_primary_spelling(self, exchange: Exchange) -> None:
        (found,) = exchange.account().protocol.resolve_names([ROOM.upper()])

        assert (found.email_address, found.name) == (ROOM, "Reading Room")

    def test_finds_all_that_begin_alike(self, exchange: Exchange) -> None:
        exchange.sandbox.add_user("anna@wexcombe.example", "Anna Best")

        found = exchange.account().protocol.resolve_names(["ann"])

        assert {each.email_address for each in found} == {ANN, "anna@wexcombe.example"}

    def test_says_when_there_is_nobody(self, exchange: Exchange) -> None:
        (found,) = exchange.account().protocol.resolve_names(["nobody@wexcombe.example"])

        assert isinstance(found, ErrorNameResolutionNoResults)


class TestSchema:
    @pytest.mark.parametrize("operation", CALLS)
    def test_holds_for_each_operation_that_fails(self, exchange: Exchange, checker: Checker, operation: str) -> None:
        exchange.sandbox.fault(error="ErrorInternalServerError")

        post(exchange.sandbox, CALLS[operation])

        assert checker.wrong == []
        assert checker.seen[f"response {operation}Response"] == 1
        (logged,) = exchange.sandbox.requests()
        assert (logged.operation, logged.outcome) == (operation, "ErrorInternalServerError")

    def test_holds_for_everything_that_an_item_can_hold(self, exchange: Exchange, checker: Checker) -> None:
        account = exchange.account()
        exchange.event(
            account,
            body="Bell \x07 and <tags>",
            location="Upstairs",
            categories=["One"],
            stamp="a:b:1",
            reminder_is_set=True,
            recurrence=Recurrence(pattern=DailyPattern(interval=1), start=date(2026, 10, 27), number=5),
        )
        exchange.sandbox.invite(ANN, rooms=[ROOM], subject="Meeting", start=utc(26, 10), end=utc(26, 11))
        first, second, *_ = account.calendar.view(london(27, 0), london(31, 0), max_items=10)
        first.delete(send_meeting_cancellations="SendToNone")
        second.subject = "Another"
        second.save(update_fields=["subject"], send_meeting_invitations="SendToNone")

        read = list(account.calendar.all()) + list(account.calendar.view(london(20, 0), london(31, 0), max_items=10))

        assert {item.type for item in read} == {"Single", "RecurringMaster", "Occurrence", "Exception"}
        assert checker.wrong == []
        assert checker.seen["response GetItemResponse"] > 0
