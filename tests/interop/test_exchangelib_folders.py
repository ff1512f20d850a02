import pytest
from exchangelib import DELEGATE, CalendarItem, FolderCollection
from exchangelib.errors import ErrorFolderExists, ErrorInvalidOperation, ErrorInvalidSyncStateData, ErrorItemNotFound
from exchangelib.folders import Calendar, Folder
from exchangelib.properties import AlternateId, AlternatePublicFolderId
from exchangelib.services import ConvertId

from tests.interop.world import OTHER_ROOM, ROOM, World, london, utc

pytestmark = pytest.mark.interop

MEETING_ROOMS = "Meeting rooms"
ID_FORMATS = ("EntryId", "EwsId", "EwsLegacyId", "HexEntryId", "OwaId", "StoreId")


class TestAFolderTree:
    def test_is_walked_from_its_root(self, world: World) -> None:
        account = world.account()

        names = {folder.name for folder in account.root.walk()}

        assert {"Calendar", "Inbox", "Deleted Items", "Top of Information Store"} <= names
        assert account.calendar.folder_class == "IPF.Appointment"

    def test_grows_and_shrinks(self, world: World) -> None:
        account = world.account()
        made = Calendar(parent=account.calendar, name="Spare")
        made.save()

        found = account.calendar // "Spare"
        with pytest.raises(ErrorFolderExists):
            Calendar(parent=account.calendar, name="Spare").save()
        made.delete()
        account.root.clear_cache()

        assert found.folder_class == "IPF.Appointment"
        assert list(account.calendar.children) == []

    def test_is_listed_by_name(self, world: World) -> None:
        account = world.account()
        Folder(parent=account.inbox, name="Letters").save()
        Folder(parent=account.inbox, name="Orders").save()

        found = account.inbox.glob("Let*")

        assert [folder.name for folder in found.folders] == ["Letters"]

    def test_tells_what_changed_since_last_time(self, world: World) -> None:
        account = world.account()
        first = list(account.root.sync_hierarchy())
        made = Folder(parent=account.inbox, name="Letters")
        made.save()

        then = list(account.root.sync_hierarchy())
        made.delete()
        after = list(account.root.sync_hierarchy())

        assert len(first) > 5
        assert [(change, folder.name) for change, folder in then] == [("create", "Letters")]
        assert [change for change, _ in after] == ["delete"]

    def test_has_no_settings_that_nobody_wrote(self, world: World) -> None:
        account = world.account()

        with pytest.raises(ErrorItemNotFound):
            account.root.get_user_configuration(name="OWA.UserOptions", properties="All")


class TestACalendar:
    def test_is_read_page_by_page(self, world: World) -> None:
        account = world.account()
        for hour in range(8, 20):
            world.written(account, subject=f"Hour {hour}", start=london(27, hour), end=london(27, hour + 1))
        query = account.calendar.all().order_by("start")
        query.page_size = 5

        read = [item.subject for item in query]

        assert read == [f"Hour {hour}" for hour in range(8, 20)]
        assert sum(each.operation == "FindItem" for each in world.sandbox.requests()) == 3

    def test_is_searched(self, world: World) -> None:
        account = world.account()
        for subject, hour in (("Choir", 9), ("Large choir", 11), ("Chess", 13)):
            world.written(account, subject=subject, start=london(27, hour), end=london(27, hour + 1))

        later = account.calendar.filter(start__gte=london(27, 11)).order_by("-start")
        choirs = account.calendar.filter(subject__icontains="choir").exclude(subject="Choir")

        assert [item.subject for item in later] == ["Chess", "Large choir"]
        assert [item.subject for item in choirs] == ["Large choir"]
        assert account.calendar.filter(subject="Chess").count() == 1
        assert account.calendar.filter(subject="Chess").exists()

    def test_is_viewed_with_others_at_once(self, world: World) -> None:
        account = world.account(access=DELEGATE)
        world.written(account)
        world.sandbox.add_event(OTHER_ROOM, subject="Piano", start=utc(27, 12), end=utc(27, 13))
        other = world.account(OTHER_ROOM, access=DELEGATE)

        both = FolderCollection(account=account, folders=[account.calendar, other.calendar])

        found = both.view(london(26, 0), london(30, 0), max_items=10).only("subject", "start")
        assert sorted(item.subject for item in found) == ["Choir", "Piano"]

    def test_tells_what_changed_since_last_time(self, world: World) -> None:
        account = world.account()
        kept = world.written(account, subject="Kept")
        going = world.written(account, subject="Going", start=london(28, 10), end=london(28, 11))

        first = list(account.calendar.sync_items())
        kept.subject = "Changed"
        kept.save(update_fields=["subject"], send_meeting_invitations="SendToNone")
        going.delete(send_meeting_cancellations="SendToNone")
        then = list(account.calendar.sync_items(only_fields=["subject"]))

        assert [change for change, _ in first] == ["create", "create"]
        assert sorted(change for change, _ in then) == ["delete", "update"]

    def test_tells_of_many_changes_in_several_answers(self, world: World) -> None:
        account = world.account()
        for hour in range(8, 20):
            world.written(account, start=london(27, hour), end=london(27, hour + 1))

        found = list(account.calendar.sync_items(max_changes_returned=5))

        assert len(found) == 12
        assert sum(each.operation == "SyncFolderItems" for each in world.sandbox.requests()) == 3

    def test_does_not_know_a_state_that_it_never_gave(self, world: World) -> None:
        account = world.account()

        with pytest.raises((ErrorInvalidSyncStateData, AttributeError)):
            list(account.calendar.sync_items(sync_state="bm90IG91cnM="))

    def test_hands_an_item_to_another_calendar(self, world: World) -> None:
        account = world.account()
        spare = Calendar(parent=account.calendar, name="Spare")
        spare.save()
        item = world.written(account)

        item.move(to_folder=spare)

        assert list(account.calendar.all()) == []
        assert [moved.subject for moved in spare.all()] == ["Choir"]


class TestPublicFolders:
    def test_are_listed_one_level_at_a_time(self, world: World) -> None:
        above = world.sandbox.add_public_folder(MEETING_ROOMS)
        world.sandbox.add_public_folder("Attic", parent=above)
        account = world.account()

        top = list(account.public_folders_root.children)
        below = list(top[0].children)

        assert [folder.name for folder in top] == [MEETING_ROOMS]
        assert [folder.name for folder in below] == ["Attic"]

    def test_are_not_walked_in_one_go(self, world: World) -> None:
        world.sandbox.add_public_folder(MEETING_ROOMS)
        account = world.account()
        root = FolderCollection(account=account, folders=[account.public_folders_root])

        with pytest.raises(ErrorInvalidOperation):
            list(root.find_folders(depth="Deep"))

    def test_hold_items_like_any_calendar(self, world: World) -> None:
        world.sandbox.add_public_folder(MEETING_ROOMS)
        account = world.account()
        (folder,) = account.public_folders_root.children

        CalendarItem(account=account, folder=folder, subject="Choir", start=london(27, 10), end=london(27, 11)).save(
            send_meeting_invitations="SendToNone"
        )

        assert [item.subject for item in folder.view(london(26, 0), london(30, 0), max_items=10)] == ["Choir"]


class TestAnId:
    @pytest.mark.parametrize("wanted", ID_FORMATS)
    def test_is_told_in_another_form(self, world: World, wanted: str) -> None:
        account = world.account()
        item = world.written(account)

        (other,) = account.protocol.convert_ids(
            [AlternateId(id=item.id, format="EwsId", mailbox=ROOM)], destination_format=wanted
        )
        (back,) = account.protocol.convert_ids(
            [AlternateId(id=other.id, format=wanted, mailbox=ROOM)], destination_format="EwsId"
        )

        assert other.format == wanted
        assert back.id == item.id

    def test_of_a_folder_tells_whose_it_is(self, world: World) -> None:
        account = world.account()

        (told,) = ConvertId(protocol=account.protocol).call(
            items=[AlternateId(id=account.calendar.id, format="EwsId", mailbox=ROOM)], destination_format="EwsId"
        )

        assert told.mailbox == ROOM
        assert not isinstance(told, AlternatePublicFolderId)
