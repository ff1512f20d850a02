"""Items over EWS, with exchangelib as the judge: written, read, changed, deleted."""

import pytest
from exchangelib import CalendarItem
from exchangelib.errors import (
    ErrorCalendarEndDateIsEarlierThanStartDate,
    ErrorChangeKeyRequiredForWriteOperations,
    ErrorIrresolvableConflict,
    ErrorItemNotFound,
    ErrorStaleObject,
)
from exchangelib.services import UpdateItem

from tests.sandbox.exchange import LONDON, ROOM, Exchange, london, utc

QUIETLY = {"send_meeting_invitations": "SendToNone", "conflict_resolution": "NeverOverwrite"}


class TestCreatedItem:
    def test_is_read_back_as_it_was_written(self, exchange: Exchange) -> None:
        account = exchange.account()
        written = exchange.event(
            account,
            subject="Choir",
            body="Bring <music> & water",
            location="Upstairs",
            sensitivity="Private",
            legacy_free_busy_status="OOF",
            categories=["Music", "Weekly"],
            stamp="house:abc:1",
            uid="our-own-uid",
        )

        read = account.calendar.get(id=written.id)

        assert (read.subject, read.location, read.sensitivity) == ("Choir", "Upstairs", "Private")
        assert "Bring <music> & water" in read.text_body
        assert (read.legacy_free_busy_status, read.categories) == ("OOF", ["Music", "Weekly"])
        assert (read.stamp, read.uid) == ("house:abc:1", "our-own-uid")
        assert (read.start, read.end) == (utc(27, 10), utc(27, 11))
        assert (read.type, read.is_meeting, read.is_cancelled) == ("Single", False, False)
        assert read.organizer.email_address == ROOM

    def test_keeps_its_summer_time(self, exchange: Exchange) -> None:
        account = exchange.account()

        written = exchange.event(account, start=london(23, 10), end=london(23, 11))

        assert account.calendar.get(id=written.id).start == utc(23, 9)

    def test_gets_a_uid_when_it_brings_none(self, exchange: Exchange) -> None:
        account = exchange.account()

        written = exchange.event(account)

        assert account.calendar.get(id=written.id).uid.startswith("040000008200E00074C5B7101A82E008")

    def test_snaps_to_whole_days_of_its_zone_when_it_lasts_all_day(self, exchange: Exchange) -> None:
        account = exchange.account()
        day = london(23, 0).date()

        exchange.event(account, start=day, end=day, is_all_day=True, _start_timezone=LONDON, _end_timezone=LONDON)

        (item,) = exchange.sandbox.items(ROOM)
        assert (item.start, item.end) == (utc(22, 23), utc(23, 23))
        assert item.all_day

    @pytest.mark.parametrize("status", ["Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData"])
    def test_may_have_every_busy_status(self, exchange: Exchange, status: str) -> None:
        account = exchange.account()

        written = exchange.event(account, legacy_free_busy_status=status)

        assert account.calendar.get(id=written.id).legacy_free_busy_status == status

    def test_may_not_end_before_it_starts(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = CalendarItem(account=account, folder=account.calendar, start=london(27, 10), end=london(27, 9))

        # exchangelib turns such times round by itself; Exchange must still refuse them
        item.clean = lambda **_: None
        with pytest.raises(ErrorCalendarEndDateIsEarlierThanStartDate):
            item.save(send_meeting_invitations="SendToNone")


class TestUpdatedItem:
    def test_has_a_new_change_key_and_the_same_id(self, exchange: Exchange) -> None:
        item = exchange.event(exchange.account(), stamp="a:b:1")
        item_id, change_key = item.id, item.changekey

        item.subject = "Orchestra"
        item.save(update_fields=["subject"], **QUIETLY)

        assert item.id == item_id
        assert item.changekey != change_key
        (kept,) = exchange.sandbox.items(ROOM)
        assert (kept.subject, kept.extended) == ("Orchestra", {"stamp": "a:b:1"})

    def test_can_lose_and_change_its_extended_property(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = exchange.event(account, stamp="a:b:1")

        item.stamp = "a:b:2"
        item.save(update_fields=["stamp"], **QUIETLY)
        changed = account.calendar.get(id=item.id).stamp
        item.stamp = None
        item.save(update_fields=["stamp"], **QUIETLY)

        assert changed == "a:b:2"
        assert account.calendar.get(id=item.id).stamp is None

    def test_is_refused_when_somebody_changed_it_meanwhile(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = exchange.event(account)
        exchange.sandbox.edit(ROOM, item.id, subject="Changed in Outlook")

        item.subject = "Ours"
        with pytest.raises(ErrorIrresolvableConflict):
            item.save(update_fields=["subject"], **QUIETLY)

        assert exchange.sandbox.items(ROOM)[0].subject == "Changed in Outlook"

    def test_is_merged_when_the_other_change_was_elsewhere_and_the_caller_allows_it(self, exchange: Exchange) -> None:
        item = exchange.event(exchange.account())
        exchange.sandbox.edit(ROOM, item.id, subject="Changed in Outlook")

        item.location = "Downstairs"
        item.save(update_fields=["location"], conflict_resolution="AutoResolve", send_meeting_invitations="SendToNone")

        (kept,) = exchange.sandbox.items(ROOM)
        assert (kept.subject, kept.location) == ("Changed in Outlook", "Downstairs")

    def test_is_not_merged_when_both_changed_the_same_field(self, exchange: Exchange) -> None:
        item = exchange.event(exchange.account())
        exchange.sandbox.edit(ROOM, item.id, subject="Changed in Outlook")

        item.subject = "Ours"
        with pytest.raises(ErrorIrresolvableConflict):
            item.save(
                update_fields=["subject"], conflict_resolution="AutoResolve", send_meeting_invitations="SendToNone"
            )

    def test_needs_a_current_change_key_even_to_overwrite(self, exchange: Exchange) -> None:
        item = exchange.event(exchange.account())
        exchange.sandbox.edit(ROOM, item.id, subject="Changed in Outlook")

        item.subject = "Ours"
        with pytest.raises(ErrorStaleObject):
            item.save(
                update_fields=["subject"], conflict_resolution="AlwaysOverwrite", send_meeting_invitations="SendToNone"
            )

    def test_needs_a_change_key_at_all(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = exchange.event(account)
        without_key = type(item._id)(item.id, None)
        item._id = without_key

        update = UpdateItem(account=account)
        with pytest.raises(ErrorChangeKeyRequiredForWriteOperations):
            list(
                update.call(
                    [(item, ["subject"])], "NeverOverwrite", "SaveOnly", "SendToNone", suppress_read_receipts=True
                )
            )

    def test_can_be_moved(self, exchange: Exchange) -> None:
        item = exchange.event(exchange.account())

        item.start, item.end = london(28, 14), london(28, 16)
        item.save(update_fields=["start", "end"], **QUIETLY)

        (kept,) = exchange.sandbox.items(ROOM)
        assert (kept.start, kept.end) == (utc(28, 14), utc(28, 16))


class TestDeletedItem:
    def test_is_gone_for_good_after_a_hard_delete(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = exchange.event(account)
        item_id = item.id

        item.delete(send_meeting_cancellations="SendToNone")

        assert exchange.sandbox.items(ROOM) == []
        with pytest.raises(ErrorItemNotFound):
            account.calendar.get(id=item_id)

    def test_lies_in_deleted_items_under_another_id(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = exchange.event(account, stamp="a:b:1")
        item_id, change_key = item.id, item.changekey

        item.move_to_trash(send_meeting_cancellations="SendToNone")

        (deleted,) = account.trash.filter(stamp="a:b:1")
        assert deleted.id != item_id
        assert deleted.changekey == change_key
        with pytest.raises(ErrorItemNotFound):
            account.calendar.get(id=item_id)

    def test_is_found_nowhere_after_a_soft_delete(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = exchange.event(account)

        item.soft_delete(send_meeting_cancellations="SendToNone")

        assert list(account.calendar.all()) == []
        assert list(account.trash.all()) == []

    def test_cannot_be_deleted_twice(self, exchange: Exchange) -> None:
        account = exchange.account()
        item = exchange.event(account)
        again = account.calendar.get(id=item.id)
        item.delete(send_meeting_cancellations="SendToNone")

        with pytest.raises(ErrorItemNotFound):
            again.delete(send_meeting_cancellations="SendToNone")


class TestStamp:
    def test_finds_its_item_and_no_other(self, exchange: Exchange) -> None:
        account = exchange.account()
        exchange.event(account, subject="Mine", stamp="a:b:1")
        exchange.event(account, subject="Another's", stamp="a:c:1")
        exchange.event(account, subject="Nobody's")

        found = list(account.calendar.filter(stamp="a:b:1"))

        assert [item.subject for item in found] == ["Mine"]
