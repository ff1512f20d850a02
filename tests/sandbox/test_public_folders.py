"""Public folders, with the limits that Microsoft documents: one level at a time, and no synchronisation."""

import pytest
from exchangelib.errors import ErrorFolderNotFound, ErrorInvalidOperation
from exchangelib.folders import Calendar, SingleFolderQuerySet

from tests.sandbox.exchange import ROOM, Exchange, london
from tests.sandbox.wire import calendar_view_of, find_folder, found, get_folder, post, sync, values

_ROOT = '<t:DistinguishedFolderId Id="publicfoldersroot"/>'


class TestPublicFolders:
    def test_are_walked_level_by_level(self, exchange: Exchange) -> None:
        rooms = exchange.sandbox.add_public_folder("Rooms", folder_class="IPF.Note")
        exchange.sandbox.add_public_folder("Old Library", rooms)

        root = exchange.account().public_folders_root

        assert [folder.name for folder in root.children] == ["Rooms"]
        assert [folder.name for folder in (root / "Rooms").children] == ["Old Library"]

    def test_are_not_walked_deep(self, exchange: Exchange) -> None:
        exchange.sandbox.add_public_folder("Rooms")
        root = exchange.account().public_folders_root

        with pytest.raises(ErrorInvalidOperation, match="Deep traversal"):
            list(SingleFolderQuerySet(account=root.account, folder=root).depth("Deep").all())

    def test_are_found_by_everybody_without_naming_a_mailbox(self, exchange: Exchange) -> None:
        exchange.sandbox.add_public_folder("Rooms")

        raw = post(exchange.sandbox, find_folder(parent=_ROOT)).content

        assert values(raw, "DisplayName") == ["Rooms"]
        assert [each.tag.rpartition("}")[2] for each in found(raw, "Folders")[0]] == ["CalendarFolder"]

    def test_are_not_there_when_nobody_made_any(self, exchange: Exchange) -> None:
        with pytest.raises(ErrorFolderNotFound):
            _ = exchange.account().public_folders_root.children

    @pytest.mark.parametrize("operation", ["SyncFolderItems", "SyncFolderHierarchy"])
    def test_have_no_sync(self, exchange: Exchange, operation: str) -> None:
        folder_id = exchange.sandbox.add_public_folder("Rooms")
        calls = {
            "SyncFolderItems": sync(folder=f'<t:FolderId Id="{folder_id}"/>'),
            "SyncFolderHierarchy": f"""<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>
                </m:FolderShape><m:SyncFolderId>{_ROOT}</m:SyncFolderId></m:SyncFolderHierarchy>""",
        }

        raw = post(exchange.sandbox, calls[operation]).content

        assert values(raw, "ResponseCode") == ["ErrorInvalidOperation"]

    def test_hold_no_search_folders(self, exchange: Exchange) -> None:
        exchange.sandbox.add_public_folder("Rooms")
        body = f"""<m:CreateFolder><m:ParentFolderId>{_ROOT}</m:ParentFolderId><m:Folders><t:SearchFolder>
            <t:DisplayName>Found</t:DisplayName></t:SearchFolder></m:Folders></m:CreateFolder>"""

        raw = post(exchange.sandbox, body).content

        assert values(raw, "ResponseCode") == ["ErrorInvalidFolderTypeForOperation"]

    def test_are_no_mailbox_for_anybody(self, exchange: Exchange) -> None:
        exchange.sandbox.add_public_folder("Rooms")

        found_names = exchange.account().protocol.resolve_names(["public"])

        assert [type(each).__name__ for each in found_names] == ["ErrorNameResolutionNoResults"]


class TestPublicCalendar:
    def test_holds_items_that_are_found_changed_and_deleted(self, exchange: Exchange) -> None:
        folder_id = exchange.sandbox.add_public_folder("Old Library")
        account = exchange.account()
        calendar = account.public_folders_root / "Old Library"
        assert isinstance(calendar, Calendar)

        item = exchange.event(account, folder=calendar, subject="Choir", stamp="a:b:1")
        found_by_stamp = [each.id for each in calendar.filter(stamp="a:b:1")]
        seen = [each.subject for each in calendar.view(london(27, 0), london(28, 0), max_items=10)]
        item.subject = "Orchestra"
        item.save(update_fields=["subject"], send_meeting_invitations="SendToNone")

        assert (found_by_stamp, seen) == ([item.id], ["Choir"])
        assert [each.subject for each in exchange.sandbox.items_in(folder_id)] == ["Orchestra"]
        assert exchange.sandbox.items(ROOM) == []

        item.move_to_trash(send_meeting_cancellations="SendToNone")

        assert exchange.sandbox.items_in(folder_id) == []

    def test_shows_a_stretch_of_time_by_its_id(self, exchange: Exchange) -> None:
        folder_id = exchange.sandbox.add_public_folder("Old Library")

        raw = post(
            exchange.sandbox, calendar_view_of(f'<t:FolderId Id="{folder_id}"/>', london(27, 0), london(28, 0), most=5)
        )

        assert values(raw.content, "ResponseCode") == ["NoError"]

    def test_says_what_it_is(self, exchange: Exchange) -> None:
        folder_id = exchange.sandbox.add_public_folder("Old Library")

        raw = post(exchange.sandbox, get_folder(f'<t:FolderId Id="{folder_id}"/>', base="AllProperties")).content

        assert values(raw, "FolderClass") == ["IPF.Appointment"]
        (root,) = found(post(exchange.sandbox, get_folder(_ROOT)).content, "FolderId")
        assert [each.get("Id") for each in found(raw, "ParentFolderId")] == [root.get("Id")]
