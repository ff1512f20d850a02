"""A room that is invited: what it answers, and what its calendar then says."""

from datetime import date
from typing import Any

import pytest
from exchangelib import DELEGATE, Attendee, CalendarItem

from booking.sandbox.exchange import ExchangeSandbox, SeenItem
from tests.sandbox.exchange import ANN, BEN, OTHER_ROOM, ROOM, Exchange, london, utc

Fields = Any  # the keywords of `add_event`


def invite(exchange: Exchange, *rooms: str, hour: int = 10, organizer: str = ANN, **fields: Fields) -> str:
    """A meeting on the 27th, an hour long, with `rooms` (ROOM if none is named); the id of the organiser's copy."""
    values: dict[str, Any] = {"subject": "Budget", "start": utc(27, hour), "end": utc(27, hour + 1)} | fields
    return exchange.sandbox.invite(organizer, rooms=rooms or (ROOM,), **values)


def answer(sandbox: ExchangeSandbox, organizer: str = ANN, room: str = ROOM) -> str:
    """What the room answered to the organiser's latest meeting."""
    return sandbox.items(organizer)[-1].responses[room]


def in_room(exchange: Exchange, room: str = ROOM) -> list[SeenItem]:
    return exchange.sandbox.items(room)


class TestInvitation:
    def test_is_accepted_when_the_room_is_free(self, exchange: Exchange) -> None:
        invite(exchange, busy="Tentative")

        (copy,) = in_room(exchange)
        assert answer(exchange.sandbox) == "Accept"
        assert (copy.start, copy.busy, copy.is_meeting, copy.organizer) == (utc(27, 10), "Busy", True, ANN)
        assert copy.uid == exchange.sandbox.items(ANN)[0].uid

    def test_loses_title_text_and_privacy_by_default(self, exchange: Exchange) -> None:
        invite(exchange, body="Numbers", private=True)

        (copy,) = in_room(exchange)
        assert (copy.subject, copy.body, copy.private) == ("Ann Lee", "", False)

    def test_keeps_what_the_room_is_told_to_keep(self, exchange: Exchange) -> None:
        exchange.sandbox.add_room(
            ROOM,
            "Reading Room",
            delete_subject=False,
            add_organizer_to_subject=False,
            delete_comments=False,
            remove_private_property=False,
        )

        invite(exchange, body="Numbers", private=True)

        (copy,) = in_room(exchange)
        assert (copy.subject, copy.body, copy.private) == ("Budget", "Numbers", True)

    def test_is_declined_when_the_room_is_taken(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Booked directly", start=utc(27, 10, 30), end=utc(27, 12))

        invite(exchange)

        assert answer(exchange.sandbox) == "Decline"
        assert [each.subject for each in in_room(exchange)] == ["Booked directly"]

    @pytest.mark.parametrize(("busy", "expected"), [("Free", "Accept"), ("Tentative", "Decline"), ("OOF", "Decline")])
    def test_meets_a_conflict_only_in_what_is_not_free(self, exchange: Exchange, busy: str, expected: str) -> None:
        exchange.sandbox.add_event(ROOM, subject="There", start=utc(27, 10), end=utc(27, 11), busy=busy)

        invite(exchange)

        assert answer(exchange.sandbox) == expected

    def test_may_touch_another_meeting(self, exchange: Exchange) -> None:
        invite(exchange, hour=9)
        invite(exchange, hour=10)

        assert len(in_room(exchange)) == 2

    def test_is_accepted_over_another_when_conflicts_are_allowed(self, exchange: Exchange) -> None:
        exchange.sandbox.add_room(ROOM, "Reading Room", allow_conflicts=True)

        invite(exchange)
        invite(exchange, organizer=BEN)

        assert {each.subject for each in in_room(exchange)} == {"Ann Lee", "Ben Okri"}

    @pytest.mark.parametrize(
        "fields",
        [
            {"end": utc(28, 10, 1)},
            {"start": utc(25, 10, month=4).replace(year=2027), "end": utc(25, 11, month=4).replace(year=2027)},
            {"repeat": "weekly"},
            {"repeat": "weekly", "until": date(2027, 6, 1)},
        ],
        ids=["longer than a day", "beyond 180 days", "without end", "ends beyond 180 days"],
    )
    def test_is_declined_beyond_the_limits_of_the_room(self, exchange: Exchange, fields: dict[str, Any]) -> None:
        invite(exchange, **fields)

        assert answer(exchange.sandbox) == "Decline"
        assert in_room(exchange) == []

    def test_waits_for_a_delegate_when_the_room_only_updates(self, exchange: Exchange) -> None:
        exchange.sandbox.add_room(ROOM, "Reading Room", automate_processing="AutoUpdate")

        invite(exchange)

        assert (answer(exchange.sandbox), in_room(exchange)[0].busy) == ("NoResponseReceived", "Tentative")

    def test_is_left_alone_when_the_room_processes_nothing(self, exchange: Exchange) -> None:
        exchange.sandbox.add_room(ROOM, "Reading Room", automate_processing="None")

        invite(exchange)

        assert in_room(exchange) == []

    def test_to_several_rooms_is_answered_by_each(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(OTHER_ROOM, subject="Taken", start=utc(27, 10), end=utc(27, 11))

        invite(exchange, ROOM, OTHER_ROOM)

        assert exchange.sandbox.items(ANN)[0].responses == {ROOM: "Accept", OTHER_ROOM: "Decline"}

    def test_of_a_series_is_declined_when_one_date_clashes(self, exchange: Exchange) -> None:
        exchange.sandbox.add_event(ROOM, subject="Taken", start=utc(29, 10), end=utc(29, 11))

        invite(exchange, repeat="daily", until=date(2026, 10, 30))

        assert answer(exchange.sandbox) == "Decline"

    def test_of_a_series_is_accepted_without_the_clashing_date_if_the_room_allows_some(
        self, exchange: Exchange
    ) -> None:
        exchange.sandbox.add_room(ROOM, "Reading Room", conflict_percentage_allowed=50, maximum_conflict_instances=1)
        exchange.sandbox.add_event(ROOM, subject="Taken", start=utc(29, 10), end=utc(29, 11))

        invite(exchange, repeat="daily", until=date(2026, 10, 30))

        found = exchange.account().calendar.view(london(27, 0), london(31, 0), max_items=100)
        assert answer(exchange.sandbox) == "Accept"
        assert [(item.start.day, item.subject) for item in found] == [
            (27, "Ann Lee"),
            (28, "Ann Lee"),
            (29, "Taken"),
            (30, "Ann Lee"),
        ]


class TestUpdate:
    def test_moves_the_copy_of_the_room(self, exchange: Exchange) -> None:
        meeting = invite(exchange)
        (before,) = in_room(exchange)

        exchange.sandbox.move(ANN, meeting, utc(27, 15), utc(27, 16))

        (after,) = in_room(exchange)
        assert (after.id, after.start) == (before.id, utc(27, 15))
        assert after.change > before.change
        assert answer(exchange.sandbox) == "Accept"

    def test_into_another_meeting_is_declined_and_leaves_the_room(self, exchange: Exchange) -> None:
        meeting = invite(exchange)
        exchange.sandbox.add_event(ROOM, subject="Taken", start=utc(27, 15), end=utc(27, 16))

        exchange.sandbox.move(ANN, meeting, utc(27, 15), utc(27, 16))

        assert answer(exchange.sandbox) == "Decline"
        assert [each.subject for each in in_room(exchange)] == ["Taken"]

    def test_that_overlaps_its_own_old_time_is_accepted(self, exchange: Exchange) -> None:
        meeting = invite(exchange)

        exchange.sandbox.move(ANN, meeting, utc(27, 10, 30), utc(27, 11, 30))

        assert answer(exchange.sandbox) == "Accept"

    def test_of_the_title_leaves_the_answer_as_it_is(self, exchange: Exchange) -> None:
        meeting = invite(exchange)

        exchange.sandbox.edit(ANN, meeting, subject="Another title")

        assert answer(exchange.sandbox) == "Accept"
        assert [each.subject for each in in_room(exchange)] == ["Ann Lee"]

    def test_of_one_date_reaches_the_room(self, exchange: Exchange) -> None:
        invite(exchange, repeat="daily", until=date(2026, 10, 29))
        organizer = exchange.account(ANN, access=DELEGATE, username=ANN, password="ann's own")
        _, second, third = organizer.calendar.view(london(27, 0), london(31, 0), max_items=100)

        second.start, second.end = london(28, 15), london(28, 16)
        second.save(update_fields=["start", "end"], send_meeting_invitations="SendToAllAndSaveCopy")
        third.delete(send_meeting_cancellations="SendToAllAndSaveCopy")

        found = exchange.account().calendar.view(london(27, 0), london(31, 0), max_items=100)
        assert [item.start for item in found] == [utc(27, 10), utc(28, 15)]


class TestCancellation:
    def test_takes_the_meeting_out_of_the_room(self, exchange: Exchange) -> None:
        meeting = invite(exchange)

        exchange.sandbox.delete(ANN, meeting)

        assert in_room(exchange) == []

    def test_stays_as_cancelled_and_free_where_the_room_keeps_it(self, exchange: Exchange) -> None:
        exchange.sandbox.add_room(ROOM, "Reading Room", remove_canceled_meetings=False)
        meeting = invite(exchange)

        exchange.sandbox.delete(ANN, meeting)

        (copy,) = in_room(exchange)
        assert (copy.cancelled, copy.busy, copy.subject) == (True, "Free", "Canceled: Ann Lee")

    def test_frees_the_room_for_the_next(self, exchange: Exchange) -> None:
        exchange.sandbox.add_room(ROOM, "Reading Room", remove_canceled_meetings=False)
        exchange.sandbox.delete(ANN, invite(exchange))

        invite(exchange, organizer=BEN)

        assert answer(exchange.sandbox, BEN) == "Accept"


class TestOverEws:
    def test_an_organizer_invites_moves_and_cancels(self, exchange: Exchange) -> None:
        organizer = exchange.account(ANN, access=DELEGATE, username=ANN, password="ann's own")
        meeting = CalendarItem(
            account=organizer,
            folder=organizer.calendar,
            subject="Budget",
            start=london(27, 10),
            end=london(27, 11),
            resources=[Attendee(mailbox=ROOM)],
            required_attendees=[Attendee(mailbox=BEN)],
        )
        meeting.save(send_meeting_invitations="SendToAllAndSaveCopy")
        meeting.refresh()
        answered = [each.response_type for each in meeting.resources]
        meeting.start, meeting.end = london(27, 12), london(27, 13)
        meeting.save(update_fields=["start", "end"], send_meeting_invitations="SendToAllAndSaveCopy")
        moved = in_room(exchange)[0].start

        meeting.delete(send_meeting_cancellations="SendToAllAndSaveCopy")

        assert answered == ["Accept"]
        assert moved == utc(27, 12)
        assert in_room(exchange) == []
        assert [each.cancelled for each in exchange.sandbox.items(BEN)] == [True]

    def test_nobody_is_told_when_the_caller_says_so(self, exchange: Exchange) -> None:
        organizer = exchange.account(ANN, access=DELEGATE, username=ANN, password="ann's own")

        exchange.event(organizer, resources=[Attendee(mailbox=ROOM)])

        assert in_room(exchange) == []

    def test_a_room_reads_its_copy_as_an_accepted_meeting(self, exchange: Exchange) -> None:
        invite(exchange)

        (copy,) = exchange.account().calendar.view(london(27, 0), london(28, 0), max_items=10)

        assert (copy.is_meeting, copy.is_cancelled, copy.my_response_type) == (True, False, "Accept")
        assert copy.organizer.email_address == ANN
