"""FindFolder and GetFolder: the folders of every mailbox, further calendars, pages, restrictions, stamps of change."""

import pytest
from exchangelib import DELEGATE
from exchangelib.errors import ErrorAccessDenied, ErrorFolderNotFound
from exchangelib.folders import SingleFolderQuerySet
from lxml import etree

from tests.sandbox.exchange import CLOSED_ROOM, OTHER_ROOM, ROOM, Exchange, utc
from tests.sandbox.wire import distinguished, find_folder, found, get_folder, post, values

_COMMITTED = '<t:ExtendedFieldURI PropertyTag="0x670a" PropertyType="SystemTime"/>'
_DELETED = '<t:ExtendedFieldURI PropertyTag="0x670b" PropertyType="Integer"/>'


class TestFolderTree:
    def test_is_walked_by_exchangelib_from_the_root(self, exchange: Exchange) -> None:
        exchange.sandbox.add_calendar(ROOM, "Rehearsals")

        account = exchange.account()

        names = {folder.name for folder in account.root.walk()}
        assert {"Top of Information Store", "Calendar", "Rehearsals", "Inbox", "Sent Items", "Deletions"} <= names
        assert (account.root / "Top of Information Store" / "Calendar").id == account.calendar.id

    @pytest.mark.parametrize(
        ("attribute", "name"),
        [
            ("inbox", "Inbox"),
            ("sent", "Sent Items"),
            ("drafts", "Drafts"),
            ("tasks", "Tasks"),
            ("contacts", "Contacts"),
            ("outbox", "Outbox"),
            ("junk", "Junk Email"),
            ("trash", "Deleted Items"),
            ("notes", "Notes"),
            ("recoverable_items_deletions", "Deletions"),
        ],
    )
    def test_has_the_folders_of_every_mailbox(self, exchange: Exchange, attribute: str, name: str) -> None:
        assert getattr(exchange.account(), attribute).name == name

    def test_lacks_what_the_mailbox_has_not(self, exchange: Exchange) -> None:
        with pytest.raises(ErrorFolderNotFound):
            _ = exchange.account().archive_root

    def test_shows_the_class_and_kind_of_each(self, exchange: Exchange) -> None:
        answer = post(exchange.sandbox, find_folder())

        kinds = {text: etree.QName(element.getparent()).localname for element, text in named(answer.content)}
        assert (kinds["Calendar"], kinds["Contacts"], kinds["Tasks"]) == (
            "CalendarFolder",
            "ContactsFolder",
            "TasksFolder",
        )
        assert kinds["Inbox"] == "Folder"
        assert set(values(answer.content, "FolderClass")) >= {"IPF.Appointment", "IPF.Note", "IPF.Contact", "IPF.Task"}


def named(raw: bytes) -> list[tuple[etree._Element, str]]:
    return [(element, element.text or "") for element in found(raw, "DisplayName")]


class TestFindFolder:
    def test_stays_on_one_level_when_shallow(self, exchange: Exchange) -> None:
        shallow = values(post(exchange.sandbox, find_folder()).content, "DisplayName")
        whole = post(exchange.sandbox, find_folder(traversal="Deep", parent=distinguished("root")))

        assert "Deletions" not in shallow
        assert {"Deletions", "Calendar"} <= set(values(whole.content, "DisplayName"))

    def test_gives_pages_that_add_up(self, exchange: Exchange) -> None:
        everything = values(post(exchange.sandbox, find_folder()).content, "DisplayName")

        pages = []
        for offset in range(0, len(everything), 5):
            view = f'<m:IndexedPageFolderView MaxEntriesReturned="5" Offset="{offset}" BasePoint="Beginning"/>'
            answer = post(exchange.sandbox, find_folder(view=view))
            last = offset + 5 >= len(everything)
            pages += values(answer.content, "DisplayName")
            assert f'IncludesLastItemInRange="{str(last).lower()}"' in answer.text
            assert f'TotalItemsInView="{len(everything)}"' in answer.text

        assert pages == everything

    def test_gives_a_fraction(self, exchange: Exchange) -> None:
        everything = values(post(exchange.sandbox, find_folder()).content, "DisplayName")
        view = '<m:FractionalPageFolderView MaxEntriesReturned="2" Numerator="1" Denominator="2"/>'

        half = values(post(exchange.sandbox, find_folder(view=view)).content, "DisplayName")

        assert half == everything[len(everything) // 2 :][:2]

    @pytest.mark.parametrize(
        "path",
        [
            '<t:FieldURI FieldURI="folder:FolderClass"/>',
            '<t:ExtendedFieldURI PropertyTag="0x3613" PropertyType="String"/>',
        ],
    )
    def test_can_be_restricted_to_calendars(self, exchange: Exchange, path: str) -> None:
        exchange.sandbox.add_calendar(ROOM, "Rehearsals")
        restriction = f"""<m:Restriction><t:IsEqualTo>{path}<t:FieldURIOrConstant>
            <t:Constant Value="IPF.Appointment"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>"""

        answer = post(exchange.sandbox, find_folder(restriction=restriction))

        assert values(answer.content, "DisplayName") == ["Calendar", "Rehearsals"]

    def test_can_be_restricted_by_name_with_exchangelib(self, exchange: Exchange) -> None:
        account = exchange.account()
        exchange.sandbox.add_calendar(ROOM, "Rehearsals")

        folders = SingleFolderQuerySet(account=account, folder=account.root.tois).filter(name__startswith="Rehears")

        assert [folder.name for folder in folders] == ["Rehearsals"]

    def test_refuses_a_folder_that_is_not_there(self, exchange: Exchange) -> None:
        gone = exchange.sandbox.add_calendar(OTHER_ROOM, "Gone")
        exchange.sandbox.remove_folder(gone)

        answer = post(exchange.sandbox, find_folder(parent=f'<t:FolderId Id="{gone}"/>'))

        assert "ErrorFolderNotFound" in answer.text

    def test_finds_nothing_without_rights(self, exchange: Exchange) -> None:
        answer = post(exchange.sandbox, find_folder(parent=distinguished("msgfolderroot", CLOSED_ROOM)))

        assert "ErrorItemNotFound" in answer.text


class TestGetFolder:
    def test_says_what_lies_where(self, exchange: Exchange) -> None:
        account = exchange.account()
        exchange.event(account)
        extra = exchange.sandbox.add_calendar(ROOM, "Rehearsals")

        top, calendar = account.root.tois, account.calendar
        calendar.refresh()

        assert calendar.parent_folder_id.id == top.id
        assert top.parent_folder_id.id == account.root.id
        assert (calendar.total_count, calendar.child_folder_count) == (1, 0)
        assert top.child_folder_count == len(values(post(exchange.sandbox, find_folder()).content, "DisplayName"))
        assert extra in {folder.id for folder in top.children}

    def test_tells_by_two_numbers_whether_anything_changed(self, exchange: Exchange) -> None:
        body = get_folder(distinguished("calendar"), _COMMITTED, _DELETED)
        item_id = exchange.sandbox.add_event(ROOM, subject="A", start=utc(27, 10), end=utc(27, 11))
        before = values(post(exchange.sandbox, body).content, "Value")

        exchange.sandbox.delete(ROOM, item_id)

        after = values(post(exchange.sandbox, body).content, "Value")
        assert before == ["2026-10-26T08:00:00Z", "0"]
        assert after == ["2026-10-26T08:00:00Z", "1"]

    def test_knows_numbers_in_decimal_too(self, exchange: Exchange) -> None:
        tag = f'<t:ExtendedFieldURI PropertyTag="{0x3613}" PropertyType="String"/>'

        answer = post(exchange.sandbox, get_folder(distinguished("calendar"), tag))

        assert values(answer.content, "Value") == ["IPF.Appointment"]

    def test_of_default_shape_has_name_and_counts_only(self, exchange: Exchange) -> None:
        answer = post(exchange.sandbox, get_folder(distinguished("inbox"), base="Default"))

        (folder,) = found(answer.content, "Folder")
        names = [etree.QName(child).localname for child in folder]
        assert names == ["FolderId", "DisplayName", "TotalCount", "ChildFolderCount", "UnreadCount"]

    @pytest.mark.parametrize(
        ("folder", "code"),
        [
            ('<t:FolderId Id="no id"/>', "ErrorInvalidIdMalformed"),
            ('<t:DistinguishedFolderId Id="archiveinbox"/>', "ErrorFolderNotFound"),
            ('<t:DistinguishedFolderId Id="publicfoldersroot"/>', "ErrorNoPublicFolderReplicaAvailable"),
            (distinguished("calendar", "nowhere@wexcombe.example"), "ErrorNonExistentMailbox"),
            (distinguished("calendar", CLOSED_ROOM), "ErrorItemNotFound"),
        ],
    )
    def test_says_why_not(self, exchange: Exchange, folder: str, code: str) -> None:
        assert values(post(exchange.sandbox, get_folder(folder)).content, "ResponseCode") == [code]

    def test_takes_no_items_id_nor_an_item_a_folders(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = exchange.event(account)
        read = f"""<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>
            <t:ItemId Id="{account.calendar.id}"/></m:ItemIds></m:GetItem>"""

        folder_answer = post(exchange.sandbox, get_folder(f'<t:FolderId Id="{item.id}"/>'))
        item_answer = post(exchange.sandbox, read)

        assert "ErrorCannotUseItemIdForFolderId" in folder_answer.text
        assert "ErrorCannotUseFolderIdForItemId" in item_answer.text


class TestSecondCalendar:
    def test_keeps_its_own_items(self, exchange: Exchange) -> None:
        folder_id = exchange.sandbox.add_calendar(ROOM, "Rehearsals")
        account = exchange.account()
        rehearsals = account.root.tois / "Rehearsals"

        item = exchange.event(account, folder=rehearsals, subject="Tenors")

        assert exchange.sandbox.items(ROOM) == []
        assert [each.subject for each in exchange.sandbox.items_in(folder_id)] == ["Tenors"]
        assert [each.id for each in rehearsals.all()] == [item.id]
        assert list(account.calendar.all()) == []

    def test_is_made_and_deleted_by_a_client(self, exchange: Exchange) -> None:
        account = exchange.account()
        calendar = type(account.calendar)(parent=account.root.tois, name="Rehearsals")

        calendar.save()
        exchange.event(account, folder=calendar)
        made = calendar.id
        calendar.delete()

        assert exchange.sandbox.items_in(made) == []
        with pytest.raises(ErrorFolderNotFound):
            account.root.tois / "Rehearsals"

    @pytest.mark.parametrize(
        ("parent", "name", "code"),
        [
            ("msgfolderroot", "Calendar", "ErrorFolderExists"),
            ("msgfolderroot", "", "ErrorFolderSavePropertyError"),
            ("archiveinbox", "Rehearsals", "ErrorParentFolderNotFound"),
        ],
    )
    def test_is_not_made_twice_nor_nameless_nor_nowhere(
        self, exchange: Exchange, parent: str, name: str, code: str
    ) -> None:
        body = f"""<m:CreateFolder><m:ParentFolderId>{distinguished(parent)}</m:ParentFolderId><m:Folders>
            <t:CalendarFolder><t:DisplayName>{name}</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>"""

        assert values(post(exchange.sandbox, body).content, "ResponseCode") == [code]

    def test_can_be_thrown_away_but_not_the_first(self, exchange: Exchange) -> None:
        folder_id = exchange.sandbox.add_calendar(ROOM, "Rehearsals")
        bin_it = '<m:DeleteFolder DeleteType="MoveToDeletedItems"><m:FolderIds>{}</m:FolderIds></m:DeleteFolder>'

        thrown = post(exchange.sandbox, bin_it.format(f'<t:FolderId Id="{folder_id}"/>'))
        first = post(exchange.sandbox, bin_it.format(distinguished("calendar")))

        in_bin = post(exchange.sandbox, find_folder(parent=distinguished("deleteditems"))).content
        assert values(thrown.content, "ResponseCode") == ["NoError"]
        assert values(first.content, "ResponseCode") == ["ErrorDeleteDistinguishedFolder"]
        assert values(in_bin, "DisplayName") == ["Rehearsals"]

    def test_is_not_made_by_who_may_only_read(self, exchange: Exchange) -> None:
        account = exchange.account(OTHER_ROOM, access=DELEGATE)

        with pytest.raises(ErrorAccessDenied):
            type(account.calendar)(parent=account.root.tois, name="Rehearsals").save()
