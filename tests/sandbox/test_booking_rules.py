"""The settings of a room's booking attendant, one by one; what a delegate decides; and what takes a while."""

import time
from datetime import date, timedelta
from typing import Any

import pytest

from booking.sandbox.exchange import ExchangeSandbox, SeenItem
from booking.sandbox.exchange.outlook.people import Wish
from tests.sandbox.exchange import ANN, BEN, NOW, OTHER_ROOM, ROOM, Exchange, furnish, utc
from tests.sandbox.test_attendant import answer, in_room, invite

Settings = Any  # the keywords of `add_room`
DEADLINE = 5.0


def tell(exchange: Exchange, **settings: Settings) -> None:
    """Give the room these settings."""
    exchange.sandbox.add_room(ROOM, "Reading Room", **settings)


def comment(exchange: Exchange) -> str:
    """What the room wrote to the organiser."""
    return exchange.sandbox.items(ANN)[-1].comments.get(ROOM, "")


def only(exchange: Exchange) -> SeenItem:
    (copy,) = in_room(exchange)
    return copy


class TestRule:
    @pytest.mark.parametrize(
        ("settings", "fields", "expected"),
        [
            ({}, {}, "Accept"),
            ({"maximum_duration_in_minutes": 59}, {}, "Decline"),
            ({"maximum_duration_in_minutes": 0}, {"end": utc(30, 11)}, "Accept"),
            ({"minimum_duration_in_minutes": 61}, {}, "Decline"),
            ({"allow_recurring_meetings": False}, {"repeat": "daily", "until": date(2026, 10, 29)}, "Decline"),
            ({"booking_window_in_days": 0}, {}, "Decline"),
            ({"booking_window_in_days": 1}, {}, "Accept"),
            ({"schedule_only_during_work_hours": True}, {}, "Accept"),
            ({"schedule_only_during_work_hours": True}, {"hour": 17}, "Decline"),
            ({"schedule_only_during_work_hours": True}, {"hour": 6}, "Decline"),
            (
                {"schedule_only_during_work_hours": True},
                {"start": utc(31, 10), "end": utc(31, 11)},
                "Decline",
            ),
            ({"enforce_capacity": True, "capacity": 1}, {}, "Accept"),
            ({"enforce_capacity": True, "capacity": 0}, {}, "Decline"),
        ],
        ids=str,
    )
    def test_decides(self, exchange: Exchange, settings: dict[str, Any], fields: dict[str, Any], expected: str) -> None:
        tell(exchange, **settings)

        invite(exchange, **fields)

        assert answer(exchange.sandbox) == expected
        assert len(in_room(exchange)) == (expected == "Accept")

    def test_of_the_window_shortens_a_series_where_it_may(self, exchange: Exchange) -> None:
        tell(exchange, booking_window_in_days=3, enforce_scheduling_horizon=False)

        invite(exchange, repeat="daily")
        found = exchange.sandbox.items(ROOM)

        assert answer(exchange.sandbox) == "Accept"
        days = exchange.account().calendar.view(utc(26, 0), utc(31, 0), max_items=100)
        assert [item.start.day for item in days] == [27, 28, 29]
        assert len(found) == 1

    def test_keeps_what_the_invitation_said_where_nothing_is_accepted_by_itself(self, exchange: Exchange) -> None:
        tell(exchange, automate_processing="AutoUpdate")

        invite(exchange, body="Numbers")

        assert (only(exchange).subject, only(exchange).body) == ("Budget", "Numbers")

    def test_may_leave_new_requests_out_of_the_calendar(self, exchange: Exchange) -> None:
        tell(exchange, automate_processing="AutoUpdate", add_new_requests_tentatively=False)

        invite(exchange)

        assert in_room(exchange) == []


class TestWhoMayBook:
    @pytest.mark.parametrize(
        ("settings", "expected"),
        [
            ({"all_book_in_policy": False}, "Decline"),
            ({"all_book_in_policy": False, "book_in_policy": [ANN]}, "Accept"),
            ({"all_book_in_policy": False, "book_in_policy": [BEN]}, "Decline"),
            ({"all_book_in_policy": False, "all_request_in_policy": True}, "Tentative"),
            ({"all_book_in_policy": False, "request_in_policy": [ANN]}, "Tentative"),
            ({"all_request_out_of_policy": True}, "Accept"),
            ({"all_request_out_of_policy": True, "maximum_duration_in_minutes": 30}, "Tentative"),
            ({"request_out_of_policy": [ANN], "maximum_duration_in_minutes": 30}, "Tentative"),
            ({"request_out_of_policy": [BEN], "maximum_duration_in_minutes": 30}, "Decline"),
        ],
        ids=str,
    )
    def test_is_for_the_room_to_say(self, exchange: Exchange, settings: dict[str, Any], expected: str) -> None:
        tell(exchange, **settings)

        invite(exchange)

        assert answer(exchange.sandbox) == expected

    def test_over_another_meeting_is_nobody(self, exchange: Exchange) -> None:
        tell(exchange, all_book_in_policy=False, all_request_in_policy=True)
        exchange.sandbox.add_event(ROOM, subject="Taken", start=utc(27, 10), end=utc(27, 11))

        invite(exchange)

        assert answer(exchange.sandbox) == "Decline"

    @pytest.mark.parametrize(("processes", "expected"), [(False, "Decline"), (True, "Accept")])
    def test_from_outside_is_for_the_room_to_say(self, exchange: Exchange, processes: bool, expected: str) -> None:
        tell(exchange, process_external_meeting_messages=processes)
        wish = Wish(subject="Visit", start=utc(27, 10), end=utc(27, 11), zone="Europe/London")

        said = exchange.sandbox.invite_from_outside("kim@elsewhere.example", "Kim", ROOM, wish)

        assert said == expected
        assert [item.organizer for item in in_room(exchange)] == (["kim@elsewhere.example"] if processes else [])


class TestDelegate:
    @pytest.mark.parametrize(("tentative", "busy"), [(True, "Tentative"), (False, "Free")])
    def test_decides_while_the_room_shows_the_request(self, exchange: Exchange, tentative: bool, busy: str) -> None:
        tell(
            exchange,
            all_book_in_policy=False,
            all_request_in_policy=True,
            resource_delegates=[BEN],
            tentative_pending_approval=tentative,
        )

        invite(exchange)

        assert only(exchange).busy == busy
        assert [item.id for item in exchange.sandbox.awaited(BEN)] == [only(exchange).id]

    @pytest.mark.parametrize(("word", "left"), [("Accept", ["Busy"]), ("Decline", [])])
    def test_is_heard_by_the_organizer(self, exchange: Exchange, word: str, left: list[str]) -> None:
        tell(exchange, all_book_in_policy=False, all_request_in_policy=True, resource_delegates=[BEN])
        invite(exchange)

        exchange.sandbox.answer(ROOM, only(exchange).id, word, "Ben says so")

        assert (answer(exchange.sandbox), comment(exchange)) == (word, "Ben says so")
        assert [item.busy for item in in_room(exchange)] == left
        assert exchange.sandbox.awaited(BEN) == []

    def test_hears_of_nothing_that_is_not_forwarded(self, exchange: Exchange) -> None:
        tell(
            exchange,
            all_book_in_policy=False,
            all_request_in_policy=True,
            resource_delegates=[BEN],
            forward_requests_to_delegates=False,
        )

        invite(exchange)

        assert exchange.sandbox.awaited(BEN) == []

    def test_is_not_asked_again_by_a_change_of_the_title(self, exchange: Exchange) -> None:
        tell(exchange, all_book_in_policy=False, all_request_in_policy=True, resource_delegates=[BEN])
        meeting = invite(exchange)
        exchange.sandbox.answer(ROOM, only(exchange).id, "Accept")

        exchange.sandbox.edit(ANN, meeting, subject="Another")

        assert (answer(exchange.sandbox), only(exchange).busy) == ("Accept", "Busy")


class TestAnswer:
    def test_gives_the_reason_and_what_the_room_adds(self, exchange: Exchange) -> None:
        tell(exchange, add_additional_response=True, additional_response="Ring the desk: 204.")
        exchange.sandbox.invite(BEN, rooms=[ROOM], subject="First", start=utc(27, 10), end=utc(27, 11))

        invite(exchange)

        assert comment(exchange) == "Your request was declined. The room is taken by Ben Okri. Ring the desk: 204."

    def test_gives_away_neither_reason_nor_name_where_it_must_not(self, exchange: Exchange) -> None:
        exchange.sandbox.invite(BEN, rooms=[ROOM], subject="First", start=utc(27, 10), end=utc(27, 11))

        tell(exchange, organizer_info=False)
        invite(exchange)
        tell(exchange, enable_response_details=False)
        invite(exchange)

        comments = {item.comments.get(ROOM, "") for item in exchange.sandbox.items(ANN)}
        assert comments == {"Your request was declined. The room is taken.", ""}


class TestDelay:
    def test_lets_others_write_between_its_read_and_its_write(self) -> None:
        with ExchangeSandbox(now=lambda: NOW, attendant_delay=300) as sandbox:
            furnish(sandbox)
            exchange = Exchange(sandbox)

            invite(exchange)
            unanswered = answer(sandbox)
            sandbox.add_event(ROOM, subject="In between", start=utc(27, 10), end=utc(27, 11))
            sandbox.process_now()

            assert unanswered == "NoResponseReceived"
            assert answer(sandbox) == "Accept"
            assert {item.subject for item in in_room(exchange)} == {"In between", "Ann Lee"}

    def test_passes_when_time_is_moved(self) -> None:
        with ExchangeSandbox(now=lambda: NOW, attendant_delay=300) as sandbox:
            furnish(sandbox)
            exchange = Exchange(sandbox)
            invite(exchange, ROOM, OTHER_ROOM)

            sandbox.advance(timedelta(seconds=299))
            before = (in_room(exchange), in_room(exchange, OTHER_ROOM))
            sandbox.advance(timedelta(seconds=2))

            assert before == ([], [])
            assert (answer(sandbox), answer(sandbox, room=OTHER_ROOM)) == ("Accept", "Accept")

    def test_passes_by_itself(self) -> None:
        with ExchangeSandbox(now=lambda: NOW, attendant_delay=0.1) as sandbox:
            furnish(sandbox)
            exchange = Exchange(sandbox)

            invite(exchange)

            deadline = time.monotonic() + DEADLINE
            while not in_room(exchange):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert answer(sandbox) == "Accept"

    def test_writes_nothing_of_a_meeting_that_is_gone_or_was_moved_meanwhile(self) -> None:
        with ExchangeSandbox(now=lambda: NOW, attendant_delay=300) as sandbox:
            furnish(sandbox)
            exchange = Exchange(sandbox)
            gone, moved = invite(exchange, hour=9), invite(exchange, hour=12)

            sandbox.delete(ANN, gone)
            sandbox.move(ANN, moved, utc(27, 14), utc(27, 15))
            sandbox.process_now()

            assert [item.start for item in in_room(exchange)] == [utc(27, 14)]


class TestAutoRelease:
    def room(self, exchange: Exchange) -> None:
        tell(exchange, enable_auto_release=True, post_reservation_max_claim_time_in_minutes=15)

    def test_takes_away_what_nobody_claimed_and_tells_the_organizer(self, exchange: Exchange) -> None:
        self.room(exchange)
        invite(exchange)

        exchange.sandbox.advance(utc(27, 10, 14) - NOW)
        in_time = in_room(exchange)
        exchange.sandbox.advance(timedelta(minutes=1))

        assert len(in_time) == 1
        assert in_room(exchange) == []
        assert (answer(exchange.sandbox), "released" in comment(exchange)) == ("Decline", True)

    def test_leaves_what_was_claimed(self, exchange: Exchange) -> None:
        self.room(exchange)
        invite(exchange)

        exchange.sandbox.claim(ROOM, only(exchange).id)
        exchange.sandbox.advance(utc(27, 10, 30) - NOW)

        assert answer(exchange.sandbox) == "Accept"

    def test_takes_one_date_of_a_series(self, exchange: Exchange) -> None:
        self.room(exchange)
        invite(exchange, repeat="daily", until=date(2026, 10, 29))

        exchange.sandbox.advance(utc(28, 10, 30) - NOW)

        left = exchange.account().calendar.view(utc(26, 0), utc(31, 0), max_items=100)
        assert [item.start.day for item in left] == [27, 29]

    def test_takes_what_was_written_directly_too(self, exchange: Exchange) -> None:
        self.room(exchange)
        exchange.event(exchange.account())

        exchange.sandbox.advance(utc(27, 10, 30) - NOW)

        assert in_room(exchange) == []

    def test_happens_in_no_room_that_did_not_ask_for_it(self, exchange: Exchange) -> None:
        invite(exchange)

        exchange.sandbox.advance(utc(27, 10, 30) - NOW)

        assert len(in_room(exchange)) == 1
