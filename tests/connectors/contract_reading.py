"""The contract's sentences about reading windows, and free and busy times."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.connectors.port import (
    Connector,
    Definite,
    EventKind,
    FreeBusy,
    Kind,
)
from booking.domain.intervals import Interval
from booking.domain.reconcile import BusyClass
from tests.connectors.world import DELEGATE, MONDAY, NOBODY, OTHER, ROOM, STAMP, WEEK, World, at, draft


class Reading:
    """Part of `ConnectorContract`."""

    def test_reads_a_window_half_open(self, connector: Connector, world: World) -> None:
        world.put(at(8, 9), subject="ends at the start")
        world.put(at(8, 9.5), subject="reaches in")
        world.put(at(10, 11), subject="inside")
        world.put(at(11.5, 13), subject="reaches out")
        world.put(at(12, 13), subject="starts at the end")

        snapshot = connector.window(ROOM, at(9, 12))

        assert snapshot.complete
        assert snapshot.window == at(9, 12)
        assert [event.subject for event in snapshot.events] == ["reaches in", "inside", "reaches out"]

    def test_reads_an_empty_room_as_complete(self, connector: Connector) -> None:
        snapshot = connector.window(ROOM, WEEK)

        assert (snapshot.events, snapshot.complete) == ((), True)

    def test_shows_its_own_entries_with_their_stamp(self, connector: Connector) -> None:
        written = connector.create(ROOM, draft(), STAMP)

        (event,) = connector.window(ROOM, WEEK).events

        assert event.ref == written
        assert event.stamp == STAMP
        assert event == connector.get(ROOM, written)

    def test_shows_other_peoples_entries_without_one(self, connector: Connector, world: World) -> None:
        world.put(at(9, 10))

        (event,) = connector.window(ROOM, WEEK).events

        assert event.stamp is None
        assert event.ref.uid

    @pytest.mark.parametrize("busy", ["Free", "Tentative", "Busy", "OOF", "WorkingElsewhere"])
    def test_tells_the_busy_classes_apart(self, connector: Connector, world: World, busy: str) -> None:
        world.put(at(9, 10), busy=busy)

        (event,) = connector.window(ROOM, WEEK).events

        assert event.busy is BusyClass(world.shown_as(busy))

    def test_expands_a_series_in_wall_time_when_the_clocks_go_forward(self, connector: Connector, world: World) -> None:
        monday = datetime(2026, 3, 16, tzinfo=UTC)
        world.put(at(9, 10, day=monday), repeat="weekly")

        events = connector.window(ROOM, Interval(monday, monday + timedelta(days=22))).events

        assert [event.when for event in events] == [
            at(9, 10, day=monday),
            at(9, 10, day=monday + timedelta(days=7)),
            at(8, 9, day=monday + timedelta(days=14)),
            at(8, 9, day=monday + timedelta(days=21)),
        ]
        assert {event.kind for event in events} == {EventKind.OCCURRENCE}
        assert [event.original_start for event in events] == [event.when.start for event in events]
        assert len({event.ref.uid for event in events}) == 1

    def test_expands_a_series_in_wall_time_when_the_clocks_go_back(self, connector: Connector, world: World) -> None:
        saturday = datetime(2026, 10, 24, tzinfo=UTC)
        world.put(at(8, 9, day=saturday), repeat="daily")

        events = connector.window(ROOM, Interval(saturday, saturday + timedelta(days=3))).events

        assert [event.when.start.hour for event in events] == [8, 9, 9]

    def test_sees_one_date_far_into_a_series(self, connector: Connector, world: World) -> None:
        world.put(at(9, 10), repeat="weekly")

        events = connector.window(ROOM, at(0, 24, day=MONDAY + timedelta(weeks=20))).events

        assert [event.when.start.hour for event in events] == [10]  # winter time by then

    def test_shows_an_all_day_entry_from_midnight_to_midnight_of_its_zone(
        self, connector: Connector, world: World
    ) -> None:
        world.put(at(-1, 23), all_day=True)  # British summer time: midnight is 23:00 UTC

        (event,) = connector.window(ROOM, WEEK).events

        assert event.all_day
        assert event.when == at(-1, 23)

    def test_blanks_private_details_but_not_the_time(self, connector: Connector, world: World) -> None:
        world.put(at(9, 10), subject="Disciplinary hearing", location="Back office", private=True)

        (event,) = connector.window(ROOM, WEEK).events

        assert event.private
        assert event.when == at(9, 10)
        assert (event.subject, event.location, event.organizer) == ("", "", None)
        assert "hearing" not in repr(event)
        assert event.blocks(tentative_blocks=False)

    def test_says_who_had_an_entry_in_hand_last_unless_it_is_private(self, connector: Connector, world: World) -> None:
        world.put(at(9, 10))
        world.put(at(11, 12), private=True)

        events = connector.window(ROOM, WEEK).events

        assert {event.private: event.last_modified_by for event in events} == {False: DELEGATE, True: ""}

    def test_sees_that_a_private_text_changed_without_showing_it(self, connector: Connector, world: World) -> None:
        entry = world.put(at(9, 10), subject="Disciplinary hearing", private=True)
        (before,) = connector.window(ROOM, WEEK).events

        world.retitle(entry, "Another hearing")

        (after,) = connector.window(ROOM, WEEK).events
        assert after.subject == ""
        assert after.text_hash != before.text_hash

    def test_marks_cancelled_entries_which_then_do_not_block(self, connector: Connector, world: World) -> None:
        world.put_cancelled(at(9, 10))

        events = connector.window(ROOM, WEEK).events

        assert [(event.cancelled, event.blocks(tentative_blocks=True)) for event in events] == [(True, False)]

    def test_reads_many_rooms_and_one_bad_mailbox_spoils_nothing(self, connector: Connector, world: World) -> None:
        world.put(at(9, 10))

        answer = connector.free_busy([ROOM, NOBODY, OTHER], WEEK)

        room, nobody, other = answer[ROOM], answer[NOBODY], answer[OTHER]
        assert isinstance(room, FreeBusy)
        assert [(block.when, block.busy) for block in room.blocks] == [(at(9, 10), BusyClass.BUSY)]
        assert isinstance(nobody, Definite)
        assert nobody.kind is Kind.MAILBOX_GONE
        assert isinstance(other, FreeBusy)
        assert other.blocks == ()

    def test_keeps_the_digest_while_nothing_changes(self, connector: Connector, world: World) -> None:
        world.put(at(9, 10))

        assert connector.free_busy([ROOM], WEEK) == connector.free_busy([ROOM], WEEK)

    def test_changes_the_digest_when_a_block_moves_comes_or_goes(self, connector: Connector, world: World) -> None:
        digests = [_digest(connector)]
        entry = world.put(at(9, 10))
        digests.append(_digest(connector))
        world.move(entry, at(9, 11))
        digests.append(_digest(connector))
        world.put(at(12, 13), busy="Tentative")
        digests.append(_digest(connector))
        world.remove(entry)
        digests.append(_digest(connector))

        assert len(set(digests)) == len(digests)

    def test_shows_a_series_in_free_busy_too(self, connector: Connector, world: World) -> None:
        world.put(at(9, 10), repeat="daily")

        answer = connector.free_busy([ROOM], WEEK)[ROOM]

        assert isinstance(answer, FreeBusy)
        assert [block.when.start.day for block in answer.blocks] == [8, 9, 10, 11, 12, 13, 14]

    def test_asks_in_parts_for_a_window_longer_than_one_answer(self, connector: Connector, world: World) -> None:
        world.put(at(9, 10))
        world.put(at(9, 10, day=MONDAY + timedelta(days=60)))

        answer = connector.free_busy([ROOM, NOBODY], Interval(MONDAY, MONDAY + timedelta(days=90)))

        room = answer[ROOM]
        assert isinstance(room, FreeBusy)
        assert [block.when for block in room.blocks] == [at(9, 10), at(9, 10, day=MONDAY + timedelta(days=60))]
        assert isinstance(answer[NOBODY], Definite)


def _digest(connector: Connector) -> str:
    answer = connector.free_busy([ROOM], WEEK)[ROOM]
    assert isinstance(answer, FreeBusy)
    return answer.digest
