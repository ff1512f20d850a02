from datetime import timedelta

import pytest
from exchangelib import Account, Attendee, CalendarItem, Mailbox
from exchangelib.items import SEND_TO_ALL_AND_SAVE_COPY

from tests.interop.world import ANN, BEN, OTHER_ROOM, ROOM, World, london

pytestmark = pytest.mark.interop


def week(account: Account) -> list[CalendarItem]:
    return list(account.calendar.view(london(26, 0), london(2, 0, month=11), max_items=1000))


class TestAMeeting:
    def meeting(self, world: World, account: Account, *rooms: str) -> CalendarItem:
        item = CalendarItem(
            account=account,
            folder=account.calendar,
            subject="Budget",
            start=london(27, 14),
            end=london(27, 15),
            required_attendees=[BEN],
            optional_attendees=[Attendee(mailbox=Mailbox(email_address="guest@elsewhere.example", name="Guest"))],
            resources=[Attendee(mailbox=Mailbox(email_address=room)) for room in rooms],
        )
        item.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
        world.clock.move(timedelta(minutes=5))
        return item

    def test_is_accepted_by_its_room(self, world: World) -> None:
        account = world.ann()

        item = self.meeting(world, account, ROOM)

        item.refresh()
        assert [each.response_type for each in item.resources] == ["Accept"]
        assert [each.subject for each in world.sandbox.items(ROOM)] == ["Budget"]

    def test_moves_and_ends_in_its_room(self, world: World) -> None:
        account = world.ann()
        item = self.meeting(world, account, ROOM)
        item.refresh()
        item.start, item.end = london(27, 16), london(27, 17)

        item.save(update_fields=["start", "end"], send_meeting_invitations="SendToAllAndSaveCopy")
        world.clock.move(timedelta(minutes=5))
        (moved,) = world.sandbox.items(ROOM)
        item.delete(send_meeting_cancellations=SEND_TO_ALL_AND_SAVE_COPY)
        world.clock.move(timedelta(minutes=5))

        assert moved.start == london(27, 16)
        assert world.sandbox.items(ROOM) == []

    @pytest.mark.parametrize("answer", ["accept", "tentatively_accept", "decline"])
    def test_is_answered_by_whoever_is_invited(self, world: World, answer: str) -> None:
        world.sandbox.add_room(OTHER_ROOM, "Music Room", automate_processing="AutoUpdate")
        organizer = world.ann()
        item = self.meeting(world, organizer, OTHER_ROOM)
        account = world.account(OTHER_ROOM)
        (invited,) = week(account)

        getattr(account.calendar.get(id=invited.id, changekey=None), answer)(body="From the desk")

        item.refresh()
        wanted = {"accept": "Accept", "tentatively_accept": "Tentative", "decline": "Decline"}[answer]
        assert [each.response_type for each in item.resources] == [wanted]
        assert (week(account) == []) is (answer == "decline")

    def test_is_called_off_by_its_organizer(self, world: World) -> None:
        item = self.meeting(world, world.ann(), ROOM)
        item.refresh()

        item.cancel(body="No budget")
        world.clock.move(timedelta(minutes=5))

        assert world.sandbox.items(ROOM) == []
        assert world.sandbox.items(ANN) == []
