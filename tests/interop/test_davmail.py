"""Debian's davmail between a CalDAV client and the sandbox: what is done on one side is seen on the other."""

from collections.abc import Iterator
from datetime import UTC, date, timedelta

import pytest
from icalendar import vCalAddress

from booking.sandbox.exchange.seen import SeenItem
from tests.interop import davmail
from tests.interop import world as worlds
from tests.interop.bridge import Bridge
from tests.interop.caldav import Calendar, times
from tests.interop.events import HOUR, event, london, resource
from tests.interop.judge import Judge
from tests.interop.trips import Trips
from tests.interop.world import ANN, ANNS_PASSWORD, BEN, ROOM, utc

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def bridge(judge: Judge, trips: Trips, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """Give a sandbox with davmail before it, for all tests here: each has events of its own."""
    home = tmp_path_factory.mktemp("davmail")
    with worlds.opened(judge, "davmail") as world, davmail.serving(world.ews_url, home) as address:
        calendar = Calendar.discovered(address, ANN, ANNS_PASSWORD)
        yield Bridge(world, calendar, trips)
        calendar.close()


class TestTheCalendar:
    def test_is_found_from_the_address_of_the_server_alone(self, bridge: Bridge) -> None:
        assert bridge.calendar.path == f"/users/{ANN}/calendar/"


class TestOverCalDav:
    def test_an_event_is_created_moved_and_deleted(self, bridge: Bridge) -> None:
        title, name = "Story hour", "story-hour.ics"
        first, later = london(27, 10), london(27, 14)

        bridge.to_exchange(
            lambda: bridge.calendar.put(name, resource(event(title, first, LOCATION="Children's corner"))),
            lambda: bridge.starts_at(title, first),
            done="created an event",
            seen="has it",
        )
        created = bridge.kept(title)
        bridge.to_exchange(
            lambda: bridge.calendar.put(name, resource(event(title, later)), etag=bridge.entry(title).etag),
            lambda: bridge.starts_at(title, later),
            done="moved the event",
            seen="has it at its new time",
        )
        moved = bridge.kept(title)
        bridge.to_exchange(
            lambda: bridge.calendar.delete(bridge.entry(title).href),
            lambda: bridge.kept(title) is None,
            done="deleted the event",
            seen="has it no more",
        )

        assert created is not None
        assert moved is not None
        assert (created.location, created.zone, created.busy) == ("Children's corner", "Europe/London", "Busy")
        assert (moved.id, moved.end) == (created.id, later + HOUR)

    def test_an_event_is_repeated_and_single_dates_change(self, bridge: Bridge) -> None:
        title, name = "Chess club", "chess-club.ics"
        first, fourth = london(20, 18), london(10, 18, month=11)
        weekly = {"FREQ": ["WEEKLY"], "BYDAY": ["TU"], "UNTIL": [fourth.astimezone(UTC)]}
        second, third = london(27, 18), london(3, 18, month=11)

        bridge.to_exchange(
            lambda: bridge.calendar.put(name, resource(event(title, first, RRULE=weekly))),
            lambda: len(bridge.starts(title)) == 4,
            done="created a weekly event across the end of summer time",
            seen="has its four dates",
        )
        planned = bridge.starts(title)
        moved = event(title, london(27, 19, 30), RECURRENCE_ID=second)
        bridge.to_exchange(
            lambda: bridge.calendar.put(name, resource(event(title, first, RRULE=weekly), moved)),
            lambda: london(27, 19, 30) in bridge.starts(title),
            done="moved one date of it",
            seen="has that date at its new time",
        )
        bridge.to_exchange(
            lambda: bridge.calendar.put(name, resource(event(title, first, RRULE=weekly, EXDATE=third))),
            lambda: third not in bridge.starts(title),
            done="deleted one date of it",
            seen="has that date no more",
        )
        left = bridge.starts(title)
        bridge.to_exchange(
            lambda: bridge.calendar.delete(bridge.entry(title).href),
            lambda: bridge.kept(title) is None,
            done="deleted the series",
            seen="has it no more",
        )

        assert planned == [first, second, third, fourth]
        assert fourth in left

    def test_an_event_lasts_whole_days(self, bridge: Bridge) -> None:
        title = "Book fair"
        fair = event(title, date(2026, 10, 28), timedelta(days=2))

        bridge.to_exchange(
            lambda: bridge.calendar.put("book-fair.ics", resource(fair)),
            lambda: bridge.kept(title),
            done="created an event of two whole days",
            seen="has it",
        )

        kept = bridge.kept(title)
        assert kept is not None
        assert (kept.all_day, kept.start, kept.end) == (True, london(28, 0), london(30, 0))

    def test_a_room_is_invited_and_let_go(self, bridge: Bridge) -> None:
        title, when = "Planning", london(29, 10)
        planning = event(title, when)
        organizer, room = vCalAddress(f"mailto:{ANN}"), vCalAddress(f"mailto:{ROOM}")
        room.params["ROLE"] = "REQ-PARTICIPANT"
        planning.add("ORGANIZER", organizer)
        planning.add("ATTENDEE", room)

        def in_the_room() -> list[SeenItem]:
            bridge.world.clock.move()
            return [item for item in bridge.world.sandbox.items(ROOM) if item.start == when]

        bridge.to_exchange(
            lambda: bridge.calendar.put("planning.ics", resource(planning)),
            in_the_room,
            done="invited a room",
            seen="has the meeting in the room's calendar",
        )
        answered = bridge.kept(title)
        bridge.to_exchange(
            lambda: bridge.calendar.delete(bridge.entry(title).href),
            lambda: not in_the_room(),
            done="called the meeting off",
            seen="has the room free again",
        )

        assert answered is not None
        assert answered.responses == {ROOM: "Accept"}


class TestInOutlook:
    def test_an_event_is_added_moved_and_deleted(self, bridge: Bridge) -> None:
        title = "Dentist"
        ids: list[str] = []
        sandbox = bridge.world.sandbox
        before = bridge.calendar.ctag()

        bridge.to_caldav(
            lambda: ids.append(bridge.added(title, location="High Street", body="Bring the card", private=True)),
            lambda: bridge.calendar.titled(title),
            done="added an event",
            seen="gets it from a calendar-query",
        )
        first = bridge.entry(title)
        bridge.to_caldav(
            lambda: sandbox.move(ANN, ids[0], utc(27, 15), utc(27, 16)),
            lambda: bridge.calendar.etags().get(first.href) != first.etag,
            done="moved the event",
            seen="sees another etag",
        )
        (moved,) = bridge.calendar.fetched(first.href)
        changed = bridge.calendar.ctag()
        bridge.to_caldav(
            lambda: sandbox.delete(ANN, ids[0]),
            lambda: bridge.calendar.is_gone(first.href),
            done="deleted the event",
            seen="finds it no more",
        )

        assert (first.event["LOCATION"], first.event["CLASS"]) == ("High Street", "PRIVATE")
        assert times(first.event, "DTSTART") == [london(27, 10)]
        assert times(moved.event, "DTSTART") == [london(27, 15)]
        assert len({before, changed, bridge.calendar.ctag()}) == 3

    def test_an_event_is_repeated_and_single_dates_change(self, bridge: Bridge) -> None:
        title = "Yoga"
        sandbox = bridge.world.sandbox

        bridge.to_caldav(
            lambda: bridge.added(title, start=utc(20, 8), end=utc(20, 9), repeat="weekly", until=date(2026, 11, 10)),
            lambda: bridge.calendar.titled(title),
            done="added a weekly event across the end of summer time",
            seen="gets its rule",
        )
        series = bridge.entry(title)
        second, third = bridge.dates(title)[1:3]
        bridge.to_caldav(
            lambda: sandbox.move(ANN, second.id, utc(27, 10), utc(27, 11)),
            lambda: bridge.entry(title).others,
            done="moved one date of it",
            seen="gets that date beside the rule",
        )
        (other,) = bridge.entry(title).others
        bridge.to_caldav(
            lambda: sandbox.delete(ANN, third.id),
            lambda: "EXDATE" in bridge.entry(title).event,
            done="deleted one date of it",
            seen="gets that date as excluded",
        )

        assert times(series.event, "DTSTART") == [london(20, 9)]
        assert "FREQ=WEEKLY" in series.text.to_ical().decode()
        assert times(other, "DTSTART") + times(other, "RECURRENCE-ID") == [london(27, 10), london(27, 9)]
        assert times(bridge.entry(title).event, "EXDATE") == [london(3, 9, month=11)]

    def test_an_event_of_whole_days_is_added(self, bridge: Bridge) -> None:
        title = "Holiday"

        bridge.to_caldav(
            lambda: bridge.added(title, start=london(2, 0, month=11), end=london(4, 0, month=11), all_day=True),
            lambda: bridge.calendar.titled(title),
            done="added an event of two whole days",
            seen="gets it",
        )

        holiday = bridge.entry(title).event
        assert times(holiday, "DTSTART") + times(holiday, "DTEND") == [date(2026, 11, 2), date(2026, 11, 4)]


class TestBetweenBoth:
    def test_an_invitation_is_accepted(self, bridge: Bridge) -> None:
        title = "Budget"
        sandbox = bridge.world.sandbox

        bridge.to_caldav(
            lambda: sandbox.invite(BEN, rooms=[ANN], subject=title, start=utc(28, 14), end=utc(28, 15)),
            lambda: bridge.calendar.titled(title),
            done="was invited by Ben",
            seen="gets the invitation",
        )
        invitation = bridge.entry(title)
        (own,) = invitation.event.attendees
        own.params["PARTSTAT"] = "ACCEPTED"
        bridge.to_exchange(
            lambda: bridge.calendar.put(invitation.href, invitation.text),
            lambda: next(item.responses[ANN] for item in sandbox.items(BEN) if item.subject == title) == "Accept",
            done="accepted the invitation",
            seen="tells Ben",
        )

    def test_a_room_is_asked_when_it_is_free(self, bridge: Bridge) -> None:
        bridge.world.sandbox.add_event(ROOM, subject="Choir", start=utc(30, 10), end=utc(30, 12))

        busy = bridge.calendar.busy(ANN, ROOM, utc(30, 8), utc(30, 18))

        assert busy == [(utc(30, 10), utc(30, 12))]
